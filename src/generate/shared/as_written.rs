//! Values that are checked and then passed on as they were written.

use std::borrow::Cow;
use std::ops::Deref;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::yaml::{self, Node};

/// A `T`, and the document it was read from.
#[derive(Clone, Debug)]
pub struct AsWritten<T> {
    value: T,
    node: Node,
}

impl<T> AsWritten<T> {
    /// The document.
    #[must_use]
    pub const fn node(&self) -> &Node {
        &self.node
    }
}

impl<T> Deref for AsWritten<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for AsWritten<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        Ok(Self { value: yaml::read_within(&node)?, node })
    }
}

impl<T: JsonSchema> JsonSchema for AsWritten<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}
