//! What is known of a document's mistakes while it is read again and again.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ReadError;
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::yaml::Node;

/// More mistakes than anybody mends at once.
const MANY: usize = 100;

/// A node by where it lies in memory: the document stays where it is while it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(usize);

impl Place {
    /// Where a node lies.
    pub(super) fn of(node: &Node) -> Self {
        Self(std::ptr::from_ref(node).addr())
    }
}

/// The mistakes so far, and what the next reading passes over because of them.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    mistakes: Vec<Diagnostic>,
    /// Nodes that are read as if something right stood there.
    broken: BTreeSet<Place>,
    /// Nodes with something broken or missing in them, whose own mistakes may only follow from that.
    touched: BTreeSet<Place>,
    /// Keys that mappings lack, which are read as if they were there.
    missing: BTreeMap<Place, Vec<&'static str>>,
}

/// Whether another reading may find more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It may.
    Again,
    /// Nothing is left to pass over.
    Enough,
}

impl Recovery {
    /// Whether the node is to be passed over.
    pub(super) fn is_broken(&self, node: &Node) -> bool {
        !self.broken.is_empty() && self.broken.contains(&Place::of(node))
    }

    /// The keys to make up in a mapping.
    pub(super) fn missing(&self, mapping: &Node) -> &[&'static str] {
        match self.missing.is_empty() {
            true => &[],
            false => self.missing.get(&Place::of(mapping)).map_or(&[], Vec::as_slice),
        }
    }

    /// Takes in how a reading failed.
    pub(super) fn learn(&mut self, error: ReadError) -> Next {
        let ReadError { mistakes, trail, missing } = error;
        let Some(innermost) = trail.first().copied() else {
            // The value that was asked for looks at no node.
            self.mistakes.extend(mistakes.into_iter().filter(|_| self.broken.is_empty()));
            return Next::Enough;
        };
        if self.mistakes.len() >= MANY {
            return Next::Enough;
        }
        if let Some(key) = missing {
            let made_up = self.missing.entry(innermost).or_default();
            if !made_up.contains(&key) {
                made_up.push(key);
                self.mistakes.extend(mistakes);
                self.touched.extend(trail);
                return Next::Again;
            }
        } else if !self.touched.contains(&innermost) && !self.broken.contains(&innermost) {
            self.mistakes.extend(mistakes);
        }
        self.pass_over(&trail)
    }

    /// Marks the innermost node of the trail that is not passed over yet.
    fn pass_over(&mut self, trail: &[Place]) -> Next {
        let Some(at) = trail.iter().position(|place| !self.broken.contains(place)) else { return Next::Enough };
        let (broken, around) = (trail[at], &trail[at + 1..]);
        self.broken.insert(broken);
        self.touched.extend(around);
        if around.is_empty() { Next::Enough } else { Next::Again }
    }

    /// Everything that was found.
    pub(super) fn into_mistakes(self) -> Mistakes {
        Mistakes(self.mistakes)
    }
}
