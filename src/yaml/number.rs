//! Numbers as Python reads and writes them.

use std::fmt;

use arcstr::ArcStr;

use super::Value;

/// Python refuses to convert longer numbers to or from decimal digits.
const MAX_DIGITS: usize = 4300;

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberError {
    Invalid,
    TooLong,
}

impl fmt::Display for NumberError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid => formatter.write_str("not a valid number"),
            Self::TooLong => write!(formatter, "a whole number of more than {MAX_DIGITS} digits"),
        }
    }
}

/// A YAML 1.1 integer: decimal, octal (`017`), hexadecimal, binary or to the base of sixty, with `_` anywhere.
pub(super) fn yaml_int(text: &str) -> Result<Value, NumberError> {
    let text = text.replace('_', "");
    let (negative, digits) = split_sign(&text);
    let magnitude = match digits.as_bytes() {
        [] => Err(NumberError::Invalid),
        [b'0', b'b', ..] => Magnitude::parse(&digits[2..], 2),
        [b'0', b'x', ..] => Magnitude::parse(&digits[2..], 16),
        [b'0', ..] => Magnitude::parse(digits, 8),
        _ if digits.contains(':') => sixties(digits),
        _ => return decimal(digits, negative),
    }?;
    magnitude.value(negative)
}

/// The only key of the mapping, or field of the struct, that a number of `serde_json`'s is on its way to another format,
/// with its text as the value. The Starlark engine has that crate keep numbers as texts, and so for all of us.
pub(super) const JSON_NUMBER: &str = "$serde_json::private::Number";

/// The number of a text that is one in JSON.
pub(super) fn json_number(text: &str) -> Option<Value> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return decimal(digits, negative).ok();
    }
    text.parse::<f64>().ok().map(Value::Float)
}

/// A decimal integer of any length, without sign.
pub(crate) fn decimal(digits: &str, negative: bool) -> Result<Value, NumberError> {
    let digits = digits.trim();
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse::<i64>() {
        Ok(value) if plain => Ok(Value::Int(if negative { -value } else { value })),
        _ => Magnitude::parse(digits, 10)?.value(negative),
    }
}

fn sixties(digits: &str) -> Result<Magnitude, NumberError> {
    let mut parts = digits.split(':');
    let mut value = Magnitude::parse(parts.next().unwrap_or_default(), 10)?;
    for part in parts {
        let part: u32 = part.trim().parse().map_err(|_| NumberError::Invalid)?;
        value.multiply_add(60, part);
    }
    Ok(value)
}

/// Python's `int` takes the prefix of a base once more.
fn without_prefix(digits: &str, radix: u32) -> &str {
    let prefixes: [&str; 2] = match radix {
        2 => ["0b", "0B"],
        8 => ["0o", "0O"],
        16 => ["0x", "0X"],
        _ => return digits,
    };
    prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix)).unwrap_or(digits)
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// A whole number of any size, without sign: billions, least first.
struct Magnitude(Vec<u32>);

impl Magnitude {
    const BASE: u64 = 1_000_000_000;

    fn parse(digits: &str, radix: u32) -> Result<Self, NumberError> {
        let digits = without_prefix(digits.trim(), radix);
        if digits.is_empty() {
            return Err(NumberError::Invalid);
        }
        // No base has fewer than one decimal digit for four of its own.
        if digits.len() > MAX_DIGITS * 4 {
            return Err(NumberError::TooLong);
        }
        let mut value = Self(Vec::new());
        for digit in digits.chars() {
            value.multiply_add(radix, digit.to_digit(radix).ok_or(NumberError::Invalid)?);
        }
        Ok(value)
    }

    fn multiply_add(&mut self, factor: u32, addend: u32) {
        let mut carry = u64::from(addend);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = (carry % Self::BASE) as u32;
            carry /= Self::BASE;
        }
        while carry > 0 {
            self.0.push((carry % Self::BASE) as u32);
            carry /= Self::BASE;
        }
    }

    fn value(&self, negative: bool) -> Result<Value, NumberError> {
        let mut digits = if negative { "-".to_owned() } else { String::new() };
        match self.0.split_last() {
            None => return Ok(Value::Int(0)),
            Some((first, rest)) => {
                digits.push_str(&first.to_string());
                digits.extend(rest.iter().rev().map(|limb| format!("{limb:09}")));
            }
        }
        if digits.len() - usize::from(negative) > MAX_DIGITS {
            return Err(NumberError::TooLong);
        }
        Ok(digits.parse().map_or_else(|_| Value::BigInt(ArcStr::from(digits)), Value::Int))
    }
}

/// A YAML 1.1 float, with `_` anywhere and perhaps to the base of sixty.
pub(super) fn yaml_float(text: &str) -> Result<f64, NumberError> {
    let text = text.replace('_', "").to_lowercase();
    let (negative, digits) = split_sign(&text);
    let magnitude = match digits {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        _ if digits.contains(':') => float_sixties(digits)?,
        _ => python_float(digits)?,
    };
    Ok(if negative { -magnitude } else { magnitude })
}

