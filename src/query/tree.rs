//! A query as a value, and how one is put together.

use std::collections::BTreeSet;

use arcstr::ArcStr;

use super::{Field, Pattern};
use crate::diagnostics::Span;
use crate::model::Label;

/// Which tasks are meant. Put together with the functions below, which keep it flat: no `And` holds an `And`, and none
/// holds fewer than two queries; so with `Or`. A query therefore is as deep as its parentheses are, and what is printed
/// and read again is the same query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The tasks of one term.
    Term(Term),
    /// All tasks but these.
    Not(Box<Self>),
    /// The tasks that are in every one of these.
    And(Vec<Self>),
    /// The tasks that are in any of these.
    Or(Vec<Self>),
}

/// One term and where it was written. Two terms are equal if they say the same, wherever that was.
#[derive(Clone, Debug)]
pub struct Term {
    /// What it says.
    pub atom: Atom,
    /// Where; [`Span::NONE`] for one that was put together.
    pub span: Span,
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.atom == other.atom
    }
}

impl Eq for Term {}

/// What a term can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Atom {
    /// `all()`: every task.
    All,
    /// `none()`: no task.
    None,
    /// `kind(test)`: tasks of which the field matches one of the patterns, of which there is at least one.
    Field(Field, Vec<Pattern>),
    /// `attr(name, value)`: tasks whose attribute matches one of the patterns; without patterns, tasks that have it.
    Attribute(ArcStr, Vec<Pattern>),
    /// `files(layout/)`: tasks that run because of these files, or below these directories (which end in `/`).
    Files(Vec<ArcStr>),
    /// `deps(query, depth)` and `rdeps(query, depth)`: the tasks of the query, and those up to so many edges away.
    Walk(Direction, Box<Query>, Option<u32>),
    /// `target(…)`: what runs where nothing is selected.
    Target(TargetOf),
    /// `cron(name)`: what a cron job runs.
    Cron(ArcStr),
    /// `query(name)`: a query of `config.yml`.
    Named(ArcStr),
}

/// Which way to follow dependencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To what tasks depend on: `deps`.
    Dependencies,
    /// To what depends on them: `rdeps`.
    Dependents,
}

impl Direction {
    /// Its name in a query.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dependencies => "deps",
            Self::Dependents => "rdeps",
        }
    }
}

/// The push whose tasks are meant: this one, but for what is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetOf {
    /// Parameter `project`.
    pub project: Option<ArcStr>,
    /// Parameter `tasks_for`.
    pub tasks_for: Option<ArcStr>,
}

impl From<Atom> for Query {
    fn from(atom: Atom) -> Self {
        Self::Term(Term { atom, span: Span::NONE })
    }
}

impl Query {
    /// Every task.
    #[must_use]
    pub fn all() -> Self {
        Atom::All.into()
    }

    /// No task.
    #[must_use]
    pub fn none() -> Self {
        Atom::None.into()
    }

