//! Every task that would run a test, on every platform, so often: is a new test to be relied on?

use std::collections::BTreeSet;

use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::support::{Call, Error, Extension, PushTasks, chosen};
use super::{Action, GENERIC, GROUP, Origin, always};
use crate::model::{Label, Task};
use crate::query::front_ends::front_end;
use crate::yaml::Node;

pub(super) const ACTION: Action = Action {
    cb_name: "new-test",
    name: "new-test",
    title: "Run a new test",
    symbol: "new-test",
    description: "Run every task that would run a test, on every platform, several times.",
    order: 270,
    context: GROUP,
    permission: GENERIC,
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::Extra,
    run,
};

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "paths": {
      "type": "array",
      "minItems": 1,
      "items": {"type": "string", "minLength": 1},
      "title": "Paths",
      "description": "Test files, or directories whose tests are to run."
    },
    "times": {
      "type": "integer",
      "default": 10,
      "minimum": 1,
      "maximum": 100,
      "title": "Times",
      "description": "How many times to run each task."
    }
  },
  "required": ["paths"],
  "additionalProperties": false
}"#;

#[derive(Deserialize)]
struct Input {
    paths: Vec<String>,
    #[serde(default = "ten")]
    times: u32,
}

const fn ten() -> u32 {
    10
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let Input { paths, times } = call.read_input()?;
        let push = PushTasks::fetch(call).await?;
        let row = front_end("paths").expect("the table has it");
        let labels: BTreeSet<Label> = chosen(row, &paths.join(" "), &push.full_task_graph.whole()?)?;
        if labels.is_empty() {
            let message = format!("no task of the full task graph runs `{}`", paths.join("`, `"));
            return Err(Error::refused(message).help("tasks say what they run in the attribute `test_manifests`"));
        }
        let change = |task: &mut Task<Label>| {
            task.attributes.insert("task_duplicates", Node::new(i64::from(times)));
        };
        let to_run = labels.iter().cloned().collect();
        let push = push.narrowed(call, &labels, &paths)?;
        push.extend(call, vec![Extension { to_run, suffix: String::new(), change: Some(&change) }]).await
    })
}
