//! Labels that somebody typed: those that a push does not have, and the nearest that it has.

use futures::StreamExt as _;

use super::Target;
use crate::cli::failure::Failure;
use crate::cli::world::World;
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::json::Entries;
use crate::model::Label;
use crate::sources::artifacts::Artifacts as _;

/// The graph of all tasks that a push could have.
const FULL_TASK_GRAPH: &str = "public/full-task-graph.json";

/// Makes sure that the push could have tasks of these labels.
///
/// # Errors
/// Each label that it could not, with the nearest one; a graph that is gone, or services that fail.
pub(in crate::cli) async fn check_labels(world: &World<'_>, target: &Target, labels: &[Label]) -> Result<(), Failure> {
    let known = labels_of(world, target).await?;
    let unknown = labels.iter().filter(|label| !known.iter().any(|known| known == label.as_str()));
    let mistakes: Vec<Diagnostic> = unknown
        .map(|label| {
            let message = format!("push {} has no task `{label}`", target.parameters.head_rev);
            let mut mistake = Diagnostic::error(message);
            mistake.help = suggest(label.as_str(), known.iter().map(String::as_str));
            mistake
        })
        .collect();
    if mistakes.is_empty() { Ok(()) } else { Err(Mistakes(mistakes).into()) }
}

/// The labels of the full graph; the graph is read as it arrives, and nothing else of it is kept.
async fn labels_of(world: &World<'_>, target: &Target) -> Result<Vec<String>, Failure> {
    let (mut entries, mut labels) = (Entries::default(), Vec::new());
    let mut pieces = world.taskcluster.stream(&target.decision, FULL_TASK_GRAPH).await?;
    while let Some(piece) = pieces.next().await {
        let read = entries.feed(&piece?, |label, _| labels.push(label.to_owned()));
        read.map_err(|error| Diagnostic::error(format!("`{FULL_TASK_GRAPH}` of task {}: {error}", target.decision)))?;
    }
    Ok(labels)
}
