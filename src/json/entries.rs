//! The entries of a large JSON object, one at a time as it arrives in pieces: the whole is never held.

use memchr::{memchr2, memchr3};

/// An object that arrives in pieces. Its strings and brackets are followed; what a value says is for the taker to read.
#[derive(Debug, Default)]
pub struct Entries {
    place: Place,
    /// The entry under way, from the quote its key begins with.
    entry: Vec<u8>,
    /// How deep in brackets of the sort that the value under way begins with.
    depth: usize,
    /// That sort.
    brackets: (u8, u8),
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
        let mut rest = piece;
        while let Some((&byte, after)) = rest.split_first() {
            rest = match self.place {
                Place::Before if byte == b'{' => {
                    self.place = Place::Inside;
                    after
                }
                Place::Before | Place::After if byte.is_ascii_whitespace() => after,
                Place::Before | Place::After => return Err(NoObject),
                Place::Inside if self.in_string => self.in_string(rest),
                Place::Inside if self.depth > 0 => self.in_brackets(rest),
                Place::Inside => {
                    self.between(byte, &mut take)?;
                    after
                }
            };
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

    /// Goes on in a string, and gives what comes after it or after a backslash in it.
    fn in_string<'p>(&mut self, rest: &'p [u8]) -> &'p [u8] {
        let found = if self.is_escaped { Some(0) } else { memchr2(b'"', b'\\', rest) };
        let (taken, after) = rest.split_at(found.map_or(rest.len(), |at| at + 1));
        self.entry.extend_from_slice(taken);
        if let Some(at) = found {
            self.in_string = self.is_escaped || rest[at] != b'"';
            self.is_escaped = !self.is_escaped && rest[at] == b'\\';
        }
        after
    }

    /// Goes on in a list or mapping, to the next string or bracket of its own sort.
    fn in_brackets<'p>(&mut self, rest: &'p [u8]) -> &'p [u8] {
        let (open, close) = self.brackets;
        let found = memchr3(b'"', open, close, rest);
        let (taken, after) = rest.split_at(found.map_or(rest.len(), |at| at + 1));
        self.entry.extend_from_slice(taken);
        match found.map(|at| rest[at]) {
            Some(b'"') => self.in_string = true,
            Some(byte) if byte == open => self.depth += 1,
            Some(_) => self.depth -= 1,
            None => {}
        }
        after
    }

    /// A byte that is neither in a string nor in brackets.
    fn between(&mut self, byte: u8, take: &mut impl FnMut(&str, &[u8])) -> Result<(), NoObject> {
        match byte {
            b',' | b'}' => return self.end(byte == b'}', take),
            b']' => return Err(NoObject),
            b'"' => self.in_string = true,
            b'{' => (self.depth, self.brackets) = (1, (b'{', b'}')),
            b'[' => (self.depth, self.brackets) = (1, (b'[', b']')),
            byte if byte.is_ascii_whitespace() => return Ok(()),
            _ => {}
        }
        self.entry.push(byte);
        Ok(())
    }

    fn end(&mut self, is_last: bool, take: &mut impl FnMut(&str, &[u8])) -> Result<(), NoObject> {
        if is_last {
            self.place = Place::After;
        }
        if self.entry.is_empty() && is_last {
            return Ok(());
        }
        let mut keys = serde_json::Deserializer::from_slice(&self.entry).into_iter::<String>();
        let key = keys.next().and_then(Result::ok).ok_or(NoObject)?;
        let value = self.entry[keys.byte_offset()..].strip_prefix(b":").filter(|value| !value.is_empty());
        take(&key, value.ok_or(NoObject)?);
        self.entry.clear();
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
