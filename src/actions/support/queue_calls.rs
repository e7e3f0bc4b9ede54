//! Changes to tasks that exist.

use super::{Call, Error};
use crate::model::{Label, TaskId};
use crate::sources::ErrorKind;
use crate::sources::queue::TaskState;

/// Cancels a task. One past its deadline cannot be cancelled, and need not be: it does not run any more.
///
/// # Errors
/// If the queue refuses otherwise, or does not answer.
pub(in crate::actions) async fn cancel_unless_past_deadline(call: &Call<'_>, task_id: &TaskId) -> Result<(), Error> {
    log::info!("Cancelling task {task_id}");
    match call.services.queue.cancel(task_id).await {
        Err(error) if error.kind == (ErrorKind::Refused { status: 409 }) => {
            log::info!("Task {task_id} is past its deadline and cannot be cancelled.");
            Ok(())
        }
        answer => Ok(answer?),
    }
}

/// Runs a task again if it failed; else there is no need to.
///
/// # Errors
/// A task past its deadline, which cannot run any more; if the queue refuses otherwise, or does not answer.
pub(in crate::actions) async fn rerun_if_failed(call: &Call<'_>, task_id: &TaskId, label: &Label) -> Result<(), Error> {
    let state = call.services.queue.status(task_id).await?.state;
    if !matches!(state, TaskState::Failed | TaskState::Exception) {
        log::warn!("No need to rerun {label}: its state is {state}");
        return Ok(());
    }
    match call.services.queue.rerun(task_id).await {
        Err(error) if error.kind == (ErrorKind::Refused { status: 409 }) => {
            let message = format!("`{label}` cannot be run again: task {task_id} is past its deadline");
            Err(Error::refused(message)
                .help("retrigger it, or add it as a new job: a new task has a deadline of its own"))
        }
        answer => {
            answer?;
            log::info!("Reran {label}");
            Ok(())
        }
    }
}
