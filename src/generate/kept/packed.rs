//! A graph in few bytes: each text once, lists and mappings that are alike once in a piece, whole numbers as short as they
//! are; tasks in pieces that all processors read. What is there once is shared by those who read it: most of the time that
//! reading takes is the system's, for memory.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use arcstr::ArcStr;
use rayon::prelude::*;

use super::watched::{About, Answer, Question};
use crate::diagnostics::Span;
use crate::model::{KindName, Label, LabelGraph, Optimization, Task};
use crate::yaml::{Map, Node, Value};

/// What the bytes begin with; another form has another number.
const MAGIC: &[u8] = b"pushgraph graph 2\n";

/// Of how many texts every piece has copies. Those that come first come most often, and processors would wait for one another
/// to count who shares them.
const OWN: usize = 512;

/// How many tasks are in a piece.
const PIECE: usize = 1024;

/// The bytes of a graph and of the questions it follows from; nothing where a document says what YAML alone can.
pub(super) fn pack(asked: &BTreeMap<Question, Answer>, graph: &LabelGraph) -> Option<Vec<u8>> {
    let mut texts = Texts::default();
    let tasks: Vec<&Arc<Task<Label>>> = graph.iter().map(|(_, task)| task).collect();
    let pieces = tasks.chunks(PIECE).map(|tasks| {
        let mut piece = Packer { bytes: Vec::new(), texts: &mut texts, values: HashMap::new() };
        piece.number(tasks.len() as u64);
        tasks.iter().try_for_each(|task| piece.task(task))?;
        Some(piece.bytes)
    });
    let pieces: Vec<Vec<u8>> = pieces.collect::<Option<_>>()?;
    let mut whole = Packer { bytes: MAGIC.to_vec(), texts: &mut Texts::default(), values: HashMap::new() };
    whole.number(asked.len() as u64);
    for ((about, path), answer) in asked {
        whole.bytes.push(About::ALL.iter().position(|one| one == about).and_then(|at| u8::try_from(at).ok())?);
        whole.raw(path.to_str()?.as_bytes());
        whole.bytes.extend(answer);
    }
    whole.number(texts.in_order.len() as u64);
    texts.in_order.iter().for_each(|text| whole.raw(text.as_bytes()));
    whole.number(pieces.len() as u64);
    pieces.iter().for_each(|piece| whole.raw(piece));
    Some(whole.bytes)
}

/// The graph, if every question it follows from is answered as it was; nothing too where the bytes are none of a graph.
pub(super) fn unpack(
    content: &[u8],
    is_the_same: impl Fn(&(Question, Answer)) -> bool + Send + Sync,
) -> Option<LabelGraph> {
    let mut whole = Unpacker { bytes: content.strip_prefix(MAGIC)?, texts: &[], own: Vec::new(), values: Vec::new() };
    let asked = (0..whole.number()?).map(|_| whole.question()).collect::<Option<Vec<_>>>()?;
    if !asked.par_iter().all(is_the_same) {
        return None;
    }
    let texts = (0..whole.number()?).map(|_| Some(ArcStr::from(std::str::from_utf8(whole.raw()?).ok()?)));
    let texts: Vec<ArcStr> = texts.collect::<Option<_>>()?;
    let pieces = (0..whole.number()?).map(|_| whole.raw()).collect::<Option<Vec<_>>>()?;
    let tasks = pieces.par_iter().map(|bytes| {
        let own = texts.iter().take(OWN).map(|text| ArcStr::from(text.as_str())).collect();
        let mut piece = Unpacker { bytes, texts: &texts, own, values: Vec::new() };
        (0..piece.number()?).map(|_| piece.task()).collect::<Option<Vec<_>>>()
    });
    let tasks: Vec<Vec<Task<Label>>> = tasks.collect::<Option<_>>()?;
    Some(tasks.into_iter().flatten().map(|task| (task.label.clone(), Arc::new(task))).collect())
}

/// Every text once.
#[derive(Default)]
struct Texts {
    places: HashMap<String, u64>,
    in_order: Vec<String>,
}

struct Packer<'t> {
    bytes: Vec<u8>,
    texts: &'t mut Texts,
    /// Lists and mappings that were written, and which one each was.
    values: HashMap<Vec<u8>, u64>,
}

