//! A toolchain's alias stands for one toolchain.

use std::collections::HashMap;

use super::{Check, Verification, mistake};
use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::model::{Label, LabelGraph, Task};
use crate::yaml::Node;

pub(super) const VERIFICATION: Verification =
    Verification { name: "toolchain_alias", check: Check::FullTaskGraph(verify) };

fn verify(graph: &LabelGraph, _: &RunContext<'_>) -> Vec<Diagnostic> {
    let mut seen: HashMap<&str, &Task<Label>> = HashMap::new();
    let mut told = Vec::new();
    for (alias, task) in graph.iter().flat_map(|(_, task)| aliases(task).into_iter().map(move |alias| (alias, task))) {
        match alias.as_str().and_then(|name| Some((name, *seen.get(name)?))) {
            Some((name, first)) => {
                let message =
                    format!("tasks `{}` and `{}` have the same toolchain alias: `{name}`", first.label, task.label);
                told.push(mistake(task, alias.span, message).related(first.span, format!("`{}` is here", first.label)));
            }
            None => drop(alias.as_str().map(|name| seen.insert(name, task))),
        }
    }
    told
}

/// The task's alias or aliases.
fn aliases(task: &Task<Label>) -> Vec<&Node> {
    match task.attribute("toolchain-alias") {
        Some(one) if one.as_str().is_some_and(|text| !text.is_empty()) => vec![one],
        Some(several) => several.as_list().unwrap_or_default().iter().collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::generate::verifications::testing::{full_tasks, task};
    use crate::yaml::{Map, Node};

    #[test]
    fn aliases_are_not_shared() {
        let aliased = |label: &str, alias: Node| {
            let mut task = task(label, "{}");
            task.attributes = Map::from([("toolchain-alias", alias)]);
            task
        };
        let tasks = vec![
            aliased("a", Node::new("node")),
            aliased("b", ["clang", "node"].into_iter().collect()),
            aliased("c", Node::default()),
        ];
        assert_eq!(full_tasks(super::VERIFICATION, tasks), ["tasks `a` and `b` have the same toolchain alias: `node`"]);
    }
}
