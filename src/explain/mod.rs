//! Why each task of a push was created or not: from a run of ours, or from the artifacts of any decision.
//!
//! [`Explanations`] is one value, whoever made the graph. Of our own runs it says what every strategy said
//! (`made.rs`), and is published as an artifact; of others', what their artifacts tell (`found.rs`).

mod document;
mod found;
mod made;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use arcstr::ArcStr;

pub use self::document::{read, selection_document};
pub use self::found::{Found, explain_found};
pub use self::made::explain_graphs;
pub use self::text::{Time, in_full, in_one_line};
use crate::generate::optimization::Said;
use crate::model::{KindName, Label, TaskId};

/// The artifact that holds the explanations of a decision of ours.
pub const ARTIFACT: &str = "explain.json.gz";

/// What became of every task of a push, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanations {
    /// What chose the target tasks.
    pub chooser: Chooser,
    /// Every task, by label.
    pub tasks: BTreeMap<Label, Explanation>,
}

/// What chose the target tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chooser {
    /// A selection.
    Selection {
        /// Where it came from.
        origin: String,
        /// The query it was, printed.
        query: String,
        /// The terms of the query, printed.
        terms: Vec<String>,
    },
    /// A target tasks method.
    Method(String),
}

/// What became of one task, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The kind that made it.
    pub kind: KindName,
    /// Why it is in the target task graph, if it is.
    pub wanted: Wanted,
    /// What became of it.
    pub fate: Fate,
    /// Why, in the reference's words where it has some; empty where it was never asked.
    pub reason: ArcStr,
    /// What its strategy said when it was asked whether the task may go.
    pub removal: Option<Said>,
    /// What its strategy said when it was asked for another task.
    pub replacement: Option<Said>,
    /// What else a log says of it.
    pub log: Vec<String>,
}

/// Why a task is in the target task graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It was chosen; with the terms of the query that it is in, by their place among the terms.
    Chosen(Vec<usize>),
    /// Its attribute `always_target` says so.
    Always,
    /// These tasks of the target task graph depend on it.
    Needed(Vec<Label>),
    /// It is not.
    Not,
}

/// What became of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was created.
    Created(TaskId),
    /// Another task took its place.
    Replaced(TaskId),
    /// Optimization left it out.
    Removed,
    /// It was never a target.
    NotTargeted,
    /// It was added by a morph, after all phases that ask whether a task is wanted.
    Added(TaskId),
}

impl Fate {
    /// Its name in documents.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::Replaced(_) => "replaced",
            Self::Removed => "removed",
            Self::NotTargeted => "not-targeted",
            Self::Added(_) => "added",
        }
    }

    /// The task that is there in the end.
    #[must_use]
    pub const fn task_id(&self) -> Option<&TaskId> {
        match self {
            Self::Created(id) | Self::Replaced(id) | Self::Added(id) => Some(id),
            Self::Removed | Self::NotTargeted => None,
        }
    }
}
