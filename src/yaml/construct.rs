//! From tagged nodes to values, by PyYAML's safe constructor: merge keys, duplicate keys, and the YAML 1.1 types.
//!
//! Two of Python's types have no counterpart among ours: a `!!set` becomes a mapping to nulls, and the pairs of
//! `!!omap` and `!!pairs` become lists of two.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arcstr::ArcStr;

use super::compose::{Content, Document, Id, Item};
use super::source::Source;
use super::tag::Tag;
use super::{Map, Node, Value, binary, number, timestamp};
use crate::diagnostics::{Diagnostic, Span};

/// A value and what there is to say about it.
#[derive(Debug, Default)]
pub(super) struct Constructed {
    pub(super) root: Node,
    pub(super) mistakes: Vec<Diagnostic>,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Makes the value of a document; null where there is a mistake.
pub(super) fn construct(source: &Source, document: &Document) -> Constructed {
    let mut constructor = Constructor {
        source,
        document,
        shared: HashMap::new(),
        mappings: HashMap::new(),
        constructed: Constructed::default(),
    };
    if let Some(root) = document.root {
        constructor.constructed.root = constructor.node(root);
    }
    constructor.constructed
}

struct Constructor<'d> {
    source: &'d Source,
    document: &'d Document,
    /// The values of nodes with an anchor: an alias is the same value, not a copy.
    shared: HashMap<Id, Node>,
    /// The entries of mappings with an anchor, which `<<` can ask for.
    mappings: HashMap<Id, Arc<Map>>,
    constructed: Constructed,
}

type Constructing<T> = Result<T, Diagnostic>;

impl<'d> Constructor<'d> {
    fn node(&mut self, id: Id) -> Node {
        let item = self.document.item(id);
        if item.anchored
            && let Some(node) = self.shared.get(&id)
        {
            return node.clone();
        }
        let value = match self.value(id, item) {
            Ok(value) => value,
            Err(mistake) => self.mistake(mistake),
        };
        let node = Node { value, span: self.source.span(item.body, item.end) };
        if item.anchored {
            self.shared.insert(id, node.clone());
        }
        node
    }

    fn mistake(&mut self, mistake: Diagnostic) -> Value {
        self.constructed.mistakes.push(mistake);
        Value::Null
    }

    fn value(&mut self, id: Id, item: &'d Item) -> Constructing<Value> {
        match &item.tag {
            Tag::Str => Ok(Value::Str(self.text(item)?.clone())),
            Tag::Map => Ok(Value::Map(self.mapping(id, item)?)),
            Tag::Seq => self.sequence(item),
            Tag::Null => self.text(item).map(|_| Value::Null),
            Tag::Bool => self.bool(item),
            Tag::Int => self.int(item),
            Tag::Float => self.float(item),
            Tag::Timestamp => self.timestamp(item),
            Tag::Binary => self.binary(item),
            Tag::Set => self.set(id, item),
            Tag::Omap => self.pairs(item, "while constructing an ordered map"),
            Tag::Pairs => self.pairs(item, "while constructing pairs"),
            Tag::Merge | Tag::Value | Tag::Other(_) => Err(self.unknown_tag(item)),
        }
    }

    fn span(&self, item: &Item) -> Span {
        self.source.span(item.start, item.end)
    }

    fn unknown_tag(&self, item: &Item) -> Diagnostic {
        let message = format!("could not determine a constructor for the tag `{}`", item.tag.written());
        let error = Diagnostic::error(message).at(self.span(item));
        match (&item.tag, &item.content) {
            (Tag::Merge | Tag::Value, Content::Scalar(text)) => {
                error.help(format!("quote it to make it text: '{text}'"))
            }
            _ => error,
        }
    }

    fn expected(&self, kind: &str, item: &Item) -> Diagnostic {
        Diagnostic::error(format!("expected a {kind} node, but found {}", item.content.kind())).at(self.span(item))
    }

