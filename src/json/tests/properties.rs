//! What must hold for any document.

use proptest::prelude::*;

use super::documents::document;
use crate::diagnostics::Files;
use crate::json::{Format, parse, to_string};
use crate::yaml::tests::tagged::tagged;
use crate::yaml::{DumpOptions, Node, dump, load};

/// Whether all keys are text; others become text and may then be twice in a mapping.
fn has_text_keys(node: &Node) -> bool {
    match (node.as_map(), node.as_list()) {
        (Some(map), _) => map.iter().all(|(key, value)| key.as_str().is_some() && has_text_keys(value)),
        (None, Some(items)) => items.iter().all(has_text_keys),
        (None, None) => true,
    }
}

proptest! {
    #[test]
    fn what_is_written_as_json_is_read_again(document in document()) {
        let node = document.node();
        if has_text_keys(&node) {
            for format in [Format::ARTIFACT, Format::COMPACT] {
                let Ok(written) = to_string(&node, format) else { continue };
                let again = parse(&written).unwrap();
                prop_assert_eq!(to_string(&again, format).unwrap(), written);
            }
        }
    }

    /// serde_json has no infinities and no large integers, and writes floats and text in its own way.
    #[test]
    fn json_is_what_serde_json_reads(document in document()) {
        let node = document.node();
        let Some(written) = to_string(&node, Format::ARTIFACT).ok().filter(|_| has_text_keys(&node)) else {
            return Ok(());
        };
        if let Ok(theirs) = serde_json::from_str::<serde_json::Value>(&written) {
            let ours = to_string(&parse(&written).unwrap(), Format::ARTIFACT).unwrap();
            let again: serde_json::Value = serde_json::from_str(&ours).unwrap();
            prop_assert_eq!(again, theirs);
        }
    }

    #[test]
    fn json_of_any_text_is_read_or_refused(text in any::<String>(), brackets in "[\\[\\]{},:\"0-9eE.+u\\\\ truefalsn-]{0,40}") {
        let (_, ours) = (parse(&text), parse(&brackets));
        if serde_json::from_str::<serde_json::Value>(&brackets).is_ok() {
            prop_assert!(ours.is_ok(), "{brackets}: {ours:?}");
        }
    }

    /// But for line breaks other than `\\n`, which PyYAML writes in places where it does not read them as such.
    #[test]
    fn what_is_written_as_yaml_is_read_again(document in document()) {
        let node = document.node();
        for options in [DumpOptions::PARAMETERS, DumpOptions::GRAPH] {
            let written = dump(&node, options);
            if written.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
                continue;
            }
            let again = load(&Files::default(), "a.yml", &written).unwrap();
            prop_assert_eq!(dump(&again.root, options), written);
        }
        prop_assert_eq!(tagged(&node.unshared()), tagged(&node));
    }
}
