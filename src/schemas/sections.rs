//! Sections of a task whose keys depend on one of them: `run`, `worker`, `fetch`, `optimization`.

use serde_json::{Map, Value, json};

use super::definitions::{Definitions, referred};
use crate::generate::payloads::PAYLOAD_BUILDERS;
use crate::generate::run_using::index_search::IndexSearch;
use crate::generate::run_using::run_task::RunTask;
use crate::generate::run_using::toolchain_script::ToolchainScript;
use crate::generate::shared::schema::schema_of;
use crate::generate::transforms::fetch::{Git, StaticUrl};

/// Section `run` of a task.
pub(super) fn run(definitions: &mut Definitions) -> Value {
    let run_task = without(definitions.add_type("run-task", schema_of::<RunTask>()), &["workdir"]);
    let mut toolchain = without(definitions.add_type("toolchain-script", schema_of::<ToolchainScript>()), &["workdir"]);
    // What it does not know it hands to `run-task`, which gets its command from it.
    let more = without(run_task.clone(), &["command"]);
    for (key, schema) in more["properties"].as_object().into_iter().flatten().filter(|(key, _)| *key != "command") {
        toolchain["properties"][key] = schema.clone();
    }
    toolchain["additionalProperties"] = Value::Bool(false);
    toolchain["properties"]["using"] = Value::Bool(true);
    toolchain["properties"]["workdir"] = Value::Bool(true);
    let always = json!({"properties": {"using": true}, "additionalProperties": false});
    let search = definitions.add_type("index-search", schema_of::<IndexSearch>());
    let ways = [
        ("always-optimized", always),
        ("index-search", search),
        ("run-task", run_task),
        ("toolchain-script", toolchain),
    ];
    let about = [
        "The task is never run: optimization always finds another in its place.",
        "Takes a task of another project, found in the index.",
        "Runs a command through the script `run-task`, which checks out and sets up caches first.",
        "Builds a tool with a script of the tree, and keeps it for as long as its sources do not change.",
    ];
    let mut run = by_key("using", ways.into_iter().zip(about), "run", definitions);
    run["description"] = json!("How the task is run.");
    run["properties"]["using"]["description"] = json!("The way to run.");
    run["properties"]["workdir"] =
        json!({"type": "string", "description": "The directory the task works in; `/builds/worker` if unset."});
    run
}

/// Section `fetch` of a fetch.
pub(super) fn fetch(definitions: &mut Definitions) -> Value {
    let ways = [
        ("git", definitions.add_type("fetch-git", schema_of::<Git>())),
        ("static-url", definitions.add_type("fetch-static-url", schema_of::<StaticUrl>())),
    ];
    let about = ["A revision of a repository, as an archive.", "A file whose content is known beforehand."];
    let mut fetch = by_key("type", ways.into_iter().zip(about), "fetch", definitions);
    fetch["description"] = json!("What to fetch and how; which keys there are depends on `type`.");
    fetch["properties"]["type"]["description"] = json!("The way to fetch.");
    fetch
}

/// An object that is one of several, depending on what `key` says; unknown ones may hold anything.
fn by_key<'a>(
    key: &str,
    ways: impl Iterator<Item = ((&'a str, Value), &'a str)>,
    prefix: &str,
    definitions: &mut Definitions,
) -> Value {
    let (mut names, mut conditions) = (Vec::new(), Vec::new());
    for ((name, schema), about) in ways {
        names.push(json!({"const": name, "description": about}));
        let schema = definitions.add(&format!("{prefix}.{name}"), schema);
        conditions.push(json!({"if": {"properties": {key: {"const": name}}, "required": [key]}, "then": schema}));
    }
    names.push(json!({"type": "string"}));
    json!({
        "type": "object",
        "properties": {key: {"anyOf": names}},
        "required": [key],
        "allOf": conditions,
    })
}

/// Section `worker` of a task. Its implementation usually follows from the worker type, which the configuration knows:
/// then every key is one of any implementation.
pub(super) fn worker(definitions: &mut Definitions) -> Value {
    let (mut conditions, mut keys) = (Vec::new(), Map::new());
    for builder in PAYLOAD_BUILDERS {
        let name = format!("worker.{}", builder.implementation);
        let schema = definitions.add_type(&name, (builder.schema)());
        for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
            let known = keys.entry(key.clone()).or_insert_with(|| json!([])).as_array_mut().expect("put there");
            if !known.iter().any(|other| bare(other, definitions) == bare(schema, definitions)) {
                known.push(schema.clone());
            }
        }
        let schema = definitions.add(&name, schema);
        let named = json!({"properties": {"implementation": {"const": builder.implementation}}});
        conditions.push(json!({"if": {"allOf": [{"required": ["implementation"]}, named]}, "then": schema}));
    }
    let implementations: Vec<&str> = PAYLOAD_BUILDERS.iter().map(|builder| builder.implementation).collect();
    let mut properties: Map<String, Value> = keys.into_iter().map(|(key, schemas)| (key, any_of(schemas))).collect();
    properties.insert(
        "implementation".into(),
        json!({
            "description": "What runs the task, where its worker type does not say.",
            "anyOf": [{"enum": implementations}, {"type": "string"}],
        }),
    );
    json!({
        "description": "What the worker is told; which keys there are depends on its implementation.",
        "type": ["object", "null"],
        "properties": properties,
        "allOf": conditions,
    })
}

/// A schema with all it refers to and without its words, to compare it with others.
fn bare(schema: &Value, definitions: &Definitions) -> Value {
    match schema {
        Value::Object(keywords) => match referred(schema).and_then(|name| definitions.get(name)) {
            Some(schema) => bare(schema, definitions),
            None => {
                let said = keywords.iter().filter(|(key, _)| *key != "description");
                Value::Object(said.map(|(key, value)| (key.clone(), bare(value, definitions))).collect())
            }
        },
        Value::Array(items) => items.iter().map(|item| bare(item, definitions)).collect(),
        _ => schema.clone(),
    }
}

fn any_of(schemas: Value) -> Value {
    match schemas {
        Value::Array(mut schemas) if schemas.len() == 1 => schemas.remove(0),
        schemas => json!({"description": schemas[0]["description"], "anyOf": schemas}),
    }
}

/// Key `optimization` of a task.
pub(super) fn optimization() -> Value {
    let texts = |about: &str| json!({"type": ["array", "null"], "items": {"type": "string"}, "description": about});
    json!({
        "description": "How the task may be optimized away: a strategy and its argument.",
        "type": ["object", "null"],
        "properties": {
            "always": {"description": "It is left out whenever no other task needs it."},
            "index-search": texts("A task found at one of these index paths takes its place."),
            "never": {"description": "It may not."},
            "skip-unless-changed": texts("It is left out unless the push changed a file that one of these patterns matches."),
        },
    })
}

/// An object's schema that does not require some keys.
fn without(mut schema: Value, keys: &[&str]) -> Value {
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|required| !keys.iter().any(|key| required == key));
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::run_using::RUN_USING;

    #[test]
    fn every_way_to_run_has_a_schema() {
        let run = run(&mut Definitions::default());
        let names = run["properties"]["using"]["anyOf"].as_array().unwrap().iter();
        let names: Vec<&str> = names.filter_map(|name| name["const"].as_str()).collect();
        assert_eq!(names, RUN_USING.iter().map(|way| way.name).collect::<Vec<_>>());
    }
}
