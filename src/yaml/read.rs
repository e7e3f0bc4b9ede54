//! From a document to a closed type, through serde, with mistakes that point at the text.
//!
//! A type with `#[serde(deny_unknown_fields)]` refuses unknown keys; one without lets them pass, and
//! [`read_noting`] then warns of each. Both suggest the nearest key.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use arcstr::ArcStr;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, Unexpected, Visitor};

use super::{Map, NODE_TOKEN, Node, Value};
use crate::diagnostics::{Diagnostic, Span, Warnings, nearest, suggest};

/// Reads a closed type from a document; keys the type does not refuse are ignored in silence.
///
/// # Errors
/// The first mistake, at the text that made it.
pub fn read<T: DeserializeOwned>(node: &Node) -> Result<T, Diagnostic> {
    T::deserialize(Reader { node, warnings: None, unknown: None }).map_err(|error| error.0.at_or(node.span))
}

/// As [`read`], but keys that are accepted and mean nothing are warned about.
///
/// # Errors
/// The first mistake, at the text that made it.
pub fn read_noting<T: DeserializeOwned>(node: &Node, warnings: &Warnings) -> Result<T, Diagnostic> {
    T::deserialize(Reader { node, warnings: Some(warnings), unknown: None }).map_err(|error| error.0.at_or(node.span))
}

/// As [`read`], for a `Deserialize` that looks at a [`Node`] before it knows what to read from it; the mistake keeps
/// its place.
///
/// # Errors
/// As [`read`].
pub fn read_within<T: DeserializeOwned, E: de::Error>(node: &Node) -> Result<T, E> {
    read(node).map_err(misread)
}

/// A mistake as the error of any format; of our own it is the mistake itself, place and help included.
pub fn misread<E: de::Error>(mistake: Diagnostic) -> E {
    let message = mistake.message.clone();
    WITHIN.set(Some(mistake));
    E::custom(message)
}

impl Diagnostic {
    fn at_or(mut self, span: Span) -> Self {
        self.span = self.span.or(span);
        self
    }
}

/// The serde side of a [`Diagnostic`].
#[derive(Debug)]
struct ReadError(Diagnostic);

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        let message = message.to_string();
        match WITHIN.take() {
            Some(mistake) if mistake.message == message => Self(mistake),
            _ => Self(Diagnostic::error(message)),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self(Diagnostic::error(format!("expected {}, found {}", in_our_words(expected), found_in_our_words(found))))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self(unknown_key(Diagnostic::error, field, expected))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let mut diagnostic = Diagnostic::error(format!("unknown value `{variant}`"));
        diagnostic.help = suggest(variant, expected.iter().copied());
        Self(diagnostic)
    }

    fn missing_field(field: &'static str) -> Self {
        Self(Diagnostic::error(missing_key(field)))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self(Diagnostic::error(format!("key `{field}` is given twice")))
    }
}

fn missing_key(field: &str) -> String {
    format!("missing key `{field}`")
}

/// A key that is missing is most often there and misspelt: then that is the place to look at.
fn misspelt(mut error: ReadError, map: &Map, known: &[&str]) -> ReadError {
    let missing = known.iter().find(|field| error.0.message == missing_key(field));
    let Some(field) = missing.filter(|_| !error.0.span.is_written()) else { return error };
    let is_near = |key: &str| !known.contains(&key) && nearest(key, [*field]).is_some();
    let Some((key, _)) = map.iter().find(|(key, _)| key.as_str().is_some_and(is_near)) else { return error };
    error.0 = error.0.at(key.span).help(format!("did you mean `{field}`?"));
    error
}

fn unknown_key(make: fn(String) -> Diagnostic, key: &str, known: &[&str]) -> Diagnostic {
    let mut diagnostic = make(format!("unknown key `{key}`"));
    diagnostic.help = suggest(key, known.iter().copied());
    diagnostic
}

