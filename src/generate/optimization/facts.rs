//! What optimization knows of the world: asked for in one batch, before anything is decided.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::TaskId;
use crate::sources::Error;
use crate::sources::index::Index;
use crate::sources::queue::{Queue, TaskStatus};

/// What optimization needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// Paths of the index.
    pub index_paths: BTreeSet<String>,
    /// Tasks that an earlier run of the same creator may have created.
    pub own_tasks: BTreeSet<TaskId>,
}

/// The tasks found at index paths, and which tasks there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Index path → the task there.
    pub tasks: BTreeMap<String, TaskId>,
    /// The states of those tasks, and of the creator's own.
    pub statuses: BTreeMap<TaskId, TaskStatus>,
}

impl Facts {
    /// Asks for the tasks at all paths, then for the states of all tasks. Nothing is asked if there is nothing to
    /// ask for.
    ///
    /// # Errors
    /// If the index or the queue does not answer.
    pub async fn look_up(questions: &Questions, index: &dyn Index, queue: &dyn Queue) -> Result<Self, Error> {
        if questions.index_paths.is_empty() {
            return Ok(Self::default());
        }
        let paths: Vec<String> = questions.index_paths.iter().cloned().collect();
        let tasks = index.find_tasks(&paths).await?;
        let ids: BTreeSet<&TaskId> = tasks.values().chain(&questions.own_tasks).collect();
        let ids: Vec<TaskId> = ids.into_iter().cloned().collect();
        let statuses = queue.statuses(&ids).await?;
        Ok(Self { tasks, statuses })
    }

    /// The task at `path` and what the queue says of it.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&TaskStatus> {
        self.statuses.get(self.tasks.get(path)?)
    }

    /// Whether there is such a task.
    #[must_use]
    pub fn exists(&self, task_id: &TaskId) -> bool {
        self.statuses.contains_key(task_id)
    }
}
