//! Fills what is known only when the graph is made into the fields of a task.
//!
//! Source: `taskgraph.transforms.task_context` of the reference.

use std::borrow::Cow;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes, shown, suggest};
use crate::generate::context::KindContext;
use crate::generate::shared::fields::substitute_fields;
use crate::generate::shared::paths::deep_get;
use crate::generate::shared::text::Text;
use crate::generate::starlark::{self, Argument};
use crate::model::{KeyedByOptions, Stub, resolve_keyed_by};
use crate::script::Point;
use crate::yaml::{self, Map, Node};

pub(super) const TASK_CONTEXT: Transform =
    Transform { name: "taskgraph.transforms.task_context:transforms", apply: Apply::Each(render) };

/// Key `task-context` of a task: values, and the fields they are filled into.
///
/// Of values with one name, that from the parameters counts, else that of `from-object`, else the file's.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TaskContext {
    /// Paths of the fields in which `{value}` is filled in, after `by-<value>` in them was resolved.
    pub substitution_fields: Vec<Text>,
    /// Value → the path of a parameter, or paths of which the first that is set counts.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, ParameterPaths>")]
    pub from_parameters: Option<Node>,
    /// A YAML file of values, relative to where the program runs.
    #[serde(default)]
    pub from_file: Option<Text>,
    /// Values as they are.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub from_object: Option<Node>,
    /// Providers of values that the tree brings along.
    #[serde(default)]
    pub from_custom: Option<Vec<Text>>,
    /// How `by-<value>` is resolved.
    #[serde(default)]
    pub resolve_keyed_by_options: Option<ResolveOptions>,
}

/// How `by-<value>` is resolved.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResolveOptions {
    /// Values that are not resolved yet.
    #[serde(default)]
    pub defer: Option<Vec<String>>,
    /// Whether it is a mistake if several keys match; it is unless this says no.
    #[serde(default)]
    pub enforce_single_match: Option<bool>,
}

/// The path of a parameter, or several of which the first that is set counts.
#[derive(Clone, Debug)]
enum ParameterPaths {
    One(String),
    FirstOf(Vec<String>),
}

impl<'de> Deserialize<'de> for ParameterPaths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        let texts = |items: &[Node]| items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        match (node.as_str(), node.as_list().map(texts)) {
            (Some(path), _) => Ok(Self::One(path.to_owned())),
            (_, Some(Some(paths))) => Ok(Self::FirstOf(paths)),
            _ => Err(serde::de::Error::custom(format!(
                "expected the path of a parameter, or a list of them, found {}",
                node.type_name()
            ))),
        }
    }
}

impl JsonSchema for ParameterPaths {
    fn schema_name() -> Cow<'static, str> {
        "ParameterPaths".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
    }
}

fn render(kind: &KindContext<'_>, mut stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let Some(node) = stub.body.remove("task-context").filter(|context| !context.is_null()) else {
        return Ok(vec![stub]);
    };
    let context: TaskContext = yaml::read(&node)?;
    let values = values(kind, &context, &stub)?;
    if !context.substitution_fields.is_empty() {
        refuse_nameless(&values)?;
    }
    resolve(&mut stub, &context, &values)?;
    substitute_fields(&mut stub.body, &context.substitution_fields, &values)?;
    Ok(vec![stub])
}

fn values(kind: &KindContext<'_>, context: &TaskContext, stub: &Stub) -> Result<Map, Mistakes> {
    let mut values = match &context.from_file {
        Some(file) => from_file(kind, file)?,
        None => Map::new(),
    };
    for provider in context.from_custom.iter().flatten() {
        values.extend(from_custom(kind, provider, stub)?);
    }
    if let Some(object) = &context.from_object {
        values.extend(object.mapping("from-object")?.clone());
    }
    if let Some(parameters) = &context.from_parameters {
        add_parameters(kind, parameters.mapping("from-parameters")?, &mut values)?;
    }
    if let (Some(name), false) = (stub.body.get("name"), values.contains("name")) {
        values.insert("name", name.clone());
    }
    Ok(values)
}

/// The values that a function of the tree's own gives for the task.
fn from_custom(kind: &KindContext<'_>, provider: &Text, stub: &Stub) -> Result<Map, Mistakes> {
    let name = provider.as_str();
    let Some(own) = starlark::hook(kind.run, Point::Context, name, provider.span())? else {
        let mut mistake = Diagnostic::error(format!("no provider of values is called `{name}`"));
        mistake.help = suggest(name, starlark::names(kind.run, Point::Context)?);
        return Err(mistake.at(provider.span()).into());
    };
    let returned = own.call_for(kind, &[Argument::Config(kind), Argument::Document(&stub.to_node())])?.returned;
    let wrong =
        || Diagnostic::error(format!("`{name}` is to return values by name, and returned {}", returned.type_name()));
    Ok(returned.as_map().cloned().ok_or_else(|| wrong().at(provider.span()))?)
}

