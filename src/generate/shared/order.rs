//! The tasks of a kind, those depended on first.
//!
//! Source: `order_tasks` of the reference's cached tasks, which its `run` transforms use as well.

use std::collections::HashMap;

use arcstr::ArcStr;

use crate::diagnostics::{Diagnostic, Mistakes, Warnings, quoted};
use crate::model::{KindName, Stub};
use crate::yaml::Node;

/// The stubs in an order in which dependencies within the kind come first: those that depend on none, then their
/// dependents, and so on, each in the order they have.
///
/// A dependency is within the kind if a stub of the kind has its label. Of two stubs with one label the last is
/// kept, in the first's place, as in the reference, which says nothing; we warn. (The reference leaves open which of
/// two independent tasks comes first; and it fails on a label that begins with the kind's name and is not of it.)
///
/// # Errors
/// A stub without a label; stubs that depend on one another in a circle.
pub fn order_stubs(kind: &KindName, stubs: Vec<Stub>, warnings: &Warnings) -> Result<Vec<Stub>, Mistakes> {
    let stubs = last_of_each_label(kind, stubs, warnings)?;
    let labels: HashMap<&str, usize> =
        stubs.iter().enumerate().filter_map(|(at, stub)| Some((label(stub)?.as_str(), at))).collect();
    let dependencies: Vec<Vec<usize>> = stubs.iter().map(|stub| dependencies_within(kind, stub, &labels)).collect();
    let order = dependencies_first(&dependencies).map_err(|cycle| circle(&stubs, &cycle))?;
    let mut pending: Vec<Option<Stub>> = stubs.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|at| pending[at].take()).collect())
}

fn label(stub: &Stub) -> Option<&ArcStr> {
    stub.body.get("label").and_then(Node::as_arc_str)
}

fn last_of_each_label(kind: &KindName, stubs: Vec<Stub>, warnings: &Warnings) -> Result<Vec<Stub>, Mistakes> {
    let mut places: HashMap<ArcStr, usize> = HashMap::with_capacity(stubs.len());
    let (mut kept, mut mistakes): (Vec<Stub>, _) = (Vec::with_capacity(stubs.len()), Mistakes::default());
    for stub in stubs {
        let Some(label) = label(&stub).cloned() else {
            mistakes.extend([Diagnostic::error(format!("a task of kind `{kind}` has no label")).at(stub.span)]);
            continue;
        };
        if let Some(&at) = places.get(&label) {
            let warning =
                Diagnostic::warning(format!("two tasks of kind `{kind}` are called `{label}`; the last is kept"));
            warnings.push(warning.at(stub.span).related(kept[at].span, "this one is dropped"));
            kept[at] = stub;
        } else {
            places.insert(label, kept.len());
            kept.push(stub);
        }
    }
    mistakes.or(kept)
}

fn dependencies_within(kind: &KindName, stub: &Stub, labels: &HashMap<&str, usize>) -> Vec<usize> {
    let of_kind = |label: &str| label.strip_prefix(kind.as_str()).is_some_and(|rest| rest.starts_with('-'));
    let dependencies = stub.body.get("dependencies").and_then(Node::as_map);
    let named = dependencies.into_iter().flat_map(crate::yaml::Map::values).filter_map(Node::as_str);
    named.filter(|label| of_kind(label)).filter_map(|label| labels.get(label).copied()).collect()
}

/// First what depends on nothing, in its own order, then what waited for that alone, and so on: of the orders that the
/// reference may come to, the one that keeps most of the order given.
fn dependencies_first(dependencies: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut missing: Vec<usize> = dependencies.iter().map(Vec::len).collect();
    let mut dependents = vec![Vec::new(); dependencies.len()];
    for (at, on) in dependencies.iter().enumerate() {
        on.iter().for_each(|&on| dependents[on].push(at));
    }
    let mut order: Vec<usize> = (0..dependencies.len()).filter(|&at| missing[at] == 0).collect();
    let mut next = 0;
    while let Some(&at) = order.get(next) {
        next += 1;
        for &dependent in &dependents[at] {
            missing[dependent] -= 1;
            if missing[dependent] == 0 {
                order.push(dependent);
            }
        }
    }
    if order.len() == dependencies.len() { Ok(order) } else { Err(circle_of(dependencies, &missing)) }
}

