//! Values as JSON with type tags, the language in which `tests/yaml/reference.py` speaks of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::diagnostics::Place;
use crate::yaml::{Node, Timestamp, Value};

/// A value with its type, and floats by their bits.
pub(crate) fn tagged(node: &Node) -> Json {
    match &node.value {
        Value::Null => json!(["null"]),
        Value::Bool(value) => json!(["bool", value]),
        Value::Int(value) => json!(["int", value.to_string()]),
        Value::BigInt(digits) => json!(["int", digits.as_str()]),
        Value::Float(value) => {
            let bits = if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
            json!(["float", format!("{bits:016x}")])
        }
        Value::Str(text) => json!(["str", text.as_str()]),
        Value::Bytes(bytes) => json!(["bytes", STANDARD.encode(&**bytes)]),
        Value::Timestamp(timestamp) => match &**timestamp {
            Timestamp::Date(date) => json!(["date", date.to_string()]),
            Timestamp::Naive(time) => json!(["time", iso(time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string())]),
            Timestamp::Aware(time) => json!(["time", iso(time.format("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string())]),
        },
        Value::List(items) => json!(["list", items.iter().map(tagged).collect::<Vec<_>>()]),
        Value::Map(map) => {
            let entries: Vec<Json> = map.iter().map(|(key, value)| json!([tagged(key), tagged(value)])).collect();
            json!(["map", entries])
        }
    }
}

fn iso(text: String) -> String {
    text.replace(".000000", "")
}

/// Whether a place is what PyYAML calls this line and column. More characters than `\\n` end a line there, and the
/// end of a text without a last line break can be the line after.
pub(crate) fn is_at(place: &Place, line: u64, column: u64) -> bool {
    let text = &place.file.text;
    let before = text[..place.range.start].replace("\r\n", "\n");
    let lines: Vec<&str> = before.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).collect();
    let here = (lines.len() as u64, lines.last().map_or(0, |line| line.chars().count()) as u64 + 1);
    here == (line, column) || (place.range.start == text.len() && (here.0 + 1, 1) == (line, column))
}
