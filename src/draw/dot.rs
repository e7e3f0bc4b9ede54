//! Graphs for Graphviz.

use super::Drawing;

/// The drawing in the language of Graphviz's `dot`.
#[must_use]
pub fn dot(drawing: &Drawing) -> String {
    let name = |at: &usize| quoted(&drawing.labels[*at]);
    let tasks = drawing.labels.iter().map(|label| format!("    {};\n", quoted(label)));
    let edges = drawing.edges.iter().map(|(from, on)| format!("    {} -> {};\n", name(from), name(on)));
    let body: String = tasks.chain(edges).collect();
    format!("digraph tasks {{\n    rankdir = LR;\n    node [shape = box];\n{body}}}\n")
}

fn quoted(label: &str) -> String {
    format!("\"{}\"", label.replace('\\', "\\\\").replace('"', "\\\""))
}
