//! Task groups.

use rusqlite::params;
use serde_json::{Value, json};

use super::resolution::after_resolution;
use super::tasks::both;
use crate::local::api::{Answer, ApiError, Call};
use crate::local::store::Db;
use crate::local::store::groups::TaskGroup;
use crate::local::store::runs::Reason;

const UNRESOLVED: &str = "WHERE task_group_id = ? AND state IN ('unscheduled', 'pending', 'running') ORDER BY task_id";

fn find(call: &Call<'_>) -> Result<TaskGroup, ApiError> {
    let id = call.param("taskGroupId");
    let group = call.db.task_group(id)?;
    group.ok_or_else(|| ApiError::not_found(format!("No task-group with taskGroupId: `{id}`")))
}

fn authorize(call: &Call<'_>, group: &TaskGroup) -> Result<(), ApiError> {
    call.authorize_with(&[("schedulerId", &group.scheduler_id)])
}

pub(super) fn get_task_group(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    find(call).map(|group| Answer::Json(group.to_json()))
}

pub(super) fn list_task_group(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let group = find(call)?;
    let page = call.page().by_offset(|count, skip| {
        let sql = "WHERE task_group_id = ? ORDER BY task_id COLLATE NOCASE, task_id LIMIT ? OFFSET ?";
        Ok(call.db.tasks(sql, params![group.task_group_id, count, skip])?)
    })?;
    let mut answer = group.to_json();
    answer["tasks"] = json!(both(page.rows));
    if let Some(token) = page.token {
        answer["continuationToken"] = json!(token);
    }
    Ok(Answer::Json(answer))
}

/// Every task of a group with status and definition, for those who ask beside the queue's API.
pub(crate) fn all_of_group(db: &Db<'_>, task_group_id: &str) -> rusqlite::Result<Vec<Value>> {
    Ok(both(db.tasks("WHERE task_group_id = ? ORDER BY task_id", [task_group_id])?))
}

/// Sealing once is sealing for good; the first date stays.
pub(super) fn seal_task_group(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let group = find(call)?;
    authorize(call, &group)?;
    call.db.seal_task_group(&group.task_group_id, call.now)?;
    find(call).map(|group| Answer::Json(group.to_json()))
}

pub(super) fn cancel_task_group(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let group = find(call)?;
    let id = &group.task_group_id;
    if group.sealed.is_none() {
        return Err(ApiError::conflict(format!("Cannot cancel unsealed task group: `{id}`")));
    }
    authorize(call, &group)?;
    let mut task_ids = Vec::new();
    for mut task in call.db.tasks(UNRESOLVED, [id])? {
        task.cancel(call.db, Reason::Canceled, call.now)?;
        after_resolution(call.db, &task, call.now)?;
        task_ids.push(task.task_id);
    }
    let size = call.db.count("SELECT count(*) FROM tasks WHERE task_group_id = ?", [id])?;
    let count = task_ids.len();
    let answer = json!({"taskGroupId": id, "taskGroupSize": size, "cancelledCount": count, "taskIds": task_ids});
    Ok(Answer::Json(answer))
}

pub(super) fn change_task_group_priority(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let group = find(call)?;
    authorize(call, &group)?;
    let priority = call.text("newPriority");
    let mut task_ids = Vec::new();
    for mut task in call.db.tasks(UNRESOLVED, [&group.task_group_id])? {
        if task.text("priority") != priority {
            task.set_priority(call.db, priority)?;
            task_ids.push(task.task_id);
        }
    }
    Ok(Answer::Json(json!({
        "taskGroupId": group.task_group_id,
        "schedulerId": group.scheduler_id,
        "newPriority": priority,
        "tasksAffected": task_ids.len(),
        "taskIds": task_ids,
    })))
}
