//! What a query selects, and which of its terms selects what.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;

use super::Evaluation;
use crate::diagnostics::{Diagnostic, Span};
use crate::model::Label;
use crate::query::{Query, Term};

/// The tasks that a query selects, and why.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The terms of the query, each once, in its order.
    pub terms: Vec<TermCount>,
    /// The tasks selected, each with the terms (by their place in [`Self::terms`]) that it is in and that add tasks to
    /// the query. A task that is only there because it is in no negated term has none.
    pub tasks: BTreeMap<Label, Vec<usize>>,
    /// What in the query selects nothing.
    pub warnings: Vec<Diagnostic>,
}

/// A term of a query, and how many tasks it selects by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermCount {
    /// The term, printed.
    pub term: String,
    /// Where it was written.
    pub span: Span,
    /// How many tasks are in it.
    pub tasks: usize,
    /// Whether it takes tasks away.
    pub is_negated: bool,
}

impl Evaluation<'_, '_> {
    /// What an evaluated query selects: `tasks`.
    pub(super) fn into_selected(self, query: &Query, tasks: &FixedBitSet) -> Selected {
        let mut terms = Vec::new();
        collect_terms(query, false, &mut terms);
        let mut counts: Vec<TermCount> = Vec::new();
        let mut sets = Vec::new();
        for (term, is_negated) in terms {
            let said = term.atom.to_string();
            if counts.iter().any(|count| count.term == said && count.is_negated == is_negated) {
                continue;
            }
            let Some(set) = self.known.get(&said) else { continue };
            let count = set.count_ones(..);
            counts.push(TermCount { term: said, span: term.span, tasks: count, is_negated });
            sets.push(set);
        }
        let reasons = |at: usize| {
            let is_in = |term: &usize| !counts[*term].is_negated && sets[*term].contains(at);
            (0..counts.len()).filter(is_in).collect()
        };
        let tasks = tasks.ones().map(|at| (self.universe.tasks()[at].label.clone(), reasons(at))).collect();
        Selected { terms: counts, tasks, warnings: self.warnings }
    }
}

/// The terms of a query, and whether each is negated. Those within `deps(…)` are part of that term.
fn collect_terms<'q>(query: &'q Query, is_negated: bool, terms: &mut Vec<(&'q Term, bool)>) {
    match query {
        Query::Term(term) => terms.push((term, is_negated)),
        Query::Not(inner) => collect_terms(inner, !is_negated, terms),
        Query::And(parts) | Query::Or(parts) => {
            parts.iter().for_each(|part| collect_terms(part, is_negated, terms));
        }
    }
}
