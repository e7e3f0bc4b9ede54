//! One change of a document.

use pushgraph::diagnostics::Files;
use pushgraph::yaml::{self, Map, Node, Value};

use super::super::random::draw::Draw;

/// What a value is replaced by, as YAML.
const VALUES: [&str; 33] = [
    "null",
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "1.5",
    "18446744073709551617",
    "''",
    "x",
    "'7'",
    "a b",
    "\u{e9}",
    "[]",
    "[x]",
    "[null]",
    "[1]",
    "[[x]]",
    "{}",
    "{a: b}",
    "{1: 2}",
    "{null: x}",
    "2024-01-01",
    "2024-01-01T10:00:00Z",
    "!!binary aGVsbG8=",
    "{by-level: {'3': x, default: y}}",
    "{task-reference: '<build>'}",
    "{artifact-reference: '<build/public/x>'}",
    "'{level}'",
    "'{'",
    "'<decision>'",
    "'<build>'",
];

/// A sort of change.
#[derive(Clone, Copy, Debug)]
enum Sort {
    Replace,
    LeaveOut,
    Misspell,
    OddKey,
    AddUnknown,
    AddSibling,
    InList,
    OutOfList,
    AsText,
    Prolong,
    Double,
    KeyByLevel,
    KeyWithoutNeed,
    KeyByNothing,
    KeyToNull,
}

/// The sorts, the more telling ones more than once.
const SORTS: [Sort; 24] = [
    Sort::Replace,
    Sort::Replace,
    Sort::Replace,
    Sort::Replace,
    Sort::Replace,
    Sort::Replace,
    Sort::Replace,
    Sort::Replace,
    Sort::LeaveOut,
    Sort::LeaveOut,
    Sort::Misspell,
    Sort::OddKey,
    Sort::AddUnknown,
    Sort::AddSibling,
    Sort::AddSibling,
    Sort::InList,
    Sort::OutOfList,
    Sort::AsText,
    Sort::Prolong,
    Sort::Double,
    Sort::KeyByLevel,
    Sort::KeyWithoutNeed,
    Sort::KeyByNothing,
    Sort::KeyToNull,
];

/// A key and its value, or an item of a list.
type Entry = (Option<Node>, Node);

/// A document with one change, which is told in words.
pub(super) struct Mutated {
    pub(super) document: Node,
    /// The keys to the changed value.
    pub(super) path: Vec<String>,
    /// What the value has become.
    pub(super) change: String,
    /// Whether it is null now, or has a key beside it that is.
    pub(super) is_null: bool,
}

/// Changes one value of the document, or its key.
pub(super) fn mutate(document: &Node, draw: &mut Draw) -> Mutated {
    let mut at = draw.below(count(document).max(1));
    let mut path = Vec::new();
    let mut change = "nothing changed".to_owned();
    let document = changed(document, &mut at, &mut path, &mut |entry, siblings| {
        let (entries, words) = change_of(entry, siblings, draw);
        change = words;
        entries
    });
    let is_null = ["becomes null", ": null` beside it", ":null}"].iter().any(|null| change.contains(null));
    Mutated { document: document.unwrap_or_default(), path, change, is_null }
}

/// How many values there are below a node.
fn count(node: &Node) -> usize {
    let below = |value: &Node| 1 + count(value);
    match &node.value {
        Value::List(items) => items.iter().map(below).sum(),
        Value::Map(map) => map.values().map(below).sum(),
        _ => 0,
    }
}

/// The node with the value of that number changed, if it is below it; `path` leads to it.
fn changed(
    node: &Node,
    at: &mut usize,
    path: &mut Vec<String>,
    change: &mut impl FnMut(Entry, &[Entry]) -> Vec<Entry>,
) -> Option<Node> {
    let entries = entries(node);
    for (index, (key, value)) in entries.iter().enumerate() {
        path.push(key.as_ref().map_or_else(|| index.to_string(), shown));
        let replacement = if *at == 0 {
            Some(change((key.clone(), value.clone()), &entries))
        } else {
            *at -= 1;
            changed(value, at, path, change).map(|value| vec![(key.clone(), value)])
        };
        if let Some(replacement) = replacement {
            let (before, after) = (entries[..index].iter().cloned(), entries[index + 1..].iter().cloned());
            return Some(node_of(before.chain(replacement).chain(after)));
        }
        path.pop();
    }
    None
}

fn entries(node: &Node) -> Vec<Entry> {
    match &node.value {
        Value::List(items) => items.iter().map(|item| (None, item.clone())).collect(),
        Value::Map(map) => map.iter().map(|(key, value)| (Some(key.clone()), value.clone())).collect(),
        _ => Vec::new(),
    }
}

/// A mapping, or a list where nothing has a key.
fn node_of(entries: impl Iterator<Item = Entry>) -> Node {
    let entries: Vec<Entry> = entries.collect();
    if entries.iter().all(|(key, _)| key.is_none()) && !entries.is_empty() {
        return entries.into_iter().map(|(_, item)| item).collect();
    }
    Node::new(entries.into_iter().filter_map(|(key, value)| Some((key?, value))).collect::<Map>())
}

