//! From a closed type back to a document, through serde.

use std::cell::Cell;
use std::fmt;

use serde::ser::{self, Serialize, Serializer};

use super::number::{JSON_NUMBER, json_number};
use super::read::PASSING;
use super::{Map, NODE_TOKEN, Node, Value};

/// The document a closed type stands for. Nodes inside it are passed through whole.
///
/// # Panics
/// If the type cannot be a document (a mapping key that is a list, say), which is a bug in the type.
pub fn write<T: Serialize + ?Sized>(value: &T) -> Node {
    value.serialize(Writer).expect("our own types can be written as documents")
}

#[derive(Debug)]
struct WriteError(String);

impl fmt::Display for WriteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for WriteError {}

impl ser::Error for WriteError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self(message.to_string())
    }
}

#[derive(Clone, Copy)]
struct Writer;

macro_rules! integers {
    ($($method:ident: $type:ty),*) => { $(
        fn $method(self, value: $type) -> Result<Node, WriteError> {
            Ok(Node::new(i64::from(value)))
        }
    )* };
}

impl Serializer for Writer {
    type Ok = Node;
    type Error = WriteError;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    integers! { serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
    serialize_u8: u8, serialize_u16: u16, serialize_u32: u32 }

    fn serialize_u64(self, value: u64) -> Result<Node, WriteError> {
        Ok(i64::try_from(value).map_or_else(|_| Node::new(Value::BigInt(arcstr::format!("{value}"))), Node::new))
    }

    fn serialize_i128(self, value: i128) -> Result<Node, WriteError> {
        Ok(i64::try_from(value).map_or_else(|_| Node::new(Value::BigInt(arcstr::format!("{value}"))), Node::new))
    }

    fn serialize_bool(self, value: bool) -> Result<Node, WriteError> {
        Ok(Node::new(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Node, WriteError> {
        Ok(Node::new(f64::from(value)))
    }

    fn serialize_f64(self, value: f64) -> Result<Node, WriteError> {
        Ok(Node::new(value))
    }

    fn serialize_char(self, value: char) -> Result<Node, WriteError> {
        Ok(Node::new(value.to_string()))
    }

    fn serialize_str(self, text: &str) -> Result<Node, WriteError> {
        Ok(Node::new(text))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Node, WriteError> {
        Ok(Node::new(Value::Bytes(bytes.to_vec().into())))
    }

    fn serialize_none(self) -> Result<Node, WriteError> {
        Ok(Node::default())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Node, WriteError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Node, WriteError> {
        Ok(PASSING.take().unwrap_or_default())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Node, WriteError> {
        Ok(Node::default())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Node, WriteError> {
        Ok(Node::new(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Node, WriteError> {
        CATCHING.set(name == NODE_TOKEN);
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Node, WriteError> {
        Ok(Node::new(Map::from([(variant, value.serialize(self)?)])))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List, WriteError> {
        Ok(List { items: Vec::with_capacity(length.unwrap_or_default()), variant: None })
    }

    fn serialize_tuple(self, length: usize) -> Result<List, WriteError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List, WriteError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List, WriteError> {
        Ok(List { items: Vec::new(), variant: Some(variant) })
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Fields, WriteError> {
        Ok(Fields { map: Map::with_capacity(length.unwrap_or_default()), key: None, variant: None })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Fields, WriteError> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields, WriteError> {
        Ok(Fields { map: Map::new(), key: None, variant: Some(variant) })
    }
}

struct List {
    items: Vec<Node>,
    variant: Option<&'static str>,
}

impl List {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.items.push(value.serialize(Writer)?);
        Ok(())
    }
}

struct Fields {
    map: Map,
    key: Option<Node>,
    variant: Option<&'static str>,
}

impl Fields {
    fn push<T: Serialize + ?Sized>(&mut self, key: Node, value: &T) -> Result<(), WriteError> {
        self.map.insert(key, value.serialize(Writer)?);
        Ok(())
    }

    /// The mapping, or the number of `serde_json`'s that it stands for.
    fn into_node(self) -> Node {
        let number = self.map.get(JSON_NUMBER).and_then(Node::as_str).and_then(json_number);
        number.map_or_else(|| Node::new(self.map), Node::new)
    }
}

fn in_variant(variant: Option<&'static str>, node: Node) -> Node {
    match variant {
        Some(name) => Node::new(Map::from([(name, node)])),
        None => node,
    }
}

macro_rules! list_like {
    ($($trait:ident $method:ident),*) => { $(
        impl ser::$trait for List {
            type Ok = Node;
            type Error = WriteError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
                self.push(value)
            }

            fn end(self) -> Result<Node, WriteError> {
                Ok(in_variant(self.variant, Node::new(self.items)))
            }
        }
    )* };
}

list_like! { SerializeSeq serialize_element, SerializeTuple serialize_element,
SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field }

impl ser::SerializeMap for Fields {
    type Ok = Node;
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), WriteError> {
        self.key = Some(key.serialize(Writer)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        let key = self.key.take().expect("serde gives a key before its value");
        self.push(key, value)
    }

    fn end(self) -> Result<Node, WriteError> {
        Ok(in_variant(self.variant, Node::new(self.map)))
    }
}

macro_rules! struct_like {
    ($($trait:ident),*) => { $(
        impl ser::$trait for Fields {
            type Ok = Node;
            type Error = WriteError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), WriteError> {
                // The fields of a type have names of their own: none is there yet.
                self.map.push_new(Node::new(key), value.serialize(Writer)?);
                Ok(())
            }

            fn end(self) -> Result<Node, WriteError> {
                Ok(in_variant(self.variant, self.into_node()))
            }
        }
    )* };
}

struct_like! { SerializeStruct, SerializeStructVariant }

thread_local! {
    /// Set by [`Writer`] when a node is about to be serialized to it, and taken by that node.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// What a [`Node`] serializes as: itself, whole, to our writer; its value to any other serializer.
struct Passing<'a>(&'a Node);

impl Serialize for Passing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if CATCHING.take() {
            PASSING.set(Some(self.0.clone()));
            return serializer.serialize_unit();
        }
        match &self.0.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Float(value) => serializer.serialize_f64(*value),
            Value::Str(text) | Value::BigInt(text) => serializer.serialize_str(text),
            Value::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Value::Timestamp(timestamp) => serializer.serialize_str(&timestamp.to_string()),
            Value::List(items) => serializer.collect_seq(items.iter()),
            Value::Map(map) => serializer.collect_map(map.iter().map(|(key, value)| (key, value))),
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(NODE_TOKEN, &Passing(self))
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, value)| (key, value)))
    }
}

impl fmt::Display for super::Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.iso(' '))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[derive(serde::Serialize)]
    struct Payload {
        command: Vec<&'static str>,
        env: Node,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache: Option<Node>,
    }

    #[test]
    fn a_type_becomes_a_document_and_nodes_keep_their_sharing() {
        let env = Node::new(Map::from([("A", "b")]));
        let written = write(&Payload { command: vec!["a", "b"], env: env.clone(), cache: None });
        assert_eq!(written.as_map().unwrap().keys().collect::<Vec<_>>(), ["command", "env"]);
        let (Value::Map(one), Value::Map(two)) = (&written.get("env").unwrap().value, &env.value) else { panic!() };
        assert!(Arc::ptr_eq(one, two));
    }

    #[test]
    fn other_formats_see_the_value() {
        let node = Node::new(Map::from([("a", Node::from_iter([1_i64, 2]))]));
        assert_eq!(serde_json::to_string(&node).unwrap(), r#"{"a":[1,2]}"#);
    }
}
