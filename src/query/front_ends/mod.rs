//! Ways to say which tasks are meant, each of which becomes a query.
//!
//! To add one: write `front_ends/<name>.rs`, add its row to [`FRONT_ENDS`].

mod fuzzy;
mod labels;
mod paths;
mod preset;
mod query;
mod syntax;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;

pub use self::fuzzy::{Ranking, Search};
pub use self::preset::Preset;
pub use self::syntax::{Brackets, split, try_line};
use super::Query;
use crate::diagnostics::Mistakes;
use crate::model::{ChangesFor, LabelGraph};

/// A way to say which tasks are meant.
#[derive(Clone, Copy, Debug)]
pub struct FrontEnd {
    /// Its name.
    pub name: &'static str,
    /// What is said in it, for people.
    pub summary: &'static str,
    /// The query that a text becomes.
    pub compile: fn(&str, &Context<'_>) -> Result<Compiled, Mistakes>,
}

/// Every one, by name.
pub const FRONT_ENDS: &[FrontEnd] =
    &[fuzzy::FRONT_END, labels::FRONT_END, paths::FRONT_END, preset::FRONT_END, query::FRONT_END, syntax::FRONT_END];

/// What a text may refer to.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// All tasks.
    pub graph: &'a LabelGraph,
    /// Build platform → platforms that are built whenever it is asked for in a `try:` line.
    pub ridealong_builds: &'a BTreeMap<String, Vec<String>>,
    /// What has a name, in the tree or the user's own configuration.
    pub presets: &'a BTreeMap<String, Preset>,
}

/// What a text became.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The tasks it means.
    pub query: Query,
    /// What it asks to be changed in tasks.
    pub changes: Vec<ChangesFor>,
    /// What was let pass and is probably a mistake, in sentences without a full stop.
    pub notes: Vec<String>,
}

impl From<Query> for Compiled {
    fn from(query: Query) -> Self {
        Self { query, changes: Vec::new(), notes: Vec::new() }
    }
}

/// The front end of that name.
#[must_use]
pub fn front_end(name: &str) -> Option<&'static FrontEnd> {
    FRONT_ENDS.iter().find(|row| row.name == name)
}
