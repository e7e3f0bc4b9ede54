//! Cancels every task of the group that has not ended, except the one it runs in.

use futures::future::LocalBoxFuture;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::support::{CONCURRENCY, Call, Error, cancel_unless_past_deadline};
use super::{Action, GENERIC, GROUP, Origin, always};
use crate::model::TaskId;
use crate::sources::queue::{TaskState, TaskStatus};

pub(super) const ACTION: Action = Action {
    cb_name: "cancel-all",
    name: "cancel-all",
    title: "Cancel All",
    symbol: "cAll",
    description: "Cancel all running and pending tasks created by the decision task this action task is associated \
                  with.",
    order: 400,
    context: GROUP,
    permission: GENERIC,
    schema: None,
    available: always,
    origin: Origin::Reference,
    run,
};

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let group = call.services.queue.list_group(call.task_group_id()?).await?;
        let tasks: Vec<TaskId> = group.into_iter().filter(is_incomplete).map(|status| status.task_id).collect();
        let others: Vec<&TaskId> = tasks.iter().filter(|task| Some(*task) != call.own_task_id).collect();
        log::info!("Cancelling {} tasks", others.len());
        let cancelled = others.into_iter().map(|task| cancel_unless_past_deadline(call, task));
        stream::iter(cancelled).buffer_unordered(CONCURRENCY).try_collect().await
    })
}

const fn is_incomplete(status: &TaskStatus) -> bool {
    match status.state {
        TaskState::Unscheduled | TaskState::Pending | TaskState::Running => true,
        TaskState::Completed | TaskState::Failed | TaskState::Exception => false,
    }
}
