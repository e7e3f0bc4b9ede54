//! Documents to values and back. What a program leaves as it was is the same document afterwards, spans and sharing
//! included.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use starlark::eval::Evaluator;
use starlark::values::dict::{AllocDict, DictRef};
use starlark::values::list::{AllocList, ListRef};
use starlark::values::structs::StructRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{Heap, Value, ValueLike};

use super::host::{Host, host};
use super::limits::too_much;
use super::opaque::Opaque;
use crate::yaml::{MAX_DEPTH, Map, Node, Value as Document};

/// The value of a document: mappings become dicts, lists become lists.
///
/// # Errors
/// A document that is larger than an evaluation may be.
pub fn to_value<'v>(eval: &Evaluator<'v, '_, '_>, node: &Node) -> starlark::Result<Value<'v>> {
    In { heap: eval.heap(), host: host(eval) }.value(node)
}

struct In<'v, 'h, 'e> {
    heap: Heap<'v>,
    host: &'h Host<'e>,
}

impl<'v> In<'v, '_, '_> {
    fn value(&self, node: &Node) -> starlark::Result<Value<'v>> {
        self.host.budget.spend(16)?;
        let value = match &node.value {
            Document::Null => return Ok(Value::new_none()),
            Document::Bool(value) => return Ok(Value::new_bool(*value)),
            Document::Int(value) => return Ok(self.heap.alloc(*value)),
            Document::Float(value) => return Ok(self.heap.alloc(*value)),
            Document::Str(text) => {
                self.host.budget.spend(text.len() as u64)?;
                let value = self.heap.alloc(text.as_str());
                // Texts of one character are the same value wherever they are written.
                if text.len() < 2 {
                    return Ok(value);
                }
                value
            }
            Document::BigInt(_) | Document::Bytes(_) | Document::Timestamp(_) => {
                return Ok(self.heap.alloc(Opaque(node.clone())));
            }
            Document::List(items) => {
                let items = items.iter().map(|item| self.value(item)).collect::<starlark::Result<Vec<_>>>()?;
                self.heap.alloc(AllocList(items))
            }
            Document::Map(map) => {
                let entries = map.iter().map(|(key, value)| Ok((self.value(key)?, self.value(value)?)));
                self.heap.alloc(AllocDict(entries.collect::<starlark::Result<Vec<_>>>()?))
            }
        };
        self.host.origins.borrow_mut().insert(address(value), node.clone());
        Ok(value)
    }
}

/// Where a value is, as a number.
fn address(value: Value<'_>) -> u64 {
    struct Address(u64);
    impl Hasher for Address {
        fn finish(&self) -> u64 {
            self.0
        }
        fn write(&mut self, bytes: &[u8]) {
            self.0 = bytes.iter().fold(self.0, |address, byte| address.rotate_left(8) ^ u64::from(*byte));
        }
        fn write_usize(&mut self, number: usize) {
            self.0 = number as u64;
        }
    }
    let mut hasher = Address(0);
    value.identity().hash(&mut hasher);
    hasher.finish()
}

/// The document of a value.
///
/// # Errors
/// A value that no document can hold, one that holds itself, or one that is larger than an evaluation may be.
pub fn to_node(eval: &Evaluator<'_, '_, '_>, value: Value<'_>) -> starlark::Result<Node> {
    Out { host: host(eval), depth: 0 }.node(value)
}

struct Out<'h, 'e> {
    host: &'h Host<'e>,
    depth: usize,
}

impl Out<'_, '_> {
    fn node(&mut self, value: Value<'_>) -> starlark::Result<Node> {
        self.host.budget.spend(16)?;
        if value.is_none() {
            return Ok(Node::default());
        }
        if let Some(truth) = value.unpack_bool() {
            return Ok(Node::new(truth));
        }
        if let Some(number) = value.unpack_i32() {
            return Ok(Node::new(i64::from(number)));
        }
        if let Some(opaque) = value.downcast_ref::<Opaque>() {
            return Ok(opaque.0.clone());
        }
        let origin = self.host.origins.borrow().get(&address(value)).cloned();
        if let Some(text) = value.unpack_str() {
            return Ok(origin.filter(|origin| origin.as_str() == Some(text)).unwrap_or_else(|| Node::new(text)));
        }
        match value.get_type() {
            "int" => Ok(whole(&value.to_str())),
            "float" => Ok(Node::new(value.to_str().parse::<f64>().unwrap_or(f64::NAN))),
            _ => self.deeper(value, origin),
        }
    }

