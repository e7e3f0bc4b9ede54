//! A string in which other tasks may be referred to.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::yaml::Node;

/// A string, `{task-reference: "… <edge> …"}` or `{artifact-reference: "… <edge/path> …"}`.
///
/// The reference refuses a mapping with neither key or with both, and lets further keys pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference(Node);

impl Reference {
    /// The plain string, if nothing is referred to.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_str()
    }

    /// The value as written.
    #[must_use]
    pub const fn node(&self) -> &Node {
        &self.0
    }
}

impl From<&Reference> for Node {
    fn from(reference: &Reference) -> Self {
        reference.0.clone()
    }
}

/// What is wrong with a value that should be a [`Reference`].
fn objection(node: &Node) -> Option<String> {
    if node.as_str().is_some() {
        return None;
    }
    let Some(map) = node.as_map() else {
        return Some(format!(
            "expected a string, or a mapping with `task-reference` or `artifact-reference`, found {}",
            node.type_name()
        ));
    };
    let given = ["task-reference", "artifact-reference"].map(|key| map.get(key).filter(|text| !text.is_null()));
    match given {
        [Some(text), None] | [None, Some(text)] if text.as_str().is_some_and(|text| !text.is_empty()) => None,
        [Some(text), None] | [None, Some(text)] => {
            Some(format!("expected the reference as a string that is not empty, found {}", text.type_name()))
        }
        [None, None] => Some("expected `task-reference` or `artifact-reference` in this mapping".into()),
        [Some(_), Some(_)] => Some("expected only one of `task-reference` and `artifact-reference`".into()),
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        match objection(&node) {
            None => Ok(Self(node)),
            Some(message) => Err(serde::de::Error::custom(message)),
        }
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl JsonSchema for Reference {
    fn schema_name() -> Cow<'static, str> {
        "Reference".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mapping = |(key, about): (&str, &str)| {
            serde_json::json!({
                "type": "object",
                "properties": {key: {"type": "string", "minLength": 1, "description": about}},
                "required": [key],
            })
        };
        let task = ("task-reference", "A string in which `<edge>` becomes the id of the task that the edge leads to.");
        let artifact =
            ("artifact-reference", "A string in which `<edge/path>` becomes the URL of that task's artifact.");
        schemars::json_schema!({
            "description": "A string, or one in which `<edge>` stands for a task or `<edge/path>` for an artifact.",
            "anyOf": [{"type": "string"}, mapping(task), mapping(artifact)],
        })
    }
}
