//! What must hold for any text.

use proptest::prelude::*;

use super::corpus::cases;
use crate::diagnostics::Files;
use crate::yaml::{DumpOptions, Node, dump, load};

/// A change to a text: what to put over some bytes, and where (in parts of its length).
type Change = (f64, f64, Vec<u8>);

/// Pieces of syntax, which break documents in more interesting ways than letters do.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "\n", "  ", "\t", "- ", "? ", ": ", ":", ",", "[", "]", "{", "}", "&a ", "*a", "!!str ", "!!int ", "!x ", "| ",
        ">\n", "'", "\"", "#", "%", "@", "<<: ", "---\n", "...\n", "\u{feff}", "\u{85}", "é", "0x", "1:30", "=", "~",
        "\\", "\r\n",
    ];
    prop_oneof![
        4 => prop::sample::select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}

pub(crate) fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let texts: Vec<Vec<u8>> = cases().into_values().collect();
    let change = (0.0..1.0_f64, 0.0..0.05_f64, piece());
    (prop::sample::select(texts), prop::collection::vec(change, 0..6)).prop_map(|(text, changes)| mutate(text, changes))
}

fn mutate(mut text: Vec<u8>, changes: Vec<Change>) -> Vec<u8> {
    for (start, length, piece) in changes {
        let start = (start * text.len() as f64) as usize;
        let end = (start + (length * text.len() as f64) as usize).min(text.len());
        text.splice(start..end, piece);
    }
    text
}

/// Every value and key of what was read has a place.
fn check_spans(files: &Files, node: &Node) {
    assert!(files.place(node.span).is_some(), "{node:?}");
    if let Some(items) = node.as_list() {
        items.iter().for_each(|item| check_spans(files, item));
    }
    for (key, value) in node.as_map().into_iter().flatten() {
        check_spans(files, key);
        check_spans(files, value);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = load(&Files::default(), "a.yml", bytes);
    }

    #[test]
    fn any_document_is_read_or_refused_and_written_as_it_was_read(text in mutated()) {
        let files = Files::default();
        match load(&files, "a.yml", text) {
            Err(mistakes) => prop_assert!(!mistakes.is_empty()),
            Ok(loaded) => {
                check_spans(&files, &loaded.root);
                for options in [DumpOptions::PARAMETERS, DumpOptions { unicode: false, aliases: false }] {
                    let written = dump(&loaded.root, options);
                    if written.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
                        // PyYAML writes these in places where it does not read them as line breaks.
                        continue;
                    }
                    let again = load(&files, "again.yml", &written).unwrap();
                    prop_assert_eq!(super::tagged::tagged(&again.root), super::tagged::tagged(&sorted(&loaded.root)));
                }
            }
        }
    }
}

/// The document in the order in which it is written.
fn sorted(node: &Node) -> Node {
    match (node.as_list(), node.as_map()) {
        (Some(items), _) => items.iter().map(sorted).collect(),
        (_, Some(map)) => {
            let entries = crate::yaml::sorted(map).unwrap_or_else(|_| map.iter().collect());
            Node::new(
                entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect::<crate::yaml::Map>(),
            )
        }
        _ => node.clone(),
    }
}
