//! Creates tasks of the full graph that the push did not run.

use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::support::{Call, Error, Extension, PushTasks, once};
use super::{Action, GENERIC, GROUP, Origin, always};
use crate::diagnostics::{Diagnostic, Mistakes, collect, suggest};
use crate::model::{Label, StoredGraph};
use crate::yaml::Node;

pub(super) const ACTION: Action = Action {
    cb_name: "add-new-jobs",
    name: "add-new-jobs",
    title: "Add new jobs",
    symbol: "add-new",
    description: "Add new jobs using task labels.",
    order: 100,
    context: GROUP,
    permission: GENERIC,
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::Reference,
    run,
};

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "tasks": {
      "type": "array",
      "description": "An array of task labels",
      "items": {"type": "string"}
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
    tasks: Vec<Node>,
    #[serde(default = "once")]
    times: u32,
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let input: Input = call.read_input()?;
        let push = PushTasks::fetch(call).await?;
        let labels = collect(&input.tasks, |label| known(label, &push.full_task_graph))?;
        push.extend(call, Extension::repeated(&labels, input.times)).await
    })
}

/// The label, if the push has such a task.
fn known(label: &Node, graph: &StoredGraph) -> Result<Label, Mistakes> {
    let name = Label::new(label.as_str().unwrap_or_default());
    if graph.contains(&name) {
        return Ok(name);
    }
    let mut unknown = Diagnostic::error(format!("there is no task `{name}` in the full task graph")).at(label.span);
    unknown.help = suggest(name.as_str(), graph.labels());
    Err(unknown.into())
}
