//! Runs every performance task that the push's project runs, so many times: a baseline.

use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::support::{Call, Error, Extension, PushTasks};
use super::{Action, GENERIC, GROUP, Origin, always};
use crate::model::{Label, Task};
use crate::yaml::Node;

pub(super) const ACTION: Action = Action {
    cb_name: "all-perf",
    name: "all-perf",
    title: "Run all performance tasks",
    symbol: "aP",
    description: "Run every performance task of this project, so many times: a baseline that later pushes are compared \
                  with.",
    order: 150,
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
    "times": {
      "type": "integer",
      "default": 1,
      "minimum": 1,
      "maximum": 100,
      "title": "Times",
      "description": "How many times to run each task."
    }
  },
  "additionalProperties": false
}"#;

/// Attributes that only performance tasks have.
const ATTRIBUTES: &[&str] = &["talos_try_name", "raptor_try_name", "perftest_try_name"];

/// Kinds of performance tasks.
const KINDS: &[&str] = &["browsertime", "mozperftest", "perf", "perftest", "raptor", "talos"];

#[derive(Deserialize)]
struct Input {
    #[serde(default = "once")]
    times: i64,
}

const fn once() -> i64 {
    1
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let Input { times } = call.read_input()?;
        let push = PushTasks::fetch(call).await?;
        let project = &call.run.parameters.project;
        let to_run = push.full_task_graph.labels_of(push.full_task_graph.labels().map(Label::from), |task| {
            is_perf(task) && runs_on(task, project)
        })?;
        if to_run.is_empty() {
            return Err(Error::refused(format!("no performance task of the full task graph runs on `{project}`")));
        }
        let change = |task: &mut Task<Label>| {
            task.attributes.insert("task_duplicates", Node::new(times));
        };
        push.extend(call, vec![Extension { to_run, suffix: String::new(), change: Some(&change) }]).await
    })
}

fn is_perf(task: &Task<Label>) -> bool {
    let has = |name: &&str| task.attribute(name).is_some_and(Node::is_truthy);
    ATTRIBUTES.iter().any(has) || KINDS.contains(&task.kind.as_str())
}

/// Whether the project's pushes run it, as the standard target set asks.
fn runs_on(task: &Task<Label>, project: &str) -> bool {
    let projects = task.attribute("run_on_projects").and_then(Node::as_list).unwrap_or_default();
    projects.iter().filter_map(Node::as_str).any(|allowed| allowed == "all" || allowed == project)
        && !task.attribute("cron").is_some_and(Node::is_truthy)
}
