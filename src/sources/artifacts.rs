//! What tasks left behind.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

use super::{Answer, Error, ErrorKind};
use crate::model::TaskId;

/// The content of an artifact as it arrives.
pub type Chunks<'a> = BoxStream<'a, Result<Vec<u8>, Error>>;

/// Answers with the artifacts of tasks.
pub trait Artifacts: Send + Sync {
    /// The content of a task's latest artifact of that name, decoded.
    fn fetch<'a>(&'a self, task_id: &'a TaskId, name: &'a str) -> Answer<'a, Vec<u8>>;

    /// The names of the artifacts of a task's latest run.
    fn list<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, Vec<String>>;

    /// The same in pieces, for content that is too large to hold.
    fn stream<'a>(&'a self, task_id: &'a TaskId, name: &'a str) -> Answer<'a, Chunks<'a>> {
        Box::pin(async move {
            let content = self.fetch(task_id, name).await?;
            Ok(stream::once(async { Ok(content) }).boxed())
        })
    }
}

/// Artifacts held in memory, by task and name.
#[derive(Clone, Debug, Default)]
pub struct MemoryArtifacts(pub BTreeMap<(TaskId, String), Vec<u8>>);

impl Artifacts for MemoryArtifacts {
    fn fetch<'a>(&'a self, task_id: &'a TaskId, name: &'a str) -> Answer<'a, Vec<u8>> {
        let content = self.0.get(&(task_id.clone(), name.to_owned())).cloned();
        let missing = move || Error {
            service: "queue",
            request: format!("artifact {name} of task {task_id}"),
            message: "not found".into(),
            kind: ErrorKind::NotFound,
        };
        Box::pin(async move { content.ok_or_else(missing) })
    }

    fn list<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, Vec<String>> {
        let names = self.0.keys().filter(|(task, _)| task == task_id).map(|(_, name)| name.clone()).collect();
        Box::pin(async move { Ok(names) })
    }
}
