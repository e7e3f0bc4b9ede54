//! The queue: tasks and their states.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::{Answer, Error, ErrorKind};
use crate::model::TaskId;
use crate::yaml::{Map, Node};

/// The state of a task, or of a run of it, in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    /// Waits for its dependencies.
    Unscheduled,
    /// Waits for a worker.
    Pending,
    /// Runs.
    Running,
    /// Succeeded.
    Completed,
    /// Failed.
    Failed,
    /// Ended otherwise: cancelled, expired, malformed, …
    Exception,
}

impl TaskState {
    /// All states, in the order a task takes them.
    pub const ALL: [Self; 6] =
        [Self::Unscheduled, Self::Pending, Self::Running, Self::Completed, Self::Failed, Self::Exception];

    /// The state of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The queue's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unscheduled => "unscheduled",
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Exception => "exception",
        }
    }

    /// Whether nothing more will happen by itself.
    #[must_use]
    pub const fn is_resolved(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Exception)
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// What the queue says of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskStatus {
    /// The task.
    pub task_id: TaskId,
    /// Its group.
    pub task_group_id: TaskId,
    /// Its state.
    pub state: TaskState,
    /// When the queue forgets it.
    pub expires: DateTime<Utc>,
}

/// Answers about tasks, and takes new ones.
pub trait Queue: Send + Sync {
    /// Creates a task; creating the same task again succeeds.
    fn create_task<'a>(&'a self, task_id: &'a TaskId, definition: &'a Node) -> Answer<'a, TaskStatus>;

    /// The definition of a task.
    fn task<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, Map>;

    /// The definitions of those tasks that exist; asked in batches.
    fn tasks<'a>(&'a self, task_ids: &'a [TaskId]) -> Answer<'a, BTreeMap<TaskId, Map>>;

    /// The state of a task.
    fn status<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, TaskStatus>;

    /// The states of those tasks that exist; asked in batches.
    fn statuses<'a>(&'a self, task_ids: &'a [TaskId]) -> Answer<'a, BTreeMap<TaskId, TaskStatus>>;

    /// Every task of a group, each once.
    fn list_group<'a>(&'a self, group: &'a TaskId) -> Answer<'a, Vec<TaskStatus>>;

    /// Cancels a task.
    fn cancel<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, ()>;

    /// Runs a task again.
    fn rerun<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, ()>;

    /// Changes the priority of every task of a group that has not ended; how many it changed.
    fn change_group_priority<'a>(&'a self, group: &'a TaskId, priority: &'a str) -> Answer<'a, usize>;

    /// The scopes the caller has.
    fn current_scopes(&self) -> Answer<'_, Vec<String>>;

    /// Those scopes, and all that the roles among them stand for.
    fn expand_scopes<'a>(&'a self, scopes: &'a [String]) -> Answer<'a, Vec<String>>;
}

/// A queue held in memory: tasks are `pending` when created, and nothing ever runs.
#[derive(Debug, Default)]
pub struct MemoryQueue {
    tasks: Mutex<BTreeMap<TaskId, (Node, TaskStatus)>>,
    /// What [`Queue::current_scopes`] answers.
    pub scopes: Vec<String>,
}

impl MemoryQueue {
    /// Adds a task in a given state.
    pub fn put(&self, status: TaskStatus, definition: Node) {
        self.lock().insert(status.task_id.clone(), (definition, status));
    }

    /// Every definition created so far.
    #[must_use]
    pub fn definitions(&self) -> BTreeMap<TaskId, Node> {
        self.lock().iter().map(|(id, (definition, _))| (id.clone(), definition.clone())).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<TaskId, (Node, TaskStatus)>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, task_id: &TaskId, change: impl FnOnce(&mut TaskStatus)) -> Result<(), Error> {
        match self.lock().get_mut(task_id) {
            Some((_, status)) => {
                change(status);
                Ok(())
            }
            None => Err(refusal(task_id, ErrorKind::NotFound)),
        }
    }
}

