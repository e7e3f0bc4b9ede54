//! Reading the history of a branch: which pushes there were, what ran on them, and what is worth running now.
//!
//! Nothing here creates a task. [`range`] says which pushes are meant, [`merges`] goes on into what was merged,
//! [`decisions`] finds the decision task of each, [`runs`] sums up what ran, [`plan`] says what to add and why, and
//! [`statistics`] how often. [`failures`] are the tests that failed, by logs; [`made`] are histories to try things on.

pub mod decisions;
pub mod failures;
pub mod made;
pub mod merges;
pub mod plan;
pub mod range;
pub mod runs;
pub mod spellings;
pub mod statistics;

use serde::Serialize;

use crate::model::{Label, TaskId};
use crate::sources::pushlog::Push;

/// A push to a project: a branch or repository as Taskcluster's index names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Landing {
    /// The project.
    pub project: String,
    /// The push.
    #[serde(flatten)]
    pub push: Push,
}

/// A push and what ran on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The push.
    pub landing: Landing,
    /// Its decision task, if there is one.
    pub decision: Option<TaskId>,
    /// How the push spells the label that is asked about.
    pub label: Option<Label>,
    /// What ran there; nothing where it cannot be known.
    pub runs: Option<runs::Runs>,
    /// What that needs there and has to be made again, since it ended without success.
    pub again: Vec<Label>,
    /// Why nothing can be run there.
    pub obstacle: Option<plan::Why>,
}
