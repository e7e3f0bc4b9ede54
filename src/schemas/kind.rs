//! The schema of `kind.yml`, in which the list of transforms decides what a task looks like.
//!
//! A transform reads what was written if all before it are ours and hand the task on. From the first on that is the
//! tree's own, anything goes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::definitions::{Definitions, reference};
use super::lenient::{Leniency, keyed, needs};
use super::stages::{STAGES, Stage};
use crate::generate::kinds::{DEFAULT_LOADER, DEFAULT_TRANSFORMS, KindFile, TRANSFORM_LOADER};
use crate::generate::shared::schema::schema_of;
use crate::generate::transforms::TRANSFORMS;

const LOADERS: [&str; 2] = [DEFAULT_LOADER, TRANSFORM_LOADER];

/// How many transforms of a chain are looked at; nobody has more, and beyond them anything goes.
const LONGEST: usize = 8;

/// The schema.
pub(super) fn kind() -> Value {
    let mut definitions = Definitions::default();
    definitions.add("keyed", keyed());
    let mut root = definitions.add_type("kind", schema_of::<KindFile>());
    shape(&mut root);
    add_reaches(&mut definitions);
    let keys: Vec<Map<String, Value>> = STAGES.iter().map(|stage| (stage.keys)(&mut definitions)).collect();
    let typed = vec![read(&keys, &mut definitions), needed(&keys, &mut definitions)];
    root["allOf"] = [loaders(), typed, required(), closed(&keys), foreign(&keys)].concat().into();
    super::rooted("kind.yml", root, definitions)
}

/// The schema of a file that `tasks-from` names. Which transforms its tasks go through is written elsewhere, so that what
/// any of them reads may stand there, and other keys as well.
pub(super) fn tasks_from() -> Value {
    let mut definitions = Definitions::default();
    definitions.add("keyed", keyed());
    let mut readers: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for stage in STAGES {
        let keys = (stage.keys)(&mut definitions);
        let lenient = Leniency::Keyed.of(&json!({"properties": keys}), &mut definitions);
        for (key, schema) in lenient["properties"].as_object().into_iter().flatten() {
            let readers = readers.entry(key.clone()).or_default();
            if !readers.contains(schema) {
                readers.push(schema.clone());
            }
        }
    }
    let keys: Map<String, Value> = readers.into_iter().map(|(key, readers)| (key, any_of(readers))).collect();
    let task = definitions.add("task", json!({"type": ["object", "null"], "properties": keys}));
    let defaults = json!({"description": "What every task of the file has unless it says otherwise.", "allOf": [task]});
    let file = json!({
        "description": "Tasks of a kind whose `tasks-from` names the file.",
        "type": "object",
        "properties": {"task-defaults": defaults},
        "additionalProperties": task,
    });
    super::rooted("a file of tasks", file, definitions)
}

fn any_of(mut schemas: Vec<Value>) -> Value {
    if schemas.len() == 1 { schemas.remove(0) } else { json!({"anyOf": schemas}) }
}

/// What the type does not say: the names there are, and what may not be null.
fn shape(root: &mut Value) {
    // Whatever else is called `taskgraph.…` is misspelt.
    let own = json!({"type": "string", "pattern": "^(?!taskgraph\\.)"});
    let transforms: Vec<Value> = TRANSFORMS
        .iter()
        .zip(STAGES)
        .flat_map(|(row, stage)| names(row.name).map(|name| json!({"const": name, "description": stage.about})))
        .chain([own.clone()])
        .collect();
    root["properties"]["loader"]["anyOf"] = json!([{"enum": LOADERS}, own]);
    root["properties"]["transforms"]["items"] = json!({"anyOf": transforms});
    root["properties"]["tasks"]["additionalProperties"] = json!({"type": ["object", "null"]});
    for (key, kind) in [("loader", "string"), ("transforms", "array"), ("tasks", "object"), ("tasks-from", "array")] {
        root["properties"][key]["type"] = json!(kind);
    }
}

/// The names of a transform: with and without `:transforms`.
fn names(transform: &str) -> [&str; 2] {
    [transform, transform.trim_end_matches(":transforms")]
}

fn reaches(stage: &Stage) -> Value {
    reference(&format!("reaches.{}", stage.name))
}

fn stage(name: &str) -> &'static Stage {
    STAGES.iter().find(|stage| stage.name == name).expect("a row of the table")
}

/// Adds for every transform the condition that it reads what is written.
fn add_reaches(definitions: &mut Definitions) {
    let rows = || TRANSFORMS.iter().zip(STAGES);
    let passing: Vec<&str> = rows().filter(|(_, stage)| !stage.ends).flat_map(|(row, _)| names(row.name)).collect();
    let passing = definitions.add("passing", json!({"enum": passing}));
    for (transform, stage) in rows() {
        let this = json!({"enum": names(transform.name)});
        let at = |place: usize| {
            let items: Vec<&Value> = std::iter::repeat_n(&passing, place).chain([&this]).collect();
            json!({"items": items, "minItems": place + 1})
        };
        let listed = json!({
            "required": ["transforms"],
            "properties": {"loader": {"enum": LOADERS}, "transforms": {"anyOf": (0..LONGEST).map(at).collect::<Vec<_>>()}},
        });
        // The default loader adds these two.
        let added = json!({"properties": {
            "loader": {"const": DEFAULT_LOADER},
            "transforms": {"items": passing.clone()},
        }});
        let is_added = matches!(stage.name, "run" | "task");
        let any = if is_added { vec![listed, added] } else { vec![listed] };
        definitions.add(&format!("reaches.{}", stage.name), json!({"anyOf": any}));
    }
}

