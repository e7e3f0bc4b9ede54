//! Our validation against all the official schemas, on bodies made from them: valid ones, and each broken in one place.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{reference, schema};

/// A deployment's own data, where it is at hand.
fn official() -> Option<Vec<Value>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1).take(2);
    let mut files = beside.map(|folder| folder.join("shared/reference/taskcluster-references.json"));
    let text = std::fs::read_to_string(files.find(|file| file.exists())?).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn what_is_committed_is_what_was_published() {
    let Some(official) = official() else { return };
    for (name, document) in reference::documents() {
        let published = official.iter().find(|document| document["filename"] == json!(name));
        assert_eq!(published.map(|published| &published["content"]), Some(document), "{name}");
    }
}

/// The schema that a value must match once references are followed, with its file.
fn followed(file: &str, schema: &Value) -> (String, Value) {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(target) => {
            let (file, schema) = schema::resolve(file, target).unwrap();
            followed(&file, schema)
        }
        None => (file.to_owned(), schema.clone()),
    }
}

const SLUG: &str = "fzy3l9dCSDKRYTxTQTZjGg";

/// A text that matches a schema.
fn text(schema: &Value) -> String {
    let candidates = [
        "2026-11-21T09:00:00.000Z",
        SLUG,
        "a",
        "https://example.com/x",
        "prov/wt",
        "someone@example.com",
        "localhost",
        "127.0.0.1",
    ];
    let long: [String; 2] = ["a".repeat(64), "a".repeat(128)];
    let mut bare = schema.clone();
    bare.as_object_mut().unwrap().remove("default");
    let compiled = schema::compile(&bare).unwrap();
    let mut all = candidates.iter().map(|&text| text.to_owned()).chain(long);
    all.find(|text| compiled.is_valid(&json!(text))).unwrap_or_else(|| panic!("no text for {schema}"))
}

/// A value with every property that a schema knows.
fn full(file: &str, schema: &Value) -> Value {
    let (file, schema) = followed(file, schema);
    for choice in ["oneOf", "anyOf"] {
        if let Some(first) =
            schema[choice].get(0).filter(|first| first.get("type").is_some() || first.get("$ref").is_some())
        {
            return full(&file, first);
        }
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(values) = schema["enum"].as_array() {
        return values[0].clone();
    }
    match schema["type"].as_str() {
        Some("string") => json!(text(&schema)),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(true),
        Some("array") => schema.get("items").map_or_else(|| json!([]), |items| json!([full(&file, items)])),
        _ => {
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            let members: Map<_, _> =
                properties.iter().map(|(name, schema)| (name.clone(), full(&file, schema))).collect();
            Value::Object(members)
        }
    }
}

/// The same value with one thing wrong, once for each thing.
fn broken(file: &str, schema: &Value, value: &Value) -> Vec<(String, Value)> {
    let (file, schema) = followed(file, schema);
    let mut all = Vec::new();
    let Some(members) = value.as_object() else { return all };
    if schema.get("oneOf").is_some() {
        return broken(&file, &schema["oneOf"][0], value);
    }
    let mut with = |what: String, change: &dyn Fn(&mut Map<String, Value>)| {
        let mut members = members.clone();
        change(&mut members);
        all.push((what, Value::Object(members)));
    };
    if schema["additionalProperties"] == json!(false) {
        with("an unknown property".into(), &|members| drop(members.insert("unknownProperty".into(), json!(1))));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let has_default = schema["properties"][name].get("default").is_some();
        if !has_default {
            with(format!("no {name}"), &|members| drop(members.remove(name)));
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let (_, property) = followed(&file, property);
        if property.get("type").is_some() {
            with(format!("{name} of another type"), &|members| drop(members.insert(name.clone(), Value::Null)));
        }
        if property.get("pattern").is_some() || property.get("format").is_some() || property.get("enum").is_some() {
            with(format!("{name} of another form"), &|members| drop(members.insert(name.clone(), json!("\n \u{1}"))));
        }
        if let Some(maximum) = property.get("maximum").and_then(Value::as_i64) {
            with(format!("{name} too large"), &|members| drop(members.insert(name.clone(), json!(maximum + 1))));
        }
        if let Some(most) = property.get("maxLength").and_then(Value::as_u64) {
            let long = "a".repeat(usize::try_from(most).unwrap() + 1);
            with(format!("{name} too long"), &|members| drop(members.insert(name.clone(), json!(long))));
        }
    }
    all
}

#[test]
fn bodies_are_accepted_and_refused_as_their_schemas_say() {
    let services = crate::local::services::SERVICES.iter();
    let entries = services.flat_map(|service| reference::entries_of(service.name).unwrap());
    let mut refused = 0;
    for file in entries.filter_map(|entry| entry.input.as_deref()) {
        let schema = reference::document(file).unwrap();
        let mut value = full(file, schema);
        schema::fill_defaults(file, &mut value);
        assert_eq!(schema::mistakes(file, &value), [""; 0], "{file}: {value}");
        for (what, mut value) in broken(file, schema, &value) {
            schema::fill_defaults(file, &mut value);
            assert_ne!(schema::mistakes(file, &value), [""; 0], "{file}: {what}: {value}");
            refused += 1;
        }
    }
    assert!(refused > 100, "{refused}");
}
