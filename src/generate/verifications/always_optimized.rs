//! Tasks of worker type `always-optimized` are placeholders that no worker runs: none may be left.

use super::{Check, Verification, mistake};
use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::model::{Task, TaskGraph, TaskId};
use crate::yaml::Node;

pub(super) const VERIFICATION: Verification =
    Verification { name: "always_optimized", check: Check::OptimizedTaskGraph(verify) };

fn verify(graph: &TaskGraph<TaskId>, _: &RunContext<'_>) -> Vec<Diagnostic> {
    let is_placeholder =
        |task: &Task<TaskId>| task.definition.get("workerType").and_then(Node::as_str) == Some("always-optimized");
    let left = graph.iter().filter(|(_, task)| is_placeholder(task));
    left.map(|(_, task)| mistake(task, task.span, format!("could not optimize the task `{}`", task.label))).collect()
}

#[cfg(test)]
mod tests {
    use crate::generate::verifications::testing::{optimized, yaml};

    #[test]
    fn a_placeholder_that_is_left_is_refused() {
        let graph = yaml("a: {workerType: always-optimized}\nb: {workerType: linux}\n");
        assert_eq!(optimized(super::VERIFICATION, &graph), ["could not optimize the task `a`"]);
    }
}
