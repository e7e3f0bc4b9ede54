//! A mapping in the order written. Small ones are searched in order, which is the fastest way; large ones have an index.

use super::Node;
use super::index::{Index, is_same_key};
use crate::diagnostics::Span;
use crate::steps;

/// An ordered mapping. Keys are nodes because YAML allows any scalar as a key; nearly all are text.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Node, Node)>,
    /// Present beyond [`INDEXED_FROM`] entries.
    index: Option<Box<Index>>,
}

/// From how many entries on a mapping has an index.
const INDEXED_FROM: usize = 33;

/// How many entries a small mapping that is full grows by.
const FEW: usize = 4;

impl Map {
    /// An empty mapping.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new(), index: None }
    }

    /// An empty mapping with room for so many entries.
    #[must_use]
    pub fn with_capacity(entries: usize) -> Self {
        Self { entries: Vec::with_capacity(entries), index: None }
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value under a text key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key as written and its value.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&(Node, Node)> {
        self.entries.get(self.text_position(key)?)
    }

    /// The value under a text key, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        let at = self.text_position(key)?;
        Some(&mut self.entries[at].1)
    }

    /// The value under any key, compared as Python compares keys.
    #[must_use]
    pub fn get_node(&self, key: &Node) -> Option<&Node> {
        self.position(key).map(|at| &self.entries[at].1)
    }

    /// Whether a text key is present.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.text_position(key).is_some()
    }

    /// Sets a key; a present one keeps its place and its spelling. Returns what was there.
    pub fn insert(&mut self, key: impl Into<Node>, value: impl Into<Node>) -> Option<Node> {
        let (key, value) = (key.into(), value.into());
        match self.position(&key) {
            Some(at) => Some(std::mem::replace(&mut self.entries[at].1, value)),
            None => {
                self.push_new(key, value);
                None
            }
        }
    }

    /// The value under `key`, put there first if it is missing.
    pub fn get_or_insert(&mut self, key: &str, default: impl FnOnce() -> Node) -> &mut Node {
        let at = match self.text_position(key) {
            Some(at) => at,
            None => {
                self.push_new(Node::new(key), default());
                self.entries.len() - 1
            }
        };
        &mut self.entries[at].1
    }

    /// Takes a text key out.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.text_position(key)?;
        let (_, value) = self.entries.remove(at);
        self.index = (self.entries.len() >= INDEXED_FROM).then(|| Box::new(Index::new(&self.entries)));
        Some(value)
    }

    /// Appends an entry that is known not to be there yet.
    pub(crate) fn push_new(&mut self, key: Node, value: Node) {
        let at = self.entries.len();
        if let Some(index) = &mut self.index {
            index.add(&key, at);
        }
        if at == self.entries.capacity() && at < INDEXED_FROM {
            // Most mappings are copies that get an entry or two more: doubled, half of their memory would stay empty.
            self.entries.reserve_exact(FEW);
        }
        self.entries.push((key, value));
        if self.index.is_none() && self.entries.len() >= INDEXED_FROM {
            self.index = Some(Box::new(Index::new(&self.entries)));
        }
    }

    /// Where a key is, compared as Python compares keys.
    pub(super) fn position(&self, key: &Node) -> Option<usize> {
        self.count_step();
        match (&self.index, key.as_str()) {
            (_, Some(text)) => self.text_position(text),
            (Some(index), None) => index.position(key),
            (None, None) => self.entries.iter().position(|(present, _)| is_same_key(present, key)),
        }
    }

    fn text_position(&self, key: &str) -> Option<usize> {
        self.count_step();
        match &self.index {
            Some(index) => index.text_position(key),
            None => self.entries.iter().position(|(present, _)| present.as_str() == Some(key)),
        }
    }

    fn count_step(&self) {
        steps::took(if self.index.is_some() { 1 } else { self.entries.len() });
    }

    pub(super) fn key_at(&self, at: usize) -> &Node {
        &self.entries[at].0
    }

    /// Replaces a value, and says where its key was written last.
    pub(super) fn replace_at(&mut self, at: usize, key: Span, value: Node) {
        let (old_key, old_value) = &mut self.entries[at];
        old_key.span = key;
        *old_value = value;
    }

    /// All entries in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Node, Node)> {
        self.entries.iter()
    }

    /// All entries in order, values to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Node, &mut Node)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The text keys with their values, in order.
    pub fn text_entries(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.entries.iter().filter_map(|(key, value)| Some((key.as_str()?, value)))
    }

    /// The text keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|(key, _)| key.as_str())
    }

    /// The values in order.
    pub fn values(&self) -> impl Iterator<Item = &Node> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The only entry's text key and value, if there is just one entry.
    #[must_use]
    pub fn single(&self) -> Option<(&str, &Node)> {
        match self.entries.as_slice() {
            [(key, value)] => Some((key.as_str()?, value)),
            _ => None,
        }
    }
}

/// As in Python, order does not matter.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get_node(key) == Some(value))
    }
}

impl<K: Into<Node>, V: Into<Node>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut map = Self::with_capacity(entries.size_hint().0);
        map.extend(entries);
        map
    }
}

impl<K: Into<Node>, V: Into<Node>> Extend<(K, V)> for Map {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        let entries = entries.into_iter();
        self.entries.reserve_exact(entries.size_hint().0);
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Into<Node>, V: Into<Node>, const N: usize> From<[(K, V); N]> for Map {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = &'a (Node, Node);
    type IntoIter = std::slice::Iter<'a, (Node, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl IntoIterator for Map {
    type Item = (Node, Node);
    type IntoIter = std::vec::IntoIter<(Node, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Value;

    #[test]
    fn a_large_mapping_finds_what_a_small_one_finds() {
        let mut map: Map = (0..100_i64).map(|key| (Node::new(key), Node::new(key))).collect();
        map.extend((0..100).map(|key| (Node::new(format!("key-{key}")), Node::new(key))));
        assert_eq!(map.get("key-70").and_then(Node::as_i64), Some(70));
        assert_eq!(map.get_node(&Node::new(70.0)).and_then(Node::as_i64), Some(70));
        assert_eq!(map.get_node(&Node::new(true)).and_then(Node::as_i64), Some(1));
        assert!(map.remove("key-3").is_some() && !map.contains("key-3"));
        assert_eq!(map.get("key-99").and_then(Node::as_i64), Some(99));
        map.insert("key-99", "new");
        assert_eq!((map.len(), map.get("key-99").and_then(Node::as_str)), (199, Some("new")));
    }

    #[test]
    fn keys_are_equal_as_in_python() {
        let big = |digits: &str| Node::new(Value::BigInt(digits.into()));
        for filler in [0, 50_i64] {
            let mut map: Map = (1000..1000 + filler).map(|key| (Node::new(key), Node::new(0))).collect();
            map.insert(big("1000000000000000000000"), "big");
            map.insert(f64::NAN, "nan");
            map.insert(0.5, "half");
            assert!(map.get_node(&Node::new(1e21)).is_some());
            assert!(map.get_node(&Node::new(f64::NAN)).is_some());
            assert!(map.get_node(&Node::new("0.5")).is_none());
        }
    }
}