fn in_our_words(expected: &dyn de::Expected) -> String {
    let words = expected.to_string();
    match words.as_str() {
        "a sequence" => "a list".into(),
        "a map" => "a mapping".into(),
        "field identifier" => "a string as the key".into(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".into(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of at least 0".into(),
        "f32" | "f64" => "a number".into(),
        "unit" => "null".into(),
        _ if words.starts_with("struct ") => "a mapping".into(),
        _ if words.starts_with("enum ") => "a name, or a mapping with a single key".into(),
        _ => words,
    }
}

fn found_in_our_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Str(text) => format!("the string `{text}`"),
        Unexpected::Bool(value) => format!("the boolean `{value}`"),
        Unexpected::Unsigned(value) => format!("the number `{value}`"),
        Unexpected::Signed(value) => format!("the number `{value}`"),
        Unexpected::Float(value) => format!("the number `{value}`"),
        Unexpected::Unit | Unexpected::Option => "null".into(),
        Unexpected::Seq => "a list".into(),
        Unexpected::Map => "a mapping".into(),
        Unexpected::Other(words) => words.into(),
        other => other.to_string(),
    }
}

/// Where to report a key that is read as "ignored": the key and the keys its type knows.
#[derive(Clone, Copy)]
struct UnknownKey<'a> {
    key: &'a Node,
    known: &'static [&'static str],
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    node: &'a Node,
    warnings: Option<&'a Warnings>,
    unknown: Option<UnknownKey<'a>>,
}

impl<'a> Reader<'a> {
    const fn on(self, node: &'a Node) -> Self {
        Self { node, unknown: None, ..self }
    }

    /// Gives a mistake raised while reading this node this node's place, unless it has one.
    fn placed<T>(self, result: Result<T, ReadError>) -> Result<T, ReadError> {
        result.map_err(|error| ReadError(error.0.at_or(self.node.span)))
    }

    fn entries(self, map: &'a Map, known: &'static [&'static str]) -> Entries<'a> {
        Entries { reader: self, entries: map.iter(), current: None, known }
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
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
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
            Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::List(items) => visitor.visit_seq(Items { reader: self, items: items.iter() }),
            Value::Map(map) => visitor.visit_map(self.entries(map, &[])),
            Value::BigInt(_) => Err(de::Error::invalid_type(Unexpected::Other("a number beyond 64 bits"), &visitor)),
            Value::Timestamp(_) => Err(de::Error::invalid_type(Unexpected::Other("a timestamp"), &visitor)),
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
                self.placed(result.map_err(|error| misspelt(error, map, fields)))
            }
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
        if let (Some(warnings), Some(unknown)) = (self.warnings, self.unknown) {
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
        self.items
            .next()
            .map(|item| {
                let reader = self.reader.on(item);
                reader.placed(seed.deserialize(reader))
            })
            .transpose()
    }
}

struct Entries<'a> {
    reader: Reader<'a>,
    entries: std::slice::Iter<'a, (Node, Node)>,
    current: Option<&'a (Node, Node)>,
    known: &'static [&'static str],
}

impl<'de, 'a: 'de> de::MapAccess<'de> for Entries<'a> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        self.current = self.entries.next();
        let Some((key, _)) = self.current else { return Ok(None) };
        let reader = self.reader.on(key);
        reader.placed(seed.deserialize(reader)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let (key, value) = self.current.expect("serde asks for a value only after its key");
        let mut reader = self.reader.on(value);
        reader.unknown = (!self.known.is_empty()).then_some(UnknownKey { key, known: self.known });
        // A missing value (`key:` and nothing) has no text of its own; its key has.
        reader.placed(seed.deserialize(reader)).map_err(|error| ReadError(error.0.at_or(key.span)))
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
        let missing = || ReadError(Diagnostic::error(format!("`{}` needs a value", self.text)).at(self.name.span));
        self.content.map(|content| self.reader.on(content)).ok_or_else(missing)
    }
}

impl<'de, 'a: 'de> de::VariantAccess<'de> for Variant<'a> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.content {
            Some(content) if !content.is_null() => {
                Err(ReadError(Diagnostic::error(format!("`{}` takes no value", self.text)).at(content.span)))
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

thread_local! {
    /// A node on its way through serde's data model, which has no word for it. Set by our reader or
    /// writer, and taken in the very next call.
    pub(super) static PASSING: RefCell<Option<Node>> = const { RefCell::new(None) };

    /// A mistake on its way through serde's errors, which have no word for its place. Set by [`misread`], and taken
    /// in the very next call.
    static WITHIN: RefCell<Option<Diagnostic>> = const { RefCell::new(None) };
}

impl<'de> de::Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NODE_TOKEN, NodeVisitor)
    }
}

impl<'de> de::Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        match node.value {
            Value::Map(map) => Ok(Arc::unwrap_or_clone(map)),
            _ => Err(de::Error::custom(format!("expected a mapping, found {}", node.type_name()))),
        }
    }
}

