//! The tags PyYAML's safe loader knows.

use std::borrow::Cow;

/// What a node is, by its text or by what was written before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Binary,
    Timestamp,
    Str,
    Seq,
    Map,
    Set,
    Omap,
    Pairs,
    /// `<<`: only a key can be that.
    Merge,
    /// `=`: as a key it is text, elsewhere it is nothing.
    Value,
    /// A tag no loader knows, in full.
    Other(Box<str>),
}

/// What a short tag such as `!!str` is short for.
const PREFIX: &str = "tag:yaml.org,2002:";

const NAMES: [(&str, Tag); 14] = [
    ("binary", Tag::Binary),
    ("bool", Tag::Bool),
    ("float", Tag::Float),
    ("int", Tag::Int),
    ("map", Tag::Map),
    ("merge", Tag::Merge),
    ("null", Tag::Null),
    ("omap", Tag::Omap),
    ("pairs", Tag::Pairs),
    ("seq", Tag::Seq),
    ("set", Tag::Set),
    ("str", Tag::Str),
    ("timestamp", Tag::Timestamp),
    ("value", Tag::Value),
];

impl Tag {
    /// A tag written in the document, in full.
    pub(super) fn parse(tag: &str) -> Self {
        let name = tag.strip_prefix(PREFIX);
        match NAMES.iter().find(|(known, _)| Some(*known) == name) {
            Some((_, known)) => known.clone(),
            None => Self::Other(tag.into()),
        }
    }

    /// The tag as it is written in a document.
    pub(super) fn written(&self) -> Cow<'_, str> {
        match self {
            Self::Other(tag) => match tag.strip_prefix(PREFIX) {
                Some(name) => format!("!!{name}").into(),
                None if tag.starts_with('!') => (&**tag).into(),
                None => format!("!<{tag}>").into(),
            },
            _ => match NAMES.iter().find(|(_, known)| known == self) {
                Some((name, _)) => format!("!!{name}").into(),
                None => "".into(),
            },
        }
    }
}
