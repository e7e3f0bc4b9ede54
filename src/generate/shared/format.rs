//! Texts with `{fields}`, as Python's `str.format` fills them in.
//!
//! Source: `taskgraph.util.templates.substitute` of the reference, and its many `.format(**values)`.

use std::borrow::Cow;

use super::format_spec::format_value;
use super::python_text::{quoted_as_ascii, repr, to_str};
use crate::diagnostics::{Diagnostic, suggest};
use crate::yaml::{Map, Node, Value};

/// The text with its fields filled in from `values`.
///
/// # Errors
/// A field that is not known, or that Python would not understand. The mistake has no place yet.
pub fn format_text(template: &str, values: &Map) -> Result<String, Diagnostic> {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
        } else if brace == "{" {
            let (field, after) = split_field(rest, template)?;
            text.push_str(&field.fill(values, template)?);
            rest = after;
        } else {
            return Err(lone_brace('}', template));
        }
    }
    text.push_str(rest);
    Ok(text)
}

fn lone_brace(brace: char, template: &str) -> Diagnostic {
    Diagnostic::error(format!("a single `{brace}` in `{}`", shortened(template)))
        .help(format!("fields are written `{{name}}`; write `{brace}{brace}` for a brace that stays"))
}

fn shortened(template: &str) -> Cow<'_, str> {
    match template.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &template[..at]).into(),
        None => template.into(),
    }
}

/// What stands between the braces: `name[index]!conversion:spec`.
struct Field<'a> {
    path: &'a str,
    conversion: Option<char>,
    spec: &'a str,
}

/// The field at the start of `rest`, and what comes after its closing brace.
fn split_field<'a>(rest: &'a str, template: &str) -> Result<(Field<'a>, &'a str), Diagnostic> {
    let mut in_brackets = false;
    let end = rest.char_indices().find(|(_, next)| match next {
        '[' | ']' => {
            in_brackets = *next == '[';
            false
        }
        '}' | ':' | '!' => !in_brackets,
        _ => *next == '{',
    });
    let Some((at, end)) = end else { return Err(lone_brace('{', template)) };
    let (path, after) = (&rest[..at], &rest[at + 1..]);
    match end {
        '}' => Ok((Field { path, conversion: None, spec: "" }, after)),
        ':' => split_spec(path, None, after, template),
        '!' => {
            let conversion = after.chars().next().filter(|letter| "rsa".contains(*letter));
            match (conversion, after.get(1..2)) {
                (Some(_), Some("}")) => Ok((Field { path, conversion, spec: "" }, &after[2..])),
                (Some(_), Some(":")) => split_spec(path, conversion, &after[2..], template),
                _ => Err(misunderstood(path, template).help("a conversion is one of `!r`, `!s` and `!a`")),
            }
        }
        _ => Err(misunderstood(path, template).help("write `{{` for a brace that stays")),
    }
}

/// A format's spec goes to the brace that closes the field; fields within it are not supported.
fn split_spec<'a>(
    path: &'a str,
    conversion: Option<char>,
    rest: &'a str,
    template: &str,
) -> Result<(Field<'a>, &'a str), Diagnostic> {
    match rest.find(['{', '}']) {
        Some(at) if rest[at..].starts_with('}') => Ok((Field { path, conversion, spec: &rest[..at] }, &rest[at + 1..])),
        Some(_) => Err(misunderstood(path, template).help("a field within a field's format is not supported")),
        None => Err(lone_brace('{', template)),
    }
}

fn misunderstood(path: &str, template: &str) -> Diagnostic {
    Diagnostic::error(format!("cannot make sense of field `{{{path}…` in `{}`", shortened(template)))
}

impl Field<'_> {
    fn fill(&self, values: &Map, template: &str) -> Result<String, Diagnostic> {
        let value = self.value(values, template)?;
        let converted = match self.conversion {
            None => return format_value(value, self.spec).map_err(|why| self.mistake(&why, template)),
            Some('r') => repr(value),
            Some('a') => quoted_as_ascii(&repr(value)),
            Some(_) => to_str(value),
        };
        format_value(&Node::new(converted), self.spec).map_err(|why| self.mistake(&why, template))
    }

    fn mistake(&self, why: &str, template: &str) -> Diagnostic {
        Diagnostic::error(format!("{why} for field `{{{}}}` in `{}`", self.path, shortened(template)))
    }

    fn value<'v>(&self, values: &'v Map, template: &str) -> Result<&'v Node, Diagnostic> {
        let end = self.path.find(['.', '[']).unwrap_or(self.path.len());
        let (name, mut rest) = self.path.split_at(end);
        let mut value = values.get(name).ok_or_else(|| {
            let mut mistake = self.unknown(name, template);
            mistake.help = suggest(name, values.keys());
            mistake
        })?;
        while !rest.is_empty() {
            let inner = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let Some((index, after)) = inner.filter(|(index, _)| !index.is_empty()) else {
                return Err(misunderstood(self.path, template).help("a part of a value is written `{name[part]}`"));
            };
            value = part(value, index).ok_or_else(|| {
                let mut mistake = self.unknown(index, template);
                mistake.help = value.as_map().and_then(|map| suggest(index, map.keys()));
                mistake
            })?;
            rest = after;
        }
        Ok(value)
    }

    fn unknown(&self, name: &str, template: &str) -> Diagnostic {
        let (path, shown) = (self.path, shortened(template));
        let message = match name {
            "" => format!("field `{{}}` in `{shown}` has no name"),
            _ if name == path => format!("unknown field `{{{path}}}` in `{shown}`"),
            _ => format!("unknown `{name}` in field `{{{path}}}` in `{shown}`"),
        };
        Diagnostic::error(message)
    }
}