/// Takes a passing node, or builds one from any other format.
struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(PASSING.take().unwrap_or_default())
    }

    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::new(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::new(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or_else(|_| Node::new(Value::BigInt(arcstr::format!("{value}"))), Node::new))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::new(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::new(text))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Node, E> {
        Ok(Node::new(text))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::with_capacity(items.size_hint().unwrap_or(0).min(4096));
        while let Some(item) = items.next_element::<Node>()? {
            list.push(item);
        }
        Ok(Node::new(list))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Map::new();
        let mut seen = std::collections::HashSet::new();
        while let Some(key) = entries.next_key::<ArcStr>()? {
            let value = entries.next_value::<Node>()?;
            if seen.insert(key.clone()) {
                map.push_new(Node::new(key), value);
            } else {
                map.insert(key, value);
            }
        }
        Ok(Node::new(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Files;

    #[derive(serde::Deserialize, Debug)]
    #[serde(rename_all = "kebab-case", deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Closed {
        max_run_time: u32,
        env: Option<Node>,
    }

    #[derive(serde::Deserialize, Debug)]
    #[serde(rename_all = "kebab-case")]
    #[expect(dead_code, reason = "only read")]
    struct Open {
        chain_of_trust: Option<bool>,
    }

    fn written(files: &Files, key: &str, value: Node) -> Node {
        let file = files.add("a.yml", format!("{key}: ...\n")).unwrap();
        let mut map = Map::new();
        map.push_new(Node::new(key).at(file.span(0..key.len())), value.at(file.span(key.len() + 2..key.len() + 5)));
        Node::new(map)
    }

    #[test]
    fn mistakes_point_at_the_text() {
        let files = Files::default();
        let wrong = read::<Closed>(&written(&files, "max-run-time", Node::new("1 hour"))).unwrap_err();
        assert_eq!(wrong.message, "expected a whole number of at least 0, found the string `1 hour`");
        assert_eq!(files.place(wrong.span).unwrap().line_and_column(), (1, 15));
        let unknown = read::<Closed>(&written(&files, "max-run-tim", Node::new(1))).unwrap_err();
        assert_eq!(unknown.help.as_deref(), Some("did you mean `max-run-time`?"));
        assert_eq!(files.place(unknown.span).unwrap().line_and_column(), (1, 1));
    }

    #[test]
    fn accepted_unknown_keys_are_warned_of() {
        let (files, warnings) = (Files::default(), Warnings::default());
        read_noting::<Open>(&written(&files, "chain-of-trus", Node::new(true)), &warnings).unwrap();
        let warning = warnings.take().remove(0);
        assert_eq!(warning.help.as_deref(), Some("did you mean `chain-of-trust`?"));
        assert!(warning.span.is_written());
    }

    #[test]
    fn a_missing_key_is_shown_where_it_is_misspelt() {
        #[derive(serde::Deserialize, Debug)]
        #[expect(dead_code, reason = "only read")]
        struct Demanding {
            workers: Node,
        }
        let files = Files::default();
        let wrong = read::<Demanding>(&written(&files, "worker", Node::new(1))).unwrap_err();
        assert_eq!(
            (wrong.message.as_str(), wrong.help.as_deref()),
            ("missing key `workers`", Some("did you mean `workers`?"))
        );
        assert_eq!(files.place(wrong.span).unwrap().line_and_column(), (1, 1));
        let absent = read::<Demanding>(&written(&files, "kinds", Node::new(1))).unwrap_err();
        assert_eq!((absent.message.as_str(), absent.help), ("missing key `workers`", None));
    }

    #[test]
    fn nodes_pass_through_whole() {
        let shared = Node::new(Map::from([("A", "b")]));
        let map = Map::from([("max-run-time", Node::new(1)), ("env", shared.clone())]);
        let closed: Closed = read(&Node::new(map)).unwrap();
        let (Some(Node { value: Value::Map(one), .. }), Value::Map(two)) = (&closed.env, &shared.value) else {
            panic!()
        };
        assert!(Arc::ptr_eq(one, two));
    }

    #[test]
    fn json_becomes_a_document() {
        let node: Node = serde_json::from_str(r#"{"a": [1, null, "x", 1.5]}"#).unwrap();
        assert_eq!(node.get("a").unwrap().as_list().unwrap().len(), 4);
    }
}
