//! One value of a document and where it was written.

use std::borrow::Cow;
use std::sync::Arc;

use arcstr::ArcStr;

use super::Map;
use super::recent::recent;
use crate::diagnostics::{Diagnostic, Span};

/// A value and the text it was read from. Comparing nodes compares values only.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it was written; [`Span::NONE`] for a computed value.
    pub span: Span,
}

/// What YAML 1.1 (as PyYAML constructs it) and JSON can say.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`, `~` or nothing at all.
    #[default]
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// A whole number that does not, as its decimal digits.
    BigInt(ArcStr),
    /// A number with a point, or infinity or not-a-number.
    Float(f64),
    /// Text.
    Str(ArcStr),
    /// `!!binary`.
    Bytes(Arc<Vec<u8>>),
    /// A date, or a date and time.
    Timestamp(Arc<Timestamp>),
    /// A sequence.
    List(Arc<Vec<Node>>),
    /// A mapping, in the order written.
    Map(Arc<Map>),
}

/// A YAML timestamp, kept apart from text because the reference then refuses it wherever text is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timestamp {
    /// `2024-01-31`.
    Date(chrono::NaiveDate),
    /// A date and time without an offset.
    Naive(chrono::NaiveDateTime),
    /// A date and time with an offset.
    Aware(chrono::DateTime<chrono::FixedOffset>),
}

impl Node {
    /// A computed value.
    pub fn new(value: impl Into<Value>) -> Self {
        Self { value: value.into(), span: Span::NONE }
    }

    /// An empty mapping.
    #[must_use]
    pub fn empty_map() -> Self {
        Self::new(Map::new())
    }

    /// The same value, written at `span`.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// Whether this is null.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The text, if it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The text as a shared string, if it is text.
    #[must_use]
    pub const fn as_arc_str(&self) -> Option<&ArcStr> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The mapping it must be; `name` is what it is called in the mistake.
    ///
    /// # Errors
    /// Something else.
    pub fn mapping(&self, name: &str) -> Result<&Map, Diagnostic> {
        self.as_map().ok_or_else(|| self.no_mapping(name))
    }

    /// As [`Self::mapping`], and the node's own where nobody shares it.
    ///
    /// # Errors
    /// Something else.
    pub fn into_mapping(self, name: &str) -> Result<Map, Diagnostic> {
        match self.value {
            Value::Map(map) => Ok(Arc::unwrap_or_clone(map)),
            _ => Err(self.no_mapping(name)),
        }
    }

    fn no_mapping(&self, name: &str) -> Diagnostic {
        Diagnostic::error(format!("expected `{name}` as a mapping, found {}", self.type_name())).at(self.span)
    }

    /// The truth value, if it is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is whole and fits.
    #[must_use]
    pub const fn as_i64(&self) -> Option<i64> {
        match self.value {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    /// The items, if it is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items to change, if it is a list; copies them first if they are shared.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.value {
            Value::List(items) => Some(Arc::make_mut(items)),
            _ => None,
        }
    }

    /// The mapping, if it is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The mapping to change, if it is one; copies its entries first if they are shared.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.value {
            Value::Map(map) => Some(Arc::make_mut(map)),
            _ => None,
        }
    }

    /// The value under `key`, if this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Whether Python would take the value for true.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match &self.value {
            Value::Null => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::BigInt(_) | Value::Timestamp(_) => true,
        }
    }

    /// The value's type in the words of our messages, with its article.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::BigInt(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Str(_) => "a string",
            Value::Bytes(_) => "binary data",
            Value::Timestamp(_) => "a timestamp",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// Equality as Python sees it: `1`, `1.0` and `True` are equal, and so are mappings in another order.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Str(one), Self::Str(two)) => one == two,
            (Self::Bytes(one), Self::Bytes(two)) => one == two,
            (Self::Timestamp(one), Self::Timestamp(two)) => one == two,
            (Self::List(one), Self::List(two)) => Arc::ptr_eq(one, two) || one == two,
            (Self::Map(one), Self::Map(two)) => Arc::ptr_eq(one, two) || one == two,
            (Self::Float(one), Self::Float(two)) => one == two,
            (Self::Float(float), whole) | (whole, Self::Float(float)) => {
                whole.as_whole().is_some_and(|whole| Self::whole(*float).is_some_and(|float| float == whole))
            }
            (one, two) => one.as_whole().is_some_and(|one| Some(one) == two.as_whole()),
        }
    }
}

impl Value {
    /// The number as an `Int` or `BigInt` holds it, if it is a whole number or a truth value.
    pub(super) fn as_whole(&self) -> Option<Whole<'_>> {
        match self {
            Self::Bool(value) => Some(Whole::Small(i64::from(*value))),
            Self::Int(value) => Some(Whole::Small(*value)),
            Self::BigInt(digits) => Some(Whole::Big(digits.as_str().into())),
            _ => None,
        }
    }

    /// The whole number that a float is, if it is one.
    pub(super) fn whole(float: f64) -> Option<Whole<'static>> {
        if float.fract() != 0.0 || !float.is_finite() {
            return None;
        }
        // Both bounds are floats exactly; the upper one is the first that does not fit.
        if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float) {
            return Some(Whole::Small(float as i64));
        }
        Some(Whole::Big(format!("{float:.0}").into()))
    }
}

/// A whole number of any size.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Whole<'v> {
    Small(i64),
    /// Its decimal digits; it does not fit 64 bits.
    Big(Cow<'v, str>),
}

impl<V: Into<Value>> From<V> for Node {
    fn from(value: V) -> Self {
        Self::new(value)
    }
}

impl<S: Into<Self>> FromIterator<S> for Node {
    fn from_iter<I: IntoIterator<Item = S>>(items: I) -> Self {
        Self::new(Value::List(Arc::new(items.into_iter().map(Into::into).collect())))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(recent(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(recent(&text))
    }
}

impl From<&ArcStr> for Value {
    fn from(text: &ArcStr) -> Self {
        Self::Str(text.clone())
    }
}

impl From<ArcStr> for Value {
    fn from(text: ArcStr) -> Self {
        Self::Str(text)
    }
}

impl From<Vec<Node>> for Value {
    fn from(items: Vec<Node>) -> Self {
        Self::List(Arc::new(items))
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(Arc::new(map))
    }
}

impl<V: Into<Self>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

const _: () = assert!(size_of::<Node>() == 24, "a node is three words");
