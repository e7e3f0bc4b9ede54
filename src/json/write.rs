//! Writing: layout, numbers and keys as Python's `json` has them.
//!
//! The reference uses `orjson` where that is installed, which writes UTF-8 and other numbers: one push, two texts. Ours
//! are always those of the standard library.

use std::io;

use super::escape::push_text;
use crate::diagnostics::Diagnostic;
use crate::yaml::{FloatText, Map, Node, Value, sorted};

/// How to lay JSON out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// On lines, each level indented by two spaces; else without any space.
    pub indent: bool,
    /// Keys in Python's order; else as they are in the document.
    pub sort_keys: bool,
}

impl Format {
    /// What the reference calls `sort_keys=True, indent=2`: its artifacts, and `-J`.
    pub const ARTIFACT: Self = Self { indent: true, sort_keys: true };

    /// On one line, keys as they come.
    pub const COMPACT: Self = Self { indent: false, sort_keys: false };
}

/// Why JSON was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The place it was to go to.
    #[error("cannot write JSON: {0}")]
    Io(#[from] io::Error),
    /// A value that JSON, or Python's idea of it, cannot say.
    #[error("{}", .0.message)]
    Value(Box<Diagnostic>),
}

impl From<Diagnostic> for WriteError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Value(Box::new(diagnostic))
    }
}

/// A document as JSON text, without a last newline.
///
/// # Errors
/// A value that JSON cannot say, at its place.
pub fn to_string(node: &Node, format: Format) -> Result<String, Diagnostic> {
    let mut text = Vec::new();
    match write(&mut text, node, format) {
        Ok(()) => Ok(String::from_utf8(text).expect("only UTF-8 is written")),
        Err(WriteError::Value(diagnostic)) => Err(*diagnostic),
        Err(WriteError::Io(error)) => unreachable!("memory can be written to: {error}"),
    }
}

/// Writes a document as JSON, without a last newline.
///
/// # Errors
/// A value that JSON cannot say, or a place that cannot be written to.
pub fn write(to: impl io::Write, node: &Node, format: Format) -> Result<(), WriteError> {
    let mut writer = Writer::new(to, format);
    writer.value(node)?;
    writer.finish()?;
    Ok(())
}

/// Writes JSON piece by piece, through a buffer of its own.
///
/// The caller opens, fills and closes lists and mappings in turn; their entries come out in the order given, and
/// only the documents given whole are sorted.
#[derive(Debug)]
pub struct Writer<W> {
    to: W,
    buffer: Vec<u8>,
    format: Format,
    depth: usize,
    /// Whether something stands before the next entry of the list or mapping that is open.
    has_entries: bool,
    /// Whether a key was just written and its value comes next.
    after_key: bool,
}

/// When to pass the buffer on.
const BUFFER: usize = 1 << 16;

impl<W: io::Write> Writer<W> {
    /// A writer to `to`.
    pub fn new(to: W, format: Format) -> Self {
        let buffer = Vec::with_capacity(BUFFER + BUFFER / 4);
        Self { to, buffer, format, depth: 0, has_entries: false, after_key: false }
    }

    /// A writer to `to` of some entries of a mapping that stands open: the first of them all, or those after others.
    pub(super) fn part(to: W, format: Format, is_first: bool) -> Self {
        Self { to, buffer: Vec::new(), format, depth: 1, has_entries: !is_first, after_key: false }
    }

    /// Opens a mapping.
    ///
    /// # Errors
    /// A place that cannot be written to.
    pub fn begin_map(&mut self) -> Result<(), WriteError> {
        self.begin(b'{')
    }

    /// Closes the mapping that is open.
    ///
    /// # Errors
    /// A place that cannot be written to.
    pub fn end_map(&mut self) -> Result<(), WriteError> {
        self.end(b'}')
    }

    /// Opens a list.
    ///
    /// # Errors
    /// A place that cannot be written to.
    pub fn begin_list(&mut self) -> Result<(), WriteError> {
        self.begin(b'[')
    }

    /// Closes the list that is open.
    ///
    /// # Errors
    /// A place that cannot be written to.
    pub fn end_list(&mut self) -> Result<(), WriteError> {
        self.end(b']')
    }

