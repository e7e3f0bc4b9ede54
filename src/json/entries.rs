//! The entries of a large JSON object, one at a time as it arrives in pieces: the whole is never held.

use std::mem;

/// An object that arrives in pieces. Its strings and brackets are followed; what a value says is for the taker to read.
#[derive(Debug, Default)]
pub struct Entries {
    place: Place,
    /// The entry under way, from the quote its key begins with.
    entry: Vec<u8>,
    depth: usize,
    in_string: bool,
    is_escaped: bool,
}

/// Where in the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Before,
    Inside,
    After,
}

/// A text that is no object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a JSON object")]
pub struct NoObject;

impl Entries {
    /// Takes one more piece; every entry that ends in it is given to `take` as key and JSON of its value.
    ///
    /// # Errors
    /// If it cannot be a piece of an object.
    pub fn feed(&mut self, piece: &[u8], mut take: impl FnMut(&str, &[u8])) -> Result<(), NoObject> {
        for &byte in piece {
            self.byte(byte, &mut take)?;
        }
        Ok(())
    }

    /// Ends the object.
    ///
    /// # Errors
    /// If something is missing.
    pub fn finish(self) -> Result<(), NoObject> {
        if self.place == Place::After { Ok(()) } else { Err(NoObject) }
    }

    fn byte(&mut self, byte: u8, take: &mut impl FnMut(&str, &[u8])) -> Result<(), NoObject> {
        match self.place {
            Place::Before if byte == b'{' => self.place = Place::Inside,
            Place::Before | Place::After if byte.is_ascii_whitespace() => {}
            Place::Before | Place::After => return Err(NoObject),
            Place::Inside if self.in_string => self.in_string(byte),
            Place::Inside if self.depth == 0 && matches!(byte, b',' | b'}') => {
                self.end(byte == b'}', take)?;
            }
            Place::Inside => self.outside_of_strings(byte)?,
        }
        Ok(())
    }

    fn in_string(&mut self, byte: u8) {
        self.entry.push(byte);
        self.in_string = self.is_escaped || byte != b'"';
        self.is_escaped = !self.is_escaped && byte == b'\\';
    }

    fn outside_of_strings(&mut self, byte: u8) -> Result<(), NoObject> {
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.checked_sub(1).ok_or(NoObject)?,
            // White space between entries, and within them.
            byte if byte.is_ascii_whitespace() => return Ok(()),
            _ => {}
        }
        self.entry.push(byte);
        Ok(())
    }

    fn end(&mut self, is_last: bool, take: &mut impl FnMut(&str, &[u8])) -> Result<(), NoObject> {
        let entry = mem::take(&mut self.entry);
        if is_last {
            self.place = Place::After;
        }
        if entry.is_empty() && is_last {
            return Ok(());
        }
        let mut keys = serde_json::Deserializer::from_slice(&entry).into_iter::<String>();
        let key = keys.next().and_then(Result::ok).ok_or(NoObject)?;
        let value = entry[keys.byte_offset()..].strip_prefix(b":").filter(|value| !value.is_empty()).ok_or(NoObject)?;
        take(&key, value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn read(text: &str, size: usize) -> Result<Map<String, Value>, NoObject> {
        let (mut entries, mut read) = (Entries::default(), Map::new());
        for piece in text.as_bytes().chunks(size) {
            entries.feed(piece, |key, value| {
                read.insert(key.to_owned(), serde_json::from_slice(value).unwrap());
            })?;
        }
        entries.finish().map(|()| read)
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_object_is_read_as_a_whole_would_be(
            map in prop::collection::btree_map(any::<String>(), value(), 0..5),
            size in 1..50usize,
            is_pretty in any::<bool>(),
        ) {
            let object: Map<String, Value> = map.into_iter().collect();
            let text = if is_pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) };
            prop_assert_eq!(read(&text.unwrap(), size), Ok(object));
        }

        #[test]
        fn no_text_is_a_panic(text in any::<String>(), size in 1..9usize) {
            let mut entries = Entries::default();
            for piece in text.as_bytes().chunks(size) {
                if entries.feed(piece, |_, _| {}).is_err() {
                    break;
                }
            }
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["", "[]", "{", r#"{"a"}"#, r#"{"a":}"#, r#"{a: 1}"#, r#"{"a": 1}}"#, r#"{"a": 1,"#, "{}x", "{,}"] {
            assert_eq!(read(text, 3), Err(NoObject), "{text}");
        }
    }
}