/// A schema for every task, and one for what they have in common.
fn tasks(task: &Value, defaults: &Value) -> Value {
    json!({"properties": {"tasks": {"additionalProperties": task}, "task-defaults": defaults}})
}

/// What is read must be of its type.
fn read(keys: &[Map<String, Value>], definitions: &mut Definitions) -> Value {
    let of = |leniency: Leniency, definitions: &mut Definitions| -> Value {
        let stages = STAGES.iter().zip(keys).filter(|(_, keys)| !keys.is_empty()).map(|(stage, keys)| {
            let part = leniency.of(&json!({"properties": keys}), definitions);
            let part = definitions.add(&format!("{}.{}", stage.name, leniency.name()), part);
            json!({"if": reaches(stage), "then": tasks(&part, &part)})
        });
        json!({"allOf": stages.collect::<Vec<_>>()})
    };
    let [part, filled, keyed] = Leniency::ALL.map(|leniency| of(leniency, definitions));
    let fills = json!({"anyOf": [reaches(stage("matrix")), reaches(stage("chunking"))]});
    let unkeyed = json!({"if": fills, "then": filled, "else": part});
    json!({"if": reaches(stage("task_context")), "then": keyed, "else": unkeyed})
}

/// What tasks must have that share no defaults.
fn needed(keys: &[Map<String, Value>], definitions: &mut Definitions) -> Value {
    let stages = STAGES.iter().zip(keys).filter_map(|(stage, keys)| {
        let keys = needs(&json!({"properties": keys}), definitions);
        let all: Vec<Value> = keys.into_iter().chain((stage.rules)()).collect();
        if all.is_empty() {
            return None;
        }
        let all = definitions.add(&format!("{}.needs", stage.name), json!({"allOf": all}));
        Some(json!({"if": reaches(stage), "then": tasks(&all, &Value::Bool(true))}))
    });
    json!({"if": {"required": ["task-defaults"]}, "else": {"allOf": stages.collect::<Vec<_>>()}})
}

/// What the loaders want.
fn loaders() -> Vec<Value> {
    let of = |loader: &str| json!({"properties": {"loader": {"const": loader}}});
    let added = json!({"items": {"not": {"enum": DEFAULT_TRANSFORMS}}});
    vec![
        json!({"if": {"allOf": [of(TRANSFORM_LOADER), {"required": ["loader"]}]}, "then": {"required": ["transforms"]}}),
        json!({"if": of(DEFAULT_LOADER), "then": {"properties": {"transforms": added}}}),
    ]
}

/// What must be there, in the task or among the defaults.
fn required() -> Vec<Value> {
    let mut needed: BTreeMap<&str, Vec<&Stage>> = BTreeMap::new();
    for stage in STAGES {
        for key in stage.needs {
            needed.entry(key).or_default().push(stage);
        }
    }
    let condition = |(key, stages): (&str, Vec<&Stage>)| {
        let is_needed = json!({"anyOf": stages.into_iter().map(reaches).collect::<Vec<_>>()});
        let givers =
            STAGES.iter().filter(|stage| stage.gives.contains(&key)).map(|stage| json!({"not": reaches(stage)}));
        let by_default = json!({"required": ["task-defaults"], "properties": {"task-defaults": {"required": [key]}}});
        let all: Vec<Value> = [is_needed, json!({"not": by_default})].into_iter().chain(givers).collect();
        json!({"if": {"allOf": all}, "then": tasks(&json!({"required": [key]}), &Value::Bool(true))})
    };
    needed.into_iter().map(condition).collect()
}

/// The last stage refuses what no stage knows.
fn closed(keys: &[Map<String, Value>]) -> Vec<Value> {
    let rows = || STAGES.iter().zip(keys);
    let close = |end: &Stage| {
        let known = rows().filter(|(stage, _)| !stage.ends || stage.name == end.name).flat_map(|(_, keys)| keys.keys());
        let known: Map<String, Value> = known.map(|key| (key.clone(), Value::Bool(true))).collect();
        let closed = json!({"properties": known, "additionalProperties": false});
        json!({"if": reaches(end), "then": tasks(&closed, &closed)})
    };
    STAGES.iter().filter(|stage| stage.ends).map(close).collect()
}

/// Keys of a stage that is not there are unknown, too.
fn foreign(keys: &[Map<String, Value>]) -> Vec<Value> {
    let rows = || STAGES.iter().zip(keys);
    let readers =
        |key: &String| rows().filter(|(_, keys)| keys.contains_key(key)).map(|(stage, _)| stage).collect::<Vec<_>>();
    let mut found = Vec::new();
    for end in STAGES.iter().filter(|stage| stage.ends) {
        for (stage, keys) in rows().filter(|(stage, _)| !stage.ends) {
            let own =
                keys.keys().filter(|key| readers(key).iter().all(|reader| !reader.ends || reader.name != end.name));
            let own: Map<String, Value> = own.map(|key| (key.clone(), Value::Bool(false))).collect();
            if !own.is_empty() {
                let refused = json!({"properties": own});
                let absent = json!({"allOf": [reaches(end), {"not": reaches(stage)}]});
                found.push(json!({"if": absent, "then": tasks(&refused, &refused)}));
            }
        }
    }
    found
}
