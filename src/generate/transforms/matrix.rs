//! Makes one task for each combination of values.
//!
//! Source: `taskgraph.transforms.matrix` of the reference.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes, Warnings};
use crate::generate::context::KindContext;
use crate::generate::shared::edit::map_in;
use crate::generate::shared::fields::substitute_fields;
use crate::generate::shared::parallel;
use crate::generate::shared::python_text::to_str;
use crate::generate::shared::text::Text;
use crate::model::Stub;
use crate::yaml::{self, Map, Node};

pub(super) const MATRIX: Transform =
    Transform { name: "taskgraph.transforms.matrix:transforms", apply: Apply::Each(split) };

/// Key `matrix` of a task. Every further key is a dimension with the list of its values.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(extend("additionalProperties" = {"type": ["array", "object", "string"]}))]
pub struct Matrix {
    /// Combinations to leave out: those that agree with all values of one of these mappings.
    #[serde(default)]
    pub exclude: Option<Vec<BTreeMap<String, String>>>,
    /// The tasks' name, with `{matrix[dimension]}` for a value; else `-<value>` is appended for each dimension.
    #[serde(default)]
    pub set_name: Option<Text>,
    /// Paths of the fields in which `{matrix[dimension]}` is filled in; all of the task's if unset.
    #[serde(default)]
    pub substitution_fields: Option<Vec<Text>>,
}

const OWN_KEYS: [&str; 3] = ["exclude", "set-name", "substitution-fields"];

/// A dimension's name and its values.
type Dimension<'a> = (&'a Node, Cow<'a, [Node]>);

fn split(kind: &KindContext<'_>, mut stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    name_of(&stub)?;
    let Some(node) = stub.body.remove("matrix") else { return Ok(vec![stub]) };
    let matrix: Matrix = yaml::read(&node)?;
    let dimensions = dimensions(&node, kind.warnings)?;
    let fields = fields(&stub, &matrix);
    let exclude = matrix.exclude.as_deref().unwrap_or_default();
    let mut combinations = vec![stub];
    for dimension in &dimensions {
        combinations = with_dimension(&combinations, dimension, exclude)?;
    }
    parallel::collect(kind, combinations, |_, stub| named(stub, &matrix, &fields))
}

fn dimensions<'a>(matrix: &'a Node, warnings: &Warnings) -> Result<Vec<Dimension<'a>>, Diagnostic> {
    let entries = matrix.as_map().into_iter().flatten();
    let mut own = entries.filter(|(key, _)| !key.as_str().is_some_and(|key| OWN_KEYS.contains(&key))).peekable();
    if own.peek().is_none() {
        return Err(Diagnostic::error("the matrix has no dimension").at(matrix.span));
    }
    own.map(|(key, values)| Ok((key, items(key, values, warnings)?))).collect()
}

/// The values of a dimension. As the reference goes through whatever can be gone through, a text has its characters
/// for values and a mapping its keys; nobody means that, but it makes tasks.
fn items<'a>(dimension: &Node, values: &'a Node, warnings: &Warnings) -> Result<Cow<'a, [Node]>, Diagnostic> {
    let name = to_str(dimension);
    let (items, what): (Vec<Node>, &str) = match (values.as_list(), values.as_str(), values.as_map()) {
        (Some(items), ..) => return Ok(items.into()),
        (_, Some(text), _) => (text.chars().map(|one| Node::new(one.to_string())).collect(), "character"),
        (_, _, Some(map)) => (map.iter().map(|(key, _)| key.clone()).collect(), "key"),
        _ => {
            let message = format!("expected the values of `{name}` as a list, found {}", values.type_name());
            return Err(Diagnostic::error(message).at(values.span.or(dimension.span)));
        }
    };
    let message = format!("the values of `{name}` are {}, not a list", values.type_name());
    let help = format!("each {what} counts as a value; write `[..]` around the values");
    warnings.push(Diagnostic::warning(message).at(values.span.or(dimension.span)).help(help));
    Ok(items.into())
}

/// The fields to fill in: by default all that the task has before the matrix adds its own.
fn fields(stub: &Stub, matrix: &Matrix) -> Vec<Text> {
    match &matrix.substitution_fields {
        None => stub.body.keys().map(Text::from).collect(),
        Some(fields) => {
            let mut fields = fields.clone();
            if matrix.set_name.is_some() && !fields.iter().any(|field| field.as_str() == "name") {
                fields.push("name".into());
            }
            fields
        }
    }
}

fn with_dimension(
    combinations: &[Stub],
    (dimension, values): &Dimension<'_>,
    exclude: &[BTreeMap<String, String>],
) -> Result<Vec<Stub>, Diagnostic> {
    let mut more = Vec::with_capacity(combinations.len() * values.len());
    for before in combinations {
        for value in values.iter() {
            let mut stub = before.clone();
            let name = format!("{}-{}", name_of(before)?, to_str(value));
            stub.body.insert("name", name);
            let chosen = map_in(map_in(&mut stub.body, "attributes")?, "matrix")?;
            chosen.insert((*dimension).clone(), value.clone());
            if !exclude.iter().any(|rule| agrees(chosen, rule)) {
                more.push(stub);
            }
        }
    }
    Ok(more)
}

