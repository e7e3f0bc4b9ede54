//! Schemas of what is not a task yet: parts that lie over one another, and texts in which something is filled in later.

use serde_json::{Map, Value, json};

use super::definitions::{Definitions, reference, referred};

/// How a schema of a whole task is made one of its parts, of which none must have everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leniency {
    /// Nothing is required.
    Part,
    /// Nor that a text which must be one of several is one: it may be a template.
    Filled,
    /// Nor that a value is there at all: it may depend on something, as `by-…`.
    Keyed,
}

impl Leniency {
    pub(super) const ALL: [Self; 3] = [Self::Part, Self::Filled, Self::Keyed];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Filled => "filled",
            Self::Keyed => "keyed",
        }
    }

    /// The schema made lenient along its properties. Items of lists stay as they are: lists are not merged item by item.
    pub(super) fn of(self, schema: &Value, definitions: &mut Definitions) -> Value {
        if let Some(name) = referred(schema) {
            return self.of_definition(name, definitions);
        }
        let Value::Object(keywords) = schema else { return schema.clone() };
        let lenient = |(key, value): (&String, &Value)| match key.as_str() {
            "required" => None,
            "properties" => Some((key.clone(), self.of_properties(value, definitions))),
            "additionalProperties" => Some((key.clone(), self.of_value(value, definitions))),
            "then" | "else" => Some((key.clone(), self.of(value, definitions))),
            "allOf" => Some((key.clone(), self.of_each(value, definitions))),
            "anyOf" if is_optional(value) => Some((key.clone(), self.of_each(value, definitions))),
            _ => Some((key.clone(), value.clone())),
        };
        Value::Object(keywords.iter().filter_map(lenient).collect())
    }

    fn of_definition(self, name: &str, definitions: &mut Definitions) -> Value {
        let lenient = format!("{name}.{}", self.name());
        if !definitions.contains(&lenient) {
            let schema = definitions.get(name).cloned().unwrap_or(Value::Bool(true));
            // Put there first, because a schema may refer to itself.
            definitions.add(&lenient, Value::Bool(true));
            let made = self.of(&schema, definitions);
            definitions.add(&lenient, made);
        }
        reference(&lenient)
    }

    fn of_each(self, schemas: &Value, definitions: &mut Definitions) -> Value {
        schemas.as_array().into_iter().flatten().map(|schema| self.of(schema, definitions)).collect()
    }

    fn of_properties(self, properties: &Value, definitions: &mut Definitions) -> Value {
        let of = |(key, schema): (&String, &Value)| (key.clone(), self.of_value(schema, definitions));
        Value::Object(properties.as_object().into_iter().flatten().map(of).collect())
    }

    /// What stands under a key.
    fn of_value(self, schema: &Value, definitions: &mut Definitions) -> Value {
        let mut alternatives = vec![self.of(schema, definitions)];
        if self != Self::Part && is_choice(schema, definitions) {
            alternatives.push(json!({"type": "string", "pattern": "\\{"}));
        }
        if self == Self::Keyed && schema.is_object() {
            alternatives.push(reference("keyed"));
        }
        one_of(alternatives, schema)
    }
}

/// Any of these; described as the first was.
fn one_of(mut alternatives: Vec<Value>, described: &Value) -> Value {
    if alternatives.len() == 1 {
        return alternatives.remove(0);
    }
    let mut made = Map::from_iter([("anyOf".to_owned(), Value::Array(alternatives))]);
    if let Some(description) = described.get("description") {
        made.insert("description".to_owned(), description.clone());
    }
    Value::Object(made)
}

/// Whether these are a schema and null.
fn is_optional(schemas: &Value) -> bool {
    schemas.as_array().is_some_and(|schemas| schemas.len() == 2 && schemas[1] == json!({"type": "null"}))
}

/// Whether a value must be one of several texts.
fn is_choice(schema: &Value, definitions: &Definitions) -> bool {
    let each = |key: &str, test: &dyn Fn(&Value) -> bool| {
        schema.get(key).and_then(Value::as_array).is_some_and(|schemas| schemas.iter().any(test))
    };
    let referred = referred(schema).and_then(|name| definitions.get(name));
    schema.get("enum").is_some()
        || each("oneOf", &|one| one.get("const").is_some() || one.get("enum").is_some())
        || each("anyOf", &|one| is_choice(one, definitions))
        || each("allOf", &|one| is_choice(one, definitions))
        || referred.is_some_and(|schema| is_choice(schema, definitions))
}

/// A value that depends on something.
pub(super) fn keyed() -> Value {
    json!({
        "description": "A value for each value of what is named after `by-`.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "patternProperties": {"^by-": {"type": "object"}},
        "additionalProperties": false,
    })
}

/// What a schema requires, and nothing else; along its properties, too. For tasks over which nothing lies.
pub(super) fn needs(schema: &Value, definitions: &mut Definitions) -> Option<Value> {
    if let Some(name) = referred(schema) {
        return needs_of_definition(name, definitions);
    }
    let mut made = Map::new();
    if let Some(required) = schema.get("required").filter(|required| **required != json!([])) {
        made.insert("required".to_owned(), required.clone());
    }
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let properties: Map<String, Value> =
        properties.filter_map(|(key, schema)| Some((key.clone(), needs(schema, definitions)?))).collect();
    if !properties.is_empty() {
        made.insert("properties".to_owned(), Value::Object(properties));
    }
    let all = schema.get("allOf").into_iter().chain(schema.get("anyOf").filter(|schemas| is_optional(schemas)));
    let all = all.filter_map(Value::as_array).flatten();
    let all: Vec<Value> = all.filter_map(|schema| needs(schema, definitions)).collect();
    if !all.is_empty() {
        made.insert("allOf".to_owned(), Value::Array(all));
    }
    if let (Some(condition), Some(then)) =
        (schema.get("if"), schema.get("then").and_then(|then| needs(then, definitions)))
    {
        made.extend([("if".to_owned(), condition.clone()), ("then".to_owned(), then)]);
    }
    (!made.is_empty()).then_some(Value::Object(made))
}

fn needs_of_definition(name: &str, definitions: &mut Definitions) -> Option<Value> {
    let needed = format!("{name}.needs");
    if !definitions.contains(&needed) {
        let schema = definitions.get(name).cloned()?;
        // Put there first, because a schema may refer to itself.
        definitions.add(&needed, Value::Bool(true));
        let made = needs(&schema, definitions).unwrap_or(Value::Bool(true));
        definitions.add(&needed, made);
    }
    definitions.get(&needed).filter(|made| made.is_object()).map(|_| reference(&needed))
}
