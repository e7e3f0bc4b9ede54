//! Points in time told relative to now: `1 day`, `28 days`, `1 year`.
//!
//! Source of the grammar: `taskgraph.util.time` of the reference. The first number followed by a word counts; what
//! stands around the two is ignored, so `1 day 2 hours` is one day.

use std::sync::LazyLock;

use arcstr::ArcStr;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use fancy_regex::Regex;

use super::rewrite::{Replace, rewrite};
use crate::diagnostics::{Diagnostic, suggest};
use crate::yaml::Node;

/// The key that marks a relative time in a task definition.
pub const MARKER: &str = "relative-datestamp";

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// Every unit's names and its length in seconds; months and years are 30 and 365 days.
const UNITS: &[(&[&str], i64)] = &[
    (&["seconds", "second", "s"], 1),
    (&["minutes", "minute", "min"], 60),
    (&["hours", "hour", "h"], 60 * 60),
    (&["days", "day", "d"], SECONDS_A_DAY),
    (&["months", "month", "mo"], 30 * SECONDS_A_DAY),
    (&["years", "year", "y"], 365 * SECONDS_A_DAY),
];

static NUMBER_AND_UNIT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("((?:[0-9]+)?[.]?[0-9]+) *([a-z]+)").expect("the pattern is constant"));

/// A text that tells no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTime {
    /// There is no number followed by a unit.
    #[error("`{0}` is not a relative time: expected a number and a unit, such as `28 days`")]
    Shape(String),
    /// The number is not whole.
    #[error("`{0}` is not a relative time: the number must be whole")]
    NotWhole(String),
    /// No such unit.
    #[error("unknown unit `{0}` of time")]
    Unit(String),
    /// Beyond the year 9999.
    #[error("`{0}` is too far away: dates end with the year 9999")]
    TooFar(String),
}

impl InvalidTime {
    /// The same as a mistake to report.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(self.to_string());
        if let Self::Unit(unit) = self {
            diagnostic.help = suggest(unit, UNITS.iter().flat_map(|(names, _)| names.iter().copied()));
        }
        diagnostic
    }
}

/// How long `text` is.
///
/// # Errors
/// If the text tells no time.
pub fn duration(text: &str) -> Result<TimeDelta, InvalidTime> {
    let found = NUMBER_AND_UNIT.captures(text).ok().flatten();
    let parts = found.as_ref().and_then(|found| Some((found.get(1)?.as_str(), found.get(2)?.as_str())));
    let (number, unit) = parts.ok_or_else(|| InvalidTime::Shape(text.to_owned()))?;
    let unit = UNITS.iter().find(|(names, _)| names.contains(&unit)).ok_or_else(|| InvalidTime::Unit(unit.into()))?;
    if number.contains('.') {
        return Err(InvalidTime::NotWhole(text.to_owned()));
    }
    let seconds = number.parse::<i64>().ok().and_then(|number| number.checked_mul(unit.1));
    seconds.and_then(TimeDelta::try_seconds).ok_or_else(|| InvalidTime::TooFar(text.to_owned()))
}

/// The time `text` after `now`.
///
/// # Errors
/// If the text tells no time, or one after the year 9999.
pub fn after(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, InvalidTime> {
    let time = now.checked_add_signed(duration(text)?).filter(|time| time.year() <= 9999);
    time.ok_or_else(|| InvalidTime::TooFar(text.to_owned()))
}

/// The time `text` after `now`, as task definitions spell it: UTC to the millisecond, `2026-01-31T00:00:00.000Z`.
///
/// # Errors
/// As [`after`].
pub fn resolve(text: &str, now: DateTime<Utc>) -> Result<String, InvalidTime> {
    after(text, now).map(spelled)
}

/// A time as task definitions spell it; what is finer than a millisecond is cut off.
#[must_use]
pub fn spelled(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The document with every `{relative-datestamp: text}` in it resolved against one `now`.
///
/// # Errors
/// As [`after`], at the text.
pub fn resolve_all(document: &Node, now: DateTime<Utc>) -> Result<Node, Diagnostic> {
    rewrite(document, &Timestamps { now })
}

struct Timestamps {
    now: DateTime<Utc>,
}

impl Replace for Timestamps {
    fn is_marker(&self, key: &str) -> bool {
        key == MARKER
    }

    fn replace(&self, _: &str, text: &str) -> Result<ArcStr, Diagnostic> {
        resolve(text, self.now).map(ArcStr::from).map_err(|invalid| invalid.diagnostic())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Map;

    fn now() -> DateTime<Utc> {
        "2026-01-31T12:30:00.123999Z".parse().unwrap()
    }

    /// Each right-hand side is what the reference's `json_time_from_now` answers.
    #[test]
    fn times_are_told_as_the_reference_tells_them() {
        for (text, expected) in [
            ("0 seconds", "2026-01-31T12:30:00.123Z"),
            ("1 day", "2026-02-01T12:30:00.123Z"),
            ("1d", "2026-02-01T12:30:00.123Z"),
            ("-1 day", "2026-02-01T12:30:00.123Z"),
            ("1 day 2 hours", "2026-02-01T12:30:00.123Z"),
            ("28 days", "2026-02-28T12:30:00.123Z"),
            ("1 year", "2027-01-31T12:30:00.123Z"),
            ("1mo", "2026-03-02T12:30:00.123Z"),
            ("in 90   min", "2026-01-31T14:00:00.123Z"),
            ("1000 years", "3025-06-03T12:30:00.123Z"),
        ] {
            assert_eq!(resolve(text, now()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_tells_no_time_is_refused() {
        assert_eq!(resolve("soon", now()), Err(InvalidTime::Shape("soon".into())));
        assert_eq!(resolve("2 weeks", now()), Err(InvalidTime::Unit("weeks".into())));
        assert_eq!(resolve("1.5 hours", now()), Err(InvalidTime::NotWhole("1.5 hours".into())));
        assert!(matches!(resolve("9000 years", now()), Err(InvalidTime::TooFar(_))));
        assert!(matches!(resolve("99999999999999999999 days", now()), Err(InvalidTime::TooFar(_))));
        let unit = InvalidTime::Unit("houres".into()).diagnostic();
        assert_eq!(unit.help.as_deref(), Some("did you mean `hours`?"));
    }

    #[test]
    fn every_mark_in_a_document_is_resolved_and_the_rest_is_shared() {
        let mark = || Node::new(Map::from([(MARKER, "1 day")]));
        let env = Node::new(Map::from([("A", "b")]));
        let document =
            Node::new(Map::from([("env", env.clone()), ("list", Node::new(vec![mark()])), ("expires", mark())]));
        let resolved = resolve_all(&document, now()).unwrap();
        assert_eq!(resolved.get("expires").and_then(Node::as_str), Some("2026-02-01T12:30:00.123Z"));
        assert_eq!(resolved.get("list").unwrap().as_list().unwrap()[0].as_str(), Some("2026-02-01T12:30:00.123Z"));
        assert_eq!(resolved.get("env"), Some(&env));
    }
}