    /// Writes the key of the next value.
    ///
    /// # Errors
    /// A place that cannot be written to.
    pub fn key(&mut self, key: &str) -> Result<(), WriteError> {
        self.before_entry()?;
        push_text(&mut self.buffer, key);
        self.after_key();
        Ok(())
    }

    /// Writes a whole value: an item, or what belongs to the key before it.
    ///
    /// # Errors
    /// A value that JSON cannot say, or a place that cannot be written to.
    pub fn value(&mut self, node: &Node) -> Result<(), WriteError> {
        match &node.value {
            Value::List(items) => {
                self.begin_list()?;
                items.iter().try_for_each(|item| self.value(item))?;
                self.end_list()
            }
            Value::Map(map) => self.map(map),
            _ => {
                self.before_entry()?;
                self.scalar(node)
            }
        }
    }

    /// Writes a whole mapping: an item, or what belongs to the key before it.
    ///
    /// # Errors
    /// As [`Self::value`].
    pub fn map(&mut self, map: &Map) -> Result<(), WriteError> {
        self.begin_map()?;
        self.entries(map)?;
        self.end_map()
    }

    /// Whether the entries of mappings are put into Python's order.
    pub const fn sorts_keys(&self) -> bool {
        self.format.sort_keys
    }

    /// Writes a text: an item, or what belongs to the key before it.
    ///
    /// # Errors
    /// A place that cannot be written to.
    pub fn text(&mut self, text: &str) -> Result<(), WriteError> {
        self.before_entry()?;
        push_text(&mut self.buffer, text);
        Ok(())
    }

