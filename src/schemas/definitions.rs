//! Schemas that others refer to.

use schemars::Schema;
use serde_json::{Map, Value, json};

/// Schemas by name, as the key `definitions` of a schema holds them.
#[derive(Debug, Default)]
pub(super) struct Definitions(Map<String, Value>);

impl Definitions {
    /// Adds the schema of a type and all that it refers to, and returns it. Names that belong to it begin with `name`,
    /// so that types of one name do not meet.
    pub(super) fn add_type(&mut self, name: &str, schema: Schema) -> Value {
        let mut root = schema.to_value();
        prefix_references(&mut root, name);
        let own = root.as_object_mut().and_then(|root| {
            for key in ["$schema", "title"] {
                root.remove(key);
            }
            root.remove("definitions")
        });
        if let Some(Value::Object(own)) = own {
            self.0.extend(own.into_iter().map(|(key, schema)| (format!("{name}.{key}"), schema)));
        }
        root
    }

    /// Adds a schema and returns the reference to it.
    pub(super) fn add(&mut self, name: &str, schema: Value) -> Value {
        self.0.insert(name.to_owned(), schema);
        reference(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// A reference to a definition.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/definitions/{name}")})
}

/// The name of the definition that a schema refers to.
pub(super) fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/definitions/")
}

fn prefix_references(schema: &mut Value, name: &str) {
    if let Some(referred) = referred(schema).map(|referred| format!("#/definitions/{name}.{referred}")) {
        schema["$ref"] = Value::String(referred);
    }
    match schema {
        Value::Object(map) => map.values_mut().for_each(|value| prefix_references(value, name)),
        Value::Array(items) => items.iter_mut().for_each(|value| prefix_references(value, name)),
        _ => {}
    }
}