fn refusal(task_id: &TaskId, kind: ErrorKind) -> Error {
    Error { service: "queue", request: format!("task {task_id}"), message: "refused".into(), kind }
}

impl Queue for MemoryQueue {
    fn create_task<'a>(&'a self, task_id: &'a TaskId, definition: &'a Node) -> Answer<'a, TaskStatus> {
        Box::pin(async move {
            let mut tasks = self.lock();
            if let Some((present, status)) = tasks.get(task_id) {
                let same = present == definition;
                return if same {
                    Ok(status.clone())
                } else {
                    Err(refusal(task_id, ErrorKind::Refused { status: 409 }))
                };
            }
            let group = definition.get("taskGroupId").and_then(Node::as_str).unwrap_or(task_id.as_str());
            let expires = definition.get("expires").and_then(Node::as_str).unwrap_or_default();
            let status = TaskStatus {
                task_id: task_id.clone(),
                task_group_id: TaskId::new(group),
                state: TaskState::Pending,
                expires: DateTime::parse_from_rfc3339(expires).map_or(DateTime::<Utc>::MAX_UTC, |time| time.to_utc()),
            };
            tasks.insert(task_id.clone(), (definition.clone(), status.clone()));
            Ok(status)
        })
    }

    fn task<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, Map> {
        Box::pin(async move {
            let tasks = self.lock();
            let definition = tasks.get(task_id).and_then(|(definition, _)| definition.as_map());
            definition.cloned().ok_or_else(|| refusal(task_id, ErrorKind::NotFound))
        })
    }

    fn tasks<'a>(&'a self, task_ids: &'a [TaskId]) -> Answer<'a, BTreeMap<TaskId, Map>> {
        Box::pin(async move {
            let tasks = self.lock();
            let definition = |id: &TaskId| Some((id.clone(), tasks.get(id)?.0.as_map()?.clone()));
            Ok(task_ids.iter().filter_map(definition).collect())
        })
    }

    fn status<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, TaskStatus> {
        Box::pin(async move {
            let status = self.lock().get(task_id).map(|(_, status)| status.clone());
            status.ok_or_else(|| refusal(task_id, ErrorKind::NotFound))
        })
    }

    fn statuses<'a>(&'a self, task_ids: &'a [TaskId]) -> Answer<'a, BTreeMap<TaskId, TaskStatus>> {
        Box::pin(async move {
            let tasks = self.lock();
            Ok(task_ids.iter().filter_map(|id| Some((id.clone(), tasks.get(id)?.1.clone()))).collect())
        })
    }

    fn list_group<'a>(&'a self, group: &'a TaskId) -> Answer<'a, Vec<TaskStatus>> {
        Box::pin(async move {
            let tasks = self.lock();
            let members = tasks.values().filter(|(_, status)| status.task_group_id == *group);
            Ok(members.map(|(_, status)| status.clone()).collect())
        })
    }

    fn cancel<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, ()> {
        Box::pin(async move { self.change(task_id, |status| status.state = TaskState::Exception) })
    }

    fn rerun<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, ()> {
        Box::pin(async move { self.change(task_id, |status| status.state = TaskState::Pending) })
    }

    fn change_group_priority<'a>(&'a self, group: &'a TaskId, priority: &'a str) -> Answer<'a, usize> {
        Box::pin(async move {
            let mut changed = 0;
            for (definition, status) in self.lock().values_mut() {
                let is_meant = status.task_group_id == *group && !status.state.is_resolved();
                if let Some(definition) = definition.as_map_mut().filter(|_| is_meant) {
                    definition.insert("priority", priority);
                    changed += 1;
                }
            }
            Ok(changed)
        })
    }

    fn current_scopes(&self) -> Answer<'_, Vec<String>> {
        Box::pin(async move { Ok(self.scopes.clone()) })
    }

    fn expand_scopes<'a>(&'a self, scopes: &'a [String]) -> Answer<'a, Vec<String>> {
        Box::pin(async move { Ok(scopes.to_vec()) })
    }
}
