//! The queue, and the scopes that auth says we have.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Taskcluster;
use super::paging::BATCH;
use super::request::{Call, part};
use crate::model::TaskId;
use crate::sources::queue::{Queue, TaskState, TaskStatus};
use crate::sources::{Answer, Error};
use crate::yaml::{Map, Node};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    task_id: TaskId,
    task_group_id: TaskId,
    state: TaskState,
    expires: DateTime<Utc>,
}

impl From<Status> for TaskStatus {
    fn from(status: Status) -> Self {
        let Status { task_id, task_group_id, state, expires } = status;
        Self { task_id, task_group_id, state, expires }
    }
}

/// The answer about one task, and an entry of the answers about many.
#[derive(Deserialize)]
struct OfTask {
    status: Status,
}

#[derive(Deserialize)]
struct Statuses {
    statuses: Vec<OfTask>,
}

#[derive(Deserialize)]
struct Group {
    tasks: Vec<OfTask>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    task_id: TaskId,
    task: Map,
}

#[derive(Deserialize)]
struct Definitions {
    tasks: Vec<Definition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    tasks_affected: usize,
}

#[derive(Deserialize)]
struct Scopes {
    scopes: Vec<String>,
}

fn of_task(task_id: &TaskId) -> String {
    format!("task/{}", part(task_id.as_str()))
}

impl Taskcluster {
    /// Asks the same of many tasks, in batches; each batch may come in pages.
    async fn ask_of_many<T: serde::de::DeserializeOwned>(
        &self,
        path: &'static str,
        task_ids: &[TaskId],
    ) -> Result<Vec<T>, Error> {
        let distinct: Vec<&TaskId> = task_ids.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut pages = Vec::new();
        for batch in distinct.chunks(BATCH) {
            let call = Call::post("queue", path, Some(json!({ "taskIds": batch })));
            pages.extend(self.pages(call).await?);
        }
        Ok(pages)
    }

    async fn act(&self, task_id: &TaskId, action: &str) -> Result<(), Error> {
        let call = Call::post("queue", format!("{}/{action}", of_task(task_id)), None);
        self.send(&call).await.map(drop)
    }

    async fn members(&self, group: &TaskId) -> Result<Vec<TaskStatus>, Error> {
        let call = Call::get("queue", format!("task-group/{}/list", part(group.as_str())));
        let pages: Vec<Group> = self.pages(call).await?;
        let mut seen = BTreeSet::new();
        // Tasks created meanwhile shift the pages, so one task may come twice.
        let members = pages.into_iter().flat_map(|page| page.tasks).map(|task| TaskStatus::from(task.status));
        Ok(members.filter(|status| seen.insert(status.task_id.clone())).collect())
    }
}

impl Queue for Taskcluster {
    fn create_task<'a>(&'a self, task_id: &'a TaskId, definition: &'a Node) -> Answer<'a, TaskStatus> {
        Box::pin(async move {
            let call = Call { method: Method::PUT, ..Call::get("queue", of_task(task_id)) };
            Ok(self.ask::<OfTask>(&call.with(definition)?).await?.status.into())
        })
    }

    fn task<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, Map> {
        Box::pin(async move { self.ask(&Call::get("queue", of_task(task_id))).await })
    }

    fn tasks<'a>(&'a self, task_ids: &'a [TaskId]) -> Answer<'a, BTreeMap<TaskId, Map>> {
        Box::pin(async move {
            let pages: Vec<Definitions> = self.ask_of_many("tasks", task_ids).await?;
            Ok(pages.into_iter().flat_map(|page| page.tasks).map(|found| (found.task_id, found.task)).collect())
        })
    }

    fn status<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, TaskStatus> {
        Box::pin(async move {
            let call = Call::get("queue", format!("{}/status", of_task(task_id)));
            Ok(self.ask::<OfTask>(&call).await?.status.into())
        })
    }

    fn statuses<'a>(&'a self, task_ids: &'a [TaskId]) -> Answer<'a, BTreeMap<TaskId, TaskStatus>> {
        Box::pin(async move {
            let pages: Vec<Statuses> = self.ask_of_many("tasks/status", task_ids).await?;
            let statuses = pages.into_iter().flat_map(|page| page.statuses).map(|found| TaskStatus::from(found.status));
            Ok(statuses.map(|status| (status.task_id.clone(), status)).collect())
        })
    }

    fn list_group<'a>(&'a self, group: &'a TaskId) -> Answer<'a, Vec<TaskStatus>> {
        Box::pin(self.members(group))
    }

    fn cancel<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, ()> {
        Box::pin(self.act(task_id, "cancel"))
    }

    fn rerun<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, ()> {
        Box::pin(self.act(task_id, "rerun"))
    }

    fn change_group_priority<'a>(&'a self, group: &'a TaskId, priority: &'a str) -> Answer<'a, usize> {
        Box::pin(async move {
            let path = format!("task-group/{}/priority", part(group.as_str()));
            let call = Call::post("queue", path, Some(json!({ "newPriority": priority })));
            Ok(self.ask::<Changed>(&call).await?.tasks_affected)
        })
    }

    fn current_scopes(&self) -> Answer<'_, Vec<String>> {
        Box::pin(async move { Ok(self.ask::<Scopes>(&Call::get("auth", "scopes/current")).await?.scopes) })
    }

    fn expand_scopes<'a>(&'a self, scopes: &'a [String]) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let call = Call::post("auth", "scopes/expand", Some(json!({ "scopes": scopes })));
            Ok(self.ask::<Scopes>(&call).await?.scopes)
        })
    }
}
