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

/// How a task is named.
#[derive(Clone, Debug, Default)]
pub enum SetName {
    /// As it is.
    Keep,
    /// By the primary task's label without its kind.
    #[default]
    StripKind,
    /// By the primary task's whole label.
    RetainKind,
    /// By what the tree registers under this name.
    Own(Text),
}

const NAMES: [(&str, SetName); 2] = [("retain-kind", SetName::RetainKind), ("strip-kind", SetName::StripKind)];

impl SetName {
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
    let Some(hook) = starlark::hook(kind.run, Point::SetName, name.as_str(), name.span())? else {
        let mut mistake =
            Diagnostic::error(format!("there is no way to set names called `{}`", name.as_str())).at(name.span());
        let own = starlark::names(kind.run, Point::SetName)?;
        mistake.help = suggest(name.as_str(), NAMES.iter().map(|(name, _)| *name).chain(own));
        return Err(mistake.into());
    };
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
            return Ok(Self::Keep);
        }
        let known = NAMES.iter().find(|(name, _)| node.as_str() == Some(name));
        if let Some((_, known)) = known {
            return Ok(known.clone());
        }
        if node.as_str().is_none() {
            let message = format!("expected a way to set names, found {}", node.type_name());
            let mut mistake = Diagnostic::error(message).at(node.span);
            mistake.help = suggest("", NAMES.iter().map(|(name, _)| *name));
            return Err(yaml::misread(mistake));
        }
        yaml::read(&node).map(Self::Own).map_err(yaml::misread)
    }
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
