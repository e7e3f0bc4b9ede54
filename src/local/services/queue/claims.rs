//! Workers take runs.

use chrono::Duration;
use rusqlite::params;
use serde_json::{Value, json};

use super::tasks::{authorize_for, find};
use crate::local::api::template::Fill;
use crate::local::api::{Answer, ApiError, Call, Time};
use crate::local::identity::certificate;
use crate::local::store::runs::{Run, State};
use crate::local::store::tasks::Task;
use crate::local::store::workers::Worker;

/// Gives a worker the most urgent pending runs of its queue; it waits while there are none.
pub(super) fn claim_work(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let queue = call.param("taskQueueId");
    let (group, id) = (call.text("workerGroup"), call.text("workerId"));
    call.authorize_with(&[("workerGroup", group), ("workerId", id)])?;
    let mut worker = worker(call, queue)?;
    let count = if worker.quarantine_until > call.now { 0 } else { call.body["tasks"].as_i64().unwrap_or(1) };
    let sql = "WHERE task_queue_id = ? AND pending_since IS NOT NULL AND deadline >= ? \
               ORDER BY priority DESC, pending_since, rowid LIMIT ?";
    let mut claims = Vec::new();
    let mut taken = Vec::new();
    for mut task in call.db.tasks(sql, params![queue, call.now, count])? {
        let run_id = task.runs.len().saturating_sub(1);
        claims.push(claim(call, &mut task, run_id, (group, id))?);
        taken.push((task.task_id, run_id));
    }
    worker.seen(taken, call.now);
    worker.save(call.db)?;
    call.db.task_queue_seen(queue, call.now)?;
    let waiting = claims.is_empty();
    let answer = json!({ "tasks": claims });
    Ok(if waiting { Answer::Wait(answer) } else { Answer::Json(answer) })
}

fn worker(call: &Call<'_>, queue: &str) -> Result<Worker, ApiError> {
    let names = (queue, call.text("workerGroup"), call.text("workerId"));
    Ok(call.db.worker(names)?.unwrap_or_else(|| Worker::new(names, call.now)))
}

pub(super) fn claim_task(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut task = find(call)?;
    let run_id = call.run_id();
    let (group, id) = (call.text("workerGroup"), call.text("workerId"));
    let (provisioner, worker_type) = (task.text("provisionerId"), task.text("workerType"));
    let fill = Fill::default().text("provisionerId", provisioner).text("workerType", worker_type);
    call.authorize(&fill.text("workerGroup", group).text("workerId", id))?;
    refuse_past_deadline(call, &task, "claimed")?;
    let Some(run) = task.runs.get(run_id) else { return Err(no_run(&task, run_id)) };
    let ours = run.worker_group.as_deref() == Some(group) && run.worker_id.as_deref() == Some(id);
    let free = run.state == State::Pending || (run.state == State::Running && ours);
    if run_id + 1 != task.runs.len() || !free {
        return Err(ApiError::conflict(format!("Run {run_id} was already claimed by another worker.")));
    }
    let queue = task.text("taskQueueId").to_owned();
    let mut worker = worker(call, &queue)?;
    let claim = claim(call, &mut task, run_id, (group, id))?;
    worker.seen([(task.task_id, run_id)], call.now);
    worker.save(call.db)?;
    call.db.task_queue_seen(&queue, call.now)?;
    Ok(Answer::Json(claim))
}

fn claim(call: &Call<'_>, task: &mut Task, run_id: usize, worker: (&str, &str)) -> Result<Value, ApiError> {
    let until = call.now + call.site.claim_timeout;
    let (group, id) = worker;
    if let Some(run) = task.runs.get_mut(run_id) {
        run.state = State::Running;
        run.worker_group = Some(group.to_owned());
        run.worker_id = Some(id.to_owned());
        run.taken_until = Some(until);
        run.started.get_or_insert(call.now);
    }
    task.save(call.db)?;
    Ok(json!({
        "status": task.status(),
        "runId": run_id,
        "workerGroup": group,
        "workerId": id,
        // The real queue takes this one as the database writes it.
        "takenUntil": until.with_offset(),
        "task": task.definition,
        "credentials": credentials(call, task, (run_id, group, id), until),
    }))
}

/// What the task's own code may call with, for as long as the claim lasts.
fn credentials(call: &Call<'_>, task: &Task, (run_id, group, id): (usize, &str, &str), until: Time) -> Value {
    let task_id = &task.task_id;
    let seconds = until.milliseconds() / 1000;
    let client_id = format!("task-client/{task_id}/{run_id}/on/{group}/{id}/until/{seconds}");
    let own = ["reclaim-task", "resolve-task", "create-artifact"];
    let own = own.iter().map(|what| format!("queue:{what}:{task_id}/{run_id}"));
    let scopes = own.chain(task.list("scopes")).collect();
    certificate::issue(&call.site.root, &client_id, &scopes, (call.now - Duration::minutes(1), until))
}

pub(super) fn reclaim_task(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut task = find(call)?;
    let run_id = call.run_id();
    let Some(run) = task.runs.get(run_id) else { return Err(no_run(&task, run_id)) };
    let Run { worker_group, worker_id, state, .. } = run.clone();
    authorize_for(call, &task)?;
    refuse_past_deadline(call, &task, "reclaimed")?;
    if run_id + 1 != task.runs.len() || state != State::Running {
        return Err(not_running(&task, run_id));
    }
    let until = call.now + call.site.claim_timeout;
    task.runs[run_id].taken_until = Some(until);
    task.save(call.db)?;
    call.db.task_queue_seen(task.text("taskQueueId"), call.now)?;
    let (group, id) = (worker_group.unwrap_or_default(), worker_id.unwrap_or_default());
    Ok(Answer::Json(json!({
        "status": task.status(),
        "runId": run_id,
        "workerGroup": group,
        "workerId": id,
        "takenUntil": until,
        "credentials": credentials(call, &task, (run_id, &group, &id), until),
    })))
}

fn refuse_past_deadline(call: &Call<'_>, task: &Task, what: &str) -> Result<(), ApiError> {
    if task.deadline > call.now {
        return Ok(());
    }
    let (task_id, deadline) = (&task.task_id, task.deadline);
    Err(ApiError::conflict(format!("Task `{task_id}` can't be {what} past its deadline of {deadline}.")))
}

pub(super) fn no_run(task: &Task, run_id: usize) -> ApiError {
    ApiError::not_found(format!("Run {run_id} not found on task `{}`.", task.task_id))
}

pub(super) fn not_running(task: &Task, run_id: usize) -> ApiError {
    ApiError::conflict(format!("Run {run_id} on task `{}` is resolved or not running.", task.task_id))
}
