//! Where the keys of a large mapping are, compared as Python compares keys.

use std::collections::HashMap;

use arcstr::ArcStr;
use chrono::{NaiveDate, NaiveDateTime};

use super::node::Whole;
use super::{Node, Timestamp, Value};

/// The place of every key.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    texts: HashMap<ArcStr, usize>,
    others: HashMap<Key, usize>,
}

/// A key that is not text; equal for keys that Python takes for equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Null,
    Small(i64),
    Big(Box<str>),
    Fraction(u64),
    Bytes(Box<[u8]>),
    Date(NaiveDate),
    Naive(NaiveDateTime),
    /// By the instant, whatever the offset.
    Aware(NaiveDateTime),
    /// A list or mapping: Python has no such keys, and nothing finds one again.
    Unhashable,
}

impl Index {
    pub(super) fn new(entries: &[(Node, Node)]) -> Self {
        let mut index = Self::default();
        for (at, (key, _)) in entries.iter().enumerate() {
            index.add(key, at);
        }
        index
    }

    pub(super) fn add(&mut self, key: &Node, at: usize) {
        match &key.value {
            Value::Str(text) => self.texts.insert(text.clone(), at),
            other => self.others.insert(Key::of(other), at),
        };
    }

    pub(super) fn text_position(&self, key: &str) -> Option<usize> {
        self.texts.get(key).copied()
    }

    pub(super) fn position(&self, key: &Node) -> Option<usize> {
        self.others.get(&Key::of(&key.value)).copied()
    }
}

impl Key {
    fn of(value: &Value) -> Self {
        match value {
            Value::Bool(value) => Self::Small(i64::from(*value)),
            Value::Int(value) => Self::Small(*value),
            Value::BigInt(digits) => Self::Big(digits.as_str().into()),
            Value::Float(value) => match Value::whole(*value) {
                Some(Whole::Small(whole)) => Self::Small(whole),
                Some(Whole::Big(digits)) => Self::Big(digits.into()),
                None if value.is_nan() => Self::Fraction(f64::NAN.to_bits()),
                None => Self::Fraction(value.to_bits()),
            },
            Value::Bytes(bytes) => Self::Bytes(bytes.as_slice().into()),
            Value::Timestamp(timestamp) => match **timestamp {
                Timestamp::Date(date) => Self::Date(date),
                Timestamp::Naive(time) => Self::Naive(time),
                Timestamp::Aware(time) => Self::Aware(time.naive_utc()),
            },
            Value::Null => Self::Null,
            Value::Str(_) | Value::List(_) | Value::Map(_) => Self::Unhashable,
        }
    }
}

/// Whether two keys are one. Not-a-number is itself here, because PyYAML makes it the same object each time.
pub(super) fn is_same_key(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Float(one), Value::Float(other)) if one.is_nan() => other.is_nan(),
        _ => one == other,
    }
}
