//! A task must not be of a better Treeherder tier than what it depends on, as its failures would be that one's fault.

use super::{Check, Verification, mistake};
use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::model::{Label, LabelGraph, Task};
use crate::yaml::Node;

pub(super) const VERIFICATION: Verification =
    Verification { name: "dependency_tiers", check: Check::FullTaskGraph(verify) };

/// What a task that Treeherder does not show counts as.
const UNKNOWN: i64 = i64::MAX;

fn verify(graph: &LabelGraph, _: &RunContext<'_>) -> Vec<Diagnostic> {
    graph.iter().flat_map(|(_, task)| verify_task(task, graph)).collect()
}

fn verify_task<'a>(task: &'a Task<Label>, graph: &'a LabelGraph) -> impl Iterator<Item = Diagnostic> + 'a {
    let tier = tier(task);
    let dependencies = task.dependencies.iter().filter_map(|(_, on)| graph.get(on));
    let worse = dependencies.filter(move |on| tier < self::tier(on) && !is_placeholder(on));
    worse.map(move |on| {
        let (own, other) = (shown(tier), shown(self::tier(on)));
        let message = format!("`{}` (tier {own}) cannot depend on `{}` (tier {other})", task.label, on.label);
        mistake(task, task.span, message)
    })
}

fn tier(task: &Task<Label>) -> i64 {
    let treeherder = task.definition.get("extra").and_then(|extra| extra.get("treeherder"));
    treeherder.and_then(|treeherder| treeherder.get("tier")).and_then(Node::as_i64).unwrap_or(UNKNOWN)
}

fn shown(tier: i64) -> String {
    if tier == UNKNOWN { "unknown".into() } else { tier.to_string() }
}

/// Whether the task only stands for others, and never runs.
fn is_placeholder(task: &Task<Label>) -> bool {
    task.definition.get("workerType").and_then(Node::as_str) == Some("always-optimized")
        || task.kind.as_str().contains("dummy")
}

#[cfg(test)]
mod tests {
    use crate::generate::verifications::testing::{full_tasks, task};

    #[test]
    fn a_better_tier_cannot_depend_on_a_worse_one() {
        let tasks = |second: &str| {
            let mut first = task("a", "{extra: {treeherder: {tier: 1}}}");
            first.dependencies = vec![("b".into(), "b".into())];
            vec![first, task("b", second)]
        };
        let told = |second| full_tasks(super::VERIFICATION, tasks(second));
        assert_eq!(told("{extra: {treeherder: {tier: 2}}}"), ["`a` (tier 1) cannot depend on `b` (tier 2)"]);
        assert_eq!(told("{}"), ["`a` (tier 1) cannot depend on `b` (tier unknown)"]);
        assert!(told("{extra: {treeherder: {tier: 1}}}").is_empty());
        assert!(told("{workerType: always-optimized}").is_empty());
    }
}
