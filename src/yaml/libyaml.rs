//! libyaml's parser as a safe source of events. All of the crate's unsafe code is in this file.
#![expect(unsafe_code, reason = "libyaml-rs is a translation of C and has a C interface")]

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::addr_of_mut;
use std::slice;

use libyaml_rs as sys;

/// One event and the bytes it was read from. (In C libyaml these are characters; the translation counts bytes.)
#[derive(Debug)]
pub(super) struct Event<'e> {
    pub(super) kind: EventKind<'e>,
    /// The first byte, counted from the start of the text.
    pub(super) start: u32,
    /// The byte after the last.
    pub(super) end: u32,
}

#[derive(Debug)]
pub(super) enum EventKind<'e> {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(&'e str),
    Scalar { properties: Properties<'e>, text: &'e str, style: ScalarStyle },
    SequenceStart { properties: Properties<'e>, style: CollectionStyle },
    MappingStart { properties: Properties<'e>, style: CollectionStyle },
    CollectionEnd,
}

/// What may stand before a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Properties<'e> {
    pub(super) anchor: Option<&'e str>,
    pub(super) tag: Option<&'e str>,
    /// Whether a scalar's tag is to be found from its text.
    pub(super) plain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScalarStyle {
    /// Plain or quoted: ends where its text ends.
    Inline,
    /// Literal or folded: ends with the line after it.
    Block,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CollectionStyle {
    Block,
    Flow,
}

/// Why the text is not YAML, in libyaml's words (which are PyYAML's).
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) problem: String,
    pub(super) at: ProblemPlace,
    /// What was being read, and the byte where that started.
    pub(super) context: Option<(String, u32)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum ProblemPlace {
    Byte(u32),
    /// A character that YAML does not allow anywhere.
    Unacceptable {
        byte: u32,
        character: u32,
    },
}

/// A parser over one text.
pub(super) struct Parser<'t> {
    /// In a box because libyaml keeps a pointer to it.
    parser: Box<MaybeUninit<sys::yaml_parser_t>>,
    /// What the last event handed out borrows from.
    event: MaybeUninit<sys::yaml_event_t>,
    has_event: bool,
    text: PhantomData<&'t str>,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut parser = Box::new(MaybeUninit::<sys::yaml_parser_t>::uninit());
        let raw = parser.as_mut_ptr();
        // SAFETY: `raw` is valid for writes and stays where it is, in its box, for as long as libyaml uses it;
        // `text` outlives `Self` by `'t`. Initializing only fails by aborting, for want of memory.
        unsafe {
            let _ = sys::yaml_parser_initialize(raw);
            sys::yaml_parser_set_encoding(raw, sys::YAML_UTF8_ENCODING);
            sys::yaml_parser_set_input_string(raw, text.as_ptr(), text.len() as u64);
        }
        Self { parser, event: MaybeUninit::uninit(), has_event: false, text: PhantomData }
    }

    /// The next event; after [`EventKind::StreamEnd`] only that. It borrows from the parser until the next call.
    pub(super) fn next(&mut self) -> Result<Event<'_>, Problem> {
        self.delete_event();
        let raw = self.event.as_mut_ptr();
        // SAFETY: the parser was initialized in `new`; `raw` is valid for writes, and libyaml fills all of it.
        let parsed = unsafe { sys::yaml_parser_parse(self.parser.as_mut_ptr(), raw) };
        if !parsed.ok {
            return Err(self.problem());
        }
        self.has_event = true;
        // SAFETY: parsing succeeded, so the event is initialized and owned by us until it is deleted.
        let event = unsafe { self.event.assume_init_ref() };
        let (start, end) = (offset(event.start_mark.index), offset(event.end_mark.index));
        match kind(event) {
            Some(kind) => Ok(Event { kind, start, end }),
            None => Err(Problem {
                problem: "found a tag that is not UTF-8".into(),
                at: ProblemPlace::Byte(start),
                context: None,
            }),
        }
    }

    fn delete_event(&mut self) {
        if std::mem::take(&mut self.has_event) {
            // SAFETY: `has_event` says that the event is initialized and was not deleted yet.
            unsafe { sys::yaml_event_delete(self.event.as_mut_ptr()) };
        }
    }

    fn problem(&self) -> Problem {
        // SAFETY: the parser was initialized in `new`.
        let parser = unsafe { self.parser.assume_init_ref() };
        let at = match parser.error {
            sys::YAML_READER_ERROR => ProblemPlace::Unacceptable {
                byte: offset(parser.problem_offset),
                character: u32::try_from(parser.problem_value).unwrap_or(0),
            },
            _ => ProblemPlace::Byte(offset(parser.problem_mark.index)),
        };
        let context = c_text(parser.context).map(|context| (context, offset(parser.context_mark.index)));
        Problem { problem: c_text(parser.problem).unwrap_or_else(|| "not enough memory".into()), at, context }
    }
}

