//! Reading JSON as Python's `json` does: numbers of any size, `NaN`, the last of two equal keys.
//!
//! Unlike the crates for it, this keeps every place and every digit.

use std::path::PathBuf;

use arcstr::ArcStr;

use crate::diagnostics::{Diagnostic, Files, SourceFile, Span};
use crate::yaml::{MAX_DEPTH, Map, Node, Value, decimal, recent};

/// Reads a file's text, and adds it to the run's files.
///
/// # Errors
/// The first mistake, at its place. More than 512 levels are refused.
pub fn read(files: &Files, path: impl Into<PathBuf>, text: impl Into<String>) -> Result<Node, Diagnostic> {
    let file = files.add(path, text)?;
    Reader::new(&file.text, Some(&file)).document().map_err(|Mistake { at, message }| {
        let found = file.text[at..].chars().next().filter(|found| *found != '\n');
        Diagnostic::error(message).at(file.span(at..at + found.map_or(0, char::len_utf8)))
    })
}

/// Reads a text that is in no file; its nodes have no places.
///
/// # Errors
/// The first mistake, with its line and column. More than 512 levels are refused.
pub fn parse(text: &str) -> Result<Node, Diagnostic> {
    Reader::new(text, None).document().map_err(|mistake| located(text, mistake))
}

