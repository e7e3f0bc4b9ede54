//! Values as Python prints them: `str(value)` and `repr(value)`.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use crate::yaml::{Map, Node, Timestamp, Value};

/// What Python's `str` makes of the value.
#[must_use]
pub fn to_str(node: &Node) -> String {
    match &node.value {
        Value::Str(text) => text.to_string(),
        Value::Timestamp(timestamp) => timestamp.to_string(),
        _ => repr(node),
    }
}

/// What Python's `repr` makes of the value.
#[must_use]
pub fn repr(node: &Node) -> String {
    match &node.value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Int(number) => number.to_string(),
        Value::BigInt(digits) => digits.to_string(),
        Value::Float(number) => float(*number),
        Value::Str(text) => quoted(text),
        Value::Bytes(bytes) => format!("b{}", quoted_bytes(bytes)),
        Value::Timestamp(timestamp) => constructed(timestamp),
        Value::List(items) => format!("[{}]", joined(items.iter().map(repr))),
        Value::Map(map) => format!("{{{}}}", joined(map_items(map))),
    }
}

/// The call that makes the date or time.
fn constructed(timestamp: &Timestamp) -> String {
    match timestamp {
        Timestamp::Date(date) => format!("datetime.date({})", joined(date_parts(*date))),
        Timestamp::Naive(time) => format!("datetime.datetime({})", joined(time_parts(*time))),
        Timestamp::Aware(time) => {
            let zone = format!("tzinfo={}", zone(time.offset().local_minus_utc()));
            format!("datetime.datetime({})", joined(time_parts(time.naive_local()).chain([zone])))
        }
    }
}

fn date_parts(date: NaiveDate) -> impl Iterator<Item = String> {
    [date.year().to_string(), date.month().to_string(), date.day().to_string()].into_iter()
}

/// Seconds only if there are any below the minute, microseconds likewise.
fn time_parts(time: NaiveDateTime) -> impl Iterator<Item = String> {
    let (seconds, microseconds) = (time.second(), time.nanosecond() / 1000);
    let shown = [(seconds, seconds + microseconds), (microseconds, microseconds)];
    let below_the_minute = shown.into_iter().filter(|(_, any)| *any != 0).map(|(part, _)| part);
    let parts = [time.hour(), time.minute()].into_iter().chain(below_the_minute);
    date_parts(time.date()).chain(parts.map(|part| part.to_string()))
}

fn zone(seconds_east: i32) -> String {
    const DAY: i32 = 24 * 3600;
    match seconds_east {
        0 => "datetime.timezone.utc".to_owned(),
        1.. => format!("datetime.timezone(datetime.timedelta(seconds={seconds_east}))"),
        _ => format!("datetime.timezone(datetime.timedelta(days=-1, seconds={}))", DAY + seconds_east),
    }
}

fn map_items(map: &Map) -> impl Iterator<Item = String> + '_ {
    map.iter().map(|(key, value)| format!("{}: {}", repr(key), repr(value)))
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// The shortest digits that read back as the number, with an exponent from 1e16 up and below 1e-4.
#[must_use]
pub fn float(number: f64) -> String {
    if !number.is_finite() {
        return if number.is_nan() { "nan".into() } else { format!("{number}") };
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{number}");
    if plain.contains('.') { plain } else { plain + ".0" }
}

fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for next in text.chars() {
        match next {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            '\\' => shown.push_str("\\\\"),
            _ if next == quote => shown.extend(['\\', next]),
            _ if next.is_control() => push_hex(&mut shown, next),
            _ => shown.push(next),
        }
    }
    shown.push(quote);
    shown
}

fn push_hex(shown: &mut String, next: char) {
    write!(shown, "\\x{:02x}", u32::from(next)).expect("writing to a string cannot fail");
}

/// The text with everything beyond ASCII escaped, as Python's `ascii` does.
#[must_use]
pub fn quoted_as_ascii(text: &str) -> String {
    let mut shown = String::new();
    for next in text.chars() {
        match u32::from(next) {
            0..=0x7f => shown.push(next),
            0x80..=0xff => push_hex(&mut shown, next),
            code @ 0x100..=0xffff => shown.push_str(&format!("\\u{code:04x}")),
            code => shown.push_str(&format!("\\U{code:08x}")),
        }
    }
    shown
}

fn quoted_bytes(bytes: &[u8]) -> String {
    let mut shown = String::from('\'');
    for &byte in bytes {
        match byte {
            b'\n' => shown.push_str("\\n"),
            b'\r' => shown.push_str("\\r"),
            b'\t' => shown.push_str("\\t"),
            b'\\' | b'\'' => shown.extend(['\\', char::from(byte)]),
            b' '..=b'~' => shown.push(char::from(byte)),
            _ => push_hex(&mut shown, char::from(byte)),
        }
    }
    shown.push('\'');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::World;

    #[test]
    fn values_are_shown_as_python_shows_them() {
        let node: Node =
            serde_json::from_str(r#"{"a": [1, 1.0, true, null, "it's", "\"'\n"], "b": {}, "c": []}"#).unwrap();
        assert_eq!(repr(&node), r#"{'a': [1, 1.0, True, None, "it's", '"\'\n'], 'b': {}, 'c': []}"#);
        let floats =
            [(3.1, "3.1"), (1e16, "1e+16"), (1e-5, "1e-05"), (5400.0, "5400.0"), (1.5e300, "1.5e+300"), (0.0, "0.0")];
        for (number, expected) in floats {
            assert_eq!(float(number), expected);
        }
    }

    #[test]
    fn dates_and_times_are_shown_as_python_shows_them() {
        let utc = "datetime.timezone.utc";
        let cases = [
            ("2024-01-31", "2024-01-31", "datetime.date(2024, 1, 31)".to_owned()),
            ("2024-1-31 10:00:00", "2024-01-31 10:00:00", "datetime.datetime(2024, 1, 31, 10, 0)".to_owned()),
            ("2024-01-31T10:00:07.5", "2024-01-31 10:00:07.500000", "datetime.datetime(2024, 1, 31, 10, 0, 7, 500000)".to_owned()),
            ("2024-01-31T10:00:00.25Z", "2024-01-31 10:00:00.250000+00:00", format!("datetime.datetime(2024, 1, 31, 10, 0, 0, 250000, tzinfo={utc})")),
            ("2024-01-31 10:00:01 +2", "2024-01-31 10:00:01+02:00", "datetime.datetime(2024, 1, 31, 10, 0, 1, tzinfo=datetime.timezone(datetime.timedelta(seconds=7200)))".to_owned()),
            ("2024-01-31 10:00:00 -1:30", "2024-01-31 10:00:00-01:30", "datetime.datetime(2024, 1, 31, 10, 0, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=81000)))".to_owned()),
        ];
        for (written, text, call) in cases {
            let node = World::new(&[]).yaml(written);
            assert_eq!((to_str(&node), repr(&node)), (text.to_owned(), call), "{written}");
        }
    }
}
