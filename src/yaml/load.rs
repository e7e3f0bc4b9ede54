//! From a file's bytes to a document.

use std::path::PathBuf;
use std::sync::Arc;

use super::Node;
use super::compose::compose;
use super::construct::{Constructed, construct};
use super::source;
use crate::diagnostics::{Diagnostic, Files, Mistakes, SourceFile};

/// A document that was read.
#[derive(Debug)]
pub struct Loaded {
    /// The file, now one of the run's.
    pub file: Arc<SourceFile>,
    /// Its only document; null at the start of the file if the file is empty.
    pub root: Node,
    /// What was accepted and is probably a mistake: keys given twice.
    pub warnings: Vec<Diagnostic>,
}

/// Reads the only document of a file as PyYAML's safe loader does, and adds the file to the run's.
///
/// `path` is what the file is shown as. The bytes are UTF-8, or UTF-16 after a byte order mark.
///
/// # Errors
/// What PyYAML refuses: text that is not YAML (then there is one mistake), unknown tags, values that are not
/// what their tag says, keys that are lists or mappings. Beyond that: aliases inside their own node, more than
/// 512 levels, and more than fifty million nodes with every alias written out.
pub fn load(files: &Files, path: impl Into<PathBuf>, bytes: impl AsRef<[u8]>) -> Result<Loaded, Mistakes> {
    let source = source::add(files, path.into(), bytes.as_ref())?;
    let document = compose(&source)?;
    let Constructed { mut root, mistakes, warnings } = construct(&source, &document);
    if document.root.is_none() {
        root.span = source.span(0, 0);
    }
    Mistakes(mistakes).or(Loaded { file: source.file, root, warnings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Map, Value};

    /// Every span of a document as its text, mappings as `key=value`.
    fn spans(files: &Files, node: &Node, found: &mut Vec<String>) {
        let place = files.place(node.span).unwrap();
        found.push(place.file.text[place.range].to_owned());
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| spans(files, item, found)),
            Value::Map(map) => map.iter().for_each(|(key, value)| {
                spans(files, key, found);
                spans(files, value, found);
            }),
            _ => {}
        }
    }

    fn loaded_spans(text: &str) -> Vec<String> {
        let files = Files::default();
        files.add("before.yml", "something else").unwrap();
        let mut found = Vec::new();
        spans(&files, &load(&files, "a.yml", text).unwrap().root, &mut found);
        found
    }

    fn message(text: impl AsRef<[u8]>) -> (String, (usize, usize)) {
        let files = Files::default();
        let mistakes = load(&files, "a.yml", text).unwrap_err();
        let place = files.place(mistakes.0[0].span).unwrap();
        (mistakes.0[0].message.clone(), place.line_and_column())
    }

    #[test]
    fn every_node_knows_its_text() {
        let text = "é: ä\nmap: &m # comment\n  - one\n  - {a: [b]} # more\n\n# end\nblock: |\n  text\n\nempty:\n";
        let map = "- one\n  - {a: [b]}";
        let expected = [
            "é: ä\nmap: &m # comment\n  - one\n  - {a: [b]} # more\n\n# end\nblock: |\n  text\n\nempty:",
            "é",
            "ä",
            "map",
            &map[2..],
            "one",
            "{a: [b]}",
            "a",
            "[b]",
            "b",
            "block",
            "|\n  text",
            "empty",
            "",
        ];
        assert_eq!(loaded_spans(text), expected);
    }

    #[test]
    fn an_empty_file_is_null_at_its_start() {
        let files = Files::default();
        let root = load(&files, "a.yml", "").unwrap().root;
        assert!(root.is_null());
        assert_eq!(files.place(root.span).unwrap().line_and_column(), (1, 1));
    }

    #[test]
    fn aliases_share() {
        let root = load(&Files::default(), "a.yml", "a: &a [1]\nb: *a\n").unwrap().root;
        let (Some(Value::List(one)), Some(Value::List(two))) =
            (root.get("a").map(|node| &node.value), root.get("b").map(|node| &node.value))
        else {
            panic!()
        };
        assert!(Arc::ptr_eq(one, two));
    }

    #[test]
    fn duplicate_keys_are_warned_of_and_merged_ones_are_not() {
        let files = Files::default();
        let text = "base: &b {a: 1}\nx:\n  <<: *b\n  a: 2\n  c: 3\n  c: 4\n";
        let loaded = load(&files, "a.yml", text).unwrap();
        let x = loaded.root.get("x").and_then(Node::as_map).unwrap();
        assert_eq!(*x, Map::from([("a", Node::new(2)), ("c", Node::new(4))]));
        let [warning] = loaded.warnings.as_slice() else { panic!("{:?}", loaded.warnings) };
        assert_eq!(files.place(warning.span).unwrap().line_and_column(), (6, 3));
        assert_eq!(files.place(warning.related[0].0).unwrap().line_and_column(), (5, 3));
    }

    #[test]
    fn mistakes_have_pyyamls_words_and_places() {
        assert_eq!(message("a: b\n c: d\n"), ("mapping values are not allowed in this context".into(), (2, 3)));
        assert_eq!(message("a: [1\nb: 2\n").0, "did not find expected ',' or ']'");
        assert_eq!(message("a: *b\n"), ("found undefined alias `b`".into(), (1, 4)));
        assert_eq!(message("a: &a [*a]\n").0, "found recursive alias `a`: its node would contain itself");
        assert_eq!(message("[&a 1, &a 2]\n"), ("found duplicate anchor `a`".into(), (1, 8)));
        assert_eq!(message("? [1]\n: 2\n").0, "found unhashable key: a list cannot be a key");
        assert_eq!(message("- !foo 1\n"), ("could not determine a constructor for the tag `!foo`".into(), (1, 3)));
        assert_eq!(message("a: =\n").1, (1, 4));
        assert_eq!(message("2024-13-01").0, "invalid timestamp `2024-13-01`: month must be in 1..12");
        assert_eq!(message("a\n---\nb").1, (2, 1));
        assert_eq!(message(b"a: \xFF\n"), ("the file is not UTF-8: byte 3 is not part of a character".into(), (1, 4)));
        assert_eq!(message("a: \u{7}").0, "unacceptable character U+0007: control characters are not allowed");
    }

    #[test]
    fn bombs_are_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..20 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert_eq!(message(bomb).0, "the document has more than 50000000 nodes");
        assert_eq!(message("[".repeat(100_000)).0, "lists and mappings are nested more than 512 deep");
        let chain: String = (1..20)
            .map(|level| format!("a{level}: &a{level} {}*a{}{}\n", "[".repeat(100), level - 1, "]".repeat(100)))
            .collect();
        assert_eq!(message(format!("a0: &a0 x\n{chain}")).0, "lists and mappings are nested more than 512 deep");
    }

    #[test]
    fn sixteen_bit_text_is_read_after_its_mark() {
        let units: Vec<u8> = "\u{feff}ä: 😀".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(load(&Files::default(), "a.yml", units).unwrap().root.get("ä").and_then(Node::as_str), Some("😀"));
        assert_eq!(message(b"\xFF\xFEa\0b").0, "the file is not UTF-16: byte 4 is not part of a character");
    }
}
