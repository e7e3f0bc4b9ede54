//! Task queues: what waits in them, what is claimed, and which there are.

use std::collections::BTreeMap;

use rusqlite::params;
use serde_json::{Value, json};

use super::split_queue_id;
use super::tasks::listed;
use crate::local::api::{Answer, ApiError, Call, Time};
use crate::local::store::tasks::Task;
use crate::local::store::workers::TaskQueue;

const PENDING: &str = "SELECT count(*) FROM tasks WHERE task_queue_id = ? AND pending_since IS NOT NULL";
const CLAIMED: &str = "SELECT count(*) FROM tasks WHERE task_queue_id = ? AND taken_until IS NOT NULL";

fn counts(call: &Call<'_>, with_claimed: bool) -> Result<Answer, ApiError> {
    let queue = call.param("taskQueueId");
    let (provisioner, worker_type) = split_queue_id(queue);
    let pending = call.db.count(PENDING, [queue])?;
    let mut answer = json!({
        "provisionerId": provisioner, "workerType": worker_type, "taskQueueId": queue, "pendingTasks": pending,
    });
    if with_claimed {
        answer["claimedTasks"] = json!(call.db.count(CLAIMED, [queue])?);
    }
    Ok(Answer::Json(answer))
}

pub(super) fn pending_tasks(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    counts(call, false)
}

pub(super) fn task_queue_counts(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    counts(call, true)
}

/// A page of a queue's tasks, in the order of a date of their latest run.
fn list_by(
    call: &Call<'_>,
    column: &str,
    date: fn(&Task) -> Option<Time>,
    row: fn(&Task, usize, Option<Time>) -> Value,
) -> Result<Answer, ApiError> {
    let queue = call.param("taskQueueId");
    let fetch = |count, key: Option<Vec<String>>| {
        let mut key = key.unwrap_or_default().into_iter();
        let since = key.next().and_then(|date| Time::parse(&date)).map_or(i64::MIN, Time::milliseconds);
        let from = key.next().unwrap_or_default();
        let sql = format!(
            "WHERE task_queue_id = ? AND {column} IS NOT NULL AND ({column}, task_id) >= (?, ?) \
             ORDER BY {column}, task_id LIMIT ?"
        );
        Ok(call.db.tasks(&sql, params![queue, since, from, count])?)
    };
    let key = |task: &Task| vec![date(task).map(|date| date.to_string()).unwrap_or_default(), task.task_id.clone()];
    let page = call.page().by_key(fetch, key)?;
    let rows = page.rows.iter().map(|task| row(task, task.runs.len().saturating_sub(1), date(task)));
    Ok(listed("tasks", rows.collect(), page.token))
}

pub(super) fn list_pending_tasks(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let date = |task: &Task| task.runs.last().map(|run| run.scheduled);
    list_by(
        call,
        "pending_since",
        date,
        |task, run_id, inserted| json!({"taskId": task.task_id, "runId": run_id, "task": task.definition, "inserted": inserted}),
    )
}

pub(super) fn list_claimed_tasks(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let until = |task: &Task| task.runs.last().and_then(|run| run.taken_until);
    list_by(call, "taken_until", until, |task, run_id, _| {
        let run = task.runs.last();
        json!({
            "taskId": task.task_id,
            "runId": run_id,
            "workerGroup": run.and_then(|run| run.worker_group.clone()),
            "workerId": run.and_then(|run| run.worker_id.clone()),
            "claimed": run.and_then(|run| run.started),
            "task": task.definition,
        })
    })
}

fn queue_json(queue: &TaskQueue, with_halves: bool) -> Value {
    let mut answer = json!({
        "taskQueueId": queue.task_queue_id,
        "expires": queue.expires,
        "lastDateActive": queue.last_active,
        "description": "",
        "stability": "experimental",
    });
    if with_halves {
        let (provisioner, worker_type) = split_queue_id(&queue.task_queue_id);
        answer["provisionerId"] = json!(provisioner);
        answer["workerType"] = json!(worker_type);
    }
    answer
}

fn find_queue(call: &Call<'_>, id: &str) -> Result<Option<TaskQueue>, ApiError> {
    Ok(call.db.task_queues(call.now)?.into_iter().find(|queue| queue.task_queue_id == id))
}

pub(super) fn get_task_queue(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let id = call.param("taskQueueId");
    let queue = find_queue(call, id)?;
    let queue = queue.ok_or_else(|| {
        ApiError::not_found(format!("Task queue with `{id}` not found. Are you sure it was created?"))
    })?;
    Ok(Answer::Json(queue_json(&queue, false)))
}

pub(super) fn get_worker_type(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let (provisioner, worker_type) = (call.param("provisionerId"), call.param("workerType"));
    let queue = find_queue(call, &format!("{provisioner}/{worker_type}"))?.ok_or_else(|| {
        ApiError::not_found(format!(
            "Worker-type `{worker_type}` with Provisioner `{provisioner}` not found. Are you sure it was created?"
        ))
    })?;
    Ok(Answer::Json(queue_json(&queue, true)))
}

/// One page of rows that are all at hand.
fn page_of(call: &Call<'_>, name: &str, rows: Vec<Value>) -> Result<Answer, ApiError> {
    let page = call.page().by_offset(|count, skip| Ok(rows.into_iter().skip(skip).take(count).collect()))?;
    Ok(listed(name, page.rows, page.token))
}

pub(super) fn list_task_queues(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let queues = call.db.task_queues(call.now)?;
    page_of(call, "taskQueues", queues.iter().map(|queue| queue_json(queue, false)).collect())
}

pub(super) fn list_worker_types(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let queues = call.db.task_queues(call.now)?;
    let ours = queues.iter().filter(|queue| split_queue_id(&queue.task_queue_id).0 == call.param("provisionerId"));
    page_of(call, "workerTypes", ours.map(|queue| queue_json(queue, true)).collect())
}

/// Provisioners are what the queues in use are named after.
fn provisioners(call: &Call<'_>) -> Result<BTreeMap<String, Value>, ApiError> {
    let mut latest: BTreeMap<String, (Time, Time)> = BTreeMap::new();
    for queue in call.db.task_queues(call.now)? {
        let provisioner = split_queue_id(&queue.task_queue_id).0.to_owned();
        let (expires, active) = latest.entry(provisioner).or_insert((queue.expires, queue.last_active));
        *expires = (*expires).max(queue.expires);
        *active = (*active).max(queue.last_active);
    }
    let row = |(id, (expires, active)): (String, (Time, Time))| {
        let row = json!({
            "provisionerId": id, "expires": expires, "lastDateActive": active,
            "description": "", "stability": "experimental",
        });
        (id, row)
    };
    Ok(latest.into_iter().map(row).collect())
}

pub(super) fn list_provisioners(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let provisioners = provisioners(call)?;
    page_of(call, "provisioners", provisioners.into_values().collect())
}

pub(super) fn get_provisioner(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let id = call.param("provisionerId");
    let found = provisioners(call)?.remove(id);
    found
        .map(Answer::Json)
        .ok_or_else(|| ApiError::not_found(format!("Provisioner `{id}` not found. Are you sure it was created?")))
}
