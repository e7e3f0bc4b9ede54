//! What a run made, in a few lines for its log, in the reference's words.

use std::collections::BTreeMap;

use super::Graphs;
use super::optimization::LogLevel;
use crate::model::{GraphKey, TaskGraph};

/// How many tasks each phase made, and what optimization did.
#[must_use]
pub fn summary(graphs: &Graphs) -> Vec<String> {
    let mut lines = kinds(graphs);
    lines.push(counts("Full task graph", &graphs.full));
    lines.push(format!("Target task set contains {} tasks in total", graphs.target.set.len()));
    lines.push(counts("Target task graph", &graphs.target.graph));
    let told = graphs.optimized.log.iter().filter(|line| line.level == LogLevel::Info);
    lines.extend(told.map(|line| line.message.clone()));
    lines.push(counts("Optimized task graph", &graphs.optimized.graph.tasks));
    lines.push(counts("Morphed task graph", &graphs.morphed.tasks));
    lines
}

fn kinds(graphs: &Graphs) -> Vec<String> {
    let mut tasks: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, task) in graphs.full.iter() {
        *tasks.entry(task.kind.as_str()).or_default() += 1;
    }
    tasks.iter().map(|(kind, tasks)| format!("Generated {tasks} tasks for kind {kind}")).collect()
}

fn counts<K: GraphKey>(name: &str, graph: &TaskGraph<K>) -> String {
    format!("{name} contains {} tasks and {} dependencies", graph.len(), graph.edges().graph.edge_count())
}
