//! Bodies checked against the official schemas.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Registry, ValidationError, Validator};
use serde_json::{Map, Value, json};

use super::reference;

/// The place the schemas have among themselves; only their relative references matter.
const BASE: &str = "taskcluster://local/";

/// All schemas, each under its own address.
static REGISTRY: LazyLock<Registry<'static>> = LazyLock::new(|| {
    let schemas = reference::documents().iter().filter(|(name, _)| name.starts_with("schemas/"));
    let schemas = schemas.map(|(name, schema)| (format!("{BASE}{name}"), bare(schema)));
    let registry = Registry::new().draft(Draft::Draft6).extend(schemas).and_then(jsonschema::RegistryBuilder::prepare);
    registry.expect("committed files, compiled by the tests")
});

/// The schemas in use, compiled once.
static VALIDATORS: LazyLock<Mutex<BTreeMap<String, &'static Validator>>> = LazyLock::new(Mutex::default);

/// A schema without the names it gives itself: it is known by its file.
fn bare(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(members) = schema.as_object_mut() {
        members.remove("$id");
        members.remove("$schema");
    }
    schema
}

/// Compiles a schema of our own or, for a hook, of its author.
///
/// # Errors
/// In words, if it is not a JSON Schema.
pub(crate) fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft6)
        .with_registry(&REGISTRY)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .build(schema)
        .map_err(|error| error.to_string())
}

fn validator(file: &str) -> &'static Validator {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(validator) = validators.get(file) {
        return validator;
    }
    let validator =
        compile(&json!({ "$ref": format!("{BASE}{file}") })).expect("committed files, compiled by the tests");
    // One for each file that is ever asked for, kept as long as the program runs.
    let validator: &'static Validator = Box::leak(Box::new(validator));
    validators.insert(file.to_owned(), validator);
    validator
}

/// What a body says against the schema in `file`, one line for each mistake.
pub(crate) fn mistakes(file: &str, body: &Value) -> Vec<String> {
    mistakes_by(validator(file), body)
}

/// What a value says against a compiled schema, one line for each mistake.
pub(crate) fn mistakes_by(validator: &Validator, body: &Value) -> Vec<String> {
    validator.iter_errors(body).map(|error| format!("data{} {}", error.instance_path(), words(&error))).collect()
}

/// The mistake in the services' words.
fn words(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!("must NOT have additional properties: {}", quoted(unexpected))
        }
        ValidationErrorKind::Required { property } => {
            format!("must have required property '{}'", property.as_str().unwrap_or_default())
        }
        ValidationErrorKind::Pattern { pattern } => format!("must match pattern \"{pattern}\""),
        ValidationErrorKind::Format { format } => format!("must match format \"{format}\""),
        ValidationErrorKind::Enum { .. } => "must be equal to one of the allowed values".to_owned(),
        ValidationErrorKind::MaxLength { limit } => format!("must NOT have more than {limit} characters"),
        ValidationErrorKind::MinLength { limit } => format!("must NOT have fewer than {limit} characters"),
        ValidationErrorKind::MaxItems { limit } => format!("must NOT have more than {limit} items"),
        ValidationErrorKind::UniqueItems => "must NOT have duplicate items".to_owned(),
        ValidationErrorKind::OneOfNotValid { .. } | ValidationErrorKind::OneOfMultipleValid { .. } => {
            "must match exactly one schema in oneOf".to_owned()
        }
        _ => error.masked_with("it").to_string(),
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// Fills the defaults of the schema in `file` into a body, as the services do before they check it.
pub(crate) fn fill_defaults(file: &str, body: &mut Value) {
    if let Some(schema) = reference::document(file) {
        fill(file, schema, body);
    }
}

/// Defaults count where they are under `properties` and `items`, not in alternatives such as `oneOf`.
fn fill(file: &str, schema: &Value, value: &mut Value) {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        if let Some((file, schema)) = resolve(file, target) {
            fill(&file, schema, value);
        }
        return;
    }
    match value {
        Value::Object(members) => fill_members(file, schema, members),
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter_mut().for_each(|item| fill(file, schema, item));
            }
        }
        _ => {}
    }
}

fn fill_members(file: &str, schema: &Value, members: &mut Map<String, Value>) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    for (name, schema) in properties {
        if let Some(value) = members.get_mut(name) {
            fill(file, schema, value);
        } else if let Some(default) = schema.get("default") {
            members.insert(name.clone(), default.clone());
        }
    }
}

/// The schema that `target` (`task.json#/properties/scopes`) names in the schema in `file`, with its own file.
pub(super) fn resolve(file: &str, target: &str) -> Option<(String, &'static Value)> {
    let (name, pointer) = target.split_once('#').unwrap_or((target, ""));
    let name = name.trim_start_matches("./");
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let file = if name.is_empty() { file.to_owned() } else { format!("{folder}/{name}") };
    let schema = reference::document(&file)?.pointer(pointer)?;
    Some((file, schema))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE_TASK: &str = "schemas/queue/v1/create-task-request.json";

    #[test]
    fn every_schema_compiles() {
        for file in reference::documents().keys().filter(|name| name.starts_with("schemas/")) {
            if !file.starts_with("schemas/common/") {
                validator(file);
            }
        }
    }

    #[test]
    fn defaults_are_filled_in() {
        let mut body = json!({"metadata": {}, "payload": {}, "tags": {"a": "b"}});
        fill_defaults(CREATE_TASK, &mut body);
        assert_eq!(
            body,
            json!({
                "dependencies": [], "extra": {}, "metadata": {}, "payload": {}, "priority": "lowest", "projectId": "none",
                "requires": "all-completed", "retries": 5, "routes": [], "schedulerId": "-", "scopes": [],
                "tags": {"a": "b"},
            })
        );
        let mut hook = json!({"metadata": {"name": "n"}, "task": {}});
        fill_defaults("schemas/hooks/v1/create-hook-request.json", &mut hook);
        assert_eq!(hook["metadata"]["emailOnError"], json!(true));
        assert_eq!(hook["triggerSchema"], json!({"type": "object", "additionalProperties": false}));
    }

    #[test]
    fn mistakes_are_told_in_the_services_words() {
        let mut body = json!({
            "created": "soon", "deadline": "2026-01-01T00:00:00Z", "payload": {}, "exra": 1,
            "metadata": {"name": "n", "description": "", "owner": "", "source": "ftp://x"},
            "routes": ["a", "a"], "priority": "urgent", "retries": 50,
        });
        fill_defaults(CREATE_TASK, &mut body);
        let mut mistakes = mistakes(CREATE_TASK, &body);
        mistakes.sort();
        assert_eq!(
            mistakes,
            [
                "data must NOT have additional properties: \"exra\"",
                "data/created must match format \"date-time\"",
                "data/metadata/source must match pattern \"^(https?://|ssh://|git@)\"",
                "data/priority must be equal to one of the allowed values",
                "data/retries it is greater than the maximum of 49",
                "data/routes must NOT have duplicate items",
            ]
        );
    }
}
