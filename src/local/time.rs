//! Points in time as Taskcluster writes them: milliseconds, UTC, `2026-11-21T09:31:31.000Z`.

use std::fmt;

use chrono::{DateTime, Datelike as _, Duration, SecondsFormat, Utc};
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(i64);

impl Time {
    /// Reads an RFC 3339 date and time; what is finer than a millisecond is cut off.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|date| Self(date.timestamp_millis()))
    }

    pub(crate) fn milliseconds(self) -> i64 {
        self.0
    }

    /// The same moment and day one calendar year later; the 29th of February becomes the 1st of March.
    pub(crate) fn plus_one_year(self) -> Self {
        let date = self.date();
        let next = date.with_year(date.year() + 1).or_else(|| (date + Duration::days(1)).with_year(date.year() + 1));
        next.map_or(self, Self::from)
    }

    /// As PostgreSQL writes it into JSON: with the offset instead of `Z`.
    pub(crate) fn with_offset(self) -> String {
        self.date().to_rfc3339_opts(SecondsFormat::Millis, false)
    }

    /// As a calendar date and time.
    pub(crate) fn date(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

impl From<DateTime<Utc>> for Time {
    fn from(date: DateTime<Utc>) -> Self {
        Self(date.timestamp_millis())
    }
}

impl std::ops::Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.num_milliseconds()))
    }
}

impl std::ops::Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.num_milliseconds()))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.date().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a date and time")))
    }
}

impl ToSql for Time {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for Time {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_moment_are_one_time() {
        let expected = Time::parse("2026-03-01T10:00:00.120Z").unwrap();
        for text in ["2026-03-01T11:00:00.12+01:00", "2026-03-01T10:00:00.1203Z"] {
            assert_eq!(Time::parse(text), Some(expected), "{text}");
        }
        assert_eq!(expected.to_string(), "2026-03-01T10:00:00.120Z");
        assert_eq!(expected.with_offset(), "2026-03-01T10:00:00.120+00:00");
        assert_eq!(Time::parse("yesterday"), None);
    }

    #[test]
    fn a_year_later_is_the_same_day() {
        for (from, to) in [("2026-03-01", "2027-03-01"), ("2028-02-29", "2029-03-01"), ("2027-12-31", "2028-12-31")] {
            let time = |day: &str| Time::parse(&format!("{day}T01:02:03.004Z")).unwrap();
            assert_eq!(time(from).plus_one_year(), time(to));
        }
    }
}
