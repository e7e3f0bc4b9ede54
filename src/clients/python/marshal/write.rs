//! Documents for the interpreter. Nothing in them is shared.

use super::{DIGIT, Unfit};
use crate::yaml::{Map, Node, Value};

/// A document in bytes.
///
/// # Errors
/// A value that the format has no words for.
pub(in crate::clients::python) fn write(document: &Node) -> Result<Vec<u8>, Unfit> {
    let mut bytes = Vec::new();
    node(&mut bytes, document)?;
    Ok(bytes)
}

fn node(to: &mut Vec<u8>, node: &Node) -> Result<(), Unfit> {
    match &node.value {
        Value::Null => to.push(b'N'),
        Value::Bool(value) => to.push(if *value { b'T' } else { b'F' }),
        Value::Int(value) => int(to, *value),
        Value::Float(value) => {
            to.push(b'g');
            to.extend(value.to_le_bytes());
        }
        Value::Str(text) => string(to, text, false)?,
        Value::Bytes(bytes) => {
            to.push(b's');
            size(to, bytes.len())?;
            to.extend(bytes.as_slice());
        }
        Value::List(items) => list(to, items)?,
        Value::Map(entries) => map(to, entries)?,
        Value::BigInt(_) | Value::Timestamp(_) => return Err(Unfit),
    }
    Ok(())
}

fn list(to: &mut Vec<u8>, items: &[Node]) -> Result<(), Unfit> {
    to.push(b'[');
    size(to, items.len())?;
    items.iter().try_for_each(|item| node(to, item))
}

fn map(to: &mut Vec<u8>, entries: &Map) -> Result<(), Unfit> {
    to.push(b'{');
    for (key, value) in entries {
        match key.as_str() {
            Some(text) => string(to, text, true)?,
            None => node(to, key)?,
        }
        node(to, value)?;
    }
    to.push(b'0');
    Ok(())
}

fn int(to: &mut Vec<u8>, value: i64) {
    if let Ok(value) = i32::try_from(value) {
        to.push(b'i');
        to.extend(value.to_le_bytes());
        return;
    }
    let mut left = value.unsigned_abs();
    let mut digits = Vec::new();
    while left > 0 {
        digits.push((left & ((1 << DIGIT) - 1)) as u16);
        left >>= DIGIT;
    }
    let count = i32::try_from(digits.len()).unwrap_or_default();
    to.push(b'l');
    to.extend((if value < 0 { -count } else { count }).to_le_bytes());
    digits.iter().for_each(|digit| to.extend(digit.to_le_bytes()));
}

/// Keys are interned: the interpreter then keeps one of each.
fn string(to: &mut Vec<u8>, text: &str, is_key: bool) -> Result<(), Unfit> {
    match (text.is_ascii(), u8::try_from(text.len())) {
        (true, Ok(length)) => to.extend([if is_key { b'Z' } else { b'z' }, length]),
        (true, Err(_)) => {
            to.push(if is_key { b'A' } else { b'a' });
            size(to, text.len())?;
        }
        (false, _) => {
            to.push(if is_key { b't' } else { b'u' });
            size(to, text.len())?;
        }
    }
    to.extend(text.as_bytes());
    Ok(())
}

fn size(to: &mut Vec<u8>, size: usize) -> Result<(), Unfit> {
    to.extend(i32::try_from(size).map_err(|_| Unfit)?.to_le_bytes());
    Ok(())
}
