//! Numbers as a service written in JavaScript hands them back.

use serde_json::{Number, Value};

/// The largest integer that a double counts to without gaps, 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Rewrites every number as if it had been through JavaScript: `1.0` becomes `1`, integers above 2^53 are rounded.
pub(crate) fn as_javascript(value: &mut Value) {
    match value {
        Value::Number(number) => *number = rounded(number),
        Value::Array(items) => items.iter_mut().for_each(as_javascript),
        Value::Object(members) => members.values_mut().for_each(as_javascript),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn rounded(number: &Number) -> Number {
    let Some(double) = number.as_f64() else { return number.clone() };
    if double.fract() != 0.0 || double.abs() > 1e18 || (!number.is_f64() && double.abs() < EXACT) {
        return if number.is_f64() { number.clone() } else { shortest(double).unwrap_or_else(|| number.clone()) };
    }
    shortest(double).unwrap_or_else(|| number.clone())
}

/// The integer whose digits are the shortest ones that read back as `double`, as JavaScript prints it.
fn shortest(double: f64) -> Option<Number> {
    let digits = double.to_string();
    digits.parse::<i64>().map(Number::from).or_else(|_| digits.parse::<u64>().map(Number::from)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_integers_and_large_ones_are_rounded() {
        for (text, expected) in [
            ("1.0", "1"),
            ("-0.0", "0"),
            ("1.5", "1.5"),
            ("3", "3"),
            ("9007199254740993", "9007199254740992"),
            ("12345678901234567890", "12345678901234567000"),
        ] {
            let mut value = serde_json::from_str(text).unwrap();
            as_javascript(&mut value);
            assert_eq!(value.to_string(), expected, "{text}");
        }
    }
}
