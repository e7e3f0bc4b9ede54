//! JSON Schemas of everything a tree may say, made from the types that read it; committed in `schemas/`.
//!
//! An editor that knows them completes and checks a tree while it is written.

mod definitions;
mod kind;
mod lenient;
mod sections;
mod stages;

use serde_json::{Value, json};

use crate::actions::support::ActionsJson;
use crate::generate::payloads::PAYLOAD_BUILDERS;
use crate::generate::shared::schema::schema_of;
use crate::generate::transforms::chunking::Chunk;
use crate::generate::transforms::from_deps::FromDeps;
use crate::generate::transforms::matrix::Matrix;
use crate::generate::transforms::notify::Notify;
use crate::generate::transforms::run::RunDescription;
use crate::generate::transforms::task::description::TaskDescription;
use crate::generate::transforms::task_context::TaskContext;
use crate::history::made::MadeHistory;
use crate::model::{Config, KnownParameters, MOZILLA_TASKGRAPH, MozillaConfig, TRY_TASK_CONFIG, TryTaskConfig};
use definitions::Definitions;
use lenient::Leniency;

/// Every schema by the name of its file without `.json`, sorted.
#[must_use]
pub fn schemas() -> Vec<(String, Value)> {
    let mut schemas: Vec<(String, Value)> = vec![
        ("actions".into(), schema_of::<ActionsJson>().to_value()),
        ("config".into(), config()),
        ("history".into(), schema_of::<MadeHistory>().to_value()),
        ("kind".into(), kind::kind()),
        ("parameters".into(), parameters()),
        ("task/chunk".into(), schema_of::<Chunk>().to_value()),
        ("task/from-deps".into(), schema_of::<FromDeps>().to_value()),
        ("task/matrix".into(), schema_of::<Matrix>().to_value()),
        ("task/notify".into(), schema_of::<Notify>().to_value()),
        ("task/run".into(), schema_of::<RunDescription>().to_value()),
        ("task/task".into(), schema_of::<TaskDescription>().to_value()),
        ("task/task-context".into(), schema_of::<TaskContext>().to_value()),
        ("tasks-from".into(), kind::tasks_from()),
        ("try_task_config".into(), try_task_config()),
    ];
    let workers = PAYLOAD_BUILDERS.iter();
    schemas.extend(workers.map(|row| (format!("worker/{}", row.implementation), (row.schema)().to_value())));
    schemas.sort_by(|(one, _), (other, _)| one.cmp(other));
    schemas
}

/// A schema as its committed file holds it: indented, with one newline at the end.
#[must_use]
pub fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

/// A schema that is put together here, with what it refers to.
fn rooted(title: &str, mut schema: Value, definitions: Definitions) -> Value {
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!(title);
    schema["definitions"] = definitions.into_value();
    schema
}

/// `config.yml`; what `mozilla_taskgraph` adds counts where it is registered.
fn config() -> Value {
    let mut definitions = Definitions::default();
    let mut config = definitions.add_type("config", schema_of::<Config>());
    let mozilla = definitions.add_type("mozilla", schema_of::<MozillaConfig>());
    let registers = json!({
        "required": ["taskgraph"],
        "properties": {"taskgraph": {"required": ["register"], "properties": {"register": {"const": MOZILLA_TASKGRAPH}}}},
    });
    config["allOf"] = json!([{"if": registers, "then": mozilla}]);
    rooted("config.yml", config, definitions)
}

/// `parameters.yml`; further parameters are the project's own.
fn parameters() -> Value {
    let mut schema = schema_of::<KnownParameters>().to_value();
    schema.as_object_mut().map(|schema| schema.remove("additionalProperties"));
    schema
}

/// `try_task_config.json`: parameters that a push overrides, or, in version 1 and without one, what it asks for.
fn try_task_config() -> Value {
    let mut definitions = Definitions::default();
    let mut parameters = definitions.add_type("parameters", schema_of::<KnownParameters>());
    parameters.as_object_mut().map(|schema| schema.remove("additionalProperties"));
    let mut parameters = Leniency::Part.of(&parameters, &mut definitions);
    parameters["description"] = json!("The parameters that the push overrides, with their values.");
    parameters["properties"][TRY_TASK_CONFIG] = definitions.add_type("request", schema_of::<TryTaskConfig>());
    let overrides = json!({
        "description": "What a push may say of its own parameters, where the decision allows it.",
        "properties": {
            "version": {"description": "The version of this file's format.", "const": 2},
            "parameters": parameters,
        },
        "required": ["version", "parameters"],
        "additionalProperties": false,
    });
    let mut request = definitions.add_type("request", schema_of::<TryTaskConfig>());
    request["description"] = json!("What a push asks for, where `try.carriers` of config.yml honours the file.");
    let schema = json!({
        "type": "object",
        "if": {"required": ["version"], "properties": {"version": {"not": {"const": 1}}}},
        "then": overrides,
        "else": request,
    });
    rooted("try_task_config.json", schema, definitions)
}