    /// Passes on what is still in the buffer, and gives back the place written to.
    ///
    /// # Errors
    /// A place that cannot be written to.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.to.write_all(&self.buffer)?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn begin(&mut self, bracket: u8) -> Result<(), WriteError> {
        self.before_entry()?;
        self.buffer.push(bracket);
        self.depth += 1;
        self.has_entries = false;
        Ok(())
    }

    fn end(&mut self, bracket: u8) -> Result<(), WriteError> {
        self.depth -= 1;
        if self.has_entries {
            self.line();
        }
        self.buffer.push(bracket);
        self.has_entries = true;
        self.pass_on()
    }

    fn before_entry(&mut self) -> Result<(), WriteError> {
        if std::mem::take(&mut self.after_key) {
            return Ok(());
        }
        if self.depth > 0 {
            if self.has_entries {
                self.buffer.push(b',');
            }
            self.line();
        }
        self.has_entries = true;
        self.pass_on()
    }

    fn after_key(&mut self) {
        self.buffer.extend_from_slice(if self.format.indent { b": " } else { b":" });
        self.after_key = true;
    }

    fn line(&mut self) {
        if self.format.indent {
            self.buffer.push(b'\n');
            self.buffer.resize(self.buffer.len() + 2 * self.depth, b' ');
        }
    }

    fn pass_on(&mut self) -> Result<(), WriteError> {
        if self.buffer.len() >= BUFFER {
            self.to.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    fn entries(&mut self, map: &Map) -> Result<(), WriteError> {
        if !self.format.sort_keys || is_sorted(map) {
            return map.iter().try_for_each(|(key, value)| self.entry(key, value));
        }
        let entries = sorted(map).map_err(|(odd, first)| {
            Diagnostic::error(format!(
                "cannot sort keys of different types: {} and {}",
                first.type_name(),
                odd.type_name()
            ))
            .at(odd.span)
            .related(first.span, "another")
        })?;
        entries.into_iter().try_for_each(|(key, value)| self.entry(key, value))
    }

    fn entry(&mut self, key: &Node, value: &Node) -> Result<(), WriteError> {
        if let Value::Str(text) = &key.value {
            self.key(text)?;
        } else {
            self.before_entry()?;
            self.other_key(key)?;
            self.after_key();
        }
        self.value(value)
    }

    /// Python makes text of keys that are numbers, truth values or null.
    fn other_key(&mut self, key: &Node) -> Result<(), WriteError> {
        let is_simple =
            matches!(key.value, Value::Null | Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_));
        if !is_simple {
            return Err(unwritable(key, "a key of JSON is text").into());
        }
        self.buffer.push(b'"');
        self.scalar(key)?;
        self.buffer.push(b'"');
        Ok(())
    }

    fn scalar(&mut self, node: &Node) -> Result<(), WriteError> {
        match &node.value {
            Value::Null => self.push("null"),
            Value::Bool(true) => self.push("true"),
            Value::Bool(false) => self.push("false"),
            Value::Int(value) => self.push(itoa::Buffer::new().format(*value)),
            Value::BigInt(digits) => self.push(digits),
            Value::Float(value) => self.float(*value),
            Value::Str(text) => push_text(&mut self.buffer, text),
            _ => return Err(unwritable(node, "JSON has no such type").into()),
        }
        Ok(())
    }

    fn push(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn float(&mut self, value: f64) {
        match value {
            _ if value.is_finite() => self.push(FloatText::finite(value).as_str()),
            _ if value.is_nan() => self.push("NaN"),
            _ => self.push(if value > 0.0 { "Infinity" } else { "-Infinity" }),
        }
    }
}

/// Whether the keys are texts in order already, as those of a graph that was read are.
fn is_sorted(map: &Map) -> bool {
    map.iter().all(|(key, _)| key.as_str().is_some()) && map.keys().is_sorted()
}

fn can_say(node: &Node) -> bool {
    match &node.value {
        Value::List(items) => items.iter().all(can_say),
        Value::Map(map) => can_say_map(map),
        Value::Bytes(_) | Value::Timestamp(_) => false,
        _ => true,
    }
}

/// Whether JSON can say all of a mapping for certain. Where this says no, writing it tells what is in the way, if anything
/// is.
#[must_use]
pub fn can_say_map(map: &Map) -> bool {
    map.iter().all(|(key, value)| key.as_str().is_some() && can_say(value))
}

fn unwritable(node: &Node, reason: &str) -> Diagnostic {
    let help = match node.value {
        Value::Timestamp(_) => Some("quote it to make it text".to_owned()),
        _ => None,
    };
    let mut error =
        Diagnostic::error(format!("{} cannot be written as JSON: {reason}", node.type_name())).at(node.span);
    error.help = help;
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Files;
    use crate::yaml;

    fn document() -> Node {
        let text = "b: [1, 2.0, 1.0e+16, []]\na: {x: null, 1: yes, é😀: \"\\x7f\\x07\\n\"}\n";
        yaml::load(&Files::default(), "a.yml", text).unwrap().root
    }

    #[test]
    fn as_pythons_standard_library() {
        let compact = to_string(&document(), Format::COMPACT).unwrap();
        let expected = r#"{"b":[1,2.0,1e+16,[]],"a":{"x":null,"1":true,"\u00e9\ud83d\ude00":"\u007f\u0007\n"}}"#;
        assert_eq!(compact, expected);
        let node = Node::new(Map::from([("b", Node::empty_map()), ("a", Node::from_iter([1_i64, 2]))]));
        let expected = "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}";
        assert_eq!(to_string(&node, Format::ARTIFACT).unwrap(), expected);
    }

    #[test]
    fn what_python_refuses_is_refused_at_its_place() {
        let files = Files::default();
        for (text, column) in [("a: 2024-01-31", 4), ("{b: 1, 1: 2}", 8), ("a: !!binary aGk=", 4), ("2024-01-31: 1", 1)]
        {
            let root = yaml::load(&files, "a.yml", text).unwrap().root;
            let mistake = to_string(&root, Format::ARTIFACT).unwrap_err();
            assert_eq!(files.place(mistake.span).unwrap().line_and_column(), (1, column), "{text}");
        }
    }

    #[test]
    fn pieces_make_the_same_text() {
        let mut writer = Writer::new(Vec::new(), Format::ARTIFACT);
        writer.begin_map().unwrap();
        for key in ["a", "b"] {
            writer.key(key).unwrap();
            writer.begin_map().unwrap();
            writer.key("label").unwrap();
            writer.text(key).unwrap();
            writer.key("task").unwrap();
            writer.value(&Node::from_iter(["x"])).unwrap();
            writer.end_map().unwrap();
        }
        writer.end_map().unwrap();
        let written = String::from_utf8(writer.finish().unwrap()).unwrap();
        let task = |label: &str| Node::new(Map::from([("label", Node::new(label)), ("task", Node::from_iter(["x"]))]));
        let whole = Node::new(Map::from([("a", task("a")), ("b", task("b"))]));
        assert_eq!(written, to_string(&whole, Format::ARTIFACT).unwrap());
    }
}
