//! What a push offers in its `actions.json`: which entry is meant, as every user interface of Taskcluster chooses it,
//! and what its hook is fired with.

use serde_json::{Map, Value, json};

use super::input::told;
use crate::diagnostics::{quoted, suggest};
use crate::json;

/// Why an action cannot be fired as it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// The file is of a version that is not understood.
    #[error("`public/actions.json` has version {0}, not 1")]
    Version(String),
    /// There is no action of that name.
    #[error("there is no action `{name}`{}", .help.as_ref().map(|help| format!("; {help}")).unwrap_or_default())]
    NoSuchAction {
        /// The name.
        name: String,
        /// A near name.
        help: Option<String>,
    },
    /// The action is not for this task, or not for a group.
    #[error("action `{name}` does not apply here: it applies to {wanted}")]
    OutOfContext {
        /// The action.
        name: String,
        /// What it applies to.
        wanted: String,
    },
    /// The action is of the old kind that created tasks itself.
    #[error("action `{name}` is of kind `{kind}`; only hooks are supported")]
    NotAHook {
        /// The action.
        name: String,
        /// Its kind.
        kind: String,
    },
    /// Input was given to an action that has no schema.
    #[error("action `{0}` takes no input")]
    TakesNoInput(String),
    /// The action's schema is none.
    #[error("the schema of action `{name}` cannot be used: {error}")]
    Schema {
        /// The action.
        name: String,
        /// Why.
        error: String,
    },
    /// The schema refuses the input.
    #[error("action `{name}` refuses its input: {}", .mistakes.join("; "))]
    Input {
        /// The action.
        name: String,
        /// Every mistake with its place.
        mistakes: Vec<String>,
    },
    /// The action's `hookPayload` cannot be rendered.
    #[error("`hookPayload` of action `{name}` cannot be rendered: {error}")]
    Payload {
        /// The action.
        name: String,
        /// Why.
        error: String,
    },
}

/// Whether the push offers an action of that name, whatever it applies to.
#[must_use]
pub fn offers(actions: &Value, name: &str) -> bool {
    entries(actions).iter().any(|entry| entry["name"] == name)
}

/// The names of all actions, in the order of menus.
pub fn names(actions: &Value) -> impl Iterator<Item = &str> {
    entries(actions).iter().filter_map(|entry| entry["name"].as_str())
}

fn entries(actions: &Value) -> &[Value] {
    actions["actions"].as_array().map_or(&[][..], Vec::as_slice)
}

/// What the hook of an entry is fired with: its template, filled in by the user's side.
///
/// # Errors
/// A template that is none.
pub fn payload(
    entry: &Value,
    variables: &Value,
    task_group_id: &str,
    task_id: Option<&str>,
    input: &Value,
) -> Result<Value, OfferError> {
    let mut context = variables.as_object().cloned().unwrap_or_default();
    context.insert("taskGroupId".to_owned(), json!(task_group_id));
    context.insert("taskId".to_owned(), json!(task_id));
    context.insert("input".to_owned(), input.clone());
    let unrendered = |error: json::TemplateError| OfferError::Payload {
        name: entry["name"].as_str().unwrap_or_default().to_owned(),
        error: error.to_string(),
    };
    json::render(&entry["hookPayload"], &Value::Object(context)).map_err(unrendered)
}

/// The hook of an entry: its group and its name within that.
#[must_use]
pub fn hook(entry: &Value) -> (&str, &str) {
    let part = |key: &str| entry[key].as_str().unwrap_or_default();
    (part("hookGroupId"), part("hookId"))
}

/// The scope that a decision must have which points users at a hook.
#[must_use]
pub fn trust_scope(entry: &Value) -> String {
    let (group, id) = hook(entry);
    format!("in-tree:hook-action:{group}/{id}")
}

/// Whether one who holds `held` has `scope`.
#[must_use]
pub fn satisfies(held: &str, scope: &str) -> bool {
    match held.strip_suffix('*') {
        Some(prefix) => scope.starts_with(prefix),
        None => held == scope,
    }
}

/// The entry of that name that applies: to the whole group without `tags`, else to a task that has those tags.
///
/// Of several entries of one name the first that applies counts.
///
/// # Errors
/// A file of another version, no such action, or none that applies.
pub fn choose<'a>(actions: &'a Value, name: &str, tags: Option<&Map<String, Value>>) -> Result<&'a Value, OfferError> {
    if actions["version"] != json!(1) {
        return Err(OfferError::Version(actions["version"].to_string()));
    }
    let entries = entries(actions);
    let named: Vec<&Value> = entries.iter().filter(|entry| entry["name"] == name).collect();
    if named.is_empty() {
        let names = entries.iter().filter_map(|entry| entry["name"].as_str());
        return Err(OfferError::NoSuchAction { name: name.to_owned(), help: suggest(name, names) });
    }
    if let Some(entry) = named.iter().find(|entry| applies(&entry["context"], tags)) {
        return match entry["kind"].as_str() {
            Some("hook") => Ok(entry),
            other => Err(OfferError::NotAHook { name: name.to_owned(), kind: other.unwrap_or("none").to_owned() }),
        };
    }
    let contexts: Vec<String> = named.iter().map(|entry| in_words(&entry["context"])).collect();
    Err(OfferError::OutOfContext { name: name.to_owned(), wanted: contexts.join(", or ") })
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
///
/// # Errors
/// Input that the schema refuses, or that nobody asked for.
pub fn input(entry: &Value, given: Option<&Value>) -> Result<Value, OfferError> {
    let name = entry["name"].as_str().unwrap_or_default();
    let Some(schema) = entry.get("schema") else {
        return match given {
            None | Some(Value::Null) => Ok(Value::Null),
            Some(_) => Err(OfferError::TakesNoInput(name.to_owned())),
        };
    };
    let input = given.cloned().unwrap_or_else(|| defaults(schema));
    let unusable = |error: String| OfferError::Schema { name: name.to_owned(), error };
    let validator = jsonschema::validator_for(schema).map_err(|error| unusable(error.to_string()))?;
    let mistakes: Vec<String> = validator.iter_errors(&input).map(|error| told(&error)).collect();
    if mistakes.is_empty() {
        return Ok(input);
    }
    Err(OfferError::Input { name: name.to_owned(), mistakes })
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
