//! Pictures of graphs: dot, Mermaid and SVG.
//!
//! A [`Drawing`] is what there is to draw; each other file writes it in one format.

mod dot;
mod layout;
mod mermaid;
mod svg;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use self::dot::dot;
pub use self::mermaid::mermaid;
pub use self::svg::{MAX_TASKS, svg};
use crate::model::{Label, LabelGraph};

/// Tasks and the dependencies among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    /// The labels, in order.
    pub labels: Vec<String>,
    /// From each task to one it depends on, by their places in [`Self::labels`]; each once, in order.
    pub edges: Vec<(usize, usize)>,
}

impl Drawing {
    /// These tasks of a graph, and the dependencies among them.
    #[must_use]
    pub fn new(graph: &LabelGraph, labels: &BTreeSet<Label>) -> Self {
        let places: BTreeMap<&Label, usize> = labels.iter().zip(0..).collect();
        let mut edges = BTreeSet::new();
        for (label, &from) in &places {
            let dependencies = graph.get(label).into_iter().flat_map(|task| &task.dependencies);
            edges.extend(dependencies.filter_map(|(_, on)| Some((from, *places.get(on)?))));
        }
        Self { labels: labels.iter().map(ToString::to_string).collect(), edges: edges.into_iter().collect() }
    }
}
