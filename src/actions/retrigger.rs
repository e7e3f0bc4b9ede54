//! Creates a task again, with a new id, and on request those that depend on it.

use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::support::{Call, Error, Extension, PushTasks, is_retriggerable, once};
use super::{Action, GENERIC, Origin, always};
use crate::diagnostics::Mistakes;
use crate::model::Label;

pub(super) const ACTION: Action = Action {
    cb_name: "retrigger",
    name: "retrigger",
    title: "Retrigger",
    symbol: "rt",
    description: "Create a clone of the task.",
    order: 19,
    context: &[&[("retrigger", "true")]],
    permission: GENERIC,
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::Reference,
    run,
};

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "downstream": {
      "type": "boolean",
      "description": "If true, downstream tasks from this one will be cloned as well. The dependencies will be updated to work with the new task at the root.",
      "default": false
    },
    "times": {
      "type": "integer",
      "default": 1,
      "minimum": 1,
      "maximum": 100,
      "title": "Times",
      "description": "How many times to run each task."
    }
  }
}"#;

#[derive(Deserialize)]
struct Input {
    #[serde(default)]
    downstream: bool,
    #[serde(default = "once")]
    times: u32,
    #[serde(default)]
    force: bool,
}

pub(super) fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let input: Input = call.read_input()?;
        let label = call.label_of(call.task_id()?).await?;
        let push = PushTasks::fetch(call).await?;
        if !input.force && !is_retriggerable(&push.full_task_graph, &label)? {
            let message = format!("not retriggering `{label}`: it should not be retriggered");
            return Err(Error::refused(message).help("rerun it instead, or give the input `force: true`"));
        }
        let to_run = if input.downstream { downstream(&push, label)? } else { vec![label] };
        push.extend(call, Extension::repeated(&to_run, input.times)).await
    })
}

/// The task and all that depend on it, as far as the push has created them.
fn downstream(push: &PushTasks, label: Label) -> Result<Vec<Label>, Mistakes> {
    let all = push.full_task_graph.dependents(label)?;
    Ok(all.into_iter().filter(|label| push.label_to_task_id.contains_key(label)).collect())
}
