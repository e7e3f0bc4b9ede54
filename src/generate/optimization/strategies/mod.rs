//! Strategies: each says whether a task may be left out, or which task may take its place.
//!
//! To add one: write `strategies/<name>.rs`, add its variant to [`Strategy`] and its row to [`NAMES`]. Those a tree makes
//! of others are a [`Composite`], and have their names in [`Strategies`].

mod composite;
mod index_search;
mod own;
mod registry;
mod skip_unless_changed;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

pub use self::composite::Composite;
pub use self::index_search::IndexSearch;
pub use self::own::Own;
pub use self::registry::{Definition, Split, Strategies};
pub(super) use self::skip_unless_changed::Changes;
pub use self::skip_unless_changed::SkipUnlessChanged;
use super::facts::Facts;
use super::log::Log;
use super::{Said, Verdict};
use crate::diagnostics::Mistakes;
use crate::model::{Label, Task};
use crate::yaml::{self, Node};

/// The names of ours that a task's `optimization` can give.
pub const NAMES: &[&str] = &["always", "index-search", "never", "skip-unless-changed"];

/// How a task may be optimized away, its argument read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// It may not.
    Never,
    /// It is left out whenever no other task needs it.
    Always,
    /// A task that is already there takes its place.
    IndexSearch(IndexSearch),
    /// It is left out unless the push changed certain files.
    SkipUnlessChanged(SkipUnlessChanged),
    /// What several strategies say together.
    Composite(Composite),
    /// What the tree's own code says.
    Own(Own),
}

impl Strategy {
    /// Ours of that name, with its argument.
    fn built_in(name: &'static str, argument: &Node) -> Result<Self, Mistakes> {
        match name {
            "always" => Ok(Self::Always),
            "index-search" => yaml::read(argument).map(Self::IndexSearch),
            "skip-unless-changed" => yaml::read(argument).map(Self::SkipUnlessChanged),
            _ => Ok(Self::Never),
        }
    }

    /// What the strategy is called in reasons: the reference's description of it.
    #[must_use]
    pub fn description(&self) -> &str {
        match self {
            Self::Never => "never",
            Self::Always => "always",
            Self::IndexSearch(_) => "index-search",
            Self::SkipUnlessChanged(_) => "skip-unless-changed",
            Self::Composite(composite) => &composite.description,
            Self::Own(own) => own.name(),
        }
    }

    /// The index paths whose tasks the strategy must know of to decide.
    #[must_use]
    pub fn index_paths(&self) -> Vec<&String> {
        match self {
            Self::IndexSearch(search) => search.paths().iter().collect(),
            Self::Composite(composite) => composite.index_paths().collect(),
            Self::Never | Self::Always | Self::SkipUnlessChanged(_) | Self::Own(_) => Vec::new(),
        }
    }

    /// Whether the task may be left out, where nothing else needs it; the verdict is to keep or to remove it.
    pub(super) fn removal(&self, task: &Task<Label>, changes: &Changes<'_>, log: &mut Log) -> Said {
        let (verdict, reason) = match self {
            Self::Never => (Verdict::Keep, "it lets no task go".to_owned()),
            Self::IndexSearch(_) => (Verdict::Keep, "it replaces tasks and removes none".to_owned()),
            Self::Always => (Verdict::Remove, "it lets every task go that nothing needs".to_owned()),
            Self::SkipUnlessChanged(skip) => skip.removal(task, changes, log),
            Self::Own(own) => own.removal(task),
            Self::Composite(composite) => {
                let mut said = composite.ask(&mut |part| part.removal(task, changes, log));
                if said.verdict != Verdict::Keep {
                    said.verdict = Verdict::Remove;
                }
                return said;
            }
        };
        Said { strategy: self.description().into(), verdict, reason, parts: Vec::new() }
    }

    /// Which task may take the task's place, where all it depends on is gone or replaced; `deadline` is when the
    /// last of those that need it must be done.
    pub(super) fn replacement(
        &self,
        task: &Task<Label>,
        deadline: Option<DateTime<Utc>>,
        facts: &Facts,
        log: &mut Log,
    ) -> Said {
        let (verdict, reason) = match self {
            Self::Never | Self::Always | Self::SkipUnlessChanged(_) | Self::Own(_) => {
                (Verdict::Keep, "it replaces no tasks".to_owned())
            }
            Self::IndexSearch(search) => search.replacement(task, deadline, facts, log),
            Self::Composite(composite) => {
                return composite.ask(&mut |part| part.replacement(task, deadline, facts, log));
            }
        };
        Said { strategy: self.description().into(), verdict, reason, parts: Vec::new() }
    }
}
