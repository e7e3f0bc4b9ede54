//! Creates every cached task of the full graph anew.

use futures::future::LocalBoxFuture;

use super::support::{Call, Error, Extension, PushTasks};
use super::{Action, GROUP, Origin, always};
use crate::model::{Label, Task};
use crate::yaml::Node;

pub(super) const ACTION: Action = Action {
    cb_name: "rebuild-cached-tasks",
    name: "rebuild-cached-tasks",
    title: "Rebuild Cached Tasks",
    symbol: "rebuild-cached",
    description: "Rebuild cached tasks.",
    order: 1000,
    context: GROUP,
    permission: "rebuild-cached-tasks",
    schema: None,
    available: always,
    origin: Origin::Reference,
    run,
};

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let push = PushTasks::fetch(call).await?;
        let to_run = push.full_task_graph.labels_of(push.full_task_graph.labels().map(Label::from), is_cached)?;
        if to_run.is_empty() {
            return Ok(());
        }
        push.extend(call, vec![Extension::once(to_run)]).await
    })
}

fn is_cached(task: &Task<Label>) -> bool {
    task.attribute("cached_task").is_some_and(Node::is_truthy)
}
