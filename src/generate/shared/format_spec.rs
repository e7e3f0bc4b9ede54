//! The part of a field after its colon: `{chunk:02d}`.

use super::python_text::to_str;
use crate::yaml::{Node, Value};

/// `[[fill]align][sign][#][0][width][,][.precision][type]`.
#[derive(Debug, Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    group: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

/// No text in a tree is wider.
const MAX_WIDTH: usize = 10_000;

/// The value as Python's `format(value, spec)` shows it.
///
/// # Errors
/// In words, if the spec does not fit the value.
pub(super) fn format_value(value: &Node, spec: &str) -> Result<String, String> {
    if spec.is_empty() {
        return Ok(to_str(value));
    }
    let unfit = || format!("format `{spec}` does not fit {}", value.type_name());
    let parsed = Spec::parse(spec).ok_or_else(unfit)?;
    match &value.value {
        Value::Str(text) => parsed.text(text).ok_or_else(unfit),
        Value::Bool(value) => parsed.integer(i64::from(*value)).ok_or_else(unfit),
        Value::Int(number) => parsed.integer(*number).ok_or_else(unfit),
        Value::Float(number) => parsed.float(*number).ok_or_else(unfit),
        _ => Err(unfit()),
    }
}

impl Spec {
    fn parse(text: &str) -> Option<Self> {
        let letters: Vec<char> = text.chars().collect();
        let mut rest = letters.as_slice();
        let mut spec = Self::default();
        let is_align = |letter: Option<&char>| letter.is_some_and(|letter| "<>=^".contains(*letter));
        if is_align(rest.get(1)) {
            (spec.fill, spec.align, rest) = (Some(rest[0]), Some(rest[1]), &rest[2..]);
        } else if is_align(rest.first()) {
            (spec.align, rest) = (Some(rest[0]), &rest[1..]);
        }
        spec.sign = take(&mut rest, "+- ");
        spec.alternate = take(&mut rest, "#").is_some();
        spec.zero = take(&mut rest, "0").is_some();
        spec.width = number(&mut rest)?.unwrap_or(0);
        spec.group = take(&mut rest, ",_");
        if take(&mut rest, ".").is_some() {
            spec.precision = Some(number(&mut rest)??);
        }
        spec.kind = take(&mut rest, "sdbcoxXeEfFgGn%");
        (rest.is_empty() && spec.width <= MAX_WIDTH && spec.precision.unwrap_or(0) <= MAX_WIDTH).then_some(spec)
    }

    fn text(&self, text: &str) -> Option<String> {
        let is_fit = matches!(self.kind, None | Some('s')) && self.sign.is_none() && !self.alternate;
        if !is_fit || self.group.is_some() || self.align == Some('=') {
            return None;
        }
        let shown: String = text.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
        Some(self.padded("", &shown, '<'))
    }

    fn integer(&self, number: i64) -> Option<String> {
        if self.precision.is_some() {
            return matches!(self.kind, Some('f' | 'F')).then(|| self.fixed(i128::from(number) as f64));
        }
        let magnitude = number.unsigned_abs();
        let (prefix, digits) = match self.kind {
            None | Some('d') => ("", grouped(&magnitude.to_string(), self.group)),
            Some('b') if self.group.is_none() => ("0b", format!("{magnitude:b}")),
            Some('o') if self.group.is_none() => ("0o", format!("{magnitude:o}")),
            Some('x') if self.group.is_none() => ("0x", format!("{magnitude:x}")),
            Some('X') if self.group.is_none() => ("0X", format!("{magnitude:X}")),
            _ => return None,
        };
        let prefix = if self.alternate { prefix } else { "" };
        Some(self.padded(&format!("{}{prefix}", self.sign_of(number < 0)), &digits, '>'))
    }

    fn float(&self, number: f64) -> Option<String> {
        match (self.kind, self.precision) {
            (Some('f' | 'F'), _) if !self.alternate => Some(self.fixed(number)),
            (None, None) => {
                let shown = super::python_text::float(number.abs());
                Some(self.padded(self.sign_of(number < 0.0), &shown, '>'))
            }
            _ => None,
        }
    }

    fn fixed(&self, number: f64) -> String {
        let digits = format!("{:.*}", self.precision.unwrap_or(6), number.abs());
        self.padded(self.sign_of(number < 0.0), &digits, '>')
    }

    const fn sign_of(&self, is_negative: bool) -> &'static str {
        match (is_negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            (false, _) => "",
        }
    }

    fn padded(&self, sign: &str, digits: &str, usual: char) -> String {
        let missing = self.width.saturating_sub(sign.chars().count() + digits.chars().count());
        let fill = self.fill.unwrap_or(if self.zero { '0' } else { ' ' });
        let pad = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
        let usual = if self.zero && usual == '>' { '=' } else { usual };
        match self.align.unwrap_or(usual) {
            '<' => format!("{sign}{digits}{}", pad(missing)),
            '^' => format!("{}{sign}{digits}{}", pad(missing / 2), pad(missing - missing / 2)),
            '=' => format!("{sign}{}{digits}", pad(missing)),
            _ => format!("{}{sign}{digits}", pad(missing)),
        }
    }
}

fn take(rest: &mut &[char], letters: &str) -> Option<char> {
    let (first, others) = rest.split_first()?;
    letters.contains(*first).then(|| {
        *rest = others;
        *first
    })
}

/// The number ahead: nothing where none is written, and no result where it is absurd.
fn number(rest: &mut &[char]) -> Option<Option<usize>> {
    let count = rest.iter().take_while(|letter| letter.is_ascii_digit()).count();
    let (digits, others) = rest.split_at(count);
    *rest = others;
    if digits.is_empty() { Some(None) } else { digits.iter().collect::<String>().parse().ok().map(Some) }
}

fn grouped(digits: &str, group: Option<char>) -> String {
    let Some(group) = group else { return digits.to_owned() };
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(group);
        }
        shown.push(digit);
    }
    shown
}
