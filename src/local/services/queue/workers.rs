//! The workers of a task queue.

use serde_json::{Value, json};

use super::tasks::listed;
use crate::local::api::template::Fill;
use crate::local::api::{Answer, ApiError, Call};
use crate::local::store::workers::Worker;

/// Group and id, and the queue, of the worker in the URL.
fn names(call: &Call<'_>) -> (String, String, String) {
    let queue = format!("{}/{}", call.param("provisionerId"), call.param("workerType"));
    (queue, call.param("workerGroup").to_owned(), call.param("workerId").to_owned())
}

fn find(call: &Call<'_>) -> Result<Worker, ApiError> {
    let (queue, group, id) = names(call);
    let worker = call.db.worker((&queue, &group, &id))?;
    let alive = |worker: &Worker| worker.expires >= call.now || worker.quarantine_until >= call.now;
    worker.filter(alive).ok_or_else(|| {
        ApiError::not_found(format!(
            "Worker with workerId `{id}`, workerGroup `{group}`,worker-type `{}` and provisionerId `{}` not found. Are \
             you sure it was created?",
            call.param("workerType"),
            call.param("provisionerId")
        ))
    })
}

fn worker_json(call: &Call<'_>, worker: &Worker) -> Value {
    json!({
        "taskQueueId": worker.task_queue_id,
        "provisionerId": call.param("provisionerId"),
        "workerType": call.param("workerType"),
        "workerGroup": worker.worker_group,
        "workerId": worker.worker_id,
        "firstClaim": worker.first_claim,
        "lastDateActive": worker.last_active,
        "expires": worker.expires,
        "quarantineUntil": worker.quarantine_until,
        "quarantineDetails": worker.quarantine_details,
        "recentTasks": worker.recent_tasks,
    })
}

pub(super) fn get_worker(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    find(call).map(|worker| Answer::Json(worker_json(call, &worker)))
}

pub(super) fn list_workers(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let (queue, ..) = names(call);
    let page = call.page().by_offset(|count, skip| Ok(call.db.workers(&queue, call.now, (count, skip))?))?;
    let wanted = |worker: &&Worker| match call.query("quarantined") {
        Some(quarantined) => (worker.quarantine_until >= call.now) == (quarantined == "true"),
        None => true,
    };
    let rows = page.rows.iter().filter(wanted).map(|worker| {
        let mut row = json!({
            "workerGroup": worker.worker_group,
            "workerId": worker.worker_id,
            "firstClaim": worker.first_claim,
            "lastDateActive": worker.last_active,
        });
        if let Some(task) = worker.recent_tasks.last() {
            row["latestTask"] = task.clone();
        }
        if worker.quarantine_until > call.now {
            row["quarantineUntil"] = json!(worker.quarantine_until);
        }
        row
    });
    Ok(listed("workers", rows.collect(), page.token))
}

/// A worker in quarantine gets no work; a date in the past ends it.
pub(super) fn quarantine_worker(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut worker = find(call)?;
    let until = call.date("quarantineUntil")?;
    worker.quarantine_until = until;
    worker.quarantine_details.push(json!({
        "clientId": call.client_id(),
        "updatedAt": call.now,
        "quarantineUntil": until,
        "quarantineInfo": call.text("quarantineInfo"),
    }));
    worker.save(call.db)?;
    Ok(Answer::Json(worker_json(call, &worker)))
}

pub(super) fn declare_worker(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let (queue, group, id) = names(call);
    let params = ["provisionerId", "workerType", "workerGroup", "workerId"];
    let fill = params.iter().fold(Fill::default(), |fill, name| fill.text(name, call.param(name)));
    call.authorize(&fill.list("properties", &["expires".to_owned()]))?;
    let mut worker =
        call.db.worker((&queue, &group, &id))?.unwrap_or_else(|| Worker::new((&queue, &group, &id), call.now));
    worker.expires = worker.expires.max(call.date("expires")?);
    worker.save(call.db)?;
    call.db.task_queue_seen(&queue, call.now)?;
    Ok(Answer::Json(worker_json(call, &worker)))
}
