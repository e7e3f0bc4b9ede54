//! Changes the priority of the tasks of a push that have not ended.

use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::support::{Call, Error, Mode};
use super::{Action, GROUP, Origin, always};

pub(super) const ACTION: Action = Action {
    cb_name: "change-priority",
    name: "change-priority",
    title: "Change Priority",
    symbol: "prio",
    description: "Change the priority of all tasks of this push that have not ended.",
    order: 410,
    context: GROUP,
    permission: "change-priority",
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::Extra,
    run,
};

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "priority": {
      "type": "string",
      "default": "low",
      "enum": ["highest", "very-high", "high", "medium", "low", "very-low", "lowest"],
      "description": "The priority that the tasks get."
    }
  },
  "required": ["priority"],
  "additionalProperties": false
}"#;

#[derive(Deserialize)]
struct Input {
    priority: String,
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let Input { priority } = call.read_input()?;
        let group = call.task_group_id()?;
        if call.mode == Mode::Testing {
            log::info!("The tasks of group {group} would get the priority {priority}");
            return Ok(());
        }
        let changed = call.services.queue.change_group_priority(group, &priority).await?;
        log::info!("{changed} tasks have the priority {priority} now");
        Ok(())
    })
}
