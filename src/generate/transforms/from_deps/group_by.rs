//! How tasks are grouped, one group for each new task.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::Group;
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::generate::context::KindContext;
use crate::generate::shared::text::Text;
use crate::generate::starlark::{self, Argument};
use crate::model::{Label, Task};
use crate::script::Point;
use crate::yaml::{self, Map, Node};

/// How tasks are grouped.
#[derive(Clone, Debug, Default)]
pub enum GroupBy {
    /// Each task alone.
    #[default]
    Single,
    /// All tasks together.
    All,
    /// Those with the same value of this attribute together, in the order the values are met; those without a value
    /// are left out.
    Attribute(Text),
    /// Each task alone, if the kind's `only-for-*` and `not-for-*` keys let it pass.
    ///
    /// Not of the reference: Firefox's tree brings it along under this name.
    SingleWithFilters,
    /// What the tree registers under this name, with this argument.
    Own(Text, Option<Node>),
}

const NAMES: [&str; 4] = ["all", "attribute", "single", "single-with-filters"];

impl GroupBy {
    /// The groups of these tasks.
    ///
    /// # Errors
    /// An attribute whose value cannot be compared, such as a list.
    pub(super) fn groups(&self, kind: &KindContext<'_>, tasks: Group) -> Result<Vec<Group>, Mistakes> {
        Ok(match self {
            Self::Own(name, argument) => own(kind, name, argument.as_ref(), &tasks)?,
            Self::Single => tasks.into_iter().map(|task| vec![task]).collect(),
            Self::All => vec![tasks],
            Self::Attribute(name) => by_attribute(name, tasks)?,
            Self::SingleWithFilters => {
                tasks.into_iter().filter(|task| passes(kind.config, task)).map(|task| vec![task]).collect()
            }
        })
    }
}

/// The groups that a function of the tree's own returns: lists of the tasks it was given.
fn own(kind: &KindContext<'_>, name: &Text, argument: Option<&Node>, tasks: &Group) -> Result<Vec<Group>, Mistakes> {
    let Some(hook) = starlark::hook(kind.run, Point::GroupBy, name.as_str(), name.span())? else {
        let known = [&starlark::names(kind.run, Point::GroupBy)?[..], &NAMES].concat();
        let mut mistake =
            Diagnostic::error(format!("there is no way to group called `{}`", name.as_str())).at(name.span());
        mistake.help = suggest(name.as_str(), known);
        return Err(mistake.into());
    };
    let given: Vec<Node> = tasks.iter().map(|task| Node::new(task.to_document(&task.label))).collect();
    let mut arguments = vec![Argument::Config(kind), Argument::Tasks(&given)];
    arguments.extend(argument.map(Argument::Document));
    let returned = hook.call_for(kind, &arguments)?.returned;
    let wrong =
        || Diagnostic::error(format!("`{}` is to return a list of lists of tasks", name.as_str())).at(name.span());
    let found = |task: &Node| {
        let label = task.get("label").and_then(Node::as_str);
        let found = tasks.iter().find(|known| Some(known.label.as_str()) == label);
        Ok(Arc::clone(found.ok_or_else(wrong)?))
    };
    let groups = returned.as_list().ok_or_else(wrong)?.iter();
    groups.map(|group| group.as_list().ok_or_else(wrong)?.iter().map(found).collect()).collect()
}

fn by_attribute(name: &Text, tasks: Group) -> Result<Vec<Group>, Diagnostic> {
    let (mut groups, mut places): (Vec<Group>, Map) = (Vec::new(), Map::new());
    for task in tasks {
        let Some(value) = task.attribute(name.as_str()).filter(|value| value.is_truthy()).cloned() else { continue };
        if value.as_list().is_some() || value.as_map().is_some() {
            let message = format!(
                "tasks cannot be grouped by `{}`: in `{}` it is {}",
                name.as_str(),
                task.label,
                value.type_name()
            );
            return Err(Diagnostic::error(message).at(name.span()));
        }
        let known = places.get_node(&value).and_then(Node::as_i64).and_then(|at| usize::try_from(at).ok());
        match known.and_then(|at| groups.get_mut(at)) {
            Some(group) => group.push(task),
            None => {
                places.insert(value, groups.len() as i64);
                groups.push(vec![task]);
            }
        }
    }
    Ok(groups)
}

/// Whether the filters of a `kind.yml` let a task pass.
fn passes(config: &Map, task: &Task<Label>) -> bool {
    let names = |key: &str| {
        let items = config.get(key).and_then(Node::as_list).unwrap_or_default();
        items.iter().filter_map(Node::as_str).collect::<Vec<&str>>()
    };
    let (only, not) = (names("only-for-build-platforms"), names("not-for-build-platforms"));
    let (only_with, not_with) = (names("only-for-attributes"), names("not-for-attributes"));
    let has_any = |attributes: &[&str]| attributes.iter().any(|name| task.attribute(name).is_some());
    let is_platform_right = (only.is_empty() && not.is_empty())
        || build_platform(task).is_some_and(|platform| {
            (only.is_empty() || only.contains(&platform.as_str())) && !not.contains(&platform.as_str())
        });
    is_platform_right && (only_with.is_empty() || has_any(&only_with)) && !has_any(&not_with)
}

fn build_platform(task: &Task<Label>) -> Option<String> {
    let text = |name: &str| task.attribute(name)?.as_str().filter(|text| !text.is_empty());
    Some(format!("{}/{}", text("build_platform")?, text("build_type")?))
}

impl<'de> Deserialize<'de> for GroupBy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        of_node(&node).map_err(yaml::misread)
    }
}

fn of_node(node: &Node) -> Result<GroupBy, Mistakes> {
    let entry = node.as_map().filter(|map| map.len() == 1).and_then(|map| map.iter().next());
    let (name, argument) = entry.map_or((node, None), |(name, argument)| (name, Some(argument)));
    let known = name.as_str().ok_or_else(|| {
        let message =
            format!("expected a way to group, or a mapping of one to its argument, found {}", name.type_name());
        Diagnostic::error(message).at(node.span)
    })?;
    match (known, argument) {
        ("single", None) => Ok(GroupBy::Single),
        ("all", None) => Ok(GroupBy::All),
        ("single-with-filters", None) => Ok(GroupBy::SingleWithFilters),
        ("attribute", Some(argument)) => yaml::read(argument).map(GroupBy::Attribute),
        ("attribute", None) => Err(Diagnostic::error("`group-by: attribute` needs the name of an attribute")
            .at(name.span)
            .help("write `group-by: {attribute: name}`")
            .into()),
        (known, Some(_)) if NAMES.contains(&known) => {
            Err(Diagnostic::error(format!("`group-by: {known}` takes no argument")).at(name.span).into())
        }
        _ => Ok(GroupBy::Own(yaml::read(name)?, argument.cloned())),
    }
}

impl JsonSchema for GroupBy {
    fn schema_name() -> Cow<'static, str> {
        "GroupBy".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [
            {"enum": ["all", "single", "single-with-filters"]},
            // The tree may bring further ones along.
            {"type": "string"},
            {"type": "object", "properties": {"attribute": {"type": "string", "description": "Tasks with the same value of this attribute are together."}}, "minProperties": 1,
                "maxProperties": 1},
        ]})
    }
}
