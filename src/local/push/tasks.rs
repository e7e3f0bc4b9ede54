//! What Taskcluster-GitHub and build-decision add to the tasks of a template before they create them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::PushError;
use super::slugids::slugid;
use crate::model::TaskId;

/// The scheduler of tasks that a push creates.
pub(super) const SCHEDULER_ID: &str = "taskcluster-github";

/// A task that is ready for `createTask`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NewTask {
    pub(super) task_id: TaskId,
    pub(super) definition: Value,
}

/// What surrounds the tasks of one render.
pub(super) struct Defaults<'a> {
    /// Decides the ids of tasks that name none.
    pub(super) seed: &'a TaskId,
    /// When they are created.
    pub(super) now: DateTime<Utc>,
    /// How GitHub is told about them: `checks` or `statuses`.
    pub(super) route: &'static str,
}

/// The tasks of a GitHub event, dependencies first.
///
/// A sole task is made to look like a decision task (its id is the group's); several share a group that is none of
/// them. Whatever the template says itself is kept.
pub(super) fn github_tasks(
    rendered: Vec<Map<String, Value>>,
    defaults: &Defaults<'_>,
) -> Result<Vec<NewTask>, PushError> {
    let is_sole = rendered.len() == 1;
    let group = sole_group(&rendered).unwrap_or_else(|| slugid(defaults.seed, "task group").as_str().to_owned());
    let mut tasks = Vec::with_capacity(rendered.len());
    for (index, mut task) in rendered.into_iter().enumerate() {
        add_route(&mut task, defaults.route);
        let own = slugid(defaults.seed, &format!("task {index}")).as_str().to_owned();
        let task_id = if is_sole { group.clone() } else { own };
        let task_id = task.remove("taskId").unwrap_or_else(|| json!(task_id));
        task.entry("taskGroupId").or_insert_with(|| json!(group));
        task.entry("created").or_insert_with(|| json!(written(defaults.now)));
        task.entry("schedulerId").or_insert_with(|| json!(SCHEDULER_ID));
        tasks.push(NewTask { task_id: valid_id(&task_id)?, definition: Value::Object(task) });
    }
    Ok(dependencies_first(tasks))
}

/// The task of a timer or a Mercurial push: exactly one, whose id is that of `ownTaskId`.
pub(super) fn build_decision_tasks(
    rendered: Vec<Map<String, Value>>,
    own_task_id: &TaskId,
    now: DateTime<Utc>,
) -> Result<Vec<NewTask>, PushError> {
    let count = rendered.len();
    let mut rendered = rendered.into_iter();
    let (Some(mut task), None) = (rendered.next(), rendered.next()) else {
        return if count == 0 { Ok(Vec::new()) } else { Err(PushError::SeveralTasks(count)) };
    };
    let task_id = task.remove("taskId").unwrap_or_else(|| json!(own_task_id.as_str()));
    task.entry("taskGroupId").or_insert_with(|| task_id.clone());
    task.entry("created").or_insert_with(|| json!(written(now)));
    Ok(vec![NewTask { task_id: valid_id(&task_id)?, definition: Value::Object(task) }])
}

fn sole_group(rendered: &[Map<String, Value>]) -> Option<String> {
    let [task] = rendered else { return None };
    let named = |key: &str| task.get(key).and_then(Value::as_str).map(str::to_owned);
    named("taskGroupId").or_else(|| named("taskId"))
}

fn add_route(task: &mut Map<String, Value>, route: &str) {
    let routes = task.entry("routes").or_insert_with(|| json!([]));
    if let Value::Array(routes) = routes {
        routes.push(json!(route));
        let mut seen = BTreeSet::new();
        routes.retain(|route| seen.insert(route.to_string()));
    }
}

fn valid_id(task_id: &Value) -> Result<TaskId, PushError> {
    let text = task_id.as_str().map_or_else(|| task_id.to_string(), str::to_owned);
    TaskId::parse(&text).map_err(PushError::TaskId)
}

fn written(now: DateTime<Utc>) -> String {
    now.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The tasks in an order in which each comes after those of them that it depends on; a cycle stays as written.
fn dependencies_first(tasks: Vec<NewTask>) -> Vec<NewTask> {
    let mut waiting: BTreeMap<usize, NewTask> = tasks.into_iter().enumerate().collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ids: BTreeSet<&str> = waiting.values().map(|task| task.task_id.as_str()).collect();
        let is_free = |task: &NewTask| {
            let dependencies = task.definition["dependencies"].as_array().into_iter().flatten();
            !dependencies.filter_map(Value::as_str).any(|id| id != task.task_id.as_str() && ids.contains(id))
        };
        let next = waiting.iter().find(|(_, task)| is_free(task)).or_else(|| waiting.iter().next());
        let Some((&index, _)) = next else { break };
        ordered.extend(waiting.remove(&index));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(rendered: Value) -> Vec<NewTask> {
        let rendered = rendered.as_array().unwrap().iter().map(|task| task.as_object().unwrap().clone()).collect();
        let defaults = Defaults {
            seed: &TaskId::new("seed"),
            now: "2024-01-02T03:04:05.678Z".parse().unwrap(),
            route: "statuses",
        };
        github_tasks(rendered, &defaults).unwrap()
    }

    #[test]
    fn a_sole_task_is_its_own_group() {
        let task = tasks(json!([{"routes": ["a"]}])).remove(0);
        assert_eq!(task.definition["taskGroupId"], task.task_id.as_str());
        assert_eq!(task.definition["routes"], json!(["a", "statuses"]));
        assert_eq!(task.definition["schedulerId"], SCHEDULER_ID);
        assert_eq!(task.definition["created"], "2024-01-02T03:04:05.678Z");
        let id = "fzy3l9dCSDKRYTxTQTZjGg";
        assert_eq!(tasks(json!([{"taskGroupId": id}]))[0].task_id.as_str(), id);
        assert_eq!(tasks(json!([{"taskId": id}]))[0].definition["taskGroupId"], id);
    }

    #[test]
    fn several_tasks_share_a_group_that_is_none_of_them() {
        let id = "fzy3l9dCSDKRYTxTQTZjGg";
        let tasks = tasks(json!([{"dependencies": [id], "schedulerId": "x"}, {"taskId": id}]));
        assert_eq!(tasks[0].task_id.as_str(), id);
        assert_eq!(tasks[0].definition["taskGroupId"], tasks[1].definition["taskGroupId"]);
        assert_ne!(tasks[0].definition["taskGroupId"], id);
        assert_eq!(tasks[1].definition["schedulerId"], "x");
    }
}
