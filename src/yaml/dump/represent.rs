//! What PyYAML's representer makes of a value that is not a list or mapping: a tag and a text.

use std::borrow::Cow;

use crate::yaml::Value;
use crate::yaml::number::FloatText;
use crate::yaml::resolve::resolve;
use crate::yaml::tag::Tag;

/// A scalar before its style is chosen.
#[derive(Debug)]
pub(super) struct Scalar<'v> {
    pub(super) tag: Tag,
    pub(super) text: Cow<'v, str>,
}

impl<'v> Scalar<'v> {
    /// Nothing for lists and mappings.
    pub(super) fn of(value: &'v Value) -> Option<Self> {
        let (tag, text): (Tag, Cow<'v, str>) = match value {
            Value::Null => (Tag::Null, "null".into()),
            Value::Bool(true) => (Tag::Bool, "true".into()),
            Value::Bool(false) => (Tag::Bool, "false".into()),
            Value::Int(value) => (Tag::Int, value.to_string().into()),
            Value::BigInt(digits) => (Tag::Int, digits.as_str().into()),
            Value::Float(value) => (Tag::Float, float(*value)),
            Value::Str(text) => (Tag::Str, text.as_str().into()),
            Value::Bytes(bytes) => (Tag::Binary, base64_lines(bytes).into()),
            Value::Timestamp(timestamp) => (Tag::Timestamp, timestamp.iso(' ').into()),
            Value::List(_) | Value::Map(_) => return None,
        };
        Some(Self { tag, text })
    }

    /// Whether the scalar would be read back as what it is without quotes and without a tag.
    pub(super) fn is_plain(&self) -> bool {
        resolve(&self.text) == self.tag
    }
}

/// A YAML 1.1 float needs a point, which Python leaves out before an exponent.
fn float(value: f64) -> Cow<'static, str> {
    if value.is_nan() {
        return ".nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let text = FloatText::finite(value).as_str().to_owned();
    match text.split_once('e') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0e{exponent}").into(),
        _ => text.into(),
    }
}

/// As Python's `base64.encodebytes`: lines of 76 characters.
fn base64_lines(bytes: &[u8]) -> String {
    use base64::Engine as _;
    let lines = bytes.chunks(57).map(|line| base64::engine::general_purpose::STANDARD.encode(line) + "\n");
    lines.collect()
}
