//! Tasks and their status, one and many.

use serde_json::{Value, json};

use crate::local::api::pagination::Page;
use crate::local::api::template::Fill;
use crate::local::api::{Answer, ApiError, Call};
use crate::local::store::tasks::Task;

/// The task that the URL names.
pub(super) fn find(call: &Call<'_>) -> Result<Task, ApiError> {
    let task_id = call.param("taskId");
    let found = call.db.task(task_id)?;
    found.ok_or_else(|| ApiError::not_found(format!("Task `{task_id}` not found. Are you sure it was created?")))
}

/// Checks scopes that are about a task that is known by now.
pub(super) fn authorize_for(call: &Call<'_>, task: &Task) -> Result<(), ApiError> {
    call.authorize_with(&[
        ("schedulerId", task.text("schedulerId")),
        ("taskGroupId", task.text("taskGroupId")),
        ("projectId", task.text("projectId")),
        ("taskQueueId", task.text("taskQueueId")),
        ("provisionerId", task.text("provisionerId")),
        ("workerType", task.text("workerType")),
    ])
}

/// The answer that most changes of a task give.
pub(super) fn status_of(task: &Task) -> Answer {
    Answer::Json(json!({"status": task.status()}))
}

pub(super) fn task(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    find(call).map(|task| Answer::Json(task.definition))
}

pub(super) fn status(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    find(call).map(|task| status_of(&task))
}

pub(super) fn tasks(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let page = page_of_tasks(call)?;
    let tasks = page.rows.into_iter().map(|task| json!({"taskId": task.task_id, "task": task.definition}));
    Ok(listed("tasks", tasks.collect(), page.token))
}

pub(super) fn statuses(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let page = page_of_tasks(call)?;
    let statuses = page.rows.iter().map(|task| json!({"taskId": task.task_id, "status": task.status()}));
    Ok(listed("statuses", statuses.collect(), page.token))
}

/// The tasks among those asked for that exist, each once.
fn page_of_tasks(call: &Call<'_>) -> Result<Page<Task>, ApiError> {
    let task_ids = call.list("taskIds");
    call.authorize(&Fill::default().list("taskIds", &task_ids))?;
    let wanted = json!(task_ids).to_string();
    call.page().by_offset(|count, skip| {
        let sql = "WHERE task_id IN (SELECT value FROM json_each(?)) ORDER BY task_id LIMIT ? OFFSET ?";
        Ok(call.db.tasks(sql, rusqlite::params![wanted, count, skip])?)
    })
}

/// One page of a list, under its name.
pub(super) fn listed(name: &str, rows: Vec<Value>, token: Option<String>) -> Answer {
    let mut answer = json!({ name: rows });
    if let Some(token) = token {
        answer["continuationToken"] = json!(token);
    }
    Answer::Json(answer)
}

pub(super) fn list_dependent_tasks(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let task = find(call)?;
    let page = call.page().by_offset(|count, skip| {
        let sql = "WHERE task_id IN (SELECT dependent FROM task_dependencies WHERE required = ?) \
                   ORDER BY task_id LIMIT ? OFFSET ?";
        Ok(call.db.tasks(sql, rusqlite::params![task.task_id, count, skip])?)
    })?;
    let mut answer = json!({"taskId": task.task_id, "tasks": both(page.rows)});
    if let Some(token) = page.token {
        answer["continuationToken"] = json!(token);
    }
    Ok(Answer::Json(answer))
}

/// Tasks with status and definition.
pub(super) fn both(tasks: Vec<Task>) -> Vec<Value> {
    tasks.into_iter().map(|task| json!({"status": task.status(), "task": task.definition})).collect()
}
