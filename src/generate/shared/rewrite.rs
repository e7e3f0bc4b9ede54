//! Replaces marked texts in a document: `{marker: text}` anywhere in it.

use arcstr::ArcStr;

use crate::diagnostics::Diagnostic;
use crate::yaml::{Map, Node, Value};

/// What a marked text becomes, by marker; nothing for a key that is no marker.
pub(super) trait Replace {
    /// Whether a mapping whose only key this is marks a text.
    fn is_marker(&self, key: &str) -> bool;

    /// What stands in the text's place.
    ///
    /// # Errors
    /// If the text means nothing.
    fn replace(&self, marker: &str, text: &str) -> Result<ArcStr, Diagnostic>;
}

/// The document with every marked text replaced; parts without any stay shared.
///
/// A marker's value is a text, or a mapping whose keys are such texts. A mapping with a second key marks nothing.
///
/// # Errors
/// As [`Replace::replace`], at the text; and if what is marked is neither text nor mapping.
pub(super) fn rewrite(node: &Node, replace: &impl Replace) -> Result<Node, Diagnostic> {
    Ok(changed(node, replace)?.unwrap_or_else(|| node.clone()))
}

/// As [`rewrite`], or nothing if there is nothing to replace.
fn changed(node: &Node, replace: &impl Replace) -> Result<Option<Node>, Diagnostic> {
    let value = match &node.value {
        Value::List(items) => changed_list(items, replace)?.map(Value::from),
        Value::Map(map) => match map.single() {
            Some((key, marked)) if replace.is_marker(key) => Some(replaced(key, marked, replace)?),
            _ => changed_map(map, replace)?.map(Value::from),
        },
        _ => None,
    };
    Ok(value.map(|value| Node::new(value).at(node.span)))
}

fn changed_list(items: &[Node], replace: &impl Replace) -> Result<Option<Vec<Node>>, Diagnostic> {
    let mut copy: Option<Vec<Node>> = None;
    for (at, item) in items.iter().enumerate() {
        if let Some(new) = changed(item, replace)? {
            copy.get_or_insert_with(|| items.to_vec())[at] = new;
        }
    }
    Ok(copy)
}

fn changed_map(map: &Map, replace: &impl Replace) -> Result<Option<Map>, Diagnostic> {
    let mut changes = Vec::new();
    for (at, value) in map.values().enumerate() {
        if let Some(new) = changed(value, replace)? {
            changes.push((at, new));
        }
    }
    if changes.is_empty() {
        return Ok(None);
    }
    let mut copy = map.clone();
    let mut values: Vec<&mut Node> = copy.iter_mut().map(|(_, value)| value).collect();
    for (at, new) in changes {
        *values[at] = new;
    }
    Ok(Some(copy))
}

fn replaced(marker: &str, marked: &Node, replace: &impl Replace) -> Result<Value, Diagnostic> {
    let text = |node: &Node| match node.as_str() {
        Some(text) => replace.replace(marker, text).map_err(|mistake| located(mistake, node)),
        None => Err(located(
            Diagnostic::error(format!("expected a text under `{marker}`, found {}", node.type_name())),
            node,
        )),
    };
    let Some(map) = marked.as_map() else { return text(marked).map(Value::Str) };
    let mut copy = Map::new();
    for (key, value) in map {
        copy.insert(Node::new(text(key)?).at(key.span), rewrite(value, replace)?);
    }
    Ok(Value::from(copy))
}

fn located(mut mistake: Diagnostic, node: &Node) -> Diagnostic {
    mistake.span = mistake.span.or(node.span);
    mistake
}
