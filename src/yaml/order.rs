//! The order in which Python sorts keys.

use std::cmp::Ordering;

use super::{Map, Node, Timestamp, Value};

/// The entries of a mapping as Python's `sorted` orders them.
///
/// # Errors
/// A key that Python cannot compare with the first one, and that: a number and a text, say.
pub(crate) fn sorted(map: &Map) -> Result<Vec<&(Node, Node)>, (&Node, &Node)> {
    let mut entries: Vec<&(Node, Node)> = map.iter().collect();
    if entries.iter().all(|(key, _)| matches!(key.value, Value::Str(_))) {
        // Code point order, which for UTF-8 is the order of bytes. No two keys are equal.
        entries.sort_unstable_by(|(one, _), (other, _)| one.as_str().cmp(&other.as_str()));
        return Ok(entries);
    }
    if let Some((first, _)) = entries.first()
        && let Some((odd, _)) = entries.iter().skip(1).find(|(key, _)| compare(&first.value, &key.value).is_none())
    {
        return Err((odd, first));
    }
    // What can be compared with the first can be compared with each other.
    entries.sort_by(|(one, _), (other, _)| compare(&one.value, &other.value).unwrap_or(Ordering::Equal));
    Ok(entries)
}

/// Python's `<`; nothing where it raises a `TypeError`.
fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Str(one), Value::Str(other)) => Some(one.cmp(other)),
        (Value::Bytes(one), Value::Bytes(other)) => Some(one.cmp(other)),
        (Value::Timestamp(one), Value::Timestamp(other)) => match (&**one, &**other) {
            (Timestamp::Date(one), Timestamp::Date(other)) => Some(one.cmp(other)),
            (Timestamp::Naive(one), Timestamp::Naive(other)) => Some(one.cmp(other)),
            (Timestamp::Aware(one), Timestamp::Aware(other)) => Some(one.cmp(other)),
            _ => None,
        },
        _ => compare_numbers(one, other),
    }
}

fn compare_numbers(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Float(one), Value::Float(other)) => Some(one.partial_cmp(other).unwrap_or(Ordering::Equal)),
        (Value::Float(float), whole) => compare_with_whole(*float, whole),
        (whole, Value::Float(float)) => compare_with_whole(*float, whole).map(Ordering::reverse),
        _ => Some(compare_digits(&digits(one)?, &digits(other)?)),
    }
}

/// Python compares a float and a whole number exactly.
fn compare_with_whole(float: f64, whole: &Value) -> Option<Ordering> {
    let whole = digits(whole)?;
    if float.is_nan() {
        return Some(Ordering::Equal);
    }
    if float.is_infinite() {
        return Some(if float > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let by_floor = compare_digits(&format!("{:.0}", float.floor()), &whole);
    Some(if by_floor == Ordering::Equal && float.fract() != 0.0 { Ordering::Greater } else { by_floor })
}

/// The decimal digits of a whole number or truth value.
fn digits(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(i64::from(*value).to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::BigInt(digits) => Some(digits.to_string()),
        _ => None,
    }
}

fn compare_digits(one: &str, other: &str) -> Ordering {
    let one = if one == "-0" { "0" } else { one };
    let other = if other == "-0" { "0" } else { other };
    let magnitude = |one: &str, other: &str| one.len().cmp(&other.len()).then_with(|| one.cmp(other));
    match (one.strip_prefix('-'), other.strip_prefix('-')) {
        (Some(one), Some(other)) => magnitude(other, one),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => magnitude(one, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_types_have_one_order() {
        let big = |digits: &str| Node::new(Value::BigInt(digits.into()));
        let ordered = [
            Node::new(f64::NEG_INFINITY),
            big("-100000000000000000000"),
            Node::new(-1.5),
            Node::new(-1),
            Node::new(-0.0),
            Node::new(0.5),
            Node::new(true),
            Node::new(1.5),
            Node::new(2),
            Node::new(9_007_199_254_740_992.0),
            Node::new(9_007_199_254_740_993_i64),
            big("100000000000000000000"),
            Node::new(1e21),
        ];
        let map: Map = ordered.iter().rev().map(|key| (key.clone(), Node::default())).collect();
        let sorted: Vec<Node> = sorted(&map).unwrap().into_iter().map(|(key, _)| key.clone()).collect();
        assert_eq!(sorted, ordered);
    }

    #[test]
    fn keys_of_different_types_have_none() {
        let map = Map::from([(Node::new("a"), Node::new(1)), (Node::new(1), Node::new(2))]);
        assert!(sorted(&map).is_err());
    }
}
