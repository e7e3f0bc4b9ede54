//! On Treeherder, a task is known by its platform, collection, group and symbol: no two tasks may share them.

use std::collections::HashMap;

use super::{Check, Verification, mistake};
use crate::diagnostics::{Diagnostic, quoted};
use crate::generate::context::RunContext;
use crate::model::{Label, LabelGraph, Task};
use crate::yaml::{Map, Node};

pub(super) const VERIFICATION: Verification =
    Verification { name: "task_graph_symbol", check: Check::FullTaskGraph(verify) };

/// Platform, collection, group and symbol.
type Key<'a> = (Option<&'a str>, &'a str, Option<&'a str>, Option<&'a str>);

fn verify(graph: &LabelGraph, _: &RunContext<'_>) -> Vec<Diagnostic> {
    let mut seen: HashMap<Key<'_>, &Task<Label>> = HashMap::new();
    let mut told = Vec::new();
    for (_, task) in graph.iter() {
        let treeherder = task.definition.get("extra").and_then(|extra| extra.get("treeherder")?.as_map());
        match treeherder.map(|treeherder| key(task, treeherder)) {
            None => {}
            Some(Err(mistake)) => told.push(mistake),
            Some(Ok(key)) => match seen.get(&key) {
                Some(first) => told.push(duplicate(first, task, &key)),
                None => drop(seen.insert(key, task)),
            },
        }
    }
    told
}

fn key<'a>(task: &Task<Label>, treeherder: &'a Map) -> Result<Key<'a>, Diagnostic> {
    let text = |key: &str| treeherder.get(key).and_then(Node::as_str);
    let collection = treeherder.get("collection").and_then(Node::as_map);
    let collections: Vec<&str> = collection.map(|collection| collection.keys().collect()).unwrap_or_default();
    let [collection] = collections.as_slice() else {
        let message = format!(
            "a task must be in one treeherder collection (the part of the platform after `/`), not in {}: {}",
            collections.len(),
            quoted(&collections)
        );
        return Err(mistake(task, task.span, message));
    };
    let platform = treeherder.get("machine").and_then(|machine| machine.get("platform")?.as_str());
    Ok((platform, collection, text("groupSymbol"), text("symbol")))
}

fn duplicate(first: &Task<Label>, task: &Task<Label>, (platform, collection, group, symbol): &Key<'_>) -> Diagnostic {
    let symbol = symbol.unwrap_or("?");
    let shown = match group {
        Some("?") | None => symbol.to_owned(),
        Some(group) => format!("{group}({symbol})"),
    };
    let message = format!(
        "tasks `{}` and `{}` have the same treeherder platform and symbol: {}/{collection} {shown}",
        first.label,
        task.label,
        platform.unwrap_or("?"),
    );
    mistake(task, task.span, message).related(first.span, format!("`{}` is here", first.label))
}

#[cfg(test)]
mod tests {
    use crate::generate::verifications::testing::{full, yaml};

    #[test]
    fn symbols_are_unique() {
        let treeherder = |symbol: &str, collection: &str| {
            format!(
                "{{extra: {{treeherder: {{machine: {{platform: linux}}, collection: {collection}, groupSymbol: G, \
                 symbol: {symbol}}}}}}}"
            )
        };
        let graph = |one: String, two: String| yaml(&format!("a: {one}\nb: {two}\nc: {{}}\n"));
        let told = |one, two| full(super::VERIFICATION, &graph(one, two));
        assert!(told(treeherder("A", "{opt: true}"), treeherder("A", "{debug: true}")).is_empty());
        assert_eq!(
            told(treeherder("A", "{opt: true}"), treeherder("A", "{opt: true}")),
            ["tasks `a` and `b` have the same treeherder platform and symbol: linux/opt G(A)"]
        );
        assert_eq!(told(treeherder("A", "{}"), treeherder("B", "{opt: true, pgo: true}")).len(), 2);
    }
}
