//! Which entry of `actions.json` is meant, as every user interface of Taskcluster chooses it.

use serde_json::{Map, Value, json};

use super::ActionError;
use crate::actions::support::told;
use crate::diagnostics::{quoted, suggest};

/// The entry of that name that applies: to the whole group without `tags`, else to a task that has those tags.
///
/// Of several entries of one name the first that applies counts.
pub(super) fn choose<'a>(
    actions: &'a Value,
    name: &str,
    tags: Option<&Map<String, Value>>,
) -> Result<&'a Value, ActionError> {
    if actions["version"] != json!(1) {
        return Err(ActionError::Version(actions["version"].to_string()));
    }
    let entries = actions["actions"].as_array().map_or(&[][..], Vec::as_slice);
    let named: Vec<&Value> = entries.iter().filter(|entry| entry["name"] == name).collect();
    if named.is_empty() {
        let names = entries.iter().filter_map(|entry| entry["name"].as_str());
        return Err(ActionError::NoSuchAction { name: name.to_owned(), help: suggest(name, names) });
    }
    if let Some(entry) = named.iter().find(|entry| applies(&entry["context"], tags)) {
        return match entry["kind"].as_str() {
            Some("hook") => Ok(entry),
            other => Err(ActionError::NotAHook { name: name.to_owned(), kind: other.unwrap_or("none").to_owned() }),
        };
    }
    let contexts: Vec<String> = named.iter().map(|entry| in_words(&entry["context"])).collect();
    Err(ActionError::OutOfContext { name: name.to_owned(), wanted: contexts.join(", or ") })
}

fn applies(context: &Value, tags: Option<&Map<String, Value>>) -> bool {
    let sets = context.as_array().map_or(&[][..], Vec::as_slice);
    let Some(tags) = tags else { return sets.is_empty() };
    let has = |set: &Map<String, Value>| set.iter().all(|(name, value)| tags.get(name) == Some(value));
    sets.iter().filter_map(Value::as_object).any(has)
}

/// What a context applies to, to follow "it applies to".
fn in_words(context: &Value) -> String {
    let sets: Vec<&Map<String, Value>> =
        context.as_array().into_iter().flatten().filter_map(Value::as_object).collect();
    if sets.is_empty() {
        return "the whole group (leave the task out)".to_owned();
    }
    let tags = |set: &Map<String, Value>| {
        let tags: Vec<String> =
            set.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect();
        if tags.is_empty() { "any task".to_owned() } else { format!("tasks with the tags {}", quoted(&tags)) }
    };
    sets.into_iter().map(tags).collect::<Vec<_>>().join(", or ")
}

/// The input to send: what is given, else what the schema has as defaults; refused where the schema refuses it.
pub(super) fn input(entry: &Value, given: Option<&Value>) -> Result<Value, ActionError> {
    let name = entry["name"].as_str().unwrap_or_default();
    let Some(schema) = entry.get("schema") else {
        return match given {
            None | Some(Value::Null) => Ok(Value::Null),
            Some(_) => Err(ActionError::TakesNoInput(name.to_owned())),
        };
    };
    let input = given.cloned().unwrap_or_else(|| defaults(schema));
    let unusable = |error: String| ActionError::Schema { name: name.to_owned(), error };
    let validator = jsonschema::validator_for(schema).map_err(|error| unusable(error.to_string()))?;
    let mistakes: Vec<String> = validator.iter_errors(&input).map(|error| told(&error)).collect();
    if mistakes.is_empty() {
        return Ok(input);
    }
    Err(ActionError::Input { name: name.to_owned(), mistakes })
}

/// What an interface fills its input form with.
fn defaults(schema: &Value) -> Value {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let of_properties = properties.map(|(name, property)| (name.clone(), defaults(property)));
    let of_properties: Map<String, Value> = of_properties.filter(|(_, value)| !value.is_null()).collect();
    match schema.get("default") {
        // A default for the whole does not repeat those of its parts.
        Some(Value::Object(whole)) => {
            let mut merged = of_properties;
            merged.extend(whole.clone());
            Value::Object(merged)
        }
        Some(other) => other.clone(),
        None if schema["type"] == "object" => Value::Object(of_properties),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions() -> Value {
        let entry = |name: &str, title: &str, context: Value| json!({"name": name, "title": title, "context": context, "kind": "hook"});
        json!({"version": 1, "variables": {}, "actions": [
            entry("retrigger", "yes", json!([{"retrigger": "true"}])),
            entry("retrigger", "disabled", json!([{}])),
            entry("add-new-jobs", "add", json!([])),
            entry("only-builds", "b", json!([{"kind": "build", "os": "linux"}, {"kind": "image"}])),
        ]})
    }

    fn title(name: &str, tags: Option<Value>) -> Result<String, String> {
        let actions = actions();
        let tags = tags.as_ref().and_then(Value::as_object);
        choose(&actions, name, tags)
            .map(|entry| entry["title"].as_str().unwrap().to_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_first_that_applies_counts() {
        assert_eq!(title("retrigger", Some(json!({"retrigger": "true", "x": "y"}))).unwrap(), "yes");
        assert_eq!(title("retrigger", Some(json!({}))).unwrap(), "disabled");
        assert_eq!(title("add-new-jobs", None).unwrap(), "add");
    }

    #[test]
    fn what_does_not_apply_says_what_would() {
        assert_eq!(
            title("add-new-jobs", Some(json!({}))).unwrap_err(),
            "action `add-new-jobs` does not apply here: it applies to the whole group (leave the task out)"
        );
        assert_eq!(
            title("only-builds", Some(json!({"kind": "build"}))).unwrap_err(),
            "action `only-builds` does not apply here: it applies to tasks with the tags `kind=build`, `os=linux`, or \
             tasks with the tags `kind=image`"
        );
        assert_eq!(title("retriger", None).unwrap_err(), "there is no action `retriger`; did you mean `retrigger`?");
    }

    #[test]
    fn input_is_checked_or_filled_in() {
        let entry = json!({"name": "retrigger", "schema": {
            "type": "object", "default": {"downstream": false}, "additionalProperties": false,
            "properties": {"downstream": {"type": "boolean"}, "times": {"type": "integer", "default": 1, "maximum": 100}},
        }});
        assert_eq!(input(&entry, None).unwrap(), json!({"downstream": false, "times": 1}));
        assert_eq!(input(&entry, Some(&json!({"times": 2}))).unwrap(), json!({"times": 2}));
        let message = input(&entry, Some(&json!({"times": 200}))).unwrap_err().to_string();
        assert!(message.starts_with("action `retrigger` refuses its input: input `times`: "), "{message}");
        let none = json!({"name": "cancel"});
        assert_eq!(input(&none, None).unwrap(), Value::Null);
        assert_eq!(input(&none, Some(&json!({}))).unwrap_err().to_string(), "action `cancel` takes no input");
    }
}
