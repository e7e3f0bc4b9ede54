//! Documents written as YAML, in styles that follow from what is written, so that a document that shrinks keeps them.

use std::collections::HashSet;
use std::fmt::Write;

use super::document::Document;

/// The YAML text of a document.
pub(super) fn text(document: &Document) -> String {
    let mut writer = Writer { text: String::new(), anchors: HashSet::new() };
    writer.block(document, 0, true);
    if !writer.text.ends_with('\n') {
        writer.text.push('\n');
    }
    writer.text
}

struct Writer {
    text: String,
    anchors: HashSet<u32>,
}

impl Writer {
    /// A value after `key:`, `-` or at the start of the document.
    fn block(&mut self, document: &Document, indent: usize, at_start: bool) {
        match document {
            Document::Shared(anchor, value) => {
                self.space(at_start);
                if self.anchors.insert(*anchor) {
                    let _ = write!(self.text, "&a{anchor}");
                    self.block(value, indent, false);
                } else {
                    let _ = write!(self.text, "*a{anchor}");
                }
            }
            Document::List(items) if !items.is_empty() && !in_flow(document) => {
                for item in items {
                    self.line(indent, "-");
                    self.block(item, indent + 2, false);
                }
            }
            Document::Map(entries) if !entries.is_empty() && !in_flow(document) => {
                for (key, value) in entries {
                    self.line(indent, "");
                    self.flow(key);
                    self.text.push(':');
                    self.block(value, indent + 2, false);
                }
            }
            Document::Text(text) if hash(text).is_multiple_of(3) && is_literal(text) => {
                self.space(at_start);
                self.literal(text, indent);
            }
            Document::Text(text) if hash(text) % 3 == 1 && is_folded(text) => {
                self.space(at_start);
                self.text.push_str(">-");
                for line in text.split('\n') {
                    let _ = write!(self.text, "\n{:indent$}{line}\n", "", indent = indent.max(2));
                }
                self.text.pop();
            }
            _ => {
                self.space(at_start);
                self.flow(document);
            }
        }
    }

    fn space(&mut self, at_start: bool) {
        if !at_start {
            self.text.push(' ');
        }
    }

    fn line(&mut self, indent: usize, start: &str) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        let _ = write!(self.text, "{:indent$}{start}", "");
    }

    fn literal(&mut self, text: &str, indent: usize) {
        let body = text.trim_end_matches('\n');
        self.text.push_str(match text.len() - body.len() {
            0 => "|-",
            1 => "|",
            _ => "|+",
        });
        for line in body.split('\n') {
            if line.is_empty() {
                self.text.push('\n');
            } else {
                let _ = write!(self.text, "\n{:indent$}{line}", "", indent = indent.max(2));
            }
        }
        for _ in 1..text.len() - body.len() {
            self.text.push('\n');
        }
    }

    fn flow(&mut self, document: &Document) {
        match document {
            Document::Plain(text) => self.text.push_str(text),
            Document::Text(text) => self.text.push_str(&scalar(text)),
            Document::List(items) => {
                self.text.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.text.push_str(if index == 0 { "" } else { ", " });
                    self.flow(item);
                }
                self.text.push(']');
            }
            Document::Map(entries) => {
                self.text.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    self.text.push_str(if index == 0 { "" } else { ", " });
                    self.flow(key);
                    self.text.push_str(": ");
                    self.flow(value);
                }
                self.text.push('}');
            }
            Document::Shared(anchor, value) => {
                if self.anchors.insert(*anchor) {
                    let _ = write!(self.text, "&a{anchor} ");
                    self.flow(value);
                } else {
                    let _ = write!(self.text, "*a{anchor} ");
                }
            }
        }
    }
}

/// FNV-1a, for choices that need to follow from the content only.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Whether a collection is written on one line: small ones are, two times in three.
fn in_flow(document: &Document) -> bool {
    let is_small = |value: &Document| match value {
        Document::Plain(_) => true,
        Document::Text(text) => text.len() < 30,
        _ => false,
    };
    let (small, seed) = match document {
        Document::List(items) => (items.len() < 5 && items.iter().all(is_small), items.first()),
        Document::Map(entries) => (
            entries.len() < 3 && entries.iter().all(|(_, value)| is_small(value)),
            entries.first().map(|entry| &entry.0),
        ),
        _ => (true, None),
    };
    small && seed.is_none_or(|seed| !matches!(seed, Document::Text(text) if hash(text).is_multiple_of(3)))
}

fn is_printable(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || (' '..='~').contains(&c) || ('\u{a1}'..='\u{2000}').contains(&c))
}

fn is_literal(text: &str) -> bool {
    let body = text.trim_end_matches('\n');
    body.contains('\n') && is_printable(text) && !body.starts_with([' ', '\n']) && !body.contains(" \n")
}

fn is_folded(text: &str) -> bool {
    is_literal(text) && text.split('\n').all(|line| !line.is_empty() && !line.starts_with(' ') && !line.ends_with(' '))
}

/// A string in one line.
fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    if is_printable(text) && !text.contains('\n') && hash(text) % 2 == 1 {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            ' '..='~' | '\u{a1}'..='\u{2000}' => quoted.push(c),
            '\u{3000}'..='\u{9fff}' | '\u{1f300}'..='\u{1faff}' if hash(text) % 4 > 1 => quoted.push(c),
            c if u32::from(c) < 0x100 => drop(write!(quoted, "\\x{:02x}", u32::from(c))),
            c if u32::from(c) < 0x1_0000 => drop(write!(quoted, "\\u{:04x}", u32::from(c))),
            c => drop(write!(quoted, "\\U{:08x}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a string may stand without quotes, in flow collections too, and still be a string.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 7] = ["yes", "no", "on", "off", "true", "false", "null"];
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "_./()<>$+=~^*@;-".contains(c) || c == ' ';
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && !text.ends_with(' ')
        && text.chars().all(is_safe)
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::super::document::map;
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let texts =
            ["a", "", "yes", "1:30", "a\nb", "a\n\n b\n\n", "\u{85}", "it's \"so\"", "{}", "x: y", " a ", "\u{1f98a}"];
        let list = Document::from(texts.to_vec());
        let document = map! { "list" => list.clone(), "nested" => map! { "one" => map! { "two" => list } } };
        let read: serde_json::Value = serde_yaml::from_str(&text(&document)).expect("it is YAML");
        assert_eq!(read["list"], serde_json::json!(texts));
        assert_eq!(read["nested"]["one"]["two"], serde_json::json!(texts));
    }

    #[test]
    fn what_is_shared_is_written_once() {
        let shared =
            Document::Shared(1, Box::new(map! { "b" => map! { "c" => "long enough to be in block style, it is" } }));
        let written = text(&map! { "a" => shared.clone(), "z" => shared });
        assert_eq!(written.matches("long enough").count(), 1);
        let read: serde_json::Value = serde_yaml::from_str(&written).expect("it is YAML");
        assert_eq!(read["a"], read["z"]);
    }
}
