//! From events to a graph of nodes that have tags but no values yet; aliases are resolved, nothing is copied.
//!
//! What PyYAML's composer refuses is refused, and so are the documents that would cost more than they are worth:
//! too deep, or too large once every alias is written out.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use arcstr::ArcStr;

use super::libyaml::{CollectionStyle, Event, EventKind, Parser, Problem, ProblemPlace, Properties, ScalarStyle};
use super::recent::recent;
use super::resolve::resolve;
use super::source::Source;
use super::tag::Tag;
use crate::diagnostics::{Diagnostic, Span};

/// How deep lists and mappings may be nested, aliases included.
pub(crate) const MAX_DEPTH: usize = 512;

/// How many nodes a document may have once every alias is written out.
const MAX_WEIGHT: u64 = 50_000_000;

/// Which node of a [`Document`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(u32);

/// A node with its tag.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) tag: Tag,
    pub(super) content: Content,
    /// Its first byte, with anchor and tag.
    pub(super) start: u32,
    /// Its first byte without them, if it is a block list or mapping.
    pub(super) body: u32,
    pub(super) end: u32,
    /// Whether an alias can refer to it.
    pub(super) anchored: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Scalar(ArcStr),
    /// Where its items are among the document's children.
    Sequence(Range<u32>),
    /// The same: keys and values in turn.
    Mapping(Range<u32>),
}

impl Content {
    /// PyYAML's word for it.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "scalar",
            Self::Sequence(_) => "sequence",
            Self::Mapping(_) => "mapping",
        }
    }
}

/// A composed document.
#[derive(Debug, Default)]
pub(super) struct Document {
    items: Vec<Item>,
    children: Vec<Id>,
    /// Nothing in an empty stream.
    pub(super) root: Option<Id>,
}

impl Document {
    pub(super) fn item(&self, id: Id) -> &Item {
        &self.items[id.0 as usize]
    }

    pub(super) fn children(&self, range: &Range<u32>) -> &[Id] {
        &self.children[range.start as usize..range.end as usize]
    }

    fn add(&mut self, item: Item) -> Id {
        let id = Id(u32::try_from(self.items.len()).expect("a file of under 4 GiB has fewer nodes than bytes"));
        self.items.push(item);
        id
    }
}

/// Composes the only document of a text.
pub(super) fn compose(source: &Source) -> Result<Document, Diagnostic> {
    Composer { source, document: Document::default(), open: Vec::new(), pending: Vec::new(), anchors: HashMap::new() }
        .compose()
}

/// What an alias needs to know of its anchor.
struct Anchor {
    id: Id,
    start: u32,
    /// Nothing while its node is not complete.
    size: Option<Size>,
}

/// The size of a node with all aliases in it written out.
#[derive(Clone, Copy)]
struct Size {
    weight: u64,
    height: usize,
}

const LEAF: Size = Size { weight: 1, height: 0 };

/// A list or mapping whose end was not met yet.
struct Open {
    id: Id,
    anchor: Option<String>,
    style: CollectionStyle,
    /// Where its children start among the pending ones.
    first_child: usize,
    /// Where its first child starts.
    body: Option<u32>,
    /// Where its last child ended.
    end: u32,
    size: Size,
}

struct Composer<'s> {
    source: &'s Source,
    document: Document,
    open: Vec<Open>,
    /// Children of all open collections.
    pending: Vec<Id>,
    anchors: HashMap<String, Anchor>,
}

