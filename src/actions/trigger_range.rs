//! Runs labels on every push of a range.

use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::support::campaign::Subject;
use super::support::{Call, Error, carry_out};
use super::{Action, GROUP, Origin, always};
use crate::history::plan::{Counting, Stop, Wish};
use crate::history::range::Range;
use crate::model::Label;

pub(super) const ACTION: Action = Action {
    cb_name: "trigger-range",
    name: "trigger-range",
    title: "Trigger on a range of pushes",
    symbol: "tR",
    description: "Run tasks on every push from a revision up to this push, until each push has so many results.",
    order: 220,
    context: GROUP,
    permission: "backfill",
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::Extra,
    run,
};

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "tasks": {
      "type": "array",
      "minItems": 1,
      "items": {"type": "string"},
      "description": "An array of task labels"
    },
    "from": {"type": "string", "description": "The revision of the oldest push."},
    "times": {
      "type": "integer",
      "default": 1,
      "minimum": 1,
      "maximum": 100,
      "description": "How many results each push shall have in all."
    }
  },
  "required": ["tasks", "from"],
  "additionalProperties": false
}"#;

#[derive(Deserialize)]
struct Input {
    tasks: Vec<Label>,
    from: String,
    #[serde(default = "once")]
    times: usize,
}

const fn once() -> usize {
    1
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let Input { tasks, from, times } = call.read_input()?;
        let head_rev = &call.run.parameters.head_rev;
        let subjects: Vec<_> = tasks.iter().map(|label| Subject::of_label(label, head_rev, true)).collect();
        let range = Range::Between { from, to: head_rev.clone() };
        let wish = Wish { times, counting: Counting::Total, stop: Stop::Never, slices: 0 };
        carry_out(call, &subjects, &range, &wish).await
    })
}
