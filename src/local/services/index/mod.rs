//! The index: tasks under paths such as `project.v2.repo.latest.build`.

use serde_json::{Value, json};

use super::PRINTABLE;
use super::queue::latest_artifact_url;
use crate::local::api::service::matches;
use crate::local::api::template::Fill;
use crate::local::api::{Answer, ApiError, Call, Service, Time};
use crate::local::store::Db;
use crate::local::store::index::{IndexedTask, split};
use crate::local::store::tasks::Task;

/// An index path.
const PATH: &str = "^([a-zA-Z0-9_!~*'()%-]+\\.)*[a-zA-Z0-9_!~*'()%-]+$";

pub(super) const SERVICE: Service = Service {
    name: "index",
    operations: &[
        ("deleteTask", delete_task),
        ("findArtifactFromTask", find_artifact_from_task),
        ("findTask", find_task),
        ("findTasksAtIndex", find_tasks_at_index),
        ("insertTask", insert_task),
        ("listNamespaces", list_namespaces),
        ("listTasks", list_tasks),
    ],
    not_served: &[],
    params: &[("namespace", PATH), ("indexPath", PATH), ("name", PRINTABLE)],
};

fn find(call: &Call<'_>, path: &str) -> Result<IndexedTask, ApiError> {
    let task = call.db.indexed_task(path)?.filter(|task| task.expires > call.now);
    task.ok_or_else(|| ApiError::not_found("Indexed task not found"))
}

fn find_task(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    find(call, call.param("indexPath")).map(|task| Answer::Json(task.to_json()))
}

/// Paths under which nothing is are left out; the others keep their order.
fn find_tasks_at_index(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let paths = call.list("indexes");
    call.authorize(&Fill::default().list("indexPaths", &paths))?;
    let found = |path: &String| call.db.indexed_task(path).map(|task| task.filter(|task| task.expires > call.now));
    let mut rows: Vec<Value> = Vec::new();
    for path in &paths {
        let row = found(path)?.map(|task| task.to_json());
        rows.extend(row.filter(|row| !rows.contains(row)));
    }
    let page = call.page().by_offset(|count, skip| Ok(rows.into_iter().skip(skip).take(count).collect()))?;
    Ok(listed("tasks", page.rows, page.token))
}

fn listed(name: &str, rows: Vec<Value>, token: Option<String>) -> Answer {
    let mut answer = json!({ name: rows });
    if let Some(token) = token {
        answer["continuationToken"] = json!(token);
    }
    Answer::Json(answer)
}

fn list_namespaces(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let parent = call.param("namespace");
    call.authorize_with(&[("namespace", parent)])?;
    let page = call.page().by_offset(|count, skip| Ok(call.db.namespaces(parent, call.now, (count, skip))?))?;
    Ok(listed("namespaces", page.rows, page.token))
}

fn list_tasks(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let namespace = call.param("namespace");
    call.authorize_with(&[("namespace", namespace)])?;
    let page = call.page().by_offset(|count, skip| Ok(call.db.indexed_tasks(namespace, call.now, (count, skip))?))?;
    Ok(listed("tasks", page.rows.iter().map(IndexedTask::to_json).collect(), page.token))
}

fn insert_task(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let (namespace, name) = split(call.param("namespace"));
    let task = call.db.index_task(IndexedTask {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        rank: call.body["rank"].as_f64().unwrap_or_default(),
        task_id: call.text("taskId").to_owned(),
        data: call.body["data"].clone(),
        expires: call.date("expires")?,
    })?;
    Ok(Answer::Json(task.to_json()))
}

fn delete_task(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    call.db.unindex_task(call.param("namespace"))?;
    Ok(Answer::Json(json!({})))
}

fn find_artifact_from_task(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let task = find(call, call.param("indexPath"))?;
    let url = latest_artifact_url(call, &task.task_id, call.param("name"))?;
    Ok(Answer::Other { status: 303, headers: vec![("location", url.clone())], body: json!({ "url": url }) })
}

/// Indexes a completed task under its routes `index.<path>`.
pub(crate) fn index_completed(db: &Db<'_>, task: &Task) -> rusqlite::Result<()> {
    let Some(entry) = entry_of(task) else { return Ok(()) };
    for route in task.list("routes") {
        let Some(path) = route.strip_prefix("index.").filter(|path| matches(PATH, path)) else { continue };
        let (namespace, name) = split(path);
        db.index_task(IndexedTask { namespace: namespace.to_owned(), name: name.to_owned(), ..entry.clone() })?;
    }
    Ok(())
}

/// What `task.extra.index` says; a rank that is no number or data that is no object keeps the task out of the index.
fn entry_of(task: &Task) -> Option<IndexedTask> {
    let extra = &task.definition["extra"]["index"];
    let rank = extra.get("rank").map_or(Some(0.0), Value::as_f64)?;
    let data = extra.get("data").map_or_else(|| Some(json!({})), |data| data.is_object().then(|| data.clone()))?;
    let expires = extra.get("expires").map_or(Some(task.expires), |date| Time::parse(date.as_str()?))?;
    let (namespace, name, task_id) = (String::new(), String::new(), task.task_id.clone());
    Some(IndexedTask { namespace, name, rank, task_id, data, expires })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_names_between_dots() {
        for path in ["a", "project.v2.x-y_z.latest", "a.b%2Fc"] {
            assert!(matches(PATH, path), "{path}");
        }
        for path in ["", ".a", "a.", "a..b", "a/b", "a b"] {
            assert!(!matches(PATH, path), "{path}");
        }
    }
}
