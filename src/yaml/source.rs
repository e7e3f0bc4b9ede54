//! The text of a document, decoded as PyYAML decodes it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::diagnostics::{Diagnostic, Files, SourceFile, Span};

/// A file that is being read.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) file: Arc<SourceFile>,
}

impl Source {
    pub(super) fn span(&self, start: u32, end: u32) -> Span {
        self.file.span(start as usize..end as usize)
    }

    /// The span of the one character at `start`, or of nothing at the end of the text or of a line.
    pub(super) fn character_span(&self, start: u32) -> Span {
        let found = self.file.text[start as usize..].chars().next().filter(|found| *found != '\n');
        self.span(start, start + found.map_or(0, |found| found.len_utf8() as u32))
    }

    /// `end` without the white space before it.
    pub(super) fn trimmed(&self, start: u32, end: u32) -> u32 {
        start + self.file.text[start as usize..end as usize].trim_end().len() as u32
    }
}

/// Decodes a file (UTF-8, or UTF-16 after its byte order mark) and adds it to the run's files.
///
/// # Errors
/// The first byte that is no text.
pub(super) fn add(files: &Files, path: PathBuf, bytes: &[u8]) -> Result<Source, Diagnostic> {
    let (decoded, problem) = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest, 3),
        _ => utf8(bytes, 0),
    };
    let file = files.add(path, decoded)?;
    match problem {
        None => Ok(Source { file }),
        Some(Undecodable { offset, at, encoding }) => {
            Err(Diagnostic::error(format!("the file is not {encoding}: byte {offset} is not part of a character"))
                .at(file.span(at..at + char::REPLACEMENT_CHARACTER.len_utf8())))
        }
    }
}

/// Where decoding failed.
struct Undecodable {
    /// In the file.
    offset: usize,
    /// In what was decoded; a replacement character is there.
    at: usize,
    encoding: &'static str,
}

fn utf8(bytes: &[u8], skipped: usize) -> (String, Option<Undecodable>) {
    match str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(error) => {
            let at = error.valid_up_to();
            let text = String::from_utf8_lossy(bytes).into_owned();
            (text, Some(Undecodable { offset: at + skipped, at, encoding: "UTF-8" }))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (String, Option<Undecodable>) {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let (mut text, mut offset, mut first) = (String::with_capacity(bytes.len()), 2, None);
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        if decoded.is_err() {
            first.get_or_insert(Undecodable { offset, at: text.len(), encoding: "UTF-16" });
        }
        let character = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
        text.push(character);
        offset += character.len_utf16() * 2;
    }
    if !odd.is_empty() {
        first.get_or_insert(Undecodable { offset, at: text.len(), encoding: "UTF-16" });
        text.push(char::REPLACEMENT_CHARACTER);
    }
    (text, first)
}