    fn deeper(&mut self, value: Value<'_>, origin: Option<Node>) -> starlark::Result<Node> {
        if self.depth == MAX_DEPTH {
            return Err(too_much(&format!("lists and mappings are nested more than {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        let node = if let Some(dict) = DictRef::from_value(value) {
            self.dict(&dict, origin)
        } else if let Some(list) = ListRef::from_value(value) {
            self.list(list.content(), origin)
        } else if let Some(tuple) = TupleRef::from_value(value) {
            self.list(tuple.content(), origin)
        } else if let Some(fields) = StructRef::from_value(value) {
            let entries = fields.iter().map(|(name, value)| Ok((Node::new(name.as_str()), self.node(value)?)));
            entries.collect::<starlark::Result<Map>>().map(Node::new)
        } else {
            let message = format!("a value of type `{}` cannot be part of a task", value.get_type());
            Err(starlark::Error::new_other(anyhow::anyhow!(message)))
        };
        self.depth -= 1;
        node
    }

    fn list(&mut self, items: &[Value<'_>], origin: Option<Node>) -> starlark::Result<Node> {
        let known = origin.as_ref().and_then(Node::as_list).unwrap_or_default();
        let mut is_same = origin.is_some() && known.len() == items.len();
        let mut nodes = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let node = as_written(self.node(*item)?, known.get(at));
            is_same &= known.get(at).is_some_and(|known| is_identical(known, &node));
            nodes.push(node);
        }
        Ok(unless_same(origin, is_same, nodes.into()))
    }

    fn dict(&mut self, dict: &DictRef<'_>, origin: Option<Node>) -> starlark::Result<Node> {
        let empty = Map::new();
        let known = origin.as_ref().and_then(Node::as_map).unwrap_or(&empty);
        let mut is_same = origin.is_some() && known.len() == dict.len();
        let mut map = Map::with_capacity(dict.len());
        for (at, (key, value)) in dict.iter().enumerate() {
            let key = self.node(key)?;
            let entry = key.as_str().and_then(|key| known.entry(key));
            let node = as_written(self.node(value)?, entry.map(|(_, value)| value));
            // The order of the entries is part of the document.
            let in_place = known.iter().nth(at).is_some_and(|(known, _)| *known == key);
            is_same &= in_place && entry.is_some_and(|(_, value)| is_identical(value, &node));
            map.insert(entry.map_or(key, |(key, _)| key.clone()), node);
        }
        Ok(unless_same(origin, is_same, map.into()))
    }
}

/// The document as it was, if it is the same still; else the new one, at the place of the old.
fn unless_same(origin: Option<Node>, is_same: bool, changed: Document) -> Node {
    match origin {
        Some(origin) if is_same => origin,
        origin => Node { value: changed, span: origin.map(|origin| origin.span).unwrap_or_default() },
    }
}

/// A scalar that is what was there before is written where that was.
fn as_written(node: Node, known: Option<&Node>) -> Node {
    let is_scalar = !matches!(node.value, Document::List(_) | Document::Map(_));
    match known {
        Some(known) if is_scalar && !node.span.is_written() && is_same_scalar(known, &node) => known.clone(),
        _ => node,
    }
}

/// Equal and of one type: `1` is not `True` here, though Python takes them for equal.
fn is_same_scalar(one: &Node, other: &Node) -> bool {
    std::mem::discriminant(&one.value) == std::mem::discriminant(&other.value) && one == other
}

fn is_identical(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Document::List(one), Document::List(other)) => Arc::ptr_eq(one, other),
        (Document::Map(one), Document::Map(other)) => Arc::ptr_eq(one, other),
        _ => one.span == other.span && is_same_scalar(one, other),
    }
}

/// The number of those digits.
fn whole(digits: &str) -> Node {
    digits.parse::<i64>().map_or_else(|_| Node::new(Document::BigInt(digits.into())), Node::new)
}
