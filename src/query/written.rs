//! A query as it was written somewhere, and where that is.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostics::{Files, SourceFile, Span};
use crate::yaml::Node;

/// The text of a query, and where each part of it stands in a file of the run.
#[derive(Clone, Debug)]
pub struct Written {
    text: String,
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    /// The text is all of a file, or the part that starts at this byte.
    In(Arc<SourceFile>, usize),
    /// Each byte of the text stands at this byte of the file; one more for the end.
    Scattered(Arc<SourceFile>, Vec<usize>),
    /// All that is known is where the whole of it stands.
    Whole(Span),
}

impl Written {
    /// A text of which nothing is known.
    #[must_use]
    pub fn nowhere(text: &str) -> Self {
        Self { text: text.to_owned(), place: Place::Whole(Span::NONE) }
    }

    /// The part of a file that lies in `range`.
    ///
    /// # Panics
    /// If the range is not in the file, or cuts a character.
    #[must_use]
    pub fn in_file(file: &Arc<SourceFile>, range: Range<usize>) -> Self {
        Self { text: file.text[range.clone()].to_owned(), place: Place::In(Arc::clone(file), range.start) }
    }

    /// A text of a document, however it is written there: in quotes, in a block, over several lines.
    #[must_use]
    pub fn in_document(node: &Node, files: &Files) -> Option<Self> {
        let text = node.as_str()?;
        let scattered = files.place(node.span).and_then(|place| {
            let raw = &place.file.text[place.range.clone()];
            let positions = align(text, raw)?.into_iter().map(|at| at + place.range.start).collect();
            Some(Place::Scattered(place.file, positions))
        });
        Some(Self { text: text.to_owned(), place: scattered.unwrap_or(Place::Whole(node.span)) })
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a range of its bytes was written.
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Span {
        match &self.place {
            Place::In(file, start) => file.span(start + range.start..start + range.end),
            Place::Scattered(file, positions) => {
                let start = positions[range.start.min(self.text.len())];
                // The end of the last byte, and not the start of the next: white space may lie between.
                let end = range.end.min(self.text.len()).checked_sub(1).map_or(start, |last| positions[last] + 1);
                file.span(start..end.max(start))
            }
            Place::Whole(span) => *span,
        }
    }
}

/// Where each byte of a scalar's text stands in what was written for it: the same signs in the same order, between
/// which white space may differ. Nothing if something is written in another way, as escapes are.
fn align(text: &str, raw: &str) -> Option<Vec<usize>> {
    // A block begins with a line that is not part of its text.
    let header = match raw.chars().next() {
        Some('|' | '>') => raw.find('\n')?,
        Some('"' | '\'') => 1,
        _ => 0,
    };
    let mut written = raw.char_indices().skip_while(|(at, _)| *at < header).peekable();
    let mut positions = Vec::with_capacity(text.len() + 1);
    let mut here = header;
    for character in text.chars() {
        if character.is_whitespace() {
            positions.extend(std::iter::repeat_n(here, character.len_utf8()));
            continue;
        }
        while written.next_if(|(_, next)| next.is_whitespace()).is_some() {}
        let (at, _) = written.next_if(|(_, next)| *next == character)?;
        positions.extend((0..character.len_utf8()).map(|byte| at + byte));
        here = at + character.len_utf8();
    }
    positions.push(here);
    Some(positions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn marked(document: &str, wanted: &str) -> String {
        let files = Files::default();
        let loaded = yaml::load(&files, "config.yml", document.as_bytes().to_vec()).unwrap();
        let written = Written::in_document(loaded.root.get("q").unwrap(), &files).unwrap();
        let start = written.text().find(wanted).unwrap();
        let place = files.place(written.span(start..start + wanted.len())).unwrap();
        let (line, column) = place.line_and_column();
        format!("{line}:{column} {}", &place.file.text[place.range])
    }

    #[test]
    fn every_way_to_write_a_scalar_is_found_again() {
        assert_eq!(marked("q: a | wrong", "wrong"), "1:8 wrong");
        assert_eq!(marked("q: 'a | wrong'", "wrong"), "1:9 wrong");
        assert_eq!(marked("q: \"ä | wrong\"", "wrong"), "1:9 wrong");
        assert_eq!(marked("q: |\n  a\n  | wrong\n", "wrong"), "3:5 wrong");
        assert_eq!(marked("q: >-\n  a\n  | wrong\n", "wrong"), "3:5 wrong");
        assert_eq!(marked("q: a\n  | wrong\n", "wrong"), "2:5 wrong");
        assert_eq!(marked("q: \"a \\x7c wrong\"", "wrong"), "1:4 \"a \\x7c wrong\"");
    }
}
