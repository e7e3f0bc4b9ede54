//! A document as serde reads it.

use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, Unexpected, Visitor};

use super::error::{ReadError, unknown_key};
use super::node::PASSING;
use super::recovery::Recovery;
use super::stand_in::StandIn;
use crate::diagnostics::{Diagnostic, Warnings, nearest};
use crate::yaml::{Map, NODE_TOKEN, Node, Value};

/// Where to report a key that is read as "ignored": the key and the keys its type knows.
#[derive(Clone, Copy)]
struct UnknownKey<'a> {
    key: &'a Node,
    known: &'static [&'static str],
}

#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    node: &'a Node,
    warnings: Option<&'a Warnings>,
    unknown: Option<UnknownKey<'a>>,
    recovery: &'a Recovery,
}

impl<'a> Reader<'a> {
    /// Reads `node`, noting keys that mean nothing, and passing over what is known to be wrong.
    pub(super) const fn new(node: &'a Node, warnings: Option<&'a Warnings>, recovery: &'a Recovery) -> Self {
        Self { node, warnings, unknown: None, recovery }
    }

    const fn on(self, node: &'a Node) -> Self {
        Self { node, unknown: None, ..self }
    }

    /// Gives a mistake raised while reading this node this node's place, unless it has one.
    fn placed<T>(self, result: Result<T, ReadError>) -> Result<T, ReadError> {
        result.map_err(|error| error.within(self.node))
    }

    fn entries(self, map: &'a Map, known: &'static [&'static str]) -> Entries<'a> {
        let made_up = self.recovery.missing(self.node).iter();
        Entries { reader: self, entries: map.iter(), made_up, current: None, known }
    }

    /// A key that is missing is most often there and misspelt: then that is the place to look at, unless it was told
    /// as unknown already.
    fn misspelt(self, mut error: ReadError, map: &Map, known: &[&str]) -> ReadError {
        let (Some(field), true) = (error.missing, error.trail.is_empty()) else { return error };
        let is_near = |key: &str| !known.contains(&key) && nearest(key, [field]).is_some();
        let Some((slip, _)) = map.iter().find(|(key, _)| key.as_str().is_some_and(is_near)) else { return error };
        if self.recovery.is_broken(slip) {
            error.mistakes.clear();
        }
        for mistake in &mut error.mistakes {
            mistake.span = slip.span;
            mistake.help = Some(format!("did you mean `{field}`?"));
        }
        error
    }
}

macro_rules! as_any {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.deserialize_any(visitor)
        }
    )* };
}

impl<'de, 'a: 'de> Deserializer<'de> for Reader<'a> {
    type Error = ReadError;

    as_any! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32
        deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_unit deserialize_seq deserialize_map deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let result = match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Str(text) => visitor.visit_borrowed_str(text),
            // Not `visit_bytes`: serde would take them for a string where they happen to be one.
            Value::Bytes(_) => Err(de::Error::invalid_type(Unexpected::Other("binary data"), &visitor)),
            Value::List(items) => visitor.visit_seq(Items { reader: self, items: items.iter() }),
            Value::Map(map) => visitor.visit_map(self.entries(map, &[])),
            Value::BigInt(_) => Err(de::Error::invalid_type(Unexpected::Other("a number beyond 64 bits"), &visitor)),
            Value::Timestamp(_) => Err(de::Error::invalid_type(Unexpected::Other("a timestamp"), &visitor)),
        };
        self.placed(result)
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let Value::BigInt(digits) = &self.node.value else { return self.deserialize_any(visitor) };
        let found = Unexpected::Other("a number beyond 128 bits");
        let result = match digits.parse() {
            Ok(number) => visitor.visit_i128(number),
            Err(_) => Err(de::Error::invalid_type(found, &visitor)),
        };
        self.placed(result)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if name == NODE_TOKEN {
            PASSING.set(Some(self.node.clone()));
            return visitor.visit_unit();
        }
        let result = visitor.visit_newtype_struct(self);
        self.placed(result)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Map(map) => {
                let result = visitor.visit_map(self.entries(map, fields));
                self.placed(result.map_err(|error| self.misspelt(error, map, fields)))
            }
            // serde would take a list for the fields in their order.
            Value::List(_) => self.placed(Err(de::Error::invalid_type(Unexpected::Seq, &visitor))),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let result = match &self.node.value {
            Value::Str(name) => {
                visitor.visit_enum(Variant { reader: self, name: self.node, text: name, content: None })
            }
            Value::Map(map) => match map.iter().next() {
                Some((key, content)) if map.len() == 1 && key.as_str().is_some() => visitor.visit_enum(Variant {
                    reader: self,
                    name: key,
                    text: key.as_str().unwrap_or_default(),
                    content: Some(content),
                }),
                _ => Err(de::Error::invalid_type(Unexpected::Map, &visitor)),
            },
            _ => self.deserialize_any(visitor),
        };
        self.placed(result)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        // A key that no file holds was put there by a transform, for others to read.
        let written = self.unknown.filter(|unknown| unknown.key.span.is_written());
        if let (Some(warnings), Some(unknown)) = (self.warnings, written) {
            let name = unknown.key.as_str().unwrap_or("?");
            warnings.push(unknown_key(Diagnostic::warning, name, unknown.known).at(unknown.key.span));
        }
        visitor.visit_unit()
    }
}