/// What an entry becomes, and how that is told.
fn change_of((key, value): Entry, siblings: &[Entry], draw: &mut Draw) -> (Vec<Entry>, String) {
    let sort = SORTS[draw.below(SORTS.len())];
    let to = |value: Node| {
        // The reference would make so many chunks.
        let is_endless = matches!(value.value, Value::BigInt(_)) && text_of(&key) == Some("total-chunks");
        let value = if is_endless { Node::new(3) } else { value };
        let words = format!("becomes {}", shown(&value));
        (vec![(key.clone(), value)], words)
    };
    let beside = |name: Node, other: Node| {
        let words = format!("has `{}: {}` beside it", shown(&name), shown(&other));
        (vec![(key.clone(), value.clone()), (key.is_some().then_some(name), other)], words)
    };
    let keyed = |by: &str, arms: Map| Node::new(Map::from([(by, Node::new(arms))]));
    let text = text_of(&key).filter(|text| text.len() > 2);
    match (sort, text) {
        (Sort::LeaveOut, _) => (Vec::new(), "is left out".to_owned()),
        (Sort::Misspell, Some(text)) => {
            let name: String = text.chars().take(text.chars().count() - 1).collect();
            let words = format!("is called `{name}`");
            (vec![(Some(Node::new(name)), value)], words)
        }
        (Sort::OddKey, Some(_)) => {
            let name = read(draw.pick(&["1", "null", "true", "1.5", "2024-01-01", "''"]));
            let words = format!("is called {}", shown(&name));
            (vec![(Some(name), value)], words)
        }
        (Sort::AddUnknown, _) => beside(Node::new("unknown-key"), drawn(draw)),
        (Sort::AddSibling, Some(_)) => match addition(draw) {
            name if siblings.iter().any(|(key, _)| key.as_ref() == Some(&name)) => to(Node::default()),
            name => beside(name, drawn(draw)),
        },
        (Sort::InList, _) => to(Node::from_iter([value.clone()])),
        (Sort::OutOfList, _) => match value.as_list().and_then(<[Node]>::first) {
            Some(first) => to(first.clone()),
            None => to(drawn(draw)),
        },
        (Sort::AsText, _) => match &value.value {
            Value::Str(_) => to(Node::new(1)),
            _ => to(Node::new(shown(&value))),
        },
        (Sort::Prolong, _) => match value.as_str() {
            Some(text) => {
                to(Node::new(format!("{text}{}", draw.pick(&["{", "<", " ", "x", "/", "\n", "{level}", "."]))))
            }
            None => to(drawn(draw)),
        },
        (Sort::Double, _) => match (value.as_list(), &key) {
            (Some(items), _) => to(items.iter().chain(items).cloned().collect()),
            (None, None) => (vec![(None, value.clone()), (None, value)], "is there twice".to_owned()),
            _ => to(drawn(draw)),
        },
        (Sort::KeyByLevel, _) => to(keyed("by-level", Map::from([("3", value.clone()), ("default", value.clone())]))),
        (Sort::KeyWithoutNeed, _) => to(keyed("by-level", Map::from([("default", value.clone())]))),
        (Sort::KeyByNothing, _) => to(keyed("by-nothing", Map::from([("x", value.clone())]))),
        (Sort::KeyToNull, _) => to(keyed("by-level", Map::from([("99", value.clone()), ("default", Node::default())]))),
        _ => to(drawn(draw)),
    }
}

fn text_of(key: &Option<Node>) -> Option<&str> {
    key.as_ref().and_then(Node::as_str)
}

/// A key that means something in many places.
fn addition(draw: &mut Draw) -> Node {
    const KEYS: [&str; 24] = [
        "name",
        "label",
        "description",
        "type",
        "env",
        "dest",
        "extract",
        "artifact",
        "routes",
        "scopes",
        "attributes",
        "optimization",
        "when",
        "priority",
        "index",
        "treeherder",
        "run-on-projects",
        "fetches",
        "caches",
        "artifacts",
        "chain-of-trust",
        "task-from",
        "extra",
        "default",
    ];
    Node::new(draw.pick(&KEYS))
}

fn drawn(draw: &mut Draw) -> Node {
    read(draw.pick(&VALUES))
}

fn read(text: &str) -> Node {
    yaml::load(&Files::default(), "value", text).expect("it is YAML").root
}

/// A value on one line.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Str(text) => text.to_string(),
        _ => serde_json::to_string(node).unwrap_or_default().chars().take(120).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_changed_and_every_one_can_be() {
        let document = read("{a: [x, {b: y}], c: {d: 1}}");
        assert_eq!(count(&document), 6);
        let paths: Vec<String> = (0..6)
            .map(|mut at| {
                let mut path = Vec::new();
                changed(&document, &mut at, &mut path, &mut |_, _| Vec::new()).expect("it is there");
                path.join(".")
            })
            .collect();
        assert_eq!(paths, ["a", "a.0", "a.1", "a.1.b", "c", "c.d"]);
        let left_out = changed(&document, &mut 3, &mut Vec::new(), &mut |_, _| Vec::new()).expect("it is there");
        assert_eq!(left_out, read("{a: [x, {}], c: {d: 1}}"));
    }

    #[test]
    fn a_seed_gives_one_change() {
        let document = read("{a: [x, {b: y}], c: {d: 1}}");
        for seed in 0..50 {
            let (one, other) = (mutate(&document, &mut Draw::new(seed)), mutate(&document, &mut Draw::new(seed)));
            assert_eq!((one.document, one.path, one.change), (other.document, other.path, other.change));
        }
    }
}