/// A circle among those that still miss something; from each of them there is a way to another.
fn circle_of(dependencies: &[Vec<usize>], missing: &[usize]) -> Vec<usize> {
    let waits = |at: &usize| missing[*at] > 0;
    let mut path: Vec<usize> = (0..missing.len()).find(waits).into_iter().collect();
    let mut places = vec![None; missing.len()];
    while let Some(&at) = path.last() {
        if let Some(from) = places[at].replace(path.len() - 1) {
            path.pop();
            return path.split_off(from);
        }
        path.extend(dependencies[at].iter().copied().find(waits));
    }
    path
}

fn circle(stubs: &[Stub], cycle: &[usize]) -> Mistakes {
    let labels: Vec<&str> = cycle.iter().filter_map(|&at| label(&stubs[at])).map(ArcStr::as_str).collect();
    let first = &stubs[cycle[0]];
    let mistake = Diagnostic::error(format!("tasks depend on one another in a circle: {}", quoted(&labels)));
    let edge =
        |at: usize| stubs[at].body.get("dependencies").map_or(stubs[at].span, |node| node.span.or(stubs[at].span));
    let note =
        |at: usize| (edge(at), format!("`{}` depends on the next", label(&stubs[at]).cloned().unwrap_or_default()));
    let mut mistake = mistake.at(edge(cycle[0]).or(first.span));
    mistake.related.extend(cycle[1..].iter().map(|&at| note(at)));
    mistake.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stubs(json: &str) -> Vec<Stub> {
        let node: Node = serde_json::from_str(json).unwrap();
        node.as_list().unwrap().iter().cloned().map(|node| Stub::from_node(node).unwrap()).collect()
    }

    fn ordered(json: &str) -> Result<Vec<String>, Mistakes> {
        let ordered = order_stubs(&"k".into(), stubs(json), &Warnings::default())?;
        Ok(ordered.iter().map(|stub| stub.title().to_string()).collect())
    }

    #[test]
    fn dependencies_within_the_kind_come_first() {
        let json = r#"[{"label": "k-c", "dependencies": {"x": "k-b", "y": "other-z", "z": "k-gone"}},
            {"label": "k-a"}, {"label": "k-b", "dependencies": {"x": "k-a"}}]"#;
        assert_eq!(ordered(json).unwrap(), ["k-a", "k-b", "k-c"]);
        assert_eq!(ordered(r#"[{"label": "k-2"}, {"label": "k-1"}]"#).unwrap(), ["k-2", "k-1"]);
    }

    #[test]
    fn what_waits_for_nothing_comes_before_what_waits() {
        let json =
            r#"[{"label": "k-a", "dependencies": {"x": "k-c", "y": "k-c"}}, {"label": "k-b"}, {"label": "k-c"}]"#;
        assert_eq!(ordered(json).unwrap(), ["k-b", "k-c", "k-a"]);
    }

    #[test]
    fn a_circle_is_told_whole() {
        let json =
            r#"[{"label": "k-a", "dependencies": {"x": "k-b"}}, {"label": "k-b", "dependencies": {"x": "k-a"}}]"#;
        assert_eq!(ordered(json).unwrap_err().0[0].message, "tasks depend on one another in a circle: `k-a`, `k-b`");
    }

    #[test]
    fn the_last_of_two_with_one_label_is_kept_with_a_warning() {
        let warnings = Warnings::default();
        let two = stubs(r#"[{"label": "k-a", "n": 1}, {"label": "k-b"}, {"label": "k-a", "n": 2}]"#);
        let kept = order_stubs(&"k".into(), two, &warnings).unwrap();
        assert_eq!((kept.len(), kept[0].body.get("n")), (2, Some(&Node::new(2))));
        assert_eq!(warnings.take()[0].message, "two tasks of kind `k` are called `k-a`; the last is kept");
    }
}
