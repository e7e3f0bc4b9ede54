//! What an unquoted scalar is, by YAML 1.1 as PyYAML's resolver reads it.
//!
//! The forms are those of PyYAML's regular expressions, which differ from the specification here and there:
//! `1e5` is text because a float needs a point, and `0o17` is text.

use super::tag::Tag;
use super::timestamp;

/// The tag of a plain scalar.
pub(super) fn resolve(text: &str) -> Tag {
    let Some(&first) = text.as_bytes().first() else { return Tag::Null };
    // As `$` in Python, which also matches before a last newline.
    let text = text.strip_suffix('\n').unwrap_or(text);
    match first {
        b'0'..=b'9' => number(text).or_else(|| is_timestamp(text).then_some(Tag::Timestamp)),
        b'-' | b'+' => number(text),
        b'.' => is_float(text.as_bytes()).then_some(Tag::Float),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        b'<' => (text == "<<").then_some(Tag::Merge),
        b'=' => (text == "=").then_some(Tag::Value),
        _ => None,
    }
    .unwrap_or(Tag::Str)
}

fn word(text: &str) -> Option<Tag> {
    match text {
        "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "true" | "True" | "TRUE" | "false" | "False" | "FALSE" | "on"
        | "On" | "ON" | "off" | "Off" | "OFF" => Some(Tag::Bool),
        "~" | "null" | "Null" | "NULL" => Some(Tag::Null),
        _ => None,
    }
}

fn number(text: &str) -> Option<Tag> {
    let bytes = text.as_bytes();
    if is_float(bytes) {
        Some(Tag::Float)
    } else if is_int(unsigned(bytes)) {
        Some(Tag::Int)
    } else {
        None
    }
}

fn unsigned(text: &[u8]) -> &[u8] {
    match text {
        [b'-' | b'+', rest @ ..] => rest,
        _ => text,
    }
}

/// Whether `text` has at least one byte and only such as `allowed` has.
fn only(text: &[u8], allowed: fn(&u8) -> bool) -> bool {
    !text.is_empty() && text.iter().all(allowed)
}

/// `text` without its leading digits and underscores.
fn after_digits(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !is_digit(byte)).unwrap_or(text.len());
    &text[end..]
}

const fn is_digit(byte: &u8) -> bool {
    byte.is_ascii_digit() || *byte == b'_'
}

fn is_int(text: &[u8]) -> bool {
    match text {
        b"0" => true,
        [b'0', b'b', digits @ ..] => only(digits, |byte| matches!(byte, b'0' | b'1' | b'_')),
        [b'0', b'x', digits @ ..] => only(digits, |byte| byte.is_ascii_hexdigit() || *byte == b'_'),
        [b'0', digits @ ..] => only(digits, |byte| matches!(byte, b'0'..=b'7' | b'_')),
        [b'1'..=b'9', rest @ ..] => after_sixties(after_digits(rest)).is_some_and(<[u8]>::is_empty),
        _ => false,
    }
}

/// `text` without its leading `:mm` parts, each below sixty; nothing if one is not.
fn after_sixties(mut text: &[u8]) -> Option<&[u8]> {
    while let [b':', rest @ ..] = text {
        text = match rest {
            [b'0'..=b'5', b'0'..=b'9', rest @ ..] | [b'0'..=b'9', rest @ ..] => rest,
            _ => return None,
        };
    }
    Some(text)
}

fn is_float(text: &[u8]) -> bool {
    if matches!(text, b".nan" | b".NaN" | b".NAN") {
        return true;
    }
    if let [b'.', b'0'..=b'9', rest @ ..] = text {
        return is_exponent(after_digits(rest));
    }
    match unsigned(text) {
        b".inf" | b".Inf" | b".INF" => true,
        [b'0'..=b'9', rest @ ..] => match after_digits(rest) {
            [b'.', rest @ ..] => is_exponent(after_digits(rest)),
            rest @ [b':', ..] => {
                matches!(after_sixties(rest), Some([b'.', rest @ ..]) if after_digits(rest).is_empty())
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether this is an exponent, with its sign, or nothing.
fn is_exponent(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b'e' | b'E', b'-' | b'+', digits @ ..] => only(digits, u8::is_ascii_digit),
        _ => false,
    }
}

/// A date alone must have all its digits; before a time it need not.
fn is_timestamp(text: &str) -> bool {
    timestamp::split(text).is_some_and(|parts| parts.time.is_some() || text.len() == "2024-01-31".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_what_pyyaml_says() {
        let table: [(Tag, &[&str]); 8] = [
            (Tag::Null, &["", "~", "null", "Null", "NULL"]),
            (Tag::Bool, &["yes", "No", "TRUE", "off", "ON"]),
            (Tag::Int, &["0", "-1", "+12", "1_000", "017", "0b1_0", "0xFf", "1:30", "190:20:30", "0_", "0x_", "-0"]),
            (Tag::Float, &["1.", "1.5e+3", "-.inf", ".5", ".NaN", "1_0.5_0", "1:30.5", "0:59.", "+1.0E-2"]),
            (Tag::Timestamp, &["2024-01-31", "2024-1-3 1:02:03", "2024-01-31t12:00:00.5Z", "2024-01-31 12:00:00 +01"]),
            (Tag::Merge, &["<<"]),
            (Tag::Value, &["="]),
            (
                Tag::Str,
                &[
                    "y", "nULL", "1e5", "1.5e3", "0o17", "08", "0:30", "1:60", "-.5", "+.nan", "2024-1-3", ".", "-",
                    "+", "._5", "\n", "1:", "0b2", "<<x", "==",
                ],
            ),
        ];
        for (tag, texts) in table {
            for text in texts {
                assert_eq!(resolve(text), tag, "{text:?}");
            }
        }
    }
}
