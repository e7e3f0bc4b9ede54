//! How a task is named after its primary task.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::diagnostics::{Diagnostic, suggest};
use crate::model::{Label, Task};
use crate::yaml::{self, Node};

/// How a task is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SetName {
    /// As it is.
    Keep,
    /// By the primary task's label without its kind.
    #[default]
    StripKind,
    /// By the primary task's whole label.
    RetainKind,
}

const NAMES: [(&str, SetName); 2] = [("retain-kind", SetName::RetainKind), ("strip-kind", SetName::StripKind)];

impl SetName {
    /// The new name, if there is to be one.
    pub(super) fn name(self, primary: &Task<Label>) -> Option<String> {
        let label = primary.label.as_str();
        match self {
            Self::Keep => None,
            Self::RetainKind => Some(label.to_owned()),
            Self::StripKind => Some(match label.strip_prefix(primary.kind.as_str()) {
                // Whatever follows the kind goes with it, dash or not.
                Some(rest) => rest.chars().skip(1).collect(),
                None => label.to_owned(),
            }),
        }
    }
}

impl<'de> Deserialize<'de> for SetName {
    /// As in the reference, anything that Python takes for false keeps the name.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        if !node.is_truthy() {
            return Ok(Self::Keep);
        }
        let known = NAMES.iter().find(|(name, _)| node.as_str() == Some(name));
        known.map(|(_, set_name)| *set_name).ok_or_else(|| yaml::misread(unknown(&node)))
    }
}

fn unknown(node: &Node) -> Diagnostic {
    let names = NAMES.iter().map(|(name, _)| *name);
    let mut mistake = match node.as_str() {
        Some(name) => Diagnostic::error(format!("there is no way to set names called `{name}`")),
        None => Diagnostic::error(format!("expected a way to set names, found {}", node.type_name())),
    };
    mistake.help = suggest(node.as_str().unwrap_or_default(), names);
    mistake.at(node.span)
}

impl JsonSchema for SetName {
    fn schema_name() -> Cow<'static, str> {
        "SetName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [
            {"enum": ["strip-kind", "retain-kind", false, null]},
            // The tree may bring further ones along.
            {"type": "string"},
        ]})
    }
}
