//! The full task graph of an earlier run, where everything that run read is still the same.
//!
//! For those who look at a graph again and again: `query`, `try`. What is kept of a task is what queries, front ends and
//! costs read (`lean`); who needs more generates. A graph is kept with every question that its generation asked of the
//! tree and a digest of each answer (`watched.rs`), and counts only where all answers are the same. Graphs of which a part is
//! made by in-tree Python are not kept, as nobody knows what that reads; nor are those that came with warnings, which are to
//! be told each time.

mod packed;
#[cfg(test)]
mod tests;
mod watched;

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use self::watched::Watched;
use super::{Error, Inputs, generate_full};
use crate::diagnostics::{Span, Warnings};
use crate::model::{Label, LabelGraph, Task};
use crate::sources::shelf::Shelf;
use crate::yaml::{Map, Node};

/// The keys of a definition that are kept whole.
const DEFINITION: [&str; 4] = ["provisionerId", "scopes", "taskQueueId", "workerType"];

/// The keys of which one entry is kept.
const WITHIN: [(&str, &str); 2] = [("extra", "treeherder"), ("payload", "maxRunTime")];

/// The full task graph, each task with the part of it that queries, front ends and costs read; that of an earlier run if it is the same.
///
/// # Errors
/// As [`generate_full`].
pub async fn full_task_graph(inputs: &Inputs<'_>, shelf: &dyn Shelf) -> Result<LabelGraph, Error> {
    if !inputs.run.code.needs().is_empty() {
        return generated(inputs).await;
    }
    let name = name(inputs);
    let kept =
        shelf.get(&name).and_then(|content| packed::unpack(&content, |asked| watched::is_the_same(asked, &inputs.run)));
    if let Some(graph) = kept {
        return Ok(graph);
    }
    let (watched, warnings) = (Watched::new(&inputs.run), Warnings::default());
    let mut own = *inputs;
    (own.run.checkout, own.run.scripts, own.run.warnings) = (&watched, &watched, &warnings);
    let graph = generated(&own).await;
    let told = warnings.take();
    let is_ours = inputs.run.code.needs().is_empty() && inputs.run.code.ran().is_empty();
    if let (Ok(graph), true, true) = (&graph, told.is_empty(), is_ours)
        && let Some(content) = packed::pack(&watched.asked(), graph)
    {
        shelf.put(&name, &content);
    }
    told.into_iter().for_each(|warning| inputs.run.warnings.push(warning));
    graph
}

async fn generated(inputs: &Inputs<'_>) -> Result<LabelGraph, Error> {
    let full = generate_full(inputs).await?;
    Ok(full.iter().map(|(label, task)| (label.clone(), Arc::new(lean(task)))).collect())
}

/// What of a task queries, front ends and costs read.
fn lean(task: &Task<Label>) -> Task<Label> {
    let mut definition = Map::new();
    for key in DEFINITION {
        if let Some(value) = task.definition.get(key) {
            definition.insert(key, value.clone());
        }
    }
    for (key, within) in WITHIN {
        if let Some(value) = task.definition.get(key).and_then(|value| value.get(within)) {
            definition.insert(key, Map::from([(within, value.clone())]));
        }
    }
    Task {
        kind: task.kind.clone(),
        label: task.label.clone(),
        description: task.description.clone(),
        attributes: task.attributes.clone(),
        definition,
        optimization: task.optimization.clone(),
        dependencies: task.dependencies.clone(),
        soft_dependencies: task.soft_dependencies.clone(),
        if_dependencies: task.if_dependencies.clone(),
        span: Span::NONE,
    }
}

/// The name of the graph: a digest of everything it follows from beside the files.
fn name(inputs: &Inputs<'_>) -> String {
    let run = &inputs.run;
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    };
    let document = |map: &Map| format!("{:?}", Plain(&Node::new(map.clone())));
    add(&document(run.parameters.document()));
    add(&format!("{:?}", Plain(&run.graph_config.document)));
    add(&run.graph_config.root.to_string_lossy());
    add(&run.graph_config.vcs_root.to_string_lossy());
    add(&run.checkout.current_directory().to_string_lossy());
    add(&format!("{:?} {:?} {}", run.surroundings, run.options, inputs.verify));
    hex::encode(digest.finalize())
}

/// A document without the places where it was written.
struct Plain<'a>(&'a Node);

impl std::fmt::Debug for Plain<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(map) = self.0.as_map() {
            return formatter.debug_map().entries(map.iter().map(|(key, value)| (Plain(key), Plain(value)))).finish();
        }
        match self.0.as_list() {
            Some(items) => formatter.debug_list().entries(items.iter().map(Plain)).finish(),
            None => self.0.value.fmt(formatter),
        }
    }
}
