//! What is wrong with the text of a query, gathered while it is read.

use std::ops::Range;

use crate::diagnostics::{Diagnostic, Mistakes};

use super::Written;

/// How many mistakes of one query are told; more of them help nobody.
const LIMIT: usize = 20;

/// The mistakes so far, each with the bytes of the text it is about.
#[derive(Debug, Default)]
pub(super) struct Told(Vec<(Range<usize>, Diagnostic)>);

impl Told {
    /// Adds a mistake, and returns it for more to be said.
    pub(super) fn error(&mut self, at: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.0.push((at, Diagnostic::error(message)));
        &mut self.0.last_mut().expect("it was just added").1
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn is_full(&self) -> bool {
        self.0.len() >= LIMIT
    }

    /// The mistakes in the order of the text, each at its place.
    pub(super) fn placed(mut self, written: &Written) -> Mistakes {
        self.0.sort_by_key(|(at, _)| at.start);
        self.0.truncate(LIMIT);
        Mistakes(self.0.into_iter().map(|(at, told)| told.at(written.span(at))).collect())
    }
}