/// A mistake in a text that is in no file.
pub(super) fn located(text: &str, Mistake { at, message }: Mistake) -> Diagnostic {
    let (line, column) = line_and_column(text, at);
    Diagnostic::error(format!("{message}, in line {line}, column {column}"))
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

pub(super) struct Mistake {
    at: usize,
    message: String,
}

type Reading<T> = Result<T, Mistake>;

pub(super) fn mistake(at: usize, message: impl Into<String>) -> Mistake {
    Mistake { at, message: message.into() }
}

pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    file: Option<&'t SourceFile>,
    depth: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, file: Option<&'t SourceFile>) -> Self {
        Self { text, at: 0, file, depth: 0 }
    }

    fn document(mut self) -> Reading<Node> {
        let node = self.value()?;
        self.blanks();
        match self.peek() {
            None => Ok(node),
            Some(_) => Err(mistake(self.at, "unexpected text after the document")),
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expected(&self, what: &str) -> Mistake {
        let found = match self.text[self.at..].chars().next() {
            Some(found) => format!("`{}`", found.escape_debug()),
            None => "the end of the text".into(),
        };
        mistake(self.at, format!("expected {what}, found {found}"))
    }

    fn node(&self, start: usize, value: Value) -> Node {
        Node { value, span: self.file.map_or(Span::NONE, |file| file.span(start..self.at)) }
    }

    pub(super) fn value(&mut self) -> Reading<Node> {
        self.blanks();
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Value::Str(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(self.node(start, value))
    }

    fn word(&mut self) -> Reading<Value> {
        let words = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
        ];
        let rest = &self.text[self.at..];
        let found = words.into_iter().find(|(word, _)| rest.starts_with(word));
        let (word, value) = found.ok_or_else(|| self.expected("a value"))?;
        self.at += word.len();
        Ok(value)
    }

    fn nested(&mut self, read: fn(&mut Self) -> Reading<Value>) -> Reading<Value> {
        if self.depth == MAX_DEPTH {
            return Err(mistake(self.at, format!("lists and mappings are nested more than {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Reading<Value> {
        let mut items = Vec::new();
        self.blanks();
        if self.eat(b']') {
            return Ok(items.into());
        }
        loop {
            items.push(self.value()?);
            self.blanks();
            if self.eat(b']') {
                return Ok(items.into());
            }
            if !self.eat(b',') {
                return Err(self.expected("`,` or `]`"));
            }
        }
    }

    fn object(&mut self) -> Reading<Value> {
        let mut map = Map::new();
        self.blanks();
        if self.eat(b'}') {
            return Ok(map.into());
        }
        loop {
            let key = self.key()?;
            let value = self.value()?;
            map.insert(key, value);
            self.blanks();
            if self.eat(b'}') {
                return Ok(map.into());
            }
            if !self.eat(b',') {
                return Err(self.expected("`,` or `}`"));
            }
        }
    }

    pub(super) fn key(&mut self) -> Reading<Node> {
        self.blanks();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key in double quotes"));
        }
        let key = Value::Str(self.string()?);
        let key = self.node(start, key);
        self.blanks();
        if !self.eat(b':') {
            return Err(self.expected("`:`"));
        }
        Ok(key)
    }

    /// A string without escapes; nothing, and nowhere else, if it has any or is wrong.
    fn plain_string(&mut self) -> Option<&'t str> {
        let rest = &self.text[self.at + 1..];
        let end = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
        if rest.as_bytes()[end] != b'"' {
            return None;
        }
        self.at += end + 2;
        Some(&rest[..end])
    }

    fn string(&mut self) -> Reading<ArcStr> {
        if let Some(text) = self.plain_string() {
            return Ok(recent(text));
        }
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let end = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            let Some(end) = end else { return Err(mistake(start, "a string has no closing quote")) };
            text.push_str(&rest[..end]);
            self.at += end;
            match rest.as_bytes()[end] {
                b'"' => {
                    self.at += 1;
                    return Ok(text.into());
                }
                b'\\' => text.push(self.escape()?),
                _ => return Err(self.expected("no control character inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Reading<char> {
        let start = self.at;
        self.at += 2;
        let character = match self.text.as_bytes().get(start + 1) {
            Some(&plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => return Err(mistake(start, "unknown escape in a string")),
        };
        Ok(character)
    }

    fn unicode_escape(&mut self, start: usize) -> Reading<char> {
        let first = self.four_digits(start)?;
        let mut units = [first, 0];
        let mut count = 1;
        if (0xD800..0xDC00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            units[1] = self.four_digits(start)?;
            count = 2;
        }
        let mut decoded = char::decode_utf16(units[..count].iter().copied());
        match (decoded.next(), decoded.next()) {
            (Some(Ok(character)), None) => Ok(character),
            _ => Err(mistake(start, "half of a surrogate pair is not a character")),
        }
    }

    fn four_digits(&mut self, start: usize) -> Reading<u16> {
        let digits =
            self.text.get(self.at..self.at + 4).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| mistake(start, "an escape `\\u` needs four hexadecimal digits"))
    }

    fn number(&mut self) -> Reading<Value> {
        let start = self.at;
        let negative = self.eat(b'-');
        if negative && self.text[self.at..].starts_with("Infinity") {
            self.at += "Infinity".len();
            return Ok(Value::Float(f64::NEG_INFINITY));
        }
        let digits = self.at;
        if !self.eat(b'0') && self.digits() == 0 {
            return Err(self.expected("a digit"));
        }
        let whole = self.at;
        self.fraction();
        self.exponent();
        if self.at == whole {
            return decimal(&self.text[digits..whole], negative).map_err(|error| mistake(start, error.to_string()));
        }
        let float = self.text[start..self.at].parse().map(Value::Float);
        float.map_err(|_| mistake(start, "not a valid number"))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    /// Reads a point and digits, or nothing.
    fn fraction(&mut self) {
        let start = self.at;
        if self.eat(b'.') && self.digits() == 0 {
            self.at = start;
        }
    }

    /// Reads an exponent, or nothing.
    fn exponent(&mut self) {
        let start = self.at;
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            if self.digits() == 0 {
                self.at = start;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Format, to_string};

    #[test]
    fn what_is_written_is_read() {
        let text =
            r#"{"a":[1,-0.5,123456789012345678901234567890,true,null,NaN,-Infinity],"b":{"\u00e9\ud83d\ude00\n":""}}"#;
        assert_eq!(to_string(&parse(text).unwrap(), Format::COMPACT).unwrap(), text);
    }

    #[test]
    fn values_know_their_places() {
        let files = Files::default();
        let node = read(&files, "a.json", "{\"a\":\n [1, \"zwei\"]}").unwrap();
        let item = &node.get("a").unwrap().as_list().unwrap()[1];
        assert_eq!(files.place(item.span).unwrap().line_and_column(), (2, 6));
    }

    #[test]
    fn mistakes_are_placed() {
        let cases = [
            ("", "expected a value, found the end of the text, in line 1, column 1"),
            ("{\"a\": 1,}", "expected a key in double quotes, found `}`, in line 1, column 9"),
            ("[1,\n2 3]", "expected `,` or `]`, found `3`, in line 2, column 3"),
            ("[\"\\ud800\"]", "half of a surrogate pair is not a character, in line 1, column 3"),
            ("\"a\nb\"", "expected no control character inside a string, found `\\n`, in line 1, column 3"),
            ("[1] x", "unexpected text after the document, in line 1, column 5"),
            ("\"abc", "a string has no closing quote, in line 1, column 1"),
            ("01", "unexpected text after the document, in line 1, column 2"),
            ("\"\\u00g0\"", "an escape `\\u` needs four hexadecimal digits, in line 1, column 2"),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).unwrap_err().message, message, "{text}");
        }
        assert!(parse(&"[".repeat(100_000)).unwrap_err().message.contains("512"));
        assert!(parse(&"9".repeat(5000)).is_err());
    }

    #[test]
    fn the_last_of_equal_keys_counts_in_the_place_of_the_first() {
        let node = parse(r#"{"a": 1, "b": 2, "a": 3}"#).unwrap();
        assert_eq!(to_string(&node, Format::COMPACT).unwrap(), r#"{"a":3,"b":2}"#);
    }
}
