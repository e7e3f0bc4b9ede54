//! What became of the tasks of a push, whoever is asked: Taskcluster, Treeherder, memory.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Answer;
use super::pushlog::Push;
use super::queue::TaskState;
use crate::model::{Label, TaskId};
use crate::yaml::Node;

/// One task of a push, with its latest run.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its label.
    pub label: Label,
    /// The task; Treeherder does not always know it.
    pub task_id: Option<TaskId>,
    /// How far it is.
    pub state: TaskState,
    /// Why an exception is one: `canceled`, `deadline-exceeded`, …; [`BLOCKED`] of a task that will never be scheduled.
    pub reason: Option<String>,
    /// How often it was run; 0 for one that waits.
    pub runs: usize,
    /// Who made it.
    pub made_by: MadeBy,
    /// The tasks that have to succeed before it runs; Treeherder does not know them.
    pub needs: Vec<TaskId>,
    /// What it was asked, if it is an action's task itself.
    pub asked: Option<Asked>,
}

/// The reason of an unscheduled task that something it depends on keeps from ever being scheduled.
pub const BLOCKED: &str = "blocked";

/// Who made a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MadeBy {
    /// The decision of the push.
    Decision,
    /// An action, by the tag `action` where it leaves one: `retrigger-task`, `backfill-task`, …
    Action(String),
}

/// What an action task was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The callback.
    pub callback: String,
    /// The input.
    pub input: Node,
}

/// What a job says about its push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It waits or runs: it says nothing yet, least of all that something failed.
    Unfinished,
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It ended by something that says nothing about the push, or never begins: cancelled, expired, a lost worker, a
    /// build that failed.
    Lost,
}

impl Job {
    /// What it says about its push.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self.state {
            TaskState::Unscheduled if self.reason.is_some() => Outcome::Lost,
            TaskState::Unscheduled | TaskState::Pending | TaskState::Running => Outcome::Unfinished,
            TaskState::Completed => Outcome::Passed,
            TaskState::Failed => Outcome::Failed,
            TaskState::Exception => Outcome::Lost,
        }
    }
}

/// Answers with the jobs of a push.
pub trait Jobs: Send + Sync {
    /// Every job of the push whose decision is that task; of one label, the newest last.
    fn of_push<'a>(&'a self, push: &'a Push, decision: &'a TaskId) -> Answer<'a, Vec<Job>>;
}

/// Jobs held in memory, by the decision of their push.
#[derive(Clone, Debug, Default)]
pub struct MemoryJobs(pub BTreeMap<TaskId, Vec<Job>>);

impl Jobs for MemoryJobs {
    fn of_push<'a>(&'a self, _push: &'a Push, decision: &'a TaskId) -> Answer<'a, Vec<Job>> {
        let jobs = self.0.get(decision).cloned().unwrap_or_default();
        Box::pin(async move { Ok(jobs) })
    }
}
