//! A text that is one mapping of many entries, read on all processors.

use std::ops::Range;

use arcstr::ArcStr;
use rayon::iter::ParallelIterator as _;
use rayon::slice::ParallelSlice as _;

use super::read::{Mistake, Reader, located, mistake};
use crate::diagnostics::Diagnostic;
use crate::yaml::Node;

/// How many entries a processor reads at a time.
const PIECE: usize = 64;

/// An entry whose value is only known to end there.
struct Entry {
    key: ArcStr,
    value: Range<usize>,
}

/// As [`super::parse`] of a text that must be a mapping: what `each` makes of its entries, in their order. Nothing but
/// that is kept.
///
/// # Errors
/// The first mistake, with its line and column.
pub fn parse_entries<T: Send>(text: &str, each: impl Fn(ArcStr, Node) -> T + Sync) -> Result<Vec<T>, Diagnostic> {
    let (entries, end) = split(text);
    let pieces: Vec<_> = entries.par_chunks(PIECE).map(|piece| read_piece(text, piece, &each)).collect();
    let mut made = Vec::with_capacity(entries.len());
    for piece in pieces {
        made.extend(piece.map_err(|wrong| located(text, wrong))?);
    }
    // What is wrong between two values comes after all that is wrong within those before.
    end.map_err(|wrong| located(text, wrong))?;
    Ok(made)
}

fn read_piece<T>(text: &str, piece: &[Entry], each: &impl Fn(ArcStr, Node) -> T) -> Result<Vec<T>, Mistake> {
    let mut reader = Reader::new(text, None);
    let mut read = |entry: &Entry| {
        reader.at = entry.value.start;
        let value = reader.value()?;
        match reader.at == entry.value.end {
            true => Ok(each(entry.key.clone(), value)),
            false => Err(reader.expected("`,` or `}`")),
        }
    };
    piece.iter().map(&mut read).collect()
}

/// The entries up to the first mistake outside of values, and that mistake.
fn split(text: &str) -> (Vec<Entry>, Result<(), Mistake>) {
    let (mut reader, mut entries) = (Reader::new(text, None), Vec::new());
    let end = split_into(&mut reader, &mut entries);
    (entries, end)
}

fn split_into(reader: &mut Reader<'_>, entries: &mut Vec<Entry>) -> Result<(), Mistake> {
    reader.blanks();
    if !reader.eat(b'{') {
        return Err(reader.expected("a mapping"));
    }
    reader.blanks();
    if !reader.eat(b'}') {
        loop {
            let key = reader.key()?.as_arc_str().cloned().unwrap_or_default();
            reader.blanks();
            let start = reader.at;
            reader.at = end_of_value(reader.text.as_bytes(), start);
            entries.push(Entry { key, value: start..reader.at });
            reader.blanks();
            if reader.eat(b'}') {
                break;
            }
            if !reader.eat(b',') {
                return Err(reader.expected("`,` or `}`"));
            }
        }
    }
    reader.blanks();
    match reader.peek() {
        None => Ok(()),
        Some(_) => Err(mistake(reader.at, "unexpected text after the document")),
    }
}

/// Where a value ends if it is one: brackets are counted, and strings passed over.
fn end_of_value(text: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at = end_of_string(text, at),
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            b',' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
        if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
            return at.min(text.len());
        }
    }
    text.len()
}

/// Where the quote is that closes the string which opens at `start`.
fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::{Format, parse, to_string};
    use crate::yaml::Map;

    /// The document that the entries make.
    fn joined(text: &str) -> Result<String, String> {
        let entries = parse_entries(text, |key, value| (key, value)).map_err(|mistake| mistake.message)?;
        Ok(to_string(&Node::new(entries.into_iter().collect::<Map>()), Format::COMPACT).unwrap())
    }

    fn whole(text: &str) -> Result<String, String> {
        parse(text).map(|node| to_string(&node, Format::COMPACT).unwrap()).map_err(|mistake| mistake.message)
    }

    #[test]
    fn entries_are_those_of_the_document() {
        let many: Vec<String> = (0..500).map(|n| format!("\"k{n}\" : {{\"a\": [\"}}]\\\"\", {n}.5, null]}}")).collect();
        for text in
            ["{}", " { } ", r#"{"a":1}"#, r#"{"a": 1 , "b\n": "x", "a": [true]}"#, &format!("{{{}}}", many.join(","))]
        {
            assert_eq!(joined(text), whole(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_first_mistake_is_that_of_the_document(text in "[{}\\[\\],:\"a\\\\1 \n]{0,24}") {
            let text = format!("{{\"a\": [1], {text}");
            prop_assert_eq!(joined(&text), whole(&text));
        }
    }
}
