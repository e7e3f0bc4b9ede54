//! Workers say how a run ended.

use serde_json::json;

use super::claims::{no_run, not_running};
use super::resolution::after_resolution;
use super::tasks::{authorize_for, find, status_of};
use crate::local::api::{Answer, ApiError, Call};
use crate::local::store::runs::{Created, Reason, State};

pub(super) fn report_completed(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let failed = call.body.get("success") == Some(&json!(false));
    if failed { report_failed(call) } else { resolve(call, State::Completed, Reason::Completed) }
}

pub(super) fn report_failed(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    resolve(call, State::Failed, Reason::Failed)
}

/// The same report twice is the same as once; another one is a conflict.
fn resolve(call: &Call<'_>, state: State, reason: Reason) -> Result<Answer, ApiError> {
    let mut task = find(call)?;
    let run_id = call.run_id();
    let Some(run) = task.runs.get(run_id) else { return Err(no_run(&task, run_id)) };
    if run.state != State::Running && run.state != state {
        let (task_id, state) = (&task.task_id, state.name());
        return Err(ApiError::conflict(format!("Run {run_id} of task `{task_id}` is not running or {state}.")));
    }
    authorize_for(call, &task)?;
    let again = run.state == state;
    let last = run_id + 1 == task.runs.len();
    if !last || (again && run.reason_resolved != Some(reason)) {
        return Err(not_running(&task, run_id));
    }
    if !again {
        task.resolve(call.db, (state, reason, None), call.now)?;
        after_resolution(call.db, &task, call.now)?;
    }
    Ok(status_of(&task))
}

/// A worker that went away and a task that asks for it get another run while retries are left.
pub(super) fn report_exception(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut task = find(call)?;
    let run_id = call.run_id();
    let Some(run) = task.runs.get(run_id) else { return Err(no_run(&task, run_id)) };
    authorize_for(call, &task)?;
    let reason: Reason = serde_json::from_value(call.body["reason"].clone())?;
    let retry = match reason {
        Reason::WorkerShutdown => Some(Created::Retry),
        Reason::IntermittentTask => Some(Created::TaskRetry),
        _ => None,
    };
    let already = run.state == State::Exception && run.reason_resolved == Some(reason);
    let running = run_id + 1 == task.runs.len() && run.state == State::Running;
    if running {
        task.resolve(call.db, (State::Exception, reason, retry), call.now)?;
        after_resolution(call.db, &task, call.now)?;
    } else if !already || task.runs.len() > run_id + 2 {
        return Err(not_running(&task, run_id));
    }
    Ok(status_of(&task))
}
