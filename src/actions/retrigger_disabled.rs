//! Retrigger, for tasks that should rather be rerun: only when forced.

use super::{ANY_TASK, Action, GENERIC, Origin, always, retrigger};

pub(super) const ACTION: Action = Action {
    cb_name: "retrigger-disabled",
    name: "retrigger",
    title: "Retrigger (disabled)",
    symbol: "rt",
    description: "Create a clone of the task.\n\nThis type of task should typically be re-run instead of re-triggered.",
    order: 20,
    context: ANY_TASK,
    permission: GENERIC,
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::Reference,
    run: retrigger::run,
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
    },
    "force": {
      "type": "boolean",
      "default": false,
      "description": "This task should not be re-triggered. This can be overridden by passing `true` here."
    }
  }
}"#;