    /// The tasks of these labels, each once, in the order of the alphabet; [`Self::none`] of none.
    pub fn labels<'l>(labels: impl IntoIterator<Item = &'l Label>) -> Self {
        let labels: BTreeSet<&str> = labels.into_iter().map(Label::as_str).collect();
        Self::field(Field::Label, labels.into_iter().map(Pattern::exact))
    }

    /// The tasks whose field matches one of the patterns; [`Self::none`] if there are none.
    pub fn field(field: Field, patterns: impl IntoIterator<Item = Pattern>) -> Self {
        let patterns: Vec<Pattern> = patterns.into_iter().collect();
        if patterns.is_empty() { Self::none() } else { Atom::Field(field, patterns).into() }
    }

    /// The tasks whose attribute matches one of the patterns; without patterns, those that have it.
    pub fn attribute(name: &str, patterns: impl IntoIterator<Item = Pattern>) -> Self {
        Atom::Attribute(name.into(), patterns.into_iter().collect()).into()
    }

    /// The tasks that run because of these files or directories; [`Self::none`] of none. Directories end in `/`.
    pub fn files<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let paths: Vec<ArcStr> = paths.into_iter().map(ArcStr::from).collect();
        if paths.is_empty() { Self::none() } else { Atom::Files(paths).into() }
    }

    /// These tasks and what they depend on, so many edges away; without a depth, all of it.
    #[must_use]
    pub fn dependencies(self, depth: Option<u32>) -> Self {
        Atom::Walk(Direction::Dependencies, Box::new(self), depth).into()
    }

    /// These tasks and what depends on them, so many edges away; without a depth, all of it.
    #[must_use]
    pub fn dependents(self, depth: Option<u32>) -> Self {
        Atom::Walk(Direction::Dependents, Box::new(self), depth).into()
    }

    /// What runs where nothing is selected, on this push or another.
    #[must_use]
    pub fn target(of: TargetOf) -> Self {
        Atom::Target(of).into()
    }

    /// What a cron job runs.
    #[must_use]
    pub fn cron(name: &str) -> Self {
        Atom::Cron(name.into()).into()
    }

    /// A query of `config.yml`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Atom::Named(name.into()).into()
    }

    /// The tasks that are in every one of the queries; of no query, all.
    pub fn and(queries: impl IntoIterator<Item = Self>) -> Self {
        let flat = queries.into_iter().flat_map(|query| match query {
            Self::And(queries) => queries,
            other => vec![other],
        });
        one_or(flat.collect(), Self::all(), Self::And)
    }

    /// The tasks that are in any of the queries; of no query, none.
    pub fn or(queries: impl IntoIterator<Item = Self>) -> Self {
        let flat = queries.into_iter().flat_map(|query| match query {
            Self::Or(queries) => queries,
            other => vec![other],
        });
        one_or(flat.collect(), Self::none(), Self::Or)
    }

    /// The tasks of this query that are not in `other`.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self::and([self, !other])
    }

    /// Whether it says something that only the project's tree can tell: what a name in it stands for, or what another
    /// push would run.
    #[must_use]
    pub fn asks_the_tree(&self) -> bool {
        match self {
            Self::Term(Term { atom, .. }) => match atom {
                Atom::Cron(_) | Atom::Named(_) => true,
                Atom::Target(of) => *of != TargetOf::default(),
                Atom::Walk(_, inner, _) => inner.asks_the_tree(),
                Atom::All | Atom::None | Atom::Field(..) | Atom::Attribute(..) | Atom::Files(_) => false,
            },
            Self::Not(inner) => inner.asks_the_tree(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::asks_the_tree),
        }
    }

    /// The same, with every term written at `span`.
    #[must_use]
    pub fn at(self, span: Span) -> Self {
        match self {
            Self::Term(Term { atom, .. }) => Self::Term(Term { atom, span }),
            Self::Not(inner) => Self::Not(Box::new(inner.at(span))),
            Self::And(parts) => Self::And(parts.into_iter().map(|part| part.at(span)).collect()),
            Self::Or(parts) => Self::Or(parts.into_iter().map(|part| part.at(span)).collect()),
        }
    }
}

impl std::ops::Not for Query {
    type Output = Self;

    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

fn one_or(mut queries: Vec<Query>, of_none: Query, join: impl FnOnce(Vec<Query>) -> Query) -> Query {
    match queries.len() {
        0 => of_none,
        1 => queries.remove(0),
        _ => join(queries),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Query {
        Query::labels([&Label::from(text)])
    }

    #[test]
    fn queries_are_flat() {
        let [a, b, c] = ["a", "b", "c"].map(label);
        let nested = Query::and([Query::and([a.clone(), b.clone()]), c.clone()]);
        assert_eq!(nested, Query::And(vec![a.clone(), b.clone(), c]));
        assert_eq!(Query::or([a.clone()]), a);
        assert_eq!((Query::and([]), Query::or([])), (Query::all(), Query::none()));
        assert_eq!(a.clone().minus(b.clone()), Query::And(vec![a, !b]));
        assert_eq!(Query::labels([]), Query::none());
    }

    #[test]
    fn names_and_other_pushes_are_the_tree_s_to_tell() {
        let asks = |text: &str| crate::query::parse_text(text).unwrap().asks_the_tree();
        assert!(["query(a)", "kind(b) - cron(a)", "!deps(a | target(project=b))"].map(asks).iter().all(|asks| *asks));
        assert!(!["target() & kind(a)", "rdeps(files(a)) | all()"].map(asks).iter().any(|asks| *asks));
    }
}