/// A value is filled in by its name, so it has one.
fn refuse_nameless(values: &Map) -> Result<(), Diagnostic> {
    match values.iter().find(|(name, _)| name.as_str().is_none()) {
        Some((name, _)) => {
            let message = format!("expected the name of a value as a string, found {}", name.type_name());
            Err(Diagnostic::error(message).at(name.span))
        }
        None => Ok(()),
    }
}

fn from_file(kind: &KindContext<'_>, file: &Text) -> Result<Map, Mistakes> {
    let path = Path::new(file.as_str());
    let bytes = kind
        .checkout
        .read(path)
        .map_err(|error| Diagnostic::error(format!("cannot read `{}`: {error}", file.as_str())).at(file.span()))?;
    let loaded = yaml::load(kind.files, shown(path, kind.checkout.current_directory()), bytes)?;
    loaded.warnings.into_iter().for_each(|warning| kind.warnings.push(warning));
    let values = loaded.root.as_map().cloned();
    values.ok_or_else(|| Diagnostic::error("expected a mapping of values").at(loaded.root.span).into())
}

/// A single path that leads nowhere gives null; of several that lead nowhere, none gives a value.
fn add_parameters(kind: &KindContext<'_>, written: &Map, values: &mut Map) -> Result<(), Mistakes> {
    let parameters = kind.parameters.document();
    for (name, paths) in written {
        let value = match yaml::read(paths)? {
            ParameterPaths::One(path) => Some(deep_get(parameters, &path).cloned().unwrap_or_default()),
            ParameterPaths::FirstOf(paths) => {
                let mut found = paths.iter().filter_map(|path| deep_get(parameters, path));
                found.find(|value| !value.is_null()).cloned()
            }
        };
        if let Some(value) = value {
            values.insert(name.clone(), value);
        }
    }
    Ok(())
}

fn resolve(stub: &mut Stub, context: &TaskContext, values: &Map) -> Result<(), Mistakes> {
    let options = context.resolve_keyed_by_options.clone().unwrap_or_default();
    let defer: Vec<&str> = options.defer.iter().flatten().map(String::as_str).collect();
    let options = KeyedByOptions { defer: &defer, enforce_single_match: options.enforce_single_match.unwrap_or(true) };
    let extra: Vec<(&str, Node)> = values.text_entries().map(|(name, value)| (name, value.clone())).collect();
    let (title, mut mistakes) = (stub.title(), Mistakes::default());
    for field in &context.substitution_fields {
        mistakes.extend(resolve_keyed_by(&mut stub.body, field.as_str(), &title, options, &extra).err());
    }
    mistakes.or(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::World;
    use serde_json::json;

    const FILES: &[(&str, &str)] = &[("values.yml", "a: file\nb: file\nc: file\n")];

    #[test]
    fn values_come_from_parameters_then_objects_then_files() {
        let made = World::new(FILES).transform(
            &TASK_CONTEXT,
            "- name: t
  task-context:
    from-parameters: {a: project, d: [next_version, head_ref], e: nothing.there, f: [next_version]}
    from-object: {a: object, b: object}
    from-file: values.yml
    substitution-fields: [x, y.z, w]
    resolve-keyed-by-options: {defer: [later]}
  x: '{a} {b} {c} {d} {e} {name}'
  y: {z: {by-d: {ma.n: ['{a}'], default: no}}, q: '{untouched}'}
  w: {by-later: {a: '{a}', b: 2}}
- {name: plain, x: '{a}'}",
        );
        let expected = json!([
            {"name": "t", "x": "project object file main None t", "y": {"z": ["project"], "q": "{untouched}"},
                "w": {"by-later": {"a": "project", "b": 2}}},
            {"name": "plain", "x": "{a}"},
        ]);
        assert_eq!(made.unwrap(), expected);
    }

    #[test]
    fn mistakes_point_at_what_was_written() {
        let told = |stubs: &str| {
            let world = World::new(FILES);
            let mistakes = world.transform(&TASK_CONTEXT, stubs).unwrap_err();
            world.told(&mistakes)
        };
        assert_eq!(
            told("- {name: t, task-context: {substitution-fields: [x]}}"),
            ["1:50 the task has no field `x` (expected one of `name`)"]
        );
        assert_eq!(
            told("- {name: t, x: {by-name: {q: 1}}, task-context: {substitution-fields: [x]}}"),
            ["1:17 no value of `x` in `t` matches `name` `t`, and there is no `default` (it has values for `q`)"]
        );
        assert_eq!(
            told("- {name: t, x: 1, task-context: {substitution-fields: [x], from-file: no.yml}}"),
            ["1:71 cannot read `no.yml`: entity not found"]
        );
        let nameless = |fields: &str| {
            format!("- {{name: t, task-context: {{from-object: {{1: x}}, substitution-fields: {fields}}}}}")
        };
        assert_eq!(told(&nameless("[name]")), ["1:42 expected the name of a value as a string, found a whole number"]);
        assert!(World::new(FILES).transform(&TASK_CONTEXT, &nameless("[]")).is_ok());
        assert_eq!(
            told("- {name: t, task-context: {substitution-field: [x]}}"),
            ["1:28 unknown key `substitution-field` (did you mean `substitution-fields`?)"]
        );
    }
}
