//! The index.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::Taskcluster;
use super::paging::BATCH;
use super::request::{Call, part};
use crate::model::TaskId;
use crate::sources::index::Index;
use crate::sources::{Answer, Error};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Indexed {
    namespace: String,
    task_id: TaskId,
    expires: DateTime<Utc>,
}

#[derive(Deserialize)]
struct IndexedTasks {
    tasks: Vec<Indexed>,
}

impl Taskcluster {
    async fn indexed(&self, paths: &[String]) -> Result<BTreeMap<String, TaskId>, Error> {
        let mut found = BTreeMap::new();
        for batch in paths.chunks(BATCH) {
            let call = Call::post("index", "tasks/indexes", Some(json!({ "indexes": batch })));
            let pages: Vec<IndexedTasks> = self.pages(call).await?;
            found.extend(pages.into_iter().flat_map(|page| page.tasks).map(|task| (task.namespace, task.task_id)));
        }
        Ok(found)
    }

    async fn indexed_at(&self, path: &str) -> Result<Option<TaskId>, Error> {
        match self.ask::<Indexed>(&Call::get("index", format!("task/{}", part(path)))).await {
            Ok(task) => Ok(Some(task.task_id)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// By expiry, the soonest first, as the reference sorts them: tasks of one kind expire in the order of their
    /// creation.
    async fn indexed_under(&self, namespace: &str) -> Result<Vec<TaskId>, Error> {
        let pages: Vec<IndexedTasks> = self.pages(Call::get("index", format!("tasks/{}", part(namespace)))).await?;
        let mut tasks: Vec<Indexed> = pages.into_iter().flat_map(|page| page.tasks).collect();
        tasks.sort_by_key(|task| task.expires);
        Ok(tasks.into_iter().map(|task| task.task_id).collect())
    }
}

impl Index for Taskcluster {
    fn find_tasks<'a>(&'a self, paths: &'a [String]) -> Answer<'a, BTreeMap<String, TaskId>> {
        Box::pin(self.indexed(paths))
    }

    fn find_task<'a>(&'a self, path: &'a str) -> Answer<'a, Option<TaskId>> {
        Box::pin(self.indexed_at(path))
    }

    fn list_tasks<'a>(&'a self, namespace: &'a str) -> Answer<'a, Vec<TaskId>> {
        Box::pin(self.indexed_under(namespace))
    }
}
