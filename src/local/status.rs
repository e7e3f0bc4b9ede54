//! What exists and how far it is: pushes, their groups, and the states of their tasks.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::caller::{CallError, Caller, Service};
use super::push::record::{PushRecord, pushes};
use super::report::{Event, Reporter};
pub use crate::sources::queue::TaskState as State;

/// How many tasks are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([usize; State::ALL.len()]);

impl Counts {
    /// The counts of these states.
    pub fn of(states: impl IntoIterator<Item = State>) -> Self {
        let mut counts = Self::default();
        for state in states {
            counts.0[state as usize] += 1;
        }
        counts
    }

    /// How many tasks are in `state`.
    #[must_use]
    pub const fn of_state(&self, state: State) -> usize {
        self.0[state as usize]
    }

    /// How many tasks there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// How many tasks are resolved.
    #[must_use]
    pub fn resolved(&self) -> usize {
        State::ALL.into_iter().filter(|state| state.is_resolved()).map(|state| self.of_state(state)).sum()
    }
}

/// The states that occur, such as `3 completed, 1 failed`.
impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let occurring = State::ALL.into_iter().filter(|state| self.of_state(*state) > 0);
        let parts: Vec<String> = occurring.map(|state| format!("{} {state}", self.of_state(state))).collect();
        formatter.write_str(if parts.is_empty() { "no tasks" } else { "" })?;
        formatter.write_str(&parts.join(", "))
    }
}

/// One task of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskStatus {
    /// Its id.
    pub task_id: String,
    /// Its `metadata.name`; for tasks of a decision, the label.
    pub name: String,
    /// Where it runs.
    pub task_queue_id: String,
    /// Its state.
    pub state: State,
    /// How often it was run, or is about to be.
    pub runs: usize,
    /// How many of its runs a worker has begun.
    pub begun: usize,
    /// Why its latest run is resolved, such as `deadline-exceeded`.
    pub reason: Option<String>,
    /// What it waits for.
    pub dependencies: Vec<String>,
    /// Whether it also runs after a dependency that failed.
    pub requires_all_resolved: bool,
}

impl TaskStatus {
    /// Reads one item of `listTaskGroup`.
    fn read(item: &Value) -> Option<Self> {
        let (status, task) = (&item["status"], &item["task"]);
        let runs = status["runs"].as_array().map_or(&[][..], Vec::as_slice);
        let texts = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Some(Self {
            task_id: status["taskId"].as_str()?.to_owned(),
            name: task["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
            task_queue_id: task_queue_id(status).or_else(|| task_queue_id(task))?,
            state: State::parse(status["state"].as_str()?)?,
            runs: runs.len(),
            begun: runs.iter().filter(|run| run["started"].is_string()).count(),
            reason: runs.last().and_then(|run| run["reasonResolved"].as_str()).map(str::to_owned),
            dependencies: texts(&task["dependencies"]),
            requires_all_resolved: task["requires"] == "all-resolved",
        })
    }
}

/// `taskQueueId`, also where it is spelled the old way.
fn task_queue_id(value: &Value) -> Option<String> {
    let old = || Some(format!("{}/{}", value["provisionerId"].as_str()?, value["workerType"].as_str()?));
    value["taskQueueId"].as_str().map(str::to_owned).or_else(old)
}

/// A group and its tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupStatus {
    /// Its id.
    pub task_group_id: String,
    /// The push it came from, if it was made by `local push`.
    pub push: Option<PushRecord>,
    /// Its tasks in order of name and id.
    pub tasks: Vec<TaskStatus>,
}

impl GroupStatus {
    /// How many of its tasks are in which state.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(self.tasks.iter().map(|task| task.state))
    }

    /// The task of that id, or the only one of that name.
    #[must_use]
    pub fn find(&self, name_or_id: &str) -> Option<&TaskStatus> {
        self.tasks.iter().find(|task| task.task_id == name_or_id || task.name == name_or_id)
    }
}

/// The tasks of one group and their states.
///
/// # Errors
/// If the queue cannot be asked, or does not know the group.
pub async fn tasks_of_group(caller: &Caller, task_group_id: &str) -> Result<Vec<TaskStatus>, CallError> {
    let items = caller.list(Service::Queue, &["task-group", task_group_id, "list"], "tasks").await?;
    let mut tasks: Vec<TaskStatus> = items.iter().filter_map(TaskStatus::read).collect();
    tasks.sort_by(|one, two| (&one.name, &one.task_id).cmp(&(&two.name, &two.task_id)));
    // Pages are by offset: a task made between two of them can be listed twice.
    tasks.dedup_by(|one, two| one.task_id == two.task_id);
    Ok(tasks)
}

/// The status of one group, or of every push, oldest first.
///
/// # Errors
/// If the services cannot be asked, or a group that is named does not exist.
pub async fn status(caller: &Caller, task_group_id: Option<&str>) -> Result<Vec<GroupStatus>, CallError> {
    let known = pushes(caller).await?;
    let group = |push: &PushRecord| (push.task_group_id.clone(), Some(push.clone()));
    let wanted: Vec<(String, Option<PushRecord>)> = match task_group_id {
        Some(id) => vec![(id.to_owned(), known.into_iter().find(|push| push.task_group_id == id))],
        None => known.iter().map(group).collect(),
    };
    let mut groups = Vec::with_capacity(wanted.len());
    for (task_group_id, push) in wanted {
        let tasks = tasks_of_group(caller, &task_group_id).await?;
        groups.push(GroupStatus { task_group_id, push, tasks });
    }
    Ok(groups)
}

/// Tells `reporter` of the group's progress whenever it changes, until nothing in it is left to happen.
///
/// # Errors
/// If the queue cannot be asked.
pub async fn watch(
    caller: &Caller,
    task_group_id: &str,
    every: Duration,
    reporter: &dyn Reporter,
) -> Result<GroupStatus, CallError> {
    let mut last = None;
    loop {
        let tasks = tasks_of_group(caller, task_group_id).await?;
        let counts = Counts::of(tasks.iter().map(|task| task.state));
        if last != Some(counts) {
            reporter.tell(&Event::Progress { task_group_id, counts: &counts });
            last = Some(counts);
        }
        if super::worker::group::is_settled(&tasks) {
            let push = pushes(caller).await?.into_iter().find(|push| push.task_group_id == task_group_id);
            return Ok(GroupStatus { task_group_id: task_group_id.to_owned(), push, tasks });
        }
        tokio::time::sleep(every).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_name_what_occurs() {
        let counts = Counts::of([State::Completed, State::Failed, State::Completed]);
        assert_eq!(counts.to_string(), "2 completed, 1 failed");
        assert_eq!((counts.total(), counts.resolved()), (3, 3));
        assert_eq!(Counts::default().to_string(), "no tasks");
    }
}