impl Drop for Parser<'_> {
    fn drop(&mut self) {
        self.delete_event();
        // SAFETY: the parser was initialized in `new` and is not used again.
        unsafe { sys::yaml_parser_delete(addr_of_mut!(*self.parser).cast()) };
    }
}

/// What the event says; nothing if it contains text that is not UTF-8, which an escaped tag can.
fn kind(event: &sys::yaml_event_t) -> Option<EventKind<'_>> {
    // SAFETY: `type_` says which member of the union is in use; its strings live as long as the event.
    unsafe {
        Some(match event.type_ {
            sys::YAML_STREAM_START_EVENT => EventKind::StreamStart,
            sys::YAML_DOCUMENT_START_EVENT => EventKind::DocumentStart,
            sys::YAML_DOCUMENT_END_EVENT => EventKind::DocumentEnd,
            sys::YAML_ALIAS_EVENT => EventKind::Alias(text(event.data.alias.anchor)?.unwrap_or_default()),
            sys::YAML_SCALAR_EVENT => {
                let data = &event.data.scalar;
                let bytes = slice::from_raw_parts(data.value, data.length as usize);
                EventKind::Scalar {
                    properties: properties(data.anchor, data.tag, data.plain_implicit)?,
                    text: str::from_utf8(bytes).ok()?,
                    style: scalar_style(data.style),
                }
            }
            sys::YAML_SEQUENCE_START_EVENT => {
                let data = &event.data.sequence_start;
                let flow = data.style == sys::YAML_FLOW_SEQUENCE_STYLE;
                EventKind::SequenceStart {
                    properties: properties(data.anchor, data.tag, data.implicit)?,
                    style: style(flow),
                }
            }
            sys::YAML_MAPPING_START_EVENT => {
                let data = &event.data.mapping_start;
                let flow = data.style == sys::YAML_FLOW_MAPPING_STYLE;
                EventKind::MappingStart {
                    properties: properties(data.anchor, data.tag, data.implicit)?,
                    style: style(flow),
                }
            }
            sys::YAML_SEQUENCE_END_EVENT | sys::YAML_MAPPING_END_EVENT => EventKind::CollectionEnd,
            _ => EventKind::StreamEnd,
        })
    }
}

const fn style(flow: bool) -> CollectionStyle {
    if flow { CollectionStyle::Flow } else { CollectionStyle::Block }
}

const fn scalar_style(style: sys::yaml_scalar_style_t) -> ScalarStyle {
    match style {
        sys::YAML_LITERAL_SCALAR_STYLE | sys::YAML_FOLDED_SCALAR_STYLE => ScalarStyle::Block,
        _ => ScalarStyle::Inline,
    }
}

/// # Safety
/// Both must be null or C strings that live for `'e`.
unsafe fn properties<'e>(anchor: *const u8, tag: *const u8, plain: bool) -> Option<Properties<'e>> {
    // SAFETY: as promised by the caller.
    unsafe { Some(Properties { anchor: text(anchor)?, tag: text(tag)?, plain }) }
}

/// A C string, if there is one; nothing at all if it is not UTF-8.
///
/// # Safety
/// `raw` must be null or a C string that lives for `'e`.
unsafe fn text<'e>(raw: *const u8) -> Option<Option<&'e str>> {
    if raw.is_null() {
        return Some(None);
    }
    // SAFETY: not null, hence a C string, as promised by the caller.
    unsafe { CStr::from_ptr(raw.cast::<c_char>()) }.to_str().ok().map(Some)
}

/// A place in a text that is shorter than four gigabytes, as the run's files are.
fn offset(index: u64) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// One of libyaml's messages.
fn c_text(raw: *const i8) -> Option<String> {
    // SAFETY: libyaml's messages are null or static C strings.
    (!raw.is_null()).then(|| unsafe { CStr::from_ptr(raw.cast::<c_char>()) }.to_string_lossy().into_owned())
}
