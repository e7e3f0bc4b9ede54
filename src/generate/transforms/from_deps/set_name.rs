//! How a task is named after its primary task.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::diagnostics::{Diagnostic, suggest};
use crate::model::{Label, Task};
use crate::yaml::{self, Node};

/// How a task is named. As in the reference, what is no way of ours only matters once a task is to be named.
#[derive(Clone, Debug)]
pub struct SetName(Result<Way, Node>);

/// A way to name a task.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// As it is.
    Keep,
    /// By the primary task's label without its kind.
    StripKind,
    /// By the primary task's whole label.
    RetainKind,
}

const NAMES: [(&str, Way); 2] = [("retain-kind", Way::RetainKind), ("strip-kind", Way::StripKind)];

impl Default for SetName {
    fn default() -> Self {
        Self(Ok(Way::StripKind))
    }
}

impl SetName {
    /// The way that is meant.
    ///
    /// # Errors
    /// There is none of that name.
    pub(super) fn way(&self) -> Result<Way, Diagnostic> {
        self.0.clone().map_err(|node| unknown(&node, Diagnostic::error))
    }

    /// That there is no way of that name, for where there is nothing to name.
    pub(super) fn warning(&self) -> Option<Diagnostic> {
        self.0.as_ref().err().map(|node| unknown(node, Diagnostic::warning))
    }
}

impl Way {
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
            return Ok(Self(Ok(Way::Keep)));
        }
        if node.as_str().is_none() && node.as_bool().is_none() && node.as_map().is_none() {
            return Err(yaml::misread(unknown(&node, Diagnostic::error)));
        }
        let known = NAMES.iter().find(|(name, _)| node.as_str() == Some(name));
        Ok(Self(known.map(|(_, way)| *way).ok_or(node)))
    }
}

fn unknown(node: &Node, told: fn(String) -> Diagnostic) -> Diagnostic {
    let names = NAMES.iter().map(|(name, _)| *name);
    let mut told = told(match node.as_str() {
        Some(name) => format!("there is no way to set names called `{name}`"),
        None => format!("expected a way to set names, found {}", node.type_name()),
    });
    told.help = suggest(node.as_str().unwrap_or_default(), names);
    told.at(node.span)
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
