//! A queue that takes no task: what would be created is handed on instead.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::model::TaskId;
use crate::sources::queue::{Queue, TaskState, TaskStatus};
use crate::sources::{Answer, Error};
use crate::yaml::{Map, Node};

/// Who hears of a task that would be created.
pub(in crate::cli) type Told<'a> = &'a (dyn Fn(&TaskId, &Node) -> Result<(), Error> + Sync);

/// What would happen to a task that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum Change {
    /// It would be cancelled.
    Cancelled(TaskId),
    /// It would be run again.
    Rerun(TaskId),
    /// The tasks of its group that have not ended would have another priority.
    Priority(String),
}

/// A queue that only looks; everything but changes is asked of the real one.
pub(in crate::cli) struct PretendQueue<'a> {
    /// The real one.
    pub(in crate::cli) real: &'a dyn Queue,
    /// Who hears of a task that would be created.
    pub(in crate::cli) told: Told<'a>,
    /// Who hears of a change to a task that is there.
    pub(in crate::cli) changed: &'a (dyn Fn(Change) + Sync),
}

impl Queue for PretendQueue<'_> {
    fn create_task<'a>(&'a self, task_id: &'a TaskId, definition: &'a Node) -> Answer<'a, TaskStatus> {
        Box::pin(async move {
            (self.told)(task_id, definition)?;
            Ok(TaskStatus {
                task_id: task_id.clone(),
                task_group_id: task_id.clone(),
                state: TaskState::Unscheduled,
                expires: DateTime::<Utc>::MAX_UTC,
            })
        })
    }

    fn task<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, Map> {
        self.real.task(task_id)
    }

    fn tasks<'a>(&'a self, task_ids: &'a [TaskId]) -> Answer<'a, BTreeMap<TaskId, Map>> {
        self.real.tasks(task_ids)
    }

    fn status<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, TaskStatus> {
        self.real.status(task_id)
    }

    fn statuses<'a>(&'a self, task_ids: &'a [TaskId]) -> Answer<'a, BTreeMap<TaskId, TaskStatus>> {
        self.real.statuses(task_ids)
    }

    fn list_group<'a>(&'a self, group: &'a TaskId) -> Answer<'a, Vec<TaskStatus>> {
        self.real.list_group(group)
    }

    fn cancel<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, ()> {
        (self.changed)(Change::Cancelled(task_id.clone()));
        Box::pin(async { Ok(()) })
    }

    fn rerun<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, ()> {
        (self.changed)(Change::Rerun(task_id.clone()));
        Box::pin(async { Ok(()) })
    }

    fn change_group_priority<'a>(&'a self, group: &'a TaskId, priority: &'a str) -> Answer<'a, usize> {
        let _ = group;
        (self.changed)(Change::Priority(priority.to_owned()));
        Box::pin(async { Ok(0) })
    }

    fn current_scopes(&self) -> Answer<'_, Vec<String>> {
        self.real.current_scopes()
    }

    fn expand_scopes<'a>(&'a self, scopes: &'a [String]) -> Answer<'a, Vec<String>> {
        self.real.expand_scopes(scopes)
    }
}

/// For logs: what would have happened.
impl std::fmt::Display for Change {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cancelled(task) => write!(formatter, "cancelled {task}"),
            Self::Rerun(task) => write!(formatter, "rerun {task}"),
            Self::Priority(priority) => write!(formatter, "given what has not ended the priority {priority}"),
        }
    }
}
