//! Runs a failed task of the push again, as the same task.

use futures::future::LocalBoxFuture;

use super::support::{Call, Error, PushTasks, rerun_if_failed};
use super::{ANY_TASK, Action, GENERIC, Origin, always};
use crate::model::TaskId;

pub(super) const ACTION: Action = Action {
    cb_name: "rerun",
    name: "rerun",
    title: "Rerun",
    symbol: "rr",
    description: "Rerun a task.\n\nThis only works on failed or exception tasks in the original taskgraph, and is CoT \
                  friendly.",
    order: 300,
    context: ANY_TASK,
    permission: GENERIC,
    schema: Some(r#"{"type": "object", "properties": {}}"#),
    available: always,
    origin: Origin::Reference,
    run,
};

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let task_id = call.task_id()?;
        let label = call.label_of(task_id).await?;
        let push = PushTasks::fetch(call).await?;
        if !is_of_push(call, &push, task_id).await? {
            let message = format!("refusing to rerun `{label}`: task {task_id} is not one of this push's");
            return Err(Error::refused(message));
        }
        rerun_if_failed(call, task_id, &label).await
    })
}

/// Whether the push has the task: in its group, or in the place of one of its own.
///
/// The map of labels alone does not tell, since it forgets a task when another of its label is added.
async fn is_of_push(call: &Call<'_>, push: &PushTasks, task_id: &TaskId) -> Result<bool, Error> {
    let is_known = push.label_to_task_id.values().any(|known| known == task_id);
    Ok(is_known || call.services.queue.status(task_id).await?.task_group_id == push.decision_task_id)
}
