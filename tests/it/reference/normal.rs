//! What must be taken out of two graphs before they can be compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The path of a value within a document: keys and indices.
type Path = Vec<String>;

/// The paths at which several documents differ: what a program that made them all does not keep stable.
pub(crate) fn unstable_paths(documents: &[Value]) -> BTreeSet<Path> {
    let mut paths = BTreeSet::new();
    if let Some((first, others)) = documents.split_first() {
        for other in others {
            differences(first, other, &mut Vec::new(), &mut paths);
        }
    }
    paths
}

fn differences(one: &Value, other: &Value, at: &mut Path, found: &mut BTreeSet<Path>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for key in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
                at.push(key.clone());
                match (one.get(key), other.get(key)) {
                    (Some(one), Some(other)) => differences(one, other, at, found),
                    _ => drop(found.insert(at.clone())),
                }
                at.pop();
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                at.push(index.to_string());
                differences(one, other, at, found);
                at.pop();
            }
        }
        _ if one == other => {}
        _ => drop(found.insert(at.clone())),
    }
}

/// The document without the values at those paths.
pub(crate) fn without(mut document: Value, paths: &BTreeSet<Path>) -> Value {
    for path in paths {
        let (last, above) = path.split_last().expect("documents that differ as a whole are not graphs");
        let mut value = Some(&mut document);
        for step in above {
            value = match value {
                Some(Value::Object(map)) => map.get_mut(step),
                Some(Value::Array(items)) => step.parse::<usize>().ok().and_then(|index| items.get_mut(index)),
                _ => None,
            };
        }
        match value {
            Some(Value::Object(map)) => drop(map.remove(last)),
            Some(Value::Array(items)) => {
                if let Some(item) = last.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                    *item = Value::Null;
                }
            }
            _ => {}
        }
    }
    document
}

/// A graph keyed by task id, with every id of its tasks replaced by the task's label. Lists that are ordered by
/// task id are ordered by label instead.
pub(crate) fn with_labels_for_ids(text: &str) -> Value {
    let graph: BTreeMap<String, Value> = serde_json::from_str(text).expect("a graph is a JSON object");
    let mut text = text.to_owned();
    for (id, task) in &graph {
        let label = task["label"].as_str().expect("a task has a label");
        text = text.replace(id, &format!("<{label}>"));
    }
    let mut graph: Value = serde_json::from_str(&text).expect("labels do not break JSON");
    for task in graph.as_object_mut().into_iter().flat_map(|tasks| tasks.values_mut()) {
        if let Some(Value::Array(dependencies)) = task["task"].get_mut("dependencies") {
            dependencies.sort_by_key(ToString::to_string);
        }
    }
    graph
}

/// The first few places where two documents differ, for a person to read.
pub(crate) fn explain(ours: &Value, theirs: &Value) -> String {
    let mut paths = BTreeSet::new();
    differences(ours, theirs, &mut Vec::new(), &mut paths);
    let shown = |document: &Value, path: &Path| {
        let found = path.iter().try_fold(document, |value, step| match value {
            Value::Object(map) => map.get(step),
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        });
        found.map_or("(absent)".to_owned(), |value| value.to_string().chars().take(600).collect())
    };
    let one = |path: &Path| {
        format!("{}\n  ours:   {}\n  theirs: {}", path.join(" / "), shown(ours, path), shown(theirs, path))
    };
    let mut lines: Vec<String> = paths.iter().take(8).map(one).collect();
    lines.push(format!("{} differences", paths.len()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unstable_paths_are_found_and_taken_out() {
        let one = json!({"a": {"x": [1, 2], "y": "p"}, "b": 1});
        let two = json!({"a": {"x": [2, 1], "y": "p"}, "b": 1, "c": 2});
        let paths = unstable_paths(&[one.clone(), two.clone()]);
        assert_eq!(paths.len(), 3);
        assert_eq!(without(one, &paths), without(two, &paths));
    }

    #[test]
    fn ids_become_labels() {
        let one = r#"{"B": {"label": "b", "task": {}}, "A": {"label": "a", "task": {"dependencies": ["B", "Z"]}}}"#;
        let two = r#"{"X": {"label": "b", "task": {}}, "Y": {"label": "a", "task": {"dependencies": ["Z", "X"]}}}"#;
        assert_eq!(with_labels_for_ids(one), with_labels_for_ids(two));
    }
}
