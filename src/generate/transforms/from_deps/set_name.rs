//! How a task is named after its primary task.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::Group;
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::generate::context::KindContext;
use crate::generate::shared::text::Text;
use crate::generate::starlark::{self, Argument};
use crate::model::{Label, Task};
use crate::script::Point;
use crate::yaml::{self, Node};

/// How a task is named. As in the reference, what is no way of ours only matters once a task is to be named.
#[derive(Clone, Debug)]
pub struct SetName(Result<Way, Node>);

/// A way to name a task.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// As it is.
    Keep,
    /// By the primary task's label without its kind.
    StripKind,
    /// By the primary task's whole label.
    RetainKind,
    /// By what the tree registers under this name.
    Own(Text),
}

const NAMES: [(&str, Way); 2] = [("retain-kind", Way::RetainKind), ("strip-kind", Way::StripKind)];

impl Default for SetName {
    fn default() -> Self {
        Self(Ok(Way::StripKind))
    }
}

impl SetName {
    /// The way that is meant: one of ours, or one that the tree registers.
    ///
    /// # Errors
    /// There is none of that name, or a `register` function fails.
    pub(super) fn way(&self, kind: &KindContext<'_>) -> Result<Way, Mistakes> {
        let node = match &self.0 {
            Ok(way) => return Ok(way.clone()),
            Err(node) => node,
        };
        let own = starlark::names(kind.run, Point::SetName)?;
        if node.as_str().is_some_and(|name| own.contains(&name)) {
            return yaml::read(node).map(Way::Own);
        }
        Err(unknown(node, &own, Diagnostic::error).into())
    }

    /// That there is no way of that name, for where there is nothing to name.
    ///
    /// # Errors
    /// A `register` function fails.
    pub(super) fn warning(&self, kind: &KindContext<'_>) -> Result<Option<Diagnostic>, Mistakes> {
        let Err(node) = &self.0 else { return Ok(None) };
        let own = starlark::names(kind.run, Point::SetName)?;
        let is_own = node.as_str().is_some_and(|name| own.contains(&name));
        Ok((!is_own).then(|| unknown(node, &own, Diagnostic::warning)))
    }
}

impl Way {
    /// The new name, if there is to be one.
    pub(super) fn name(
        &self,
        kind: &KindContext<'_>,
        group: &Group,
        primary: &Task<Label>,
    ) -> Result<Option<String>, Mistakes> {
        let label = primary.label.as_str();
        Ok(match self {
            Self::Keep => None,
            Self::RetainKind => Some(label.to_owned()),
            Self::Own(name) => Some(own(kind, name, group, primary)?),
            Self::StripKind => Some(match label.strip_prefix(primary.kind.as_str()) {
                // Whatever follows the kind goes with it, dash or not.
                Some(rest) => rest.chars().skip(1).collect(),
                None => label.to_owned(),
            }),
        })
    }
}

/// The name that a function of the tree's own gives.
fn own(kind: &KindContext<'_>, name: &Text, group: &Group, primary: &Task<Label>) -> Result<String, Mistakes> {
    let hook = starlark::hook(kind.run, Point::SetName, name.as_str(), name.span())?;
    let hook = hook.expect("only registered names are ways of the tree's own");
    let document = |task: &Task<Label>| Node::new(task.to_document(&task.label));
    let (tasks, first): (Vec<Node>, Node) = (group.iter().map(|task| document(task)).collect(), document(primary));
    let of_kind = Node::from(&primary.kind);
    let arguments =
        [Argument::Config(kind), Argument::Tasks(&tasks), Argument::Task(&first), Argument::Document(&of_kind)];
    let returned = hook.call_for(kind, &arguments)?.returned;
    let found = returned.as_str().map(str::to_owned);
    let wrong =
        || Diagnostic::error(format!("`{}` is to return a name, and returned {}", name.as_str(), returned.type_name()));
    Ok(found.ok_or_else(|| wrong().at(name.span()))?)
}

impl<'de> Deserialize<'de> for SetName {
    /// As in the reference, anything that Python takes for false keeps the name.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        if !node.is_truthy() {
            return Ok(Self(Ok(Way::Keep)));
        }
        if node.as_str().is_none() && node.as_bool().is_none() && node.as_map().is_none() {
            return Err(yaml::misread(unknown(&node, &[], Diagnostic::error)));
        }
        let known = NAMES.iter().find(|(name, _)| node.as_str() == Some(name));
        Ok(Self(known.map(|(_, way)| way.clone()).ok_or(node)))
    }
}

fn unknown(node: &Node, own: &[&str], told: fn(String) -> Diagnostic) -> Diagnostic {
    let names = NAMES.iter().map(|(name, _)| *name).chain(own.iter().copied());
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