fn name_of(stub: &Stub) -> Result<&str, Diagnostic> {
    match stub.body.get("name") {
        Some(name) => name.as_str().ok_or_else(|| {
            Diagnostic::error(format!("expected the task's `name` as a string, found {}", name.type_name()))
                .at(name.span)
        }),
        None => Err(Diagnostic::error("a task that goes through the matrix needs a `name`").at(stub.span)),
    }
}

/// Values in rules are text, so that no number and no boolean ever agrees.
fn agrees(chosen: &Map, rule: &BTreeMap<String, String>) -> bool {
    rule.iter().all(|(key, value)| chosen.get(key).and_then(Node::as_str) == Some(value))
}

fn named(mut stub: Stub, matrix: &Matrix, fields: &[Text]) -> Result<Stub, Mistakes> {
    if let Some(name) = matrix.set_name.as_ref().filter(|name| !name.as_str().is_empty()) {
        stub.body.insert("name", Node::from(name));
    }
    let chosen = stub.body.get("attributes").and_then(|attributes| attributes.get("matrix")).cloned();
    substitute_fields(&mut stub.body, fields, &Map::from([("matrix", chosen.unwrap_or_default())]))?;
    Ok(stub)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::World;
    use serde_json::json;

    fn told(stubs: &str) -> Vec<String> {
        let world = World::new(&[]);
        let mistakes = world.transform(&MATRIX, stubs).unwrap_err();
        world.told(&mistakes)
    }

    #[test]
    fn a_task_becomes_its_combinations() {
        let made = World::new(&[]).transform(
            &MATRIX,
            "- name: t
  description: 'on {matrix[os]} {{x}}'
  worker: {'{matrix[os]}': ['{matrix[py]}']}
  matrix: {os: [linux, win], py: [3.1, '3.2'], exclude: [{os: win, py: '3.2'}, {py: '3.1'}]}
- name: u
  keep: '{x}'
  attributes: {a: 1}
  matrix: {set-name: 'u-{matrix[n]}-{name}', n: [1], substitution-fields: [attributes.a]}
- {name: plain, keep: '{x}'}",
        );
        assert_eq!(made.unwrap_err().0[0].message, "unknown field `{name}` in `u-{matrix[n]}-{name}`");
        let made = World::new(&[]).transform(
            &MATRIX,
            "- name: t
  description: 'on {matrix[os]} {{x}}'
  worker: {'{matrix[os]}': ['{matrix[py]}']}
  matrix: {os: [linux, win], py: [3.1, '3.2'], exclude: [{os: win, py: '3.2'}, {py: '3.1'}]}
- name: u
  keep: '{x}'
  attributes: {a: 1}
  matrix: {set-name: 'u-{matrix[n]}', n: [1], substitution-fields: [attributes.a]}
- {name: plain, keep: '{x}'}",
        );
        let combination = |os: &str, py: serde_json::Value, shown: &str| {
            json!({"name": format!("t-{os}-{shown}"), "description": format!("on {os} {{x}}"),
                "worker": {os: [shown]}, "attributes": {"matrix": {"os": os, "py": py}}})
        };
        let expected = json!([
            combination("linux", json!(3.1), "3.1"),
            combination("linux", json!("3.2"), "3.2"),
            combination("win", json!(3.1), "3.1"),
            {"name": "u-1", "keep": "{x}", "attributes": {"a": 1, "matrix": {"n": 1}}},
            {"name": "plain", "keep": "{x}"},
        ]);
        assert_eq!(made.unwrap(), expected);
    }

    #[test]
    fn what_is_no_list_of_values_is_gone_through_with_a_warning() {
        let world = World::new(&[]);
        let made = world.transform(&MATRIX, "- {name: t, matrix: {a: xé, b: {k: v}}}").unwrap();
        let names: Vec<&str> = made.as_array().unwrap().iter().map(|task| task["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["t-x-k", "t-é-k"]);
        let warnings = world.warnings.take();
        let told: Vec<&str> = warnings.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(told, ["the values of `a` are a string, not a list", "the values of `b` are a mapping, not a list"]);
        assert_eq!(
            warnings[0].help.as_deref(),
            Some("each character counts as a value; write `[..]` around the values")
        );
    }

    #[test]
    fn mistakes_point_at_what_was_written() {
        assert_eq!(
            told("- {name: t, env: {A: '${FOO}'}, matrix: {os: [linux, win]}}"),
            ["1:22 unknown field `{FOO}` in `${FOO}` (expected one of `matrix`)"; 2]
        );
        assert_eq!(told("- {name: t, matrix: {}}"), ["1:21 the matrix has no dimension"]);
        assert_eq!(
            told("- {name: t, matrix: {os: 12}}"),
            ["1:26 expected the values of `os` as a list, found a whole number"]
        );
        assert_eq!(
            told("- {name: t, matrix: {os: [a], exclude: [{os: 1}]}}"),
            ["1:46 expected a string, found the number `1`"]
        );
        assert_eq!(told("- {label: t}"), ["1:3 a task that goes through the matrix needs a `name`"]);
    }
}
