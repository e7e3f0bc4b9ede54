//! The styles of scalars. Each folds long lines where PyYAML does, which is not quite the same place in each.

use super::analysis::is_break;
use super::output::{Output, WIDTH};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Spaces,
    Breaks,
    Words,
}

const fn kind(character: char) -> Kind {
    match character {
        ' ' => Kind::Spaces,
        _ if is_break(character) => Kind::Breaks,
        _ => Kind::Words,
    }
}

/// A text in pieces of one kind each.
fn pieces(text: &str) -> impl Iterator<Item = (Kind, std::ops::Range<usize>)> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = kind(text[start..].chars().next()?);
        let length = text[start..].find(|character| kind(character) != first).unwrap_or(text.len() - start);
        let range = start..start + length;
        start = range.end;
        Some((first, range))
    })
}

/// Whether a piece is a single space beyond the width, and so a place to fold.
fn is_fold(kind: Kind, range: &std::ops::Range<usize>, output: &Output) -> bool {
    kind == Kind::Spaces && range.len() == 1 && output.column > WIDTH
}

/// A scalar without quotes; it has no line breaks.
pub(super) fn plain(output: &mut Output, text: &str, may_fold: bool) {
    if !output.whitespace {
        output.raw(" ");
    }
    output.whitespace = false;
    output.indention = false;
    for (kind, range) in pieces(text) {
        if may_fold && is_fold(kind, &range, output) {
            output.indent();
            output.whitespace = false;
            output.indention = false;
        } else {
            output.raw(&text[range]);
        }
    }
}

pub(super) fn single_quoted(output: &mut Output, text: &str, may_fold: bool) {
    output.indicator("'", true);
    for (kind, range) in pieces(text) {
        let is_inside = range.start != 0 && range.end != text.len();
        let piece = &text[range.clone()];
        match kind {
            Kind::Breaks => breaks(output, piece),
            _ if may_fold && is_inside && is_fold(kind, &range, output) => output.indent(),
            _ => output.raw(&piece.replace('\'', "''")),
        }
    }
    output.indicator("'", false);
}

/// Line breaks in a quoted scalar: the first one counts twice, since one alone would be read as a space.
fn breaks(output: &mut Output, breaks: &str) {
    if breaks.starts_with('\n') {
        output.line_break('\n');
    }
    breaks.chars().for_each(|line_break| output.line_break(line_break));
    output.indent();
}

pub(super) fn double_quoted(output: &mut Output, text: &str, may_fold: bool, unicode: bool) {
    output.indicator("\"", true);
    // What was read and not written yet starts here.
    let mut start = 0;
    for (at, character) in text.char_indices() {
        let after = at + character.len_utf8();
        if must_escape(character, unicode) {
            output.raw(&text[start..at]);
            output.raw(&escape(character));
            start = after;
        }
        let is_inside = at > 0 && after < text.len();
        if may_fold && is_inside && (character == ' ' || start >= at) && is_beyond(output, text, start, at) {
            if start < at {
                output.raw(&text[start..at]);
                start = at;
            }
            output.raw("\\");
            output.indent();
            output.whitespace = false;
            output.indention = false;
            if text[start..].starts_with(' ') {
                output.raw("\\");
            }
        }
    }
    output.raw(&text[start..]);
    output.indicator("\"", false);
}

/// Whether the line would be too long with what was not written yet. An escape just written counts one less.
fn is_beyond(output: &Output, text: &str, start: usize, at: usize) -> bool {
    if start > at { output.column > WIDTH + 1 } else { output.column + text[start..at].chars().count() > WIDTH }
}

const fn must_escape(character: char, unicode: bool) -> bool {
    match character {
        '"' | '\\' | '\u{FEFF}' | '\u{2028}' | '\u{2029}' => true,
        ' '..='~' => false,
        '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' => !unicode,
        _ => true,
    }
}

fn escape(character: char) -> String {
    let short = match character {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{B}' => 'v',
        '\u{C}' => 'f',
        '\r' => 'r',
        '\u{1B}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{A0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            return match u32::from(character) {
                code @ ..=0xFF => format!("\\x{code:02X}"),
                code @ ..=0xFFFF => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}

/// Lines as they are; for binary data, which ends with one line break and has no line that starts with a space.
pub(super) fn literal(output: &mut Output, text: &str) {
    output.indicator("|", true);
    output.line_break('\n');
    for line in text.lines() {
        output.indent();
        output.raw(line);
        output.line_break('\n');
    }
}
