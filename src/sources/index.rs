//! The index: paths under which finished tasks are found.

use std::collections::BTreeMap;

use super::Answer;
use crate::model::TaskId;

/// Answers where tasks are indexed.
pub trait Index: Send + Sync {
    /// The tasks at those paths that have one; asked in batches.
    fn find_tasks<'a>(&'a self, paths: &'a [String]) -> Answer<'a, BTreeMap<String, TaskId>>;

    /// The task at one path, if any.
    fn find_task<'a>(&'a self, path: &'a str) -> Answer<'a, Option<TaskId>>;

    /// The tasks directly under a namespace, the one that expires first first.
    fn list_tasks<'a>(&'a self, namespace: &'a str) -> Answer<'a, Vec<TaskId>>;
}

/// An index held in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryIndex(pub BTreeMap<String, TaskId>);

impl Index for MemoryIndex {
    fn find_tasks<'a>(&'a self, paths: &'a [String]) -> Answer<'a, BTreeMap<String, TaskId>> {
        let found = paths.iter().filter_map(|path| Some((path.clone(), self.0.get(path)?.clone())));
        let found = found.collect();
        Box::pin(async { Ok(found) })
    }

    fn find_task<'a>(&'a self, path: &'a str) -> Answer<'a, Option<TaskId>> {
        let found = self.0.get(path).cloned();
        Box::pin(async { Ok(found) })
    }

    fn list_tasks<'a>(&'a self, namespace: &'a str) -> Answer<'a, Vec<TaskId>> {
        let below = |path: &str| {
            path.strip_prefix(namespace).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| !rest.contains('.'))
        };
        let found = self.0.iter().filter(|(path, _)| below(path)).map(|(_, id)| id.clone()).collect();
        Box::pin(async { Ok(found) })
    }
}
