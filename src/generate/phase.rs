//! What the phases are made from, what they are called, and what they make.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};

use super::context::RunContext;
use super::kinds::KindGraph;
use super::optimization::Optimized;
use crate::diagnostics::Mistakes;
use crate::model::{AssignedGraph, Label, LabelGraph, TaskGraph, TaskId};
use crate::query::Chosen;
use crate::sources::index::Index;
use crate::sources::queue::Queue;
use crate::{script, sources};

/// Everything the phases are made from. One per set of parameters; nothing in it is changed.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The push, the project, the tree and the surroundings.
    pub run: RunContext<'a>,
    /// Asked for finished tasks, by optimization only.
    pub index: &'a dyn Index,
    /// Asked for the states of finished tasks, by optimization only.
    pub queue: &'a dyn Queue,
    /// When the run takes place; deadlines are counted from here.
    pub now: DateTime<Utc>,
    /// The task that creates the graph: what `<decision>` stands for, and what task ids are derived from.
    pub decision_task_id: &'a TaskId,
    /// Whether the verifications are made.
    pub verify: bool,
}

/// A phase, named as the reference names its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The kinds and what they depend on.
    KindGraph,
    /// All tasks of all kinds.
    FullTaskSet,
    /// The same, their dependencies known to be there and without cycles.
    FullTaskGraph,
    /// The tasks chosen by the filters.
    TargetTaskSet,
    /// Those, the tasks that are always targets, and all they depend on.
    TargetTaskGraph,
    /// What remains to create, with ids.
    OptimizedTaskGraph,
    /// The same, amended to what Taskcluster takes.
    MorphedTaskGraph,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Self; 7] = [
        Self::KindGraph,
        Self::FullTaskSet,
        Self::FullTaskGraph,
        Self::TargetTaskSet,
        Self::TargetTaskGraph,
        Self::OptimizedTaskGraph,
        Self::MorphedTaskGraph,
    ];

    /// The reference's name: `full_task_graph`, …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KindGraph => "kind_graph",
            Self::FullTaskSet => "full_task_set",
            Self::FullTaskGraph => "full_task_graph",
            Self::TargetTaskSet => "target_task_set",
            Self::TargetTaskGraph => "target_task_graph",
            Self::OptimizedTaskGraph => "optimized_task_graph",
            Self::MorphedTaskGraph => "morphed_task_graph",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// What a phase made.
#[derive(Clone, Debug)]
pub enum PhaseGraph {
    /// Kinds.
    Kinds(KindGraph),
    /// Tasks by label. Where the phase is a set, its edges mean nothing.
    Labels(LabelGraph),
    /// Tasks by id.
    TaskIds(TaskGraph<TaskId>),
}

/// What every phase made: what a decision publishes.
#[derive(Clone, Debug)]
pub struct Graphs {
    /// All tasks.
    pub full: LabelGraph,
    /// The tasks chosen.
    pub target: Target,
    /// What remained, and why.
    pub optimized: Optimized,
    /// What is to be created.
    pub morphed: AssignedGraph,
}

/// What was chosen to run.
#[derive(Clone, Debug)]
pub struct Target {
    /// The target task set: what a selection or the filters chose.
    pub set: BTreeSet<Label>,
    /// The same and the tasks that are always targets.
    pub requested: BTreeSet<Label>,
    /// The requested tasks and all they depend on.
    pub graph: LabelGraph,
    /// The selection that chose the target task set; nothing if the filters did.
    pub chosen: Option<Chosen>,
}

/// Why there is no graph.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The tree or the parameters are wrong.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// A service did not answer.
    #[error(transparent)]
    Source(#[from] sources::Error),
}

impl From<script::Error> for Error {
    fn from(error: script::Error) -> Self {
        match error {
            script::Error::Mistakes(mistakes) => Self::Mistakes(mistakes),
            script::Error::Source(error) => Self::Source(error),
        }
    }
}
