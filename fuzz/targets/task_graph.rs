//! The artifact `full-task-graph.json`, which may be of another program.

use super::Target;

use pushgraph::json::parse;
use pushgraph::model::LabelGraph;

pub(super) const TARGET: Target = Target { name: "task_graph", run };

fn run(data: &[u8]) {
    let Ok(node) = parse(&String::from_utf8_lossy(data)) else { return };
    let Ok(graph) = LabelGraph::from_document(&node) else { return };
    let _ = graph.edges().postorder();
}
