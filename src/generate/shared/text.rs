//! A string that remembers where it was written.

use std::borrow::Cow;

use arcstr::ArcStr;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::diagnostics::Span;
use crate::yaml::Node;

/// A string in a closed type, for messages that point at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    text: ArcStr,
    span: Span,
}

impl Text {
    /// The string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where it was written.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.span
    }
}

impl From<&Text> for Node {
    fn from(text: &Text) -> Self {
        Self::new(&text.text).at(text.span)
    }
}

impl From<Text> for Node {
    fn from(text: Text) -> Self {
        Self::new(text.text).at(text.span)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self { text: text.into(), span: Span::NONE }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        match node.as_arc_str() {
            Some(text) => Ok(Self { text: text.clone(), span: node.span }),
            None => Err(serde::de::Error::custom(format!("expected a string, found {}", node.type_name()))),
        }
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Node::from(self).serialize(serializer)
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string"})
    }
}
