//! Runs the tests that the push asked for and that were optimized away.

use futures::future::LocalBoxFuture;

use super::support::{Call, Error, Extension, PushTasks};
use super::{Action, GENERIC, GROUP, Origin, always};
use crate::model::{Label, Task};
use crate::yaml::Node;

pub(super) const ACTION: Action = Action {
    cb_name: "run-missing-tests",
    name: "run-missing-tests",
    title: "Run Missing Tests",
    symbol: "rmt",
    description: "Run tests in the selected push that were optimized away, usually by SETA.",
    order: 250,
    context: GROUP,
    permission: GENERIC,
    schema: None,
    available: always,
    origin: Origin::Extra,
    run,
};

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let push = PushTasks::fetch(call).await?;
        let target = push.target_tasks(call).await?;
        let missing = target.into_iter().filter(|label| !push.label_to_task_id.contains_key(label));
        let to_run = push.full_task_graph.labels_of(missing, is_test)?;
        if to_run.is_empty() {
            log::info!("No tests are missing.");
            return Ok(());
        }
        log::info!("{} tests are missing.", to_run.len());
        push.extend(call, vec![Extension::once(to_run)]).await
    })
}

/// A kind is one of tests if its name says so; else its tasks tell it to Treeherder.
fn is_test(task: &Task<Label>) -> bool {
    let kind = task.kind.as_str();
    let treeherder = task.definition.get("extra").and_then(|extra| extra.get("treeherder"));
    let job_kind = treeherder.and_then(|treeherder| treeherder.get("jobKind")).and_then(Node::as_str);
    kind.split('-').any(|word| word == "test" || word == "tests") || job_kind == Some("test")
}
