//! What a query asks beside the graph.

use std::collections::BTreeSet;

use crate::diagnostics::{Diagnostic, Mistakes};
use crate::model::Label;
use crate::query::{Query, TargetOf};

/// What a query asks of the project, beside the graph.
pub trait Project {
    /// What runs where nothing is selected, on that push.
    ///
    /// # Errors
    /// If that cannot be known, in words that fit after "error:".
    fn target(&self, of: &TargetOf) -> Result<Meaning, Mistakes>;

    /// What the cron job of that name runs.
    ///
    /// # Errors
    /// If there is none, or it cannot be known what it runs.
    fn cron(&self, name: &str) -> Result<Meaning, Mistakes>;

    /// What the query of that name in `config.yml` says.
    ///
    /// # Errors
    /// If there is none, or it is wrong.
    fn named(&self, name: &str) -> Result<Query, Mistakes>;
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A query.
    Query(Query),
    /// These tasks.
    Tasks(BTreeSet<Label>),
}

/// A project that has nothing: for graphs of which nothing else is known.
#[derive(Clone, Copy, Debug)]
pub struct NoProject;

impl Project for NoProject {
    fn target(&self, _: &TargetOf) -> Result<Meaning, Mistakes> {
        Err(Diagnostic::error("what a push runs is not known here").into())
    }

    fn cron(&self, name: &str) -> Result<Meaning, Mistakes> {
        Err(Diagnostic::error(format!("the cron job `{name}` is not known here")).into())
    }

    fn named(&self, name: &str) -> Result<Query, Mistakes> {
        Err(Diagnostic::error(format!("the query `{name}` is not known here")).into())
    }
}
