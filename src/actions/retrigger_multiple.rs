//! Retriggers many tasks at once; those that should not be retriggered are rerun.

use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::support::{Call, Error, Extension, PushTasks, is_retriggerable, once, rerun_if_failed};
use super::{Action, GENERIC, GROUP, Origin, always};
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::model::{Label, TaskId};
use crate::yaml::Node;

pub(super) const ACTION: Action = Action {
    cb_name: "retrigger-multiple",
    name: "retrigger-multiple",
    title: "Retrigger",
    symbol: "rt",
    description: "Create a clone of the task.",
    order: 10000,
    context: GROUP,
    permission: GENERIC,
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::Reference,
    run,
};

// The second `additionalProperties` stands one level too deep, as it does in the reference: it is part of a
// published artifact.
const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "requests": {
      "type": "array",
      "items": {
        "type": "object",
        "properties": {
          "tasks": {
            "type": "array",
            "description": "An array of task labels",
            "items": {"type": "string"}
          },
          "times": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "title": "Times",
            "description": "How many times to run each task."
          }
        },
        "additionalProperties": false
      }
    },
    "additionalProperties": false
  }
}"#;

#[derive(Deserialize)]
struct Input {
    #[serde(default)]
    requests: Vec<Request>,
}

#[derive(Deserialize)]
struct Request {
    tasks: Vec<Node>,
    #[serde(default = "once")]
    times: u32,
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let input: Input = call.read_input()?;
        let push = PushTasks::fetch(call).await?;
        let (mut extensions, mut undone) = (Vec::new(), Mistakes::default());
        for (number, request) in input.requests.iter().enumerate() {
            let mut to_run = Vec::new();
            for node in &request.tasks {
                let label = label_of(node);
                if is_retriggerable(&push.full_task_graph, &label)? {
                    to_run.push(label);
                    continue;
                }
                // One that cannot be run again does not keep the others from it.
                match rerun_if_failed(call, created(&push, node)?, &label).await {
                    Err(Error::Mistakes(mistakes)) => undone.extend(mistakes.0),
                    answer => answer?,
                }
            }
            let extension =
                |time| Extension { to_run: to_run.clone(), suffix: format!("{number}-{time}"), change: None };
            extensions.extend((0..request.times).map(extension));
        }
        push.extend(call, extensions).await?;
        Ok(undone.or(())?)
    })
}

fn label_of(node: &Node) -> Label {
    Label::new(node.as_str().unwrap_or_default())
}

/// The task of that label which the push has.
fn created<'p>(push: &'p PushTasks, node: &Node) -> Result<&'p TaskId, Diagnostic> {
    let label = label_of(node);
    push.label_to_task_id.get(&label).ok_or_else(|| {
        let mut unknown = Diagnostic::error(format!("the push has created no task `{label}`")).at(node.span);
        unknown.help = suggest(label.as_str(), push.label_to_task_id.keys().map(Label::as_str));
        unknown
    })
}