impl Packer<'_> {
    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.bytes.push(number.to_le_bytes()[0]);
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.bytes.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        let next = self.texts.in_order.len() as u64;
        let place = match self.texts.places.get(text) {
            Some(&place) => place,
            None => {
                self.texts.places.insert(text.to_owned(), next);
                self.texts.in_order.push(text.to_owned());
                next
            }
        };
        self.number(place);
    }

    fn labels(&mut self, labels: &[Label]) {
        self.number(labels.len() as u64);
        labels.iter().for_each(|label| self.text(label.as_str()));
    }

    fn task(&mut self, task: &Task<Label>) -> Option<()> {
        self.text(task.kind.as_str());
        self.text(task.label.as_str());
        self.text(&task.description);
        self.map(&task.attributes)?;
        self.map(&task.definition)?;
        self.bytes.push(u8::from(task.optimization.is_some()));
        task.optimization.as_ref().map_or(Some(()), |optimization| self.map(optimization.written()))?;
        self.number(task.dependencies.len() as u64);
        for (edge, label) in &task.dependencies {
            self.text(edge);
            self.text(label.as_str());
        }
        self.labels(&task.soft_dependencies);
        self.labels(&task.if_dependencies);
        Some(())
    }

    fn map(&mut self, map: &Map) -> Option<()> {
        self.number(map.len() as u64);
        map.iter().try_for_each(|(key, value)| {
            self.node(key)?;
            self.node(value)
        })
    }

    /// A list or mapping, of which the bytes begin at `start`: the number of the one before that is alike, if there is one.
    fn share(&mut self, start: usize) {
        let next = self.values.len() as u64;
        if let Some(&known) = self.values.get(&self.bytes[start..]) {
            self.bytes.truncate(start);
            self.bytes.push(9);
            self.number(known);
        } else {
            self.values.insert(self.bytes[start..].to_vec(), next);
        }
    }

    fn node(&mut self, node: &Node) -> Option<()> {
        let start = self.bytes.len();
        match &node.value {
            Value::Null => self.bytes.push(0),
            Value::Bool(value) => self.bytes.push(1 + u8::from(*value)),
            Value::Int(number) => {
                self.bytes.push(3);
                self.bytes.extend(number.to_le_bytes());
            }
            Value::BigInt(digits) => {
                self.bytes.push(4);
                self.text(digits);
            }
            Value::Float(number) => {
                self.bytes.push(5);
                self.bytes.extend(number.to_le_bytes());
            }
            Value::Str(text) => {
                self.bytes.push(6);
                self.text(text);
            }
            Value::List(items) => {
                self.bytes.push(7);
                self.number(items.len() as u64);
                items.iter().try_for_each(|item| self.node(item))?;
                self.share(start);
            }
            Value::Map(map) => {
                self.bytes.push(8);
                self.map(map)?;
                self.share(start);
            }
            Value::Bytes(_) | Value::Timestamp(_) => return None,
        }
        Some(())
    }
}

/// Reads what [`Packer`] wrote; nothing where it wrote something else.
struct Unpacker<'b> {
    bytes: &'b [u8],
    texts: &'b [ArcStr],
    /// The first of the texts, copied.
    own: Vec<ArcStr>,
    /// Lists and mappings that were read.
    values: Vec<Node>,
}

impl<'b> Unpacker<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn eight(&mut self) -> Option<[u8; 8]> {
        self.take(8)?.try_into().ok()
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn raw(&mut self) -> Option<&'b [u8]> {
        let count = usize::try_from(self.number()?).ok()?;
        self.take(count)
    }

    fn question(&mut self) -> Option<(Question, Answer)> {
        let about = *About::ALL.get(usize::from(self.byte()?))?;
        let path = PathBuf::from(std::str::from_utf8(self.raw()?).ok()?);
        Some(((about, path), self.take(32)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<ArcStr> {
        let place = usize::try_from(self.number()?).ok()?;
        self.own.get(place).or_else(|| self.texts.get(place)).cloned()
    }

    fn labels(&mut self) -> Option<Vec<Label>> {
        (0..self.number()?).map(|_| self.text().map(Label::new)).collect()
    }

    fn task(&mut self) -> Option<Task<Label>> {
        Some(Task {
            kind: KindName::new(self.text()?),
            label: Label::new(self.text()?),
            description: self.text()?,
            attributes: self.map()?,
            definition: self.map()?,
            optimization: match self.byte()? {
                0 => None,
                _ => Optimization::from_node(&Node::new(self.map()?)),
            },
            dependencies: (0..self.number()?)
                .map(|_| Some((self.text()?, Label::new(self.text()?))))
                .collect::<Option<_>>()?,
            soft_dependencies: self.labels()?,
            if_dependencies: self.labels()?,
            span: Span::NONE,
        })
    }

    fn map(&mut self) -> Option<Map> {
        let count = self.number()?;
        // Each entry takes two bytes at least: a number that is wrong takes no memory.
        let mut map = Map::with_capacity(usize::try_from(count).ok()?.min(self.bytes.len() / 2));
        for _ in 0..count {
            // What is written here was a mapping: no key is there twice.
            let key = self.node()?;
            map.push_new(key, self.node()?);
        }
        Some(map)
    }

    fn shared(&mut self, node: Node) -> Node {
        self.values.push(node.clone());
        node
    }

    fn node(&mut self) -> Option<Node> {
        Some(match self.byte()? {
            0 => Node::default(),
            1 => Node::new(false),
            2 => Node::new(true),
            3 => Node::new(i64::from_le_bytes(self.eight()?)),
            4 => Node::new(Value::BigInt(self.text()?)),
            5 => Node::new(f64::from_le_bytes(self.eight()?)),
            6 => Node::new(Value::Str(self.text()?)),
            7 => {
                let items = (0..self.number()?).map(|_| self.node()).collect::<Option<Vec<_>>>()?;
                self.shared(Node::new(items))
            }
            8 => {
                let map = self.map()?;
                self.shared(Node::new(map))
            }
            9 => {
                let place = usize::try_from(self.number()?).ok()?;
                self.values.get(place)?.clone()
            }
            _ => return None,
        })
    }
}
