//! Mistakes on their way through serde, and serde's words in ours.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, Unexpected};

use super::recovery::Place;
use crate::diagnostics::{Diagnostic, Mistakes, Span, suggest};
use crate::yaml::Node;

thread_local! {
    /// Mistakes on their way through serde's errors, which have no word for their places. Set by
    /// [`misread`](super::misread), and taken in the very next call.
    pub(super) static WITHIN: RefCell<Option<Mistakes>> = const { RefCell::new(None) };
}

/// The serde side of mistakes.
#[derive(Debug, Default)]
pub(super) struct ReadError {
    /// What to tell; nothing where it only follows from what was told.
    pub(super) mistakes: Vec<Diagnostic>,
    /// The nodes it was met in, the innermost first.
    pub(super) trail: Vec<Place>,
    /// The key that the innermost node lacks, if that is what is wrong.
    pub(super) missing: Option<&'static str>,
}

impl ReadError {
    /// The same, met in `node`, which is its place if it has none.
    pub(super) fn within(mut self, node: &Node) -> Self {
        let place = Place::of(node);
        if self.trail.last() != Some(&place) {
            self.trail.push(place);
        }
        self.at_or(node.span)
    }

    /// The same, at `span` if it has no place.
    pub(super) fn at_or(mut self, span: Span) -> Self {
        for mistake in &mut self.mistakes {
            mistake.span = mistake.span.or(span);
        }
        self
    }
}

impl From<Diagnostic> for ReadError {
    fn from(mistake: Diagnostic) -> Self {
        Self { mistakes: vec![mistake], ..Self::default() }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Mistakes(self.mistakes.clone()).fmt(formatter)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        let message = message.to_string();
        match WITHIN.take() {
            Some(mistakes) if mistakes.to_string() == message => Self { mistakes: mistakes.0, ..Self::default() },
            _ => Diagnostic::error(message).into(),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Diagnostic::error(format!("expected {}, found {}", in_our_words(expected), found_in_our_words(found))).into()
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        unknown_key(Diagnostic::error, field, expected).into()
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let mut diagnostic = Diagnostic::error(format!("unknown value `{variant}`"));
        diagnostic.help = suggest(variant, expected.iter().copied());
        diagnostic.into()
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Diagnostic::error(format!("missing key `{field}`")).into() }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Diagnostic::error(format!("key `{field}` is given twice")).into()
    }
}

pub(super) fn unknown_key(make: fn(String) -> Diagnostic, key: &str, known: &[&str]) -> Diagnostic {
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
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number".into(),
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
