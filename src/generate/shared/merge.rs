//! Puts one document over another.
//!
//! Source: `taskgraph.util.templates.merge` of the reference.

use std::sync::Arc;

use crate::model::is_keyed;
use crate::yaml::{Map, Node, Value};

/// `over` laid over `under`: mappings are merged, lists joined (`under` first), all else is replaced.
///
/// Values of different types replace one another, null included; and a value keyed by an attribute replaces
/// whatever was there, because a merge of the two would seldom mean anything.
#[must_use]
pub fn merge(under: &Map, over: &Map) -> Map {
    let mut merged = under.clone();
    for (key, value) in over {
        let value = match merged.get_node(key) {
            Some(present) => merge_values(present, value),
            None => value.clone(),
        };
        merged.insert(key.clone(), value);
    }
    merged
}

fn merge_values(under: &Node, over: &Node) -> Node {
    match (&under.value, &over.value) {
        _ if is_keyed(over) => over.clone(),
        (Value::Map(one), Value::Map(two)) => Node::new(merge(one, two)).at(over.span.or(under.span)),
        (Value::List(one), Value::List(two)) if two.is_empty() => {
            Node::new(Value::List(Arc::clone(one))).at(under.span)
        }
        (Value::List(one), Value::List(two)) => {
            Node::new(one.iter().chain(two.iter()).cloned().collect::<Vec<_>>()).at(over.span.or(under.span))
        }
        _ => over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(under: &str, over: &str) -> String {
        let map = |text: &str| serde_json::from_str::<Node>(text).unwrap().as_map().unwrap().clone();
        serde_json::to_string(&merge(&map(under), &map(over))).unwrap()
    }

    #[test]
    fn documents_merge_as_the_reference_merges_them() {
        // Every row was asked of taskgraph.util.templates.merge.
        let rows = [
            (r#"{"a":1,"b":{"c":1}}"#, r#"{"b":{"d":2},"a":"x"}"#, r#"{"a":"x","b":{"c":1,"d":2}}"#),
            (r#"{"l":[1]}"#, r#"{"l":[2]}"#, r#"{"l":[1,2]}"#),
            (r#"{"l":[1]}"#, r#"{"l":null}"#, r#"{"l":null}"#),
            (r#"{"l":{"x":1}}"#, r#"{"l":{"by-p":{"a":1}}}"#, r#"{"l":{"by-p":{"a":1}}}"#),
            (r#"{"l":{"by-p":{"a":1}}}"#, r#"{"l":{"x":1}}"#, r#"{"l":{"by-p":{"a":1},"x":1}}"#),
            (r#"{"l":[1]}"#, r#"{"l":{"x":1},"n":null}"#, r#"{"l":{"x":1},"n":null}"#),
        ];
        for (under, over, expected) in rows {
            assert_eq!(merged(under, over), expected);
        }
    }
}
