//! `as_slugid`, which Taskcluster-GitHub offers to templates and our JSON-e has no way to be given.
//!
//! A call `as_slugid(x)` in an expression becomes `('⟨' + x + '⟩')` before rendering, with two marks that no template
//! contains; what stands between the marks in the result is a label, and is replaced by its id.

use serde_json::{Map, Value};

use crate::model::{Label, TaskId};

const CALL: &str = "as_slugid(";
/// Private-use characters: valid in JSON, meaningless in any text.
const OPEN: char = '\u{f8f0}';
const CLOSE: char = '\u{f8f1}';

/// The template with every call replaced by an expression that marks the label.
pub(super) fn mark(template: &Value) -> Value {
    match template {
        Value::String(text) => Value::String(mark_interpolations(text)),
        Value::Array(items) => items.iter().map(mark).collect(),
        Value::Object(entries) => {
            let keys_are_expressions = |key: &str| key == "$switch" || key == "$match";
            let entry = |(key, value): (&String, &Value)| {
                let value = match value {
                    Value::String(text) if is_expression_key(key) => Value::String(mark_expression(text)),
                    Value::Object(cases) if keys_are_expressions(key) => mark_cases(cases),
                    other => mark(other),
                };
                (mark_interpolations(key), value)
            };
            Value::Object(entries.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

fn mark_cases(cases: &Map<String, Value>) -> Value {
    Value::Object(cases.iter().map(|(condition, value)| (mark_expression(condition), mark(value))).collect())
}

/// Whether JSON-e reads the text under `key` as an expression rather than as a template.
fn is_expression_key(key: &str) -> bool {
    key == "$eval" || key == "$if" || key.starts_with("by(")
}

/// Replaces calls inside `${…}`.
fn mark_interpolations(text: &str) -> String {
    let mut marked = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, expression) = rest.split_at(start + 2);
        marked.push_str(before);
        let end = closing(expression, '{', '}').unwrap_or(expression.len());
        // `$${` is an escape: what follows is text.
        let is_text = before.ends_with("$${");
        marked.push_str(&if is_text { expression[..end].to_owned() } else { mark_expression(&expression[..end]) });
        rest = &expression[end..];
    }
    marked + rest
}

fn mark_expression(expression: &str) -> String {
    let Some(start) = find_call(expression) else { return expression.to_owned() };
    let (before, call) = expression.split_at(start);
    let arguments = &call[CALL.len()..];
    let Some(end) = closing(arguments, '(', ')') else { return expression.to_owned() };
    let label = mark_expression(&arguments[..end]);
    format!("{before}('{OPEN}' + ({label}) + '{CLOSE}'){}", mark_expression(&arguments[end + 1..]))
}

/// Where a call begins, outside of string literals and not as the end of a longer name.
fn find_call(expression: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in expression.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None => {
                let is_name = |before: char| before.is_ascii_alphanumeric() || before == '_' || before == '.';
                let continues = expression[..at].chars().next_back().is_some_and(is_name);
                if expression[at..].starts_with(CALL) && !continues {
                    return Some(at);
                }
            }
        }
    }
    None
}

/// Where the bracket that was opened before `text` closes; brackets inside string literals do not count.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, letter) in text.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter == open => depth += 1,
            None if letter == close && depth == 0 => return Some(at),
            None if letter == close => depth -= 1,
            None => {}
        }
    }
    None
}

/// The rendered value with every marked label replaced by its id below `seed`.
pub(super) fn replace(rendered: Value, seed: &TaskId) -> Value {
    match rendered {
        Value::String(text) => Value::String(replace_text(&text, seed)),
        Value::Array(items) => items.into_iter().map(|item| replace(item, seed)).collect(),
        Value::Object(entries) => Value::Object(
            entries.into_iter().map(|(key, value)| (replace_text(&key, seed), replace(value, seed))).collect(),
        ),
        other => other,
    }
}

fn replace_text(text: &str, seed: &TaskId) -> String {
    // The innermost pair first: a label may itself contain an id.
    let mut text = text.to_owned();
    while let Some(end) = text.find(CLOSE) {
        let Some(start) = text[..end].rfind(OPEN) else { break };
        let id = slugid(seed, &text[start + OPEN.len_utf8()..end]);
        text.replace_range(start..end + CLOSE.len_utf8(), id.as_str());
    }
    text
}

/// The id that `as_slugid(label)` is in the render that `seed` belongs to.
pub(super) fn slugid(seed: &TaskId, label: &str) -> TaskId {
    TaskId::derive(seed, &Label::from(label), 0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json;

    fn rendered(template: &Value) -> Value {
        let context = json!({"name": "x", "as_slugid_not": 1});
        replace(json::render(&mark(template), &context).unwrap(), &TaskId::new("seed"))
    }

    #[test]
    fn calls_are_stable_per_label_wherever_they_stand() {
        let decision = slugid(&TaskId::new("seed"), "decision");
        let template = json!({
            "eval": {"$eval": "as_slugid('decision')"},
            "text": "a ${as_slugid(\"decision\")} b ${as_slugid('deci' + 'sion')}",
            "if": {"$if": "as_slugid('decision') == as_slugid('decision')", "then": "same", "else": "other"},
            "let": {"$let": {"id": {"$eval": "as_slugid('decision')"}}, "in": "${id}"},
            "switch": {"$switch": {"as_slugid('a') == as_slugid('b')": 1, "$default": {"$eval": "as_slugid('decision')"}}},
            "text only": "call as_slugid('decision') or $${as_slugid('decision')}",
            "string": {"$eval": "\"as_slugid('decision')\""},
            "bracket": "${as_slugid('a)b')}",
            "${as_slugid('decision')}": 1,
        });
        let result = rendered(&template);
        let id = decision.as_str();
        assert_eq!(result["eval"], id);
        assert_eq!(result["text"], format!("a {id} b {id}"));
        assert_eq!(result["if"], "same");
        assert_eq!(result["let"], id);
        assert_eq!(result["switch"], id);
        assert_eq!(result["text only"], "call as_slugid('decision') or ${as_slugid('decision')}");
        assert_eq!(result["string"], "as_slugid('decision')");
        assert_eq!(result["bracket"], slugid(&TaskId::new("seed"), "a)b").as_str());
        assert_eq!(result[id], 1);
    }
}
