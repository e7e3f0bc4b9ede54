//! Graphs as Mermaid flowcharts.

use super::Drawing;

/// The drawing as a Mermaid flowchart.
#[must_use]
pub fn mermaid(drawing: &Drawing) -> String {
    let tasks = drawing.labels.iter().enumerate().map(|(at, label)| format!("    t{at}[\"{}\"]\n", escaped(label)));
    let edges = drawing.edges.iter().map(|(from, on)| format!("    t{from} --> t{on}\n"));
    let body: String = tasks.chain(edges).collect();
    format!("flowchart LR\n{body}")
}

/// Mermaid takes the entities of HTML, written with `#`.
fn escaped(label: &str) -> String {
    label.replace('#', "#35;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}