/// An index of digits is a number, as in Python.
fn part<'v>(value: &'v Node, index: &str) -> Option<&'v Node> {
    let number: Option<i64> = index.bytes().all(|digit| digit.is_ascii_digit()).then(|| index.parse().ok()).flatten();
    match (&value.value, number) {
        (Value::Map(map), Some(number)) => map.get_node(&Node::new(number)),
        (Value::Map(map), None) => map.get(index),
        (Value::List(items), Some(number)) => items.get(usize::try_from(number).ok()?),
        _ => None,
    }
}

/// The document with the fields of all its texts filled in, keys included; what has none stays shared.
///
/// # Errors
/// As [`format_text`], at the text.
pub fn substitute(node: &Node, values: &Map) -> Result<Node, Diagnostic> {
    Ok(substituted(node, values)?.unwrap_or_else(|| node.clone()))
}

/// As [`substitute`], or nothing if there is nothing to fill in.
fn substituted(node: &Node, values: &Map) -> Result<Option<Node>, Diagnostic> {
    let value: Option<Value> = match &node.value {
        Value::Str(text) if text.contains(['{', '}']) => {
            Some(format_text(text, values).map_err(|mistake| mistake.at(node.span))?.into())
        }
        Value::List(items) => substituted_list(items, values)?.map(Value::from),
        Value::Map(map) => substituted_map(map, values)?.map(Value::from),
        _ => None,
    };
    Ok(value.map(|value| Node::new(value).at(node.span)))
}

fn substituted_list(items: &[Node], values: &Map) -> Result<Option<Vec<Node>>, Diagnostic> {
    let mut changed: Option<Vec<Node>> = None;
    for (at, item) in items.iter().enumerate() {
        if let Some(new) = substituted(item, values)? {
            changed.get_or_insert_with(|| items.to_vec())[at] = new;
        }
    }
    Ok(changed)
}

fn substituted_map(map: &Map, values: &Map) -> Result<Option<Map>, Diagnostic> {
    let mut entries = Vec::with_capacity(map.len());
    let mut is_changed = false;
    for (key, value) in map {
        if key.as_str().is_none() {
            let message = format!("expected the keys of this mapping as strings, found {}", key.type_name());
            return Err(Diagnostic::error(message).at(key.span.or(value.span)).help("put the key in quotes"));
        }
        let place = |mistake: Diagnostic| if mistake.span.is_written() { mistake } else { mistake.at(key.span) };
        let (new_key, new_value) = (substituted(key, values)?, substituted(value, values).map_err(place)?);
        is_changed |= new_key.is_some() || new_value.is_some();
        entries.push((new_key.unwrap_or_else(|| key.clone()), new_value.unwrap_or_else(|| value.clone())));
    }
    Ok(is_changed.then(|| entries.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(json: &str) -> Node {
        serde_json::from_str(json).unwrap()
    }

    fn formatted(template: &str) -> Result<String, String> {
        let values =
            node(r#"{"a": "x", "n": 7, "f": 3.0, "t": true, "z": null, "m": {"k-1": "v", "n": {"o": 1}}, "l": ["p"]}"#);
        format_text(template, values.as_map().unwrap()).map_err(|mistake| mistake.message)
    }

    #[test]
    fn texts_are_filled_in_as_python_fills_them() {
        // Every row was asked of Python's str.format.
        let rows = [
            ("{a}-{n}", "x-7"),
            ("{{a}} {{{a}}}", "{a} {x}"),
            ("{m[k-1]}{m[n][o]}{l[0]}", "v1p"),
            ("{f} {t} {z}", "3.0 True None"),
            ("{m}", "{'k-1': 'v', 'n': {'o': 1}}"),
            ("{n:03d}|{n:>4}|{n:<4}|{n:^5}|{n:+}", "007|   7|7   |  7  |+7"),
            ("{a!r}|{a!s:>3}|{a:*^5}|{a:.0}", "'x'|  x|**x**|"),
            ("{n:x}{n:b}{n:#x}", "71110x7"),
        ];
        for (template, expected) in rows {
            assert_eq!(formatted(template).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn what_python_refuses_is_refused() {
        let message = |template: &str| formatted(template).unwrap_err();
        assert_eq!(message("${FOO}"), "unknown field `{FOO}` in `${FOO}`");
        assert_eq!(message("{m[x]}"), "unknown `x` in field `{m[x]}` in `{m[x]}`");
        assert_eq!(message("{}"), "field `{}` in `{}` has no name");
        assert_eq!(message("a}"), "a single `}` in `a}`");
        assert_eq!(message("a{"), "a single `{` in `a{`");
        assert_eq!(message("{a"), "a single `{` in `{a`");
        assert!(message("{a.b}").starts_with("cannot make sense of field"));
        assert!(message("{a!x}").starts_with("cannot make sense of field"));
        assert_eq!(message("{a:d}"), "format `d` does not fit a string for field `{a}` in `{a:d}`");
    }

    #[test]
    fn documents_are_filled_in_keys_and_all_and_shared_where_nothing_changes() {
        let values = node(r#"{"a": "x"}"#);
        let before = node(r#"{"{a}": ["{a}", 1, {"k": "v"}], "same": {"k": "v"}}"#);
        let after = substitute(&before, values.as_map().unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&after).unwrap(), r#"{"x":["x",1,{"k":"v"}],"same":{"k":"v"}}"#);
        let (Value::Map(one), Value::Map(two)) =
            (&before.get("same").unwrap().value, &after.get("same").unwrap().value)
        else {
            panic!()
        };
        assert!(std::sync::Arc::ptr_eq(one, two));
    }
}