impl Composer<'_> {
    fn compose(mut self) -> Result<Document, Diagnostic> {
        let source = self.source;
        let mut parser = Parser::new(&source.file.text);
        loop {
            let event = parser.next().map_err(|problem| describe(source, problem))?;
            match event.kind {
                EventKind::StreamEnd => return Ok(self.document),
                EventKind::DocumentStart => self.refuse_second_document(&event)?,
                EventKind::StreamStart | EventKind::DocumentEnd => {}
                _ => self.node(event)?,
            }
        }
    }

    fn node(&mut self, event: Event<'_>) -> Result<(), Diagnostic> {
        let (start, end) = (event.start, event.end);
        match event.kind {
            EventKind::Alias(name) => self.alias(name, start, end),
            EventKind::Scalar { properties, text, style } => {
                let tag = scalar_tag(properties, text);
                let content = Content::Scalar(recent(text));
                let end = if style == ScalarStyle::Block { self.source.trimmed(start, end) } else { end };
                let id = self.add(tag, content, start, end, properties)?;
                self.complete(id, properties.anchor, LEAF, end)
            }
            EventKind::SequenceStart { properties, style } => {
                let tag = properties.tag.filter(|tag| *tag != "!").map_or(Tag::Seq, Tag::parse);
                self.start(tag, Content::Sequence(0..0), start, end, properties, style)
            }
            EventKind::MappingStart { properties, style } => {
                let tag = properties.tag.filter(|tag| *tag != "!").map_or(Tag::Map, Tag::parse);
                self.start(tag, Content::Mapping(0..0), start, end, properties, style)
            }
            _ => self.end(end),
        }
    }

    fn alias(&mut self, name: &str, start: u32, end: u32) -> Result<(), Diagnostic> {
        let span = self.source.span(start, end);
        let Some(anchor) = self.anchors.get(name) else {
            let mut error = Diagnostic::error(format!("found undefined alias `{name}`")).at(span);
            // Sorted by `suggest`: which anchor comes first in the map does not show.
            error.help = crate::diagnostics::suggest(name, self.anchors.keys().map(String::as_str));
            return Err(error);
        };
        let Some(size) = anchor.size else {
            return Err(Diagnostic::error(format!("found recursive alias `{name}`: its node would contain itself"))
                .at(span)
                .related(self.source.span(anchor.start, anchor.start), "the node starts here"));
        };
        self.attach(anchor.id, size, start, end)
    }

    fn add(
        &mut self,
        tag: Tag,
        content: Content,
        start: u32,
        end: u32,
        properties: Properties<'_>,
    ) -> Result<Id, Diagnostic> {
        let anchored = properties.anchor.is_some();
        let id = self.document.add(Item { tag, content, start, body: start, end, anchored });
        if let Some(name) = properties.anchor {
            match self.anchors.entry(name.to_owned()) {
                Entry::Vacant(entry) => {
                    entry.insert(Anchor { id, start, size: None });
                }
                Entry::Occupied(first) => {
                    let first = first.get().start;
                    return Err(Diagnostic::error(format!("found duplicate anchor `{name}`"))
                        .at(self.source.span(start, start + name.len() as u32 + 1))
                        .related(self.source.span(first, first + name.len() as u32 + 1), "first occurrence"));
                }
            }
        }
        Ok(id)
    }

    fn start(
        &mut self,
        tag: Tag,
        content: Content,
        start: u32,
        end: u32,
        properties: Properties<'_>,
        style: CollectionStyle,
    ) -> Result<(), Diagnostic> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(self.source.span(start, end)));
        }
        let id = self.add(tag, content, start, end, properties)?;
        let anchor = properties.anchor.map(str::to_owned);
        self.open.push(Open { id, anchor, style, first_child: self.pending.len(), body: None, end, size: LEAF });
        Ok(())
    }

    fn end(&mut self, end: u32) -> Result<(), Diagnostic> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let is_block = open.style == CollectionStyle::Block;
        let end = if is_block { open.end } else { end };
        let first = self.document.children.len() as u32;
        self.document.children.extend(self.pending.drain(open.first_child..));
        let range = first..self.document.children.len() as u32;
        let item = &mut self.document.items[open.id.0 as usize];
        item.end = end;
        if is_block && matches!(self.source.file.text.as_bytes().get(item.start as usize), Some(b'&' | b'!')) {
            item.body = open.body.unwrap_or(item.start);
        }
        item.content = match item.content {
            Content::Mapping(_) => Content::Mapping(range),
            _ => Content::Sequence(range),
        };
        self.complete(open.id, open.anchor.as_deref(), open.size, end)
    }

    /// Notes the size of a complete node for its aliases, and puts the node where it belongs.
    fn complete(&mut self, id: Id, anchor: Option<&str>, size: Size, end: u32) -> Result<(), Diagnostic> {
        if let Some(anchor) = anchor.and_then(|name| self.anchors.get_mut(name)) {
            anchor.size = Some(size);
        }
        self.attach(id, size, self.document.item(id).start, end)
    }

    /// Makes a node the root, or the next child of the collection that is open.
    fn attach(&mut self, id: Id, size: Size, start: u32, end: u32) -> Result<(), Diagnostic> {
        let span = self.source.span(start, end);
        if self.open.len() + size.height > MAX_DEPTH {
            return Err(too_deep(span));
        }
        let Some(parent) = self.open.last_mut() else {
            self.document.root = Some(id);
            return Ok(());
        };
        self.pending.push(id);
        parent.body.get_or_insert(start);
        parent.end = end;
        parent.size.height = parent.size.height.max(size.height + 1);
        parent.size.weight = parent.size.weight.saturating_add(size.weight);
        if parent.size.weight > MAX_WEIGHT {
            return Err(Diagnostic::error(format!("the document has more than {MAX_WEIGHT} nodes"))
                .at(span)
                .help("an alias counts as all the nodes it stands for"));
        }
        Ok(())
    }

    fn refuse_second_document(&self, event: &Event<'_>) -> Result<(), Diagnostic> {
        let Some(root) = self.document.root else { return Ok(()) };
        let first = self.document.item(root).start;
        Err(Diagnostic::error("expected a single document in the stream, but found another document")
            .at(self.source.span(event.start, event.end))
            .related(self.source.span(first, first), "the first document"))
    }
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(format!("lists and mappings are nested more than {MAX_DEPTH} deep")).at(span)
}

fn scalar_tag(properties: Properties<'_>, text: &str) -> Tag {
    match properties.tag {
        Some(tag) if tag != "!" => Tag::parse(tag),
        _ if properties.plain => resolve(text),
        _ => Tag::Str,
    }
}

/// libyaml's problem as ours.
fn describe(source: &Source, problem: Problem) -> Diagnostic {
    let mut diagnostic = match problem.at {
        ProblemPlace::Byte(at) => {
            let mut diagnostic = Diagnostic::error(problem.problem).at(source.character_span(at));
            diagnostic.help = advice(source.file.text[at as usize..].chars().next());
            diagnostic
        }
        ProblemPlace::Unacceptable { byte, character } => {
            Diagnostic::error(format!("unacceptable character U+{character:04X}: {}", problem.problem))
                .at(source.character_span(byte))
        }
    };
    if let Some((context, at)) = problem.context {
        diagnostic = diagnostic.related(source.character_span(at), context);
    }
    diagnostic
}

/// What helps against the mistakes people make most.
fn advice(found: Option<char>) -> Option<String> {
    match found {
        Some('\t') => Some("indent with spaces, a tab is not allowed here".into()),
        Some(found @ ('@' | '`' | '%')) => Some(format!("text that starts with `{found}` must be quoted")),
        _ => None,
    }
}