    /// The text of a scalar; a mapping with a key `=` stands for the value under it.
    fn text(&self, item: &'d Item) -> Constructing<&'d ArcStr> {
        match &item.content {
            Content::Scalar(text) => Ok(text),
            Content::Mapping(entries) => {
                let value = self.entries(entries).find(|(key, _)| self.document.item(*key).tag == Tag::Value);
                value.map_or_else(
                    || Err(self.expected("scalar", item)),
                    |(_, value)| self.text(self.document.item(value)),
                )
            }
            Content::Sequence(_) => Err(self.expected("scalar", item)),
        }
    }

    fn bool(&self, item: &'d Item) -> Constructing<Value> {
        let text = self.text(item)?;
        match text.to_lowercase().as_str() {
            "yes" | "true" | "on" => Ok(Value::Bool(true)),
            "no" | "false" | "off" => Ok(Value::Bool(false)),
            _ => Err(self.invalid(item, "boolean", text, "expected `true` or `false`")),
        }
    }

    fn int(&self, item: &'d Item) -> Constructing<Value> {
        let text = self.text(item)?;
        number::yaml_int(text).map_err(|error| self.invalid(item, "whole number", text, error))
    }

    fn float(&self, item: &'d Item) -> Constructing<Value> {
        let text = self.text(item)?;
        number::yaml_float(text).map(Value::Float).map_err(|error| self.invalid(item, "number", text, error))
    }

    fn timestamp(&self, item: &'d Item) -> Constructing<Value> {
        let text = self.text(item)?;
        let parts = timestamp::split(text).ok_or("not a date or time");
        let timestamp = parts.and_then(|parts| parts.timestamp());
        timestamp
            .map(|timestamp| Value::Timestamp(Arc::new(timestamp)))
            .map_err(|reason| self.invalid(item, "timestamp", text, reason))
    }

    fn binary(&self, item: &'d Item) -> Constructing<Value> {
        let text = self.text(item)?;
        if !text.is_ascii() {
            return Err(Diagnostic::error("failed to convert base64 data into ascii").at(self.span(item)));
        }
        let bytes = binary::decode(text.as_bytes()).map_err(|reason| {
            Diagnostic::error(format!("failed to decode base64 data: {reason}")).at(self.span(item))
        })?;
        Ok(Value::Bytes(Arc::new(bytes)))
    }

    fn invalid(&self, item: &Item, kind: &str, text: &str, reason: impl std::fmt::Display) -> Diagnostic {
        let shown: String = text.chars().take(60).collect();
        Diagnostic::error(format!("invalid {kind} `{shown}`: {reason}"))
            .at(self.span(item))
            .help("quote it if it is meant to be text")
    }

    fn sequence(&mut self, item: &'d Item) -> Constructing<Value> {
        let Content::Sequence(items) = &item.content else { return Err(self.expected("sequence", item)) };
        let items = self.document.children(items).iter().map(|item| self.node(*item)).collect();
        Ok(Value::List(Arc::new(items)))
    }

    fn entries(&self, range: &Range<u32>) -> impl Iterator<Item = (Id, Id)> + use<'d> {
        let (pairs, _) = self.document.children(range).as_chunks::<2>();
        pairs.iter().map(|[key, value]| (*key, *value))
    }

    fn set(&mut self, id: Id, item: &'d Item) -> Constructing<Value> {
        let mut entries = Map::clone(&*self.mapping(id, item)?);
        entries.iter_mut().for_each(|(_, value)| value.value = Value::Null);
        Ok(Value::Map(Arc::new(entries)))
    }

    fn pairs(&mut self, item: &'d Item, context: &str) -> Constructing<Value> {
        let Content::Sequence(items) = &item.content else {
            return Err(self.expected_here("a sequence", item, item, context));
        };
        let items: Vec<Node> = self
            .document
            .children(items)
            .iter()
            .map(|pair| self.pair(*pair, item, context))
            .collect::<Constructing<_>>()?;
        Ok(Value::List(Arc::new(items)))
    }

    fn pair(&mut self, id: Id, list: &Item, context: &str) -> Constructing<Node> {
        let item = self.document.item(id);
        let Content::Mapping(entries) = &item.content else {
            return Err(self.expected_here("a mapping of length 1", item, list, context));
        };
        let count = entries.len() / 2;
        match self.entries(entries).next() {
            Some((key, value)) if count == 1 => {
                let pair = [self.node(key), self.node(value)];
                Ok(Node::from_iter(pair).at(self.span(item)))
            }
            _ => Err(Diagnostic::error(format!("expected a single mapping item, but found {count} items"))
                .at(self.span(item))
                .related(self.source.span(list.start, list.start), context)),
        }
    }

