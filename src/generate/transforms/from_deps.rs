//! Makes tasks from the tasks of other kinds.
//!
//! Source: `taskgraph.transforms.from_deps` of the reference.

mod fetches;
mod group_by;
mod set_name;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use self::group_by::GroupBy;
use self::set_name::{SetName, Way};
use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes, Span, collect, suggest};
use crate::generate::context::KindContext;
use crate::generate::shared::edit::map_in;
use crate::generate::shared::entries::Entries;
use crate::generate::shared::fetches::FetchEntry;
use crate::generate::shared::parallel;
use crate::generate::shared::text::Text;
use crate::model::{Label, Stub, Task};
use crate::yaml::{self, Map, Node};

pub(super) const FROM_DEPS: Transform =
    Transform { name: "taskgraph.transforms.from_deps:transforms", apply: Apply::Each(from_deps) };

/// Key `from-deps` of a task: one task for each group of tasks of other kinds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FromDeps {
    /// The kinds whose tasks count; all of the kind-dependencies if unset. The first that a group has is its primary
    /// kind, and the task of that kind its primary task.
    #[serde(default)]
    pub kinds: Option<Vec<Text>>,
    /// How the new task is named after its primary task.
    #[serde(default)]
    pub set_name: SetName,
    /// Attributes that tasks must have to count, each with its value or a list of values.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<String, AttributeValues>>")]
    pub with_attributes: Option<Entries<AttributeValues>>,
    /// How tasks are grouped.
    #[serde(default)]
    pub group_by: GroupBy,
    /// Whether the primary task's attributes are copied.
    #[serde(default)]
    pub copy_attributes: Option<bool>,
    /// Whether a group may have only one task of each kind; it may unless this says no.
    #[serde(default = "yes")]
    pub unique_kinds: Option<bool>,
    /// Kind → artifacts to fetch from a group's tasks of that kind; `{attribute}` of theirs is filled in.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<String, Vec<FetchEntry>>>")]
    pub fetches: Option<Entries<Vec<Node>>>,
}

/// `null` is no, as for the reference.
#[expect(clippy::unnecessary_wraps, reason = "serde asks for the field's type")]
const fn yes() -> Option<bool> {
    Some(true)
}

/// An attribute's value, or several of which one must be it.
#[derive(Clone, Debug)]
pub struct AttributeValues(Node);

impl AttributeValues {
    fn include(&self, value: &Node) -> bool {
        self.0.as_list().map_or_else(|| self.0 == *value, |values| values.contains(value))
    }
}

impl<'de> Deserialize<'de> for AttributeValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        if node.as_str().is_none() && node.as_list().is_none() {
            return Err(serde::de::Error::custom(format!("expected a string or a list, found {}", node.type_name())));
        }
        Ok(Self(node))
    }
}

impl JsonSchema for AttributeValues {
    fn schema_name() -> Cow<'static, str> {
        "AttributeValues".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [{"type": "string"}, {"type": "array"}]})
    }
}

/// Tasks that one new task is made from.
type Group = Vec<Arc<Task<Label>>>;

fn from_deps(kind: &KindContext<'_>, mut stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let Some(node) = stub.body.remove("from-deps") else {
        return Err(Diagnostic::error("missing key `from-deps`").at(stub.span).into());
    };
    let from_deps: FromDeps = yaml::read(&node)?;
    let kinds = kinds(kind, &from_deps, node.span)?;
    let candidates = kind.dependencies.iter().filter(|task| counts(task, &kinds, &from_deps)).cloned().collect();
    let groups = from_deps.group_by.groups(kind, candidates)?;
    if groups.is_empty() {
        from_deps.set_name.warning(kind)?.into_iter().for_each(|warning| kind.warnings.push(warning));
        return Ok(vec![]);
    }
    let way = from_deps.set_name.way(kind)?;
    let listed = from_deps.fetches.as_ref().map(fetches::check).transpose().map(drop);
    parallel::collect(kind, groups, |kind, group| {
        let maker = Maker { kind, from_deps: &from_deps, way: &way, kinds: &kinds, span: node.span };
        maker.make(stub.clone(), &group, &listed)
    })
}

