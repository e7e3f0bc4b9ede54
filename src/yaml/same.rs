//! Documents that nothing tells apart.

use std::sync::Arc;

use arcstr::ArcStr;

use super::{Node, Value};

impl Node {
    /// Whether nothing tells the two apart: the values, their types, the order of keys, and where all of it was written.
    /// What is shared is not looked into.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.span == other.span && is_same_value(&self.value, &other.value)
    }
}

fn is_same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one), Value::Int(other)) => one == other,
        (Value::Float(one), Value::Float(other)) => one.to_bits() == other.to_bits(),
        (Value::Str(one), Value::Str(other)) | (Value::BigInt(one), Value::BigInt(other)) => {
            ArcStr::ptr_eq(one, other) || one == other
        }
        (Value::Bytes(one), Value::Bytes(other)) => one == other,
        (Value::Timestamp(one), Value::Timestamp(other)) => one == other,
        (Value::List(one), Value::List(other)) => {
            Arc::ptr_eq(one, other)
                || one.len() == other.len() && one.iter().zip(&**other).all(|(one, other)| one.is_same(other))
        }
        (Value::Map(one), Value::Map(other)) => {
            let is_same = |((key, value), (other_key, other)): (&(Node, Node), &(Node, Node))| {
                key.is_same(other_key) && value.is_same(other)
            };
            Arc::ptr_eq(one, other) || one.len() == other.len() && one.iter().zip(other.iter()).all(is_same)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostics::Files;
    use crate::yaml::load;

    #[test]
    fn types_order_and_places_tell_documents_apart() {
        let files = Files::default();
        let read = |text: &str| load(&files, "a.yml", text).unwrap().root;
        let text = "{a: [1, x, {b: 1.5}], c: null, d: 2024-01-01}";
        let one = read(text);
        assert!(one.is_same(&one.clone()));
        // The same text in another file is at another place.
        let elsewhere = load(&files, "b.yml", text).unwrap().root;
        assert!(!one.is_same(&elsewhere) && one == elsewhere);
        let plain = |text: &str| crate::json::parse(text).unwrap();
        assert!(plain(r#"{"a": [1, {"b": "x"}]}"#).is_same(&plain(r#"{"a": [1, {"b": "x"}]}"#)));
        for (one, other) in [
            (r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "a": 1}"#),
            ("[1]", "[true]"),
            ("[1]", "[1.0]"),
            ("[1]", "[1, 2]"),
            (r#"["a"]"#, r#"["b"]"#),
        ] {
            assert!(!plain(one).is_same(&plain(other)), "{one} {other}");
        }
    }
}
