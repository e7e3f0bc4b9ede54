//! Writing into documents whose parts may not be what they should.

use crate::diagnostics::Diagnostic;
use crate::yaml::{Map, Node, Value};

/// The mapping under `key`, put there first if it is missing.
///
/// # Errors
/// If something else is there, null included.
pub fn map_in<'a>(map: &'a mut Map, key: &str) -> Result<&'a mut Map, Diagnostic> {
    let node = map.get_or_insert(key, Node::empty_map);
    match node.value {
        Value::Map(_) => Ok(node.as_map_mut().expect("it is a mapping")),
        _ => Err(misfit(node, key, "a mapping")),
    }
}

/// The list under `key`, put there first if it is missing.
///
/// # Errors
/// If something else is there, null included.
pub fn list_in<'a>(map: &'a mut Map, key: &str) -> Result<&'a mut Vec<Node>, Diagnostic> {
    let node = map.get_or_insert(key, || Node::new(Vec::new()));
    match node.value {
        Value::List(_) => Ok(node.as_list_mut().expect("it is a list")),
        _ => Err(misfit(node, key, "a list")),
    }
}

/// The text under `key`, if there is any.
///
/// # Errors
/// If something else is there.
pub fn text_in<'a>(map: &'a Map, key: &str) -> Result<Option<&'a str>, Diagnostic> {
    map.get(key).map(|node| node.as_str().ok_or_else(|| misfit(node, key, "a string"))).transpose()
}

fn misfit(node: &Node, key: &str, expected: &str) -> Diagnostic {
    Diagnostic::error(format!("expected `{key}` as {expected}, found {}", node.type_name())).at(node.span)
}
