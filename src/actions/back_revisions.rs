//! Runs a performance task on its push and on those before it, back to the last push that has a result, and one more.

use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::support::{Call, Error, carry_out, subject};
use super::{ANY_TASK, Action, Origin, always};
use crate::history::plan::{Counting, Stop, Wish};
use crate::history::range::Range;

pub(super) const ACTION: Action = Action {
    cb_name: "back-revisions",
    name: "back-revisions",
    title: "Back to the data point before",
    symbol: "bR",
    description: "Run the task on this push and on those before it, back to the last push that has a result and one \
                  more, until each has so many results: a regression shows on the first push that is worse.",
    order: 210,
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
      "default": 20,
      "minimum": 1,
      "maximum": 100,
      "description": "How many pushes back at most."
    },
    "times": {
      "type": "integer",
      "default": 3,
      "minimum": 1,
      "maximum": 100,
      "description": "How many results each push shall have in all."
    }
  },
  "additionalProperties": false
}"#;

#[derive(Deserialize)]
#[serde(default)]
struct Input {
    depth: usize,
    times: usize,
}

impl Default for Input {
    fn default() -> Self {
        Self { depth: 20, times: 3 }
    }
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let Input { depth, times } = call.read_input()?;
        let subject = subject(call, call.task_id()?, true).await?;
        let range = Range::Back { from: call.run.parameters.head_rev.clone(), count: depth, inclusive: true };
        let wish = Wish { times, counting: Counting::Total, stop: Stop::DataPoint, slices: 0 };
        carry_out(call, &[subject], &range, &wish).await
    })
}
