//! Runs a task on earlier pushes that lack it, so that it shows where it began to fail.
//!
//! Source of the name, the first five inputs and the log lines: `backfill` of Firefox.

use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::support::{Call, Error, carry_out, subject};
use super::{ANY_TASK, Action, Origin, always};
use crate::history::plan::{Counting, Stop, Wish};
use crate::history::range::Range;

pub(super) const ACTION: Action = Action {
    cb_name: "backfill",
    name: "backfill",
    title: "Backfill",
    symbol: "Bk",
    description: "Given a task schedule it on previous pushes in the same project.",
    order: 200,
    context: ANY_TASK,
    permission: "backfill",
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::Extra,
    run,
};

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "depth": {
      "type": "integer",
      "default": 19,
      "minimum": 1,
      "maximum": 100,
      "title": "Depth",
      "description": "The number of previous pushes before the current push to attempt to trigger this task on."
    },
    "inclusive": {
      "type": "boolean",
      "default": false,
      "title": "Inclusive Range",
      "description": "If true, the backfill will also retrigger the task on the selected push."
    },
    "times": {
      "type": "integer",
      "default": 1,
      "minimum": 1,
      "maximum": 100,
      "title": "Times",
      "description": "The number of times to execute each job."
    },
    "retrigger": {
      "type": "boolean",
      "default": true,
      "title": "Retrigger",
      "description": "If false, the task won't retrigger on pushes that have already ran it."
    },
    "slices": {
      "type": "integer",
      "default": 0,
      "minimum": 0,
      "maximum": 25,
      "title": "Slices",
      "description": "If more than 0, the task runs on so many evenly spaced pushes of the gap only."
    },
    "until_good": {
      "type": "boolean",
      "default": false,
      "title": "Until the last good push",
      "description": "If true, the walk ends at the first push where the task passed. If there is none within the depth, the failure is taken for permanent and nothing runs."
    },
    "total": {
      "type": "boolean",
      "default": false,
      "title": "Total",
      "description": "If true, times is how many results each push shall have in all: those that are there or under way count."
    },
    "newer": {
      "type": "boolean",
      "default": false,
      "title": "Newer pushes",
      "description": "If true, the task runs on the pushes after the current one instead of those before it."
    }
  },
  "additionalProperties": false
}"#;

#[derive(Deserialize)]
#[serde(default)]
struct Input {
    depth: usize,
    inclusive: bool,
    times: usize,
    retrigger: bool,
    slices: usize,
    until_good: bool,
    total: bool,
    newer: bool,
}

impl Default for Input {
    fn default() -> Self {
        Self {
            depth: 19,
            inclusive: false,
            times: 1,
            retrigger: true,
            slices: 0,
            until_good: false,
            total: false,
            newer: false,
        }
    }
}

impl Input {
    fn range(&self, from: String) -> Range {
        let (count, inclusive) = (self.depth, self.inclusive);
        if self.newer { Range::Forward { from, count, inclusive } } else { Range::Back { from, count, inclusive } }
    }

    const fn wish(&self) -> Wish {
        let counting = match (self.total, self.retrigger) {
            (true, _) => Counting::Total,
            (false, true) => Counting::Additional,
            (false, false) => Counting::WhereMissing,
        };
        let stop = if self.until_good { Stop::LastGood } else { Stop::Never };
        Wish { times: self.times, counting, stop, slices: self.slices }
    }
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let input: Input = call.read_input()?;
        let wish = input.wish();
        let subject = subject(call, call.task_id()?, wish.counting != Counting::WhereMissing).await?;
        let range = input.range(call.run.parameters.head_rev.clone());
        carry_out(call, &[subject], &range, &wish).await
    })
}
