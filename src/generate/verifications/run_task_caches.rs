//! Caches belong to the project's trust domain and level; those that `run-task` looks after may be used by tasks run
//! by it only, and are named after its content.

use arcstr::ArcStr;

use super::{Check, Verification, mistake};
use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::generate::shared::scripts::run_task_digest;
use crate::model::{Label, LabelGraph, Task};
use crate::yaml::{Map, Node};

pub(super) const VERIFICATION: Verification =
    Verification { name: "run_task_caches", check: Check::FullTaskGraph(verify) };

/// How the names of caches begin that only `run-task` may use.
const RESERVED: &[&str] = &["checkouts", "tooltool-cache"];

fn verify(graph: &LabelGraph, run: &RunContext<'_>) -> Vec<Diagnostic> {
    let suffix = match run_task_digest(run) {
        Ok(suffix) => suffix,
        Err(mistake) => return vec![mistake],
    };
    let prefix = format!("{}-level-{}-", run.graph_config.trust_domain, run.parameters.level);
    let rule = Rule { prefix, suffix };
    graph.iter().flat_map(|(_, task)| rule.verify_task(task)).collect()
}

struct Rule {
    /// How the names of all caches begin.
    prefix: String,
    /// What the names of reserved caches contain.
    suffix: ArcStr,
}

impl Rule {
    fn verify_task(&self, task: &Task<Label>) -> Vec<Diagnostic> {
        let payload = task.definition.get("payload").and_then(Node::as_map);
        let Some(caches) = payload.and_then(caches) else { return Vec::new() };
        let is_run_task = payload.is_some_and(is_run_by_run_task);
        let told = |(name, _): &(Node, Node)| {
            let objection = self.objection(name.as_str()?, is_run_task)?;
            Some(mistake(task, name.span, objection))
        };
        caches.iter().filter_map(told).collect()
    }

    fn objection(&self, cache: &str, is_run_task: bool) -> Option<String> {
        let Some(name) = cache.strip_prefix(&self.prefix) else {
            return Some(format!(
                "cache `{cache}` is not appropriate for the trust domain and level: it should start with `{}`",
                self.prefix
            ));
        };
        if !RESERVED.iter().any(|reserved| name.starts_with(reserved)) {
            None
        } else if !is_run_task {
            Some(format!("cache `{name}` is reserved for run-task: use run-task, or another name for the cache"))
        } else if !name.contains(self.suffix.as_str()) {
            Some(format!(
                "cache `{name}` is reserved for run-task, but its name does not depend on run-task's content: it \
                 should contain `{}`",
                self.suffix
            ))
        } else {
            None
        }
    }
}

/// Cache → where it is mounted; the names may hold references.
fn caches(payload: &Map) -> Option<&Map> {
    let caches = payload.get("cache")?.as_map()?;
    caches.get("task-reference").map_or(Some(caches), Node::as_map)
}

fn is_run_by_run_task(payload: &Map) -> bool {
    let command = payload.get("command").and_then(|command| command.as_list()?.first()?.as_str());
    command.is_some_and(|command| command.rsplit('/').next().is_some_and(|name| name.starts_with("run-task")))
}

#[cfg(test)]
mod tests {
    use crate::generate::verifications::testing::{full, yaml};

    fn told(payload: &str) -> Vec<String> {
        full(super::VERIFICATION, &yaml(&format!("a: {{payload: {payload}}}\n")))
    }

    #[test]
    fn caches_belong_to_domain_and_level() {
        assert!(told("{cache: {example-level-1-pip: /pip}}").is_empty());
        assert!(told("{command: [x]}").is_empty());
        assert_eq!(
            told("{cache: {example-level-3-pip: /pip}}"),
            ["cache `example-level-3-pip` is not appropriate for the trust domain and level: it should start with \
              `example-level-1-`"]
        );
    }

    #[test]
    fn checkouts_are_for_run_task() {
        let name = |suffix: &str| format!("{{task-reference: {{example-level-1-checkouts-v3-{suffix}: /x}}}}");
        let digest = crate::sources::scripts::RUN_TASK_DIGEST;
        assert!(told(&format!("{{cache: {}, command: [/usr/bin/run-task-git]}}", name(digest))).is_empty());
        let other = told(&format!("{{cache: {}, command: [make]}}", name(digest)));
        assert!(other[0].contains("is reserved for run-task: use run-task"), "{other:?}");
        let unversioned = told(&format!("{{cache: {}, command: [run-task]}}", name("")));
        assert!(unversioned[0].contains("does not depend on run-task's content"), "{unversioned:?}");
    }
}
