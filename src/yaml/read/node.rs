//! Documents in serde's data model: a node passes through our reader and writer whole, and can be made from any format.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use arcstr::ArcStr;
use serde::de::{self, Deserializer, Visitor};

use crate::yaml::number::{JSON_NUMBER, json_number};
use crate::yaml::{Map, NODE_TOKEN, Node, Value};

thread_local! {
    /// A node on its way through serde's data model, which has no word for it. Set by our reader or
    /// writer, and taken in the very next call.
    pub(in crate::yaml) static PASSING: RefCell<Option<Node>> = const { RefCell::new(None) };
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

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Node, E> {
        Ok(Node::new(json_number(&value.to_string()).unwrap_or_default()))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Node, E> {
        Ok(Node::new(json_number(&value.to_string()).unwrap_or_default()))
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
            if key == JSON_NUMBER
                && map.is_empty()
                && let Some(number) = value.as_str().and_then(json_number)
            {
                return Ok(Node::new(number));
            }
            if seen.insert(key.clone()) {
                map.push_new(Node::new(key), value);
            } else {
                map.insert(key, value);
            }
        }
        Ok(Node::new(map))
    }
}