struct Items<'a> {
    reader: Reader<'a>,
    items: std::slice::Iter<'a, Node>,
}

impl<'de, 'a: 'de> de::SeqAccess<'de> for Items<'a> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        let recovery = self.reader.recovery;
        let Some(item) = self.items.find(|item| !recovery.is_broken(item)) else { return Ok(None) };
        let reader = self.reader.on(item);
        reader.placed(seed.deserialize(reader)).map(Some)
    }
}

struct Entries<'a> {
    reader: Reader<'a>,
    entries: std::slice::Iter<'a, (Node, Node)>,
    /// Keys to go on with after the last entry.
    made_up: std::slice::Iter<'a, &'static str>,
    /// The entry whose value is next; none for what is made up.
    current: Option<&'a (Node, Node)>,
    known: &'static [&'static str],
}

impl<'de, 'a: 'de> de::MapAccess<'de> for Entries<'a> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        let recovery = self.reader.recovery;
        self.current = self.entries.find(|(key, _)| !recovery.is_broken(key));
        if let Some((key, _)) = self.current {
            let reader = self.reader.on(key);
            // No field is called by anything but a string: any other key is as unknown as any other text.
            let result = match !self.known.is_empty() && key.as_str().is_none() {
                true => seed.deserialize(serde_json::to_string(key).unwrap_or_default().into_deserializer()),
                false => seed.deserialize(reader),
            };
            return reader.placed(result).map(Some);
        }
        self.made_up.next().map(|key| seed.deserialize((*key).into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let Some((key, value)) = self.current.filter(|(_, value)| !self.reader.recovery.is_broken(value)) else {
            return seed.deserialize(StandIn).map_err(|_| ReadError::default());
        };
        let mut reader = self.reader.on(value);
        reader.unknown = (!self.known.is_empty()).then_some(UnknownKey { key, known: self.known });
        // A missing value (`key:` and nothing) has no text of its own; its key has.
        reader.placed(seed.deserialize(reader)).map_err(|error| error.at_or(key.span))
    }
}

struct Variant<'a> {
    reader: Reader<'a>,
    name: &'a Node,
    text: &'a str,
    content: Option<&'a Node>,
}

impl<'de, 'a: 'de> de::EnumAccess<'de> for Variant<'a> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ReadError> {
        let reader = self.reader.on(self.name);
        let value = reader.placed(seed.deserialize(self.text.into_deserializer()))?;
        Ok((value, self))
    }
}

impl<'a> Variant<'a> {
    fn content(&self) -> Result<Reader<'a>, ReadError> {
        let missing = || Diagnostic::error(format!("`{}` needs a value", self.text)).at(self.name.span).into();
        self.content.map(|content| self.reader.on(content)).ok_or_else(missing)
    }
}

impl<'de, 'a: 'de> de::VariantAccess<'de> for Variant<'a> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.content {
            Some(content) if !content.is_null() => {
                Err(Diagnostic::error(format!("`{}` takes no value", self.text)).at(content.span).into())
            }
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.content()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.content()?.deserialize_struct("variant", fields, visitor)
    }
}
