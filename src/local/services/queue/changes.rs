//! What others than its worker may do to a task: schedule, rerun, cancel, change its priority.

use super::resolution::after_resolution;
use super::tasks::{authorize_for, find, status_of};
use crate::local::api::{Answer, ApiError, Call};
use crate::local::store::runs::{Reason, State};
use crate::local::store::tasks::{MAX_RUNS, Task};

fn refuse_past_deadline(call: &Call<'_>, task: &Task, what: &str) -> Result<(), ApiError> {
    if task.deadline >= call.now {
        return Ok(());
    }
    let (task_id, deadline) = (&task.task_id, task.deadline);
    Err(ApiError::conflict(format!("Task `{task_id}` can't be {what} past its deadline of {deadline}.")))
}

pub(super) fn schedule_task(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut task = find(call)?;
    authorize_for(call, &task)?;
    refuse_past_deadline(call, &task, "scheduled")?;
    task.schedule(call.db, call.now)?;
    Ok(status_of(&task))
}

pub(super) fn rerun_task(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut task = find(call)?;
    authorize_for(call, &task)?;
    refuse_past_deadline(call, &task, "rescheduled")?;
    task.rerun(call.db, call.now)?;
    if !matches!(task.state(), State::Pending | State::Running) {
        return Err(ApiError::conflict(format!("Maximum number of runs reached ({MAX_RUNS}).")));
    }
    Ok(status_of(&task))
}

pub(super) fn cancel_task(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut task = find(call)?;
    authorize_for(call, &task)?;
    refuse_past_deadline(call, &task, "canceled")?;
    if task.cancel(call.db, Reason::Canceled, call.now)? {
        after_resolution(call.db, &task, call.now)?;
    }
    Ok(status_of(&task))
}

pub(super) fn change_task_priority(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut task = find(call)?;
    authorize_for(call, &task)?;
    refuse_past_deadline(call, &task, "reprioritized")?;
    if task.state().is_resolved() {
        let task_id = &task.task_id;
        let message = format!("Task `{task_id}` is already resolved and cannot be reprioritized.");
        return Err(ApiError::conflict(message));
    }
    task.set_priority(call.db, call.text("newPriority"))?;
    Ok(status_of(&task))
}
