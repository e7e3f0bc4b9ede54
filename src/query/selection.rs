//! What a push selects: a query, and where it came from.

use std::fmt;

use arcstr::ArcStr;

use super::{Query, Selected};
use crate::diagnostics::Span;
use crate::model::Label;

/// A query that says what a push runs, in place of the target tasks method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Where it came from.
    pub origin: Origin,
    /// What was written there.
    pub text: String,
    /// Where in a file that is; [`Span::NONE`] for what a push carries.
    pub span: Span,
    /// What it means.
    pub query: Query,
}

/// Where a selection came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The push itself: the name of what carried it, such as "trailer `Try-Query`".
    Carrier(ArcStr),
    /// `default-query` of `config.yml`.
    Default,
    /// The query of `config.yml` that parameter `target_tasks_method` names.
    Method(ArcStr),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Carrier(name) => formatter.write_str(name),
            Self::Default => formatter.write_str("`default-query` of `config.yml`"),
            Self::Method(name) => write!(formatter, "query `{name}` of `config.yml`"),
        }
    }
}

/// A selection, and the tasks that it selects.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// What was asked for.
    pub selection: Selection,
    /// What that is.
    pub selected: Selected,
}

impl Chosen {
    /// The tasks, by label.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.selected.tasks.keys()
    }
}
