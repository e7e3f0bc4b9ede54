//! Which values are met more than once, and so get an anchor.

use std::collections::HashMap;
use std::sync::Arc;

use crate::yaml::order::sorted;
use crate::yaml::{Map, Node, Value};

/// The address of a shared value, which stands for its identity while the document is borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Identity(usize);

impl Identity {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::List(items) => Some(Self(Arc::as_ptr(items).addr())),
            Value::Map(map) => Some(Self(Arc::as_ptr(map).addr())),
            Value::Timestamp(timestamp) => Some(Self(Arc::as_ptr(timestamp).addr())),
            _ => None,
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    /// Nothing if it is met only once.
    anchor: Option<String>,
    written: bool,
}

/// What is to be written in a value's place or before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reference {
    None,
    Anchor(String),
    Alias(String),
}

/// The anchors of a document.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    values: HashMap<Identity, Shared>,
    count: usize,
}

impl Anchors {
    /// Finds what is shared; anchors are numbered in the order in which values are met again.
    pub(super) fn find(root: &Node) -> Self {
        let mut anchors = Self::default();
        anchors.visit(root);
        anchors
    }

    fn visit(&mut self, node: &Node) {
        let Some(identity) = Identity::of(&node.value) else { return };
        if let Some(shared) = self.values.get_mut(&identity) {
            if shared.anchor.is_none() {
                self.count += 1;
                shared.anchor = Some(format!("id{:03}", self.count));
            }
            return;
        }
        self.values.insert(identity, Shared::default());
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| self.visit(item)),
            Value::Map(map) => entries(map).into_iter().for_each(|(key, value)| {
                self.visit(key);
                self.visit(value);
            }),
            _ => {}
        }
    }

    /// How to write a value that comes next.
    pub(super) fn reference(&mut self, node: &Node) -> Reference {
        let shared = Identity::of(&node.value).and_then(|identity| self.values.get_mut(&identity));
        match shared {
            Some(Shared { anchor: Some(anchor), written: true }) => Reference::Alias(anchor.clone()),
            Some(Shared { anchor: Some(anchor), written }) => {
                *written = true;
                Reference::Anchor(anchor.clone())
            }
            _ => Reference::None,
        }
    }

    /// The anchor a value has, written or not.
    pub(super) fn anchor(&self, node: &Node) -> Option<&str> {
        self.values.get(&Identity::of(&node.value)?)?.anchor.as_deref()
    }

    /// Whether the value was written already and would be an alias.
    pub(super) fn is_alias(&self, node: &Node) -> bool {
        let shared = Identity::of(&node.value).and_then(|identity| self.values.get(&identity));
        shared.is_some_and(|shared| shared.written)
    }
}

/// A mapping's entries in Python's order, or as they come where Python cannot sort them.
pub(super) fn entries(map: &Map) -> Vec<&(Node, Node)> {
    sorted(map).unwrap_or_else(|_| map.iter().collect())
}

impl Node {
    /// A copy that shares nothing with the original, while what is shared within it stays so: as `copy.deepcopy`.
    #[must_use]
    pub fn deep_copy(&self) -> Self {
        self.copy_knowing(&mut HashMap::new())
    }

    fn copy_knowing(&self, copies: &mut HashMap<Identity, Value>) -> Self {
        let identity = Identity::of(&self.value);
        if let Some(copy) = identity.and_then(|identity| copies.get(&identity)) {
            return Self { value: copy.clone(), span: self.span };
        }
        let value = self.value.with_copies(|node| node.copy_knowing(copies));
        copies.extend(identity.map(|identity| (identity, value.clone())));
        Self { value, span: self.span }
    }

    /// The same value with nothing in it shared, as the reference copies what it merges.
    #[must_use]
    pub fn unshared(&self) -> Self {
        Self { value: self.value.with_copies(Self::unshared), span: self.span }
    }
}

impl Value {
    /// A new value with these copies of what is in it.
    fn with_copies(&self, mut copy: impl FnMut(&Node) -> Node) -> Self {
        match self {
            Self::List(items) => Self::List(Arc::new(items.iter().map(copy).collect())),
            Self::Map(map) => {
                let mut copies = Map::with_capacity(map.len());
                for (key, value) in map.iter() {
                    let key = copy(key);
                    copies.push_new(key, copy(value));
                }
                Self::Map(Arc::new(copies))
            }
            Self::Timestamp(timestamp) => Self::Timestamp(Arc::new(timestamp.as_ref().clone())),
            other => other.clone(),
        }
    }
}
