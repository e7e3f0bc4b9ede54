//! TOML as Python's `tomllib` reads it.

use toml::{Table, Value};

use crate::yaml::{Map, Node};

/// The document that a TOML text is; dates and times become texts.
///
/// # Errors
/// What is wrong with it, as a message.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())?;
    Ok(map(table))
}

fn map(table: Table) -> Node {
    let mut map = Map::with_capacity(table.len());
    for (key, value) in table {
        map.insert(key, node(value));
    }
    Node::new(map)
}

fn node(value: Value) -> Node {
    match value {
        Value::String(text) => Node::new(text),
        Value::Integer(number) => Node::new(number),
        Value::Float(number) => Node::new(number),
        Value::Boolean(truth) => Node::new(truth),
        Value::Datetime(time) => Node::new(time.to_string()),
        Value::Array(items) => items.into_iter().map(node).collect(),
        Value::Table(table) => map(table),
    }
}
