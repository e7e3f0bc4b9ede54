//! Strategies: each says whether a task may be left out, or which task may take its place.
//!
//! To add one: write `strategies/<name>.rs`, add its variant to [`Strategy`] and its row to [`NAMES`]. A strategy
//! made of others is a variant that holds them.

mod index_search;
mod skip_unless_changed;

use chrono::{DateTime, Utc};

pub use self::index_search::IndexSearch;
pub(super) use self::skip_unless_changed::Changes;
pub use self::skip_unless_changed::SkipUnlessChanged;
use super::Verdict;
use super::facts::Facts;
use super::log::Log;
use crate::diagnostics::{Diagnostic, suggest};
use crate::model::{Label, Task};
use crate::yaml::{self, Node};

/// The names a task's `optimization` can give.
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
}

impl Strategy {
    /// The strategy of that name, with its argument.
    ///
    /// # Errors
    /// An unknown name, or an argument the strategy does not take.
    pub fn read(name: &Node, argument: &Node) -> Result<Self, Diagnostic> {
        match name.as_str().unwrap_or_default() {
            "never" => Ok(Self::Never),
            "always" => Ok(Self::Always),
            "index-search" => yaml::read(argument).map(Self::IndexSearch),
            "skip-unless-changed" => yaml::read(argument).map(Self::SkipUnlessChanged),
            unknown => {
                let span = name.span.or(argument.span);
                let mut diagnostic = Diagnostic::error(format!("unknown optimization strategy `{unknown}`")).at(span);
                diagnostic.help = suggest(unknown, NAMES.iter().copied());
                Err(diagnostic)
            }
        }
    }

    /// What the strategy is called in reasons: the reference's description of it.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Always => "always",
            Self::IndexSearch(_) => "index-search",
            Self::SkipUnlessChanged(_) => "skip-unless-changed",
        }
    }

    /// The index paths whose tasks the strategy must know of to decide.
    #[must_use]
    pub fn index_paths(&self) -> &[String] {
        match self {
            Self::IndexSearch(search) => search.paths(),
            Self::Never | Self::Always | Self::SkipUnlessChanged(_) => &[],
        }
    }

    /// Whether the task may be left out, where nothing else needs it.
    pub(super) fn may_remove(&self, task: &Task<Label>, changes: &Changes<'_>, log: &mut Log) -> bool {
        match self {
            Self::Never | Self::IndexSearch(_) => false,
            Self::Always => true,
            Self::SkipUnlessChanged(skip) => skip.may_remove(task, changes, log),
        }
    }

    /// Which task may take the task's place, where all it depends on is gone or replaced; `deadline` is when the
    /// last of those that need it must be done.
    pub(super) fn replacement(
        &self,
        task: &Task<Label>,
        deadline: Option<DateTime<Utc>>,
        facts: &Facts,
        log: &mut Log,
    ) -> Verdict {
        match self {
            Self::Never | Self::Always | Self::SkipUnlessChanged(_) => Verdict::Keep,
            Self::IndexSearch(search) => search.replacement(task, deadline, facts, log),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, argument: Node) -> Result<Strategy, String> {
        Strategy::read(&Node::new(name), &argument).map_err(|mistake| mistake.message)
    }

    #[test]
    fn every_name_is_a_strategy_and_every_strategy_has_a_name() {
        for name in NAMES {
            assert_eq!(read(name, Node::new(vec![])).unwrap().description(), *name);
        }
        assert_eq!(read("allways", Node::default()).unwrap_err(), "unknown optimization strategy `allways`");
    }

    #[test]
    fn every_file_is_a_strategy() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generate/optimization/strategies");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let name = name.strip_suffix(".rs").unwrap().replace('_', "-");
            assert!(name == "mod" || NAMES.contains(&name.as_str()), "{name}");
        }
    }

    #[test]
    fn arguments_are_lists_of_texts() {
        assert_eq!(read("index-search", Node::new("a.b")).unwrap_err(), "expected a list, found the string `a.b`");
        assert!(read("skip-unless-changed", Node::from_iter([1_i64])).is_err());
    }
}