/// Adds from the right as PyYAML does: the order decides how the sum is rounded.
fn float_sixties(digits: &str) -> Result<f64, NumberError> {
    let (mut value, mut base) = (0.0, 1.0);
    for part in digits.rsplit(':') {
        value += python_float(part)? * base;
        base *= 60.0;
    }
    Ok(value)
}

fn python_float(text: &str) -> Result<f64, NumberError> {
    text.trim().parse().map_err(|_| NumberError::Invalid)
}

/// The place of the decimal point before the first digit from which on a float's text has no exponent.
const LEAST_POINT: i32 = -3;

/// A float's digits as Python's `repr` writes them: as few as say which float it is.
#[derive(Clone, Copy)]
pub(crate) struct FloatText {
    bytes: [u8; 40],
    length: usize,
}

impl FloatText {
    /// Python's text of a float that is neither infinite nor not-a-number.
    pub(crate) fn finite(value: f64) -> Self {
        let mut buffer = zmij::Buffer::new();
        let (negative, shortest) = split_sign(buffer.format_finite(value));
        let mut text = Self { bytes: [0; 40], length: 0 };
        if negative {
            text.push(b"-");
        }
        let mut digits = [0; 24];
        let (length, point) = significant(shortest, &mut digits);
        text.layout(&digits[..length], point);
        text
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).expect("only ASCII is pushed")
    }

    fn push(&mut self, more: &[u8]) {
        self.bytes[self.length..self.length + more.len()].copy_from_slice(more);
        self.length += more.len();
    }

    fn zeros(&mut self, count: i32) {
        (0..count).for_each(|_| self.push(b"0"));
    }

    /// Writes digits whose decimal point is after the first `point` of them: plain if it is near enough, else
    /// with an exponent.
    fn layout(&mut self, digits: &[u8], point: i32) {
        let count = digits.len() as i32;
        match point {
            _ if (LEAST_POINT..=0).contains(&point) => {
                self.push(b"0.");
                self.zeros(-point);
                self.push(digits);
            }
            1..=16 if point >= count => {
                self.push(digits);
                self.zeros(point - count);
                self.push(b".0");
            }
            1..=16 => {
                let (whole, fraction) = digits.split_at(point as usize);
                self.push(whole);
                self.push(b".");
                self.push(fraction);
            }
            _ => self.exponential(digits, point - 1),
        }
    }

    fn exponential(&mut self, digits: &[u8], exponent: i32) {
        self.push(&digits[..1]);
        if digits.len() > 1 {
            self.push(b".");
            self.push(&digits[1..]);
        }
        self.push(if exponent < 0 { b"e-" } else { b"e+" });
        let exponent = exponent.unsigned_abs();
        if exponent < 10 {
            self.push(b"0");
        }
        self.push(itoa::Buffer::new().format(exponent).as_bytes());
    }
}

/// The digits of `12.5e-7` without leading and trailing zeros, and how many of them stand before the point.
fn significant(text: &str, digits: &mut [u8; 24]) -> (usize, i32) {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().expect("a formatted exponent is a small number");
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut length = 0;
    let mut point = exponent + whole.len() as i32;
    for digit in whole.bytes().chain(fraction.bytes()) {
        if length == 0 && digit == b'0' {
            point -= 1;
        } else {
            digits[length] = digit;
            length += 1;
        }
    }
    while length > 0 && digits[length - 1] == b'0' {
        length -= 1;
    }
    if length == 0 {
        digits[0] = b'0';
        return (1, 1);
    }
    (length, point)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_in_every_base() {
        let cases = [("0x1F", 31), ("-017", -15), ("0b1_01", 5), ("1:30", 90), ("190:20:30", 685_230), ("1_000", 1000)];
        for (text, value) in cases {
            assert_eq!(yaml_int(text), Ok(Value::Int(value)), "{text}");
        }
        assert_eq!(yaml_int("-9223372036854775808"), Ok(Value::Int(i64::MIN)));
        let big = yaml_int("0x10000000000000000").unwrap();
        assert!(matches!(big, Value::BigInt(digits) if digits == "18446744073709551616"));
        assert_eq!(yaml_int("0b_"), Err(NumberError::Invalid));
        assert_eq!(yaml_int(&"9".repeat(4301)), Err(NumberError::TooLong));
    }

    #[test]
    fn floats_are_written_as_python_does() {
        let cases = [
            (5400.0, "5400.0"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (1.5e22, "1.5e+22"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e100, "1e+100"),
            (1223383794756801.2, "1223383794756801.2"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (9999999999999998.0, "9999999999999998.0"),
            (-0.000123, "-0.000123"),
        ];
        for (value, text) in cases {
            assert_eq!(FloatText::finite(value).as_str(), text);
        }
    }
}
