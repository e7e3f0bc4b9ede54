//! Documents as text, byte for byte as PyYAML's `safe_dump(…, default_flow_style=False)` writes them.
//!
//! Block style, sorted keys, lines folded at 80 columns. What a scalar may be written as is decided in `analysis`,
//! how it is written in `scalars`, and the lists and mappings around it in `emitter`.

mod analysis;
mod emitter;
mod output;
mod represent;
mod scalars;
mod sharing;

use super::Node;

/// What the reference leaves to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DumpOptions {
    /// Whether characters beyond ASCII are written as they are, or escaped.
    pub unicode: bool,
    /// Whether a list, mapping or timestamp that is met again is written as an alias of the first.
    ///
    /// PyYAML does that for what is one *object*, and it shows: in the reference's `-Y` output a task's artifacts
    /// have `expires: *id001` because the payload holds the very object that is the task's `expires`. We go by the
    /// shared pointer. A document of ours may share more than one of Python's, because copying is sharing here:
    /// [`Node::deep_copy`] and [`Node::unshared`] make real copies of a part.
    pub aliases: bool,
}

impl DumpOptions {
    /// As the reference writes `parameters.yml`.
    pub const PARAMETERS: Self = Self { unicode: true, aliases: true };

    /// As the reference prints graphs with `-Y`.
    pub const GRAPH: Self = Self { unicode: false, aliases: true };
}

/// A document as YAML, with a last newline.
#[must_use]
pub fn dump(node: &Node, options: DumpOptions) -> String {
    emitter::emit(node, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Files;
    use crate::yaml::{Map, load};

    fn again(text: &str) -> String {
        let root = load(&Files::default(), "a.yml", text).unwrap().root;
        dump(&root, DumpOptions::PARAMETERS)
    }

    /// Texts that PyYAML writes exactly so.
    #[test]
    fn what_pyyaml_wrote_is_written_again() {
        let texts = [
            "abc\n...\n",
            "{}\n",
            "a:\n- b\n- c: d\n  e: []\n- - f\n  - g\n",
            "a: 'yes'\nb: '1'\nc: null\nd: ''\ne: 1.0e-05\nf: .inf\n",
            "a: &id001\n  x: y\nb: *id001\nc:\n- *id001\n",
            "? ''\n: 1\n? 'a\n\n  b'\n: 2\n",
            "a: 'one\n\n  two'\nb: \"tab\\there\"\nc: ' x'\n",
            "a: !!binary |\n  aGVsbG8=\nb: 2024-01-31\nc: 2024-01-31 12:00:00+01:00\n",
        ];
        for text in texts {
            assert_eq!(again(text), text);
        }
    }

    #[test]
    fn long_lines_are_folded() {
        let words = vec!["word"; 40].join(" ");
        let folded = again(&format!("a: {words}\nb: \"{words}\\t\"\n"));
        assert!(folded.lines().all(|line| line.len() < 90), "{folded}");
        assert_eq!(again(&folded), folded);
    }

    #[test]
    fn copies_are_written_out_where_aliases_are_not_wanted() {
        let shared = Node::from_iter(["x"]);
        let node = Node::new(Map::from([("a", shared.clone()), ("b", shared)]));
        assert_eq!(dump(&node, DumpOptions::GRAPH), "a: &id001\n- x\nb: *id001\n");
        assert_eq!(dump(&node, DumpOptions { aliases: false, ..DumpOptions::GRAPH }), "a:\n- x\nb:\n- x\n");
        assert_eq!(dump(&node.unshared(), DumpOptions::GRAPH), "a:\n- x\nb:\n- x\n");
    }

    #[test]
    fn a_deep_copy_shares_within_itself_only() {
        let shared = Node::from_iter(["x"]);
        let part = Node::new(Map::from([("a", shared.clone()), ("b", shared)]));
        let node = Node::new(Map::from([("one", part.clone()), ("two", part.deep_copy())]));
        let text = "one:\n  a: &id001\n  - x\n  b: *id001\ntwo:\n  a: &id002\n  - x\n  b: *id002\n";
        assert_eq!(dump(&node, DumpOptions::GRAPH), text);
    }
}
