//! Mappings in closed types: text keys, in the order written.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::text::Text;
use crate::yaml::{Map, Node};

/// A mapping from text to `V`.
#[derive(Clone, Debug, PartialEq)]
pub struct Entries<V>(Vec<(Text, V)>);

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Entries<V> {
    /// All entries in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Text, V)> {
        self.0.iter()
    }

    /// The entry of a key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&(Text, V)> {
        self.0.iter().find(|(present, _)| present.as_str() == key)
    }

    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The same as a document.
    #[must_use]
    pub fn to_map(&self, to_node: impl Fn(&V) -> Node) -> Map {
        self.0.iter().map(|(key, value)| (Node::from(key), to_node(value))).collect()
    }
}

impl Entries<Node> {
    /// The same as a document.
    #[must_use]
    pub fn into_document(self) -> Map {
        self.0.into_iter().map(|(key, value)| (Node::from(key), value)).collect()
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<V> {
    type Value = Entries<V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<V>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

impl<V: JsonSchema> JsonSchema for Entries<V> {
    fn schema_name() -> Cow<'static, str> {
        format!("Entries_of_{}", V::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "object", "additionalProperties": generator.subschema_for::<V>()})
    }
}

impl JsonSchema for Node {
    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        true.into()
    }
}