    fn expected_here(&self, what: &str, found: &Item, within: &Item, context: &str) -> Diagnostic {
        Diagnostic::error(format!("expected {what}, but found {}", found.content.kind()))
            .at(self.span(found))
            .related(self.source.span(within.start, within.start), context)
    }

    /// A mapping's entries: first what it merges, then its own.
    fn mapping(&mut self, id: Id, item: &'d Item) -> Constructing<Arc<Map>> {
        let Content::Mapping(range) = &item.content else { return Err(self.expected("mapping", item)) };
        if let Some(known) = self.mappings.get(&id) {
            return Ok(Arc::clone(known));
        }
        let mut map = Map::with_capacity(range.len() / 2);
        for (key, value) in self.entries(range) {
            if self.document.item(key).tag == Tag::Merge {
                self.merge(value, item, &mut map);
            }
        }
        self.own_entries(range, item, &mut map);
        let map = Arc::new(map);
        if item.anchored {
            self.mappings.insert(id, Arc::clone(&map));
        }
        Ok(map)
    }

    /// Adds the entries of a mapping, or of a list of mappings of which the first counts most.
    fn merge(&mut self, id: Id, into: &Item, map: &mut Map) {
        let item = self.document.item(id);
        match &item.content {
            Content::Mapping(_) => self.merge_one(id, map),
            Content::Sequence(items) => {
                for &id in self.document.children(items).iter().rev() {
                    let item = self.document.item(id);
                    if matches!(item.content, Content::Mapping(_)) {
                        self.merge_one(id, map);
                    } else {
                        let context = "while constructing a mapping";
                        let mistake = self.expected_here("a mapping for merging", item, into, context);
                        self.mistake(mistake);
                    }
                }
            }
            Content::Scalar(_) => {
                let what = "a mapping or list of mappings for merging";
                let mistake = self.expected_here(what, item, into, "while constructing a mapping");
                self.mistake(mistake);
            }
        }
    }

    fn merge_one(&mut self, id: Id, map: &mut Map) {
        match self.mapping(id, self.document.item(id)) {
            Ok(merged) => merged.iter().for_each(|(key, value)| {
                map.insert(key.clone(), value.clone());
            }),
            Err(mistake) => {
                self.mistake(mistake);
            }
        }
    }

    fn own_entries(&mut self, range: &Range<u32>, item: &Item, map: &mut Map) {
        let merged = map.len();
        let mut own_spans: HashMap<usize, Span> = HashMap::new();
        for (key, value) in self.entries(range) {
            if self.document.item(key).tag == Tag::Merge {
                continue;
            }
            let Some(key) = self.key(key, item) else { continue };
            let value = self.node(value);
            let Some(at) = map.position(&key) else {
                map.push_new(key, value);
                continue;
            };
            if at >= merged || own_spans.contains_key(&at) {
                let first = own_spans.get(&at).copied().unwrap_or_else(|| map.key_at(at).span);
                self.constructed.warnings.push(given_twice(&key, first));
            }
            own_spans.insert(at, key.span);
            map.replace_at(at, key.span, value);
        }
    }

    fn key(&mut self, id: Id, mapping: &Item) -> Option<Node> {
        let item = self.document.item(id);
        let key = match (&item.tag, &item.content) {
            (Tag::Value, Content::Scalar(text)) => Node::new(text).at(self.span(item)),
            _ => self.node(id),
        };
        if matches!(key.value, Value::List(_) | Value::Map(_)) {
            let mistake = Diagnostic::error(format!("found unhashable key: {} cannot be a key", key.type_name()));
            let context = self.source.span(mapping.start, mapping.start);
            self.mistake(mistake.at(self.span(item)).related(context, "while constructing a mapping"));
            return None;
        }
        Some(key)
    }
}

fn given_twice(key: &Node, first: Span) -> Diagnostic {
    let name = match &key.value {
        Value::Str(text) => format!("key `{text}`"),
        _ => "this key".into(),
    };
    Diagnostic::warning(format!("{name} is given twice, and only the last value counts"))
        .at(key.span)
        .related(first, "first given here")
}