/// The kinds in the order written; each must be a kind-dependency.
fn kinds(kind: &KindContext<'_>, from_deps: &FromDeps, span: Span) -> Result<Vec<String>, Mistakes> {
    let dependencies = kind.config.get("kind-dependencies").and_then(Node::as_list).unwrap_or_default();
    let dependencies: Vec<&str> = dependencies.iter().filter_map(Node::as_str).collect();
    let kinds = match &from_deps.kinds {
        None => dependencies.iter().map(|name| (*name).to_owned()).collect(),
        Some(kinds) => collect(kinds, |name| Ok(among(name, &dependencies)?.to_owned()))?,
    };
    if kinds.is_empty() {
        let mistake = Diagnostic::error("there are no kinds to make tasks from").at(span);
        return Err(mistake.help("name at least one kind in `kind-dependencies`").into());
    }
    Ok(kinds)
}

fn among<'a>(name: &'a Text, dependencies: &[&str]) -> Result<&'a str, Diagnostic> {
    if dependencies.contains(&name.as_str()) {
        return Ok(name.as_str());
    }
    let mut mistake = Diagnostic::error(format!("kind `{}` is not among the `kind-dependencies`", name.as_str()));
    mistake.help = suggest(name.as_str(), dependencies.iter().copied());
    Err(mistake.at(name.span()))
}

fn counts(task: &Task<Label>, kinds: &[String], from_deps: &FromDeps) -> bool {
    let fits = |(name, values): &(Text, AttributeValues)| {
        task.attribute(name.as_str()).is_some_and(|value| values.include(value))
    };
    kinds.iter().any(|kind| kind == task.kind.as_str())
        && from_deps.with_attributes.iter().flat_map(Entries::iter).all(fits)
}

/// Makes one task from one group.
struct Maker<'a> {
    kind: &'a KindContext<'a>,
    from_deps: &'a FromDeps,
    way: &'a Way,
    kinds: &'a [String],
    span: Span,
}

impl Maker<'_> {
    fn make(&self, mut stub: Stub, group: &Group, listed: &Result<(), Mistakes>) -> Result<Stub, Mistakes> {
        let unique = self.from_deps.unique_kinds == Some(true);
        let (primary_kind, primary) = self.primary(group, unique)?;
        let dependency = |task: &Arc<Task<Label>>| {
            let edge = if unique { task.kind.as_str() } else { task.label.as_str() };
            (edge.to_owned(), Node::from(&task.label))
        };
        map_in(&mut stub.body, "dependencies")?.extend(group.iter().map(dependency));
        let attributes = map_in(&mut stub.body, "attributes")?;
        attributes.insert("primary-kind-dependency", primary_kind);
        attributes.insert("primary-dependency-label", &primary.label);
        if let Some(name) = self.way.name(self.kind, group, primary)? {
            stub.body.insert("name", name);
        }
        if self.from_deps.copy_attributes == Some(true) {
            copy_attributes(&mut stub, primary)?;
        }
        if let Some(fetches) = self.from_deps.fetches.as_ref().filter(|fetches| fetches.iter().next().is_some()) {
            listed.clone()?;
            fetches::add_fetches(self.kind, &mut stub, fetches, unique)?;
        }
        Ok(stub)
    }

    /// The first of the kinds that the group has, and its first task of that kind.
    fn primary<'g>(&self, group: &'g Group, unique: bool) -> Result<(&str, &'g Task<Label>), Diagnostic> {
        let group_kinds: BTreeSet<&str> = group.iter().map(|task| task.kind.as_str()).collect();
        if unique && group_kinds.len() < group.len() {
            return Err(self.several_of_a_kind(group));
        }
        let first_of = |kind: &str| group.iter().find(|task| task.kind.as_str() == kind);
        let primary = self.kinds.iter().find_map(|kind| Some((kind.as_str(), &**first_of(kind)?)));
        primary.ok_or_else(|| Diagnostic::error("there is no task to make this one from").at(self.span))
    }

    fn several_of_a_kind(&self, group: &Group) -> Diagnostic {
        let mut seen: BTreeMap<&str, &Label> = BTreeMap::new();
        let twice = group.iter().find_map(|task| Some((task, seen.insert(task.kind.as_str(), &task.label)?)));
        let which = twice.map_or_else(String::new, |(task, first)| {
            format!(": `{first}` and `{}` are both of kind `{}`", task.label, task.kind)
        });
        Diagnostic::error(format!("a group may have only one task of each kind{which}"))
            .at(self.span)
            .help("group them otherwise, or set `unique-kinds: false`")
    }
}

/// The task's own attributes lie over those copied.
fn copy_attributes(stub: &mut Stub, primary: &Task<Label>) -> Result<(), Diagnostic> {
    let own: Map = map_in(&mut stub.body, "attributes")?.clone();
    let mut attributes = primary.attributes.clone();
    attributes.extend(own);
    stub.body.insert("attributes", attributes);
    Ok(())
}

#[cfg(test)]
mod tests;
