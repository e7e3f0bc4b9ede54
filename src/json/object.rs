//! A large mapping of which few values are needed.

use arcstr::ArcStr;

use super::read::{Reader, located};
use super::split::{Entry, member, split};
use crate::diagnostics::Diagnostic;
use crate::yaml::Node;

/// A text that is one mapping, whose values are read when they are asked for. What is wrong within a value is told
/// then; what is wrong between them, at once.
#[derive(Debug)]
pub struct Object {
    text: String,
    /// By key.
    entries: Vec<Entry>,
}

impl Object {
    /// The mapping that a text is.
    ///
    /// # Errors
    /// The first mistake outside of its values, with its line and column.
    pub fn new(text: String) -> Result<Self, Diagnostic> {
        let (mut entries, end) = split(&text);
        end.map_err(|wrong| located(&text, wrong))?;
        if !entries.is_sorted_by(|one, other| one.key < other.key) {
            // Of two equal keys the last counts.
            entries.reverse();
            entries.sort_by(|one, other| one.key.cmp(&other.key));
            entries.dedup_by(|other, one| other.key == one.key);
        }
        Ok(Self { text, entries })
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &ArcStr> {
        self.entries.iter().map(|entry| &entry.key)
    }

    /// Where a key is among all.
    #[must_use]
    pub fn position(&self, key: &str) -> Option<usize> {
        self.entries.binary_search_by(|entry| entry.key.as_str().cmp(key)).ok()
    }

    /// The value under the key at that place.
    ///
    /// # Errors
    /// The first mistake in it, with its line and column in the whole.
    pub fn value(&self, at: usize) -> Result<Node, Diagnostic> {
        let read = self.entries[at].value(&mut Reader::new(&self.text, None));
        read.map_err(|wrong| located(&self.text, wrong))
    }

    /// What that value, a mapping, has under one of its own keys. Its other values are passed over.
    ///
    /// # Errors
    /// The first mistake on the way, with its line and column in the whole.
    pub fn member(&self, at: usize, key: &str) -> Result<Option<Node>, Diagnostic> {
        let mut reader = Reader::new(&self.text, None);
        reader.at = self.entries[at].value.start;
        member(&mut reader, key).map_err(|wrong| located(&self.text, wrong))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::parse;

    fn object(text: &str) -> Result<Object, String> {
        Object::new(text.to_owned()).map_err(|mistake| mistake.message)
    }

    proptest! {
        #[test]
        fn values_and_their_members_are_those_of_the_document(
            text in r#"\{("[a-c]":(1|"[x{}\[\\"]{0,3}"|\[[1,\[\]]{0,3}\]|\{"[ab]":[12],"[ab]":"[}y]"\}),){0,4}"d":2\}"#,
        ) {
            // Texts that are no JSON are compared by the test of those that read all.
            let Ok(whole) = parse(&text) else { return Ok(()) };
            let object = object(&text).unwrap();
            let keys: Vec<&str> = object.keys().map(ArcStr::as_str).collect();
            prop_assert!(keys.is_sorted_by(|one, other| one < other));
            prop_assert_eq!(keys.len(), whole.as_map().unwrap().len());
            for (at, key) in keys.iter().enumerate() {
                prop_assert_eq!(object.position(key), Some(at));
                let value = whole.get(key).unwrap();
                prop_assert_eq!(&object.value(at).unwrap(), value);
                if value.as_map().is_some() {
                    prop_assert_eq!(object.member(at, "a").unwrap(), value.get("a").cloned());
                }
            }
        }
    }

    #[test]
    fn a_mistake_is_told_where_it_is_and_when_it_is_met() {
        let text = "{\"a\": {\"x\": 1, \"y\": tru},\n \"b\": {\"x\": [1 2]}}";
        let object = object(text).unwrap();
        assert_eq!(object.value(0).unwrap_err().message, "expected a value, found `t`, in line 1, column 21");
        assert_eq!(object.member(0, "x").unwrap(), Some(1.into()));
        assert_eq!(object.member(1, "x").unwrap_err().message, "expected `,` or `]`, found `2`, in line 2, column 16");
        assert_eq!(object.position("c"), None);
        for (text, told) in [
            ("[]", "expected a mapping, found `[`, in line 1, column 1"),
            ("{\"a\": 1", "expected `,` or `}`, found the end of the text, in line 1, column 8"),
            ("{} x", "unexpected text after the document, in line 1, column 4"),
        ] {
            assert_eq!(self::object(text).unwrap_err(), told, "{text}");
        }
    }
}
