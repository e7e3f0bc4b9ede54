//! Where the entries of a mapping are in its text, found without reading their values.

use std::ops::Range;

use arcstr::ArcStr;
use memchr::{memchr2, memchr3};

use super::read::{Mistake, Reader, mistake};
use crate::yaml::Node;

/// An entry whose value is only known to end there.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: ArcStr,
    pub(super) value: Range<usize>,
}

impl Entry {
    /// The value, by a reader of the whole text.
    ///
    /// # Errors
    /// A text that is no value, or goes on after it.
    pub(super) fn value(&self, reader: &mut Reader<'_>) -> Result<Node, Mistake> {
        reader.at = self.value.start;
        let value = reader.value()?;
        match reader.at == self.value.end {
            true => Ok(value),
            false => Err(reader.expected("`,` or `}`")),
        }
    }
}

/// The entries up to the first mistake outside of values, and that mistake.
pub(super) fn split(text: &str) -> (Vec<Entry>, Result<(), Mistake>) {
    let (mut reader, mut entries) = (Reader::new(text, None), Vec::new());
    let end = split_into(&mut reader, &mut entries);
    (entries, end)
}

fn split_into(reader: &mut Reader<'_>, entries: &mut Vec<Entry>) -> Result<(), Mistake> {
    members(reader, |entry| entries.push(entry))?;
    reader.blanks();
    match reader.peek() {
        None => Ok(()),
        Some(_) => Err(mistake(reader.at, "unexpected text after the document")),
    }
}

/// Goes through a mapping; its values are passed over.
fn members(reader: &mut Reader<'_>, mut take: impl FnMut(Entry)) -> Result<(), Mistake> {
    reader.blanks();
    if !reader.eat(b'{') {
        return Err(reader.expected("a mapping"));
    }
    reader.blanks();
    if reader.eat(b'}') {
        return Ok(());
    }
    loop {
        let key = reader.key()?.as_arc_str().cloned().unwrap_or_default();
        reader.blanks();
        let start = reader.at;
        reader.at = end_of_value(reader.text.as_bytes(), start);
        take(Entry { key, value: start..reader.at });
        reader.blanks();
        if reader.eat(b'}') {
            return Ok(());
        }
        if !reader.eat(b',') {
            return Err(reader.expected("`,` or `}`"));
        }
    }
}

/// What is under one key of the mapping that begins where the reader is; of two such keys the last counts.
///
/// # Errors
/// A text that is no mapping, as far as it is read: other values are passed over.
pub(super) fn member(reader: &mut Reader<'_>, wanted: &str) -> Result<Option<Node>, Mistake> {
    let mut found = None;
    members(reader, |entry| {
        if entry.key == wanted {
            found = Some(entry);
        }
    })?;
    found.map(|entry| entry.value(reader)).transpose()
}

/// Where a value ends if it is one: brackets of its own sort are counted, and strings passed over.
fn end_of_value(text: &[u8], start: usize) -> usize {
    match text.get(start) {
        Some(b'{') => end_of_nested(text, start, b'{', b'}'),
        Some(b'[') => end_of_nested(text, start, b'[', b']'),
        Some(b'"') => end_of_string(text, start),
        _ => {
            let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
            text[start..].iter().position(is_end).map_or(text.len(), |length| start + length)
        }
    }
}

fn end_of_nested(text: &[u8], start: usize, open: u8, close: u8) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(further) = text.get(at..).and_then(|rest| memchr3(b'"', open, close, rest)) {
        at += further;
        if text[at] == b'"' {
            at = end_of_string(text, at);
            continue;
        }
        depth = if text[at] == open { depth + 1 } else { depth - 1 };
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// Where the string ends that opens at `start`, after its last quote.
fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(further) = text.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += further + 1;
        if text[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    text.len()
}
