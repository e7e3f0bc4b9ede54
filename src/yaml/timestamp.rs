//! YAML 1.1 timestamps, as PyYAML makes dates and datetimes of them.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeZone};

use super::Timestamp;

impl Timestamp {
    /// As Python's `isoformat` writes it: microseconds only if there are any.
    #[must_use]
    pub fn iso(&self, between_date_and_time: char) -> String {
        let (date, time) = match self {
            Self::Date(date) => return date.format("%Y-%m-%d").to_string(),
            Self::Naive(time) => (time.date(), time.format("%H:%M:%S%.6f").to_string()),
            Self::Aware(time) => (time.date_naive(), time.format("%H:%M:%S%.6f%:z").to_string()),
        };
        format!("{}{between_date_and_time}{}", date.format("%Y-%m-%d"), time.replace(".000000", ""))
    }
}

/// A timestamp's digits, not checked against the calendar.
#[derive(Debug)]
pub(super) struct Parts<'t> {
    year: i32,
    month: u32,
    day: u32,
    pub(super) time: Option<Time<'t>>,
}

#[derive(Debug)]
pub(super) struct Time<'t> {
    hour: u32,
    minute: u32,
    second: u32,
    fraction: &'t str,
    zone: Zone,
}

#[derive(Debug)]
enum Zone {
    None,
    Utc,
    /// East of Greenwich.
    Seconds(i32),
}

/// Takes the text of a timestamp apart; nothing if it does not have the form of one.
pub(super) fn split(text: &str) -> Option<Parts<'_>> {
    let mut rest = Rest(text);
    let year = rest.digits(4, 4)?.cast_signed();
    rest.eat("-")?;
    let month = rest.digits(1, 2)?;
    rest.eat("-")?;
    let day = rest.digits(1, 2)?;
    let time = if rest.0.is_empty() { None } else { Some(time(&mut rest)?) };
    rest.0.is_empty().then_some(Parts { year, month, day, time })
}

fn time<'t>(rest: &mut Rest<'t>) -> Option<Time<'t>> {
    if rest.eat("T").or_else(|| rest.eat("t")).is_none() && rest.blanks() == 0 {
        return None;
    }
    let hour = rest.digits(1, 2)?;
    rest.eat(":")?;
    let minute = rest.digits(2, 2)?;
    rest.eat(":")?;
    let second = rest.digits(2, 2)?;
    let fraction = if rest.eat(".").is_some() { rest.all_digits() } else { "" };
    Some(Time { hour, minute, second, fraction, zone: zone(rest)? })
}

fn zone(rest: &mut Rest<'_>) -> Option<Zone> {
    if rest.0.is_empty() {
        return Some(Zone::None);
    }
    rest.blanks();
    if rest.eat("Z").is_some() {
        return Some(Zone::Utc);
    }
    let sign = if rest.eat("-").is_some() { -1 } else { rest.eat("+").map(|()| 1)? };
    let hours = rest.digits(1, 2)?;
    let minutes = if rest.eat(":").is_some() { rest.digits(2, 2)? } else { 0 };
    Some(Zone::Seconds(sign * (hours * 3600 + minutes * 60).cast_signed()))
}

/// What is left to read.
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    fn eat(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    fn blanks(&mut self) -> usize {
        let rest = self.0.trim_start_matches([' ', '\t']);
        let count = self.0.len() - rest.len();
        self.0 = rest;
        count
    }

    fn all_digits(&mut self) -> &'t str {
        let end = self.0.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        digits
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        if count < least { None } else { digits.parse().ok() }
    }
}

impl Parts<'_> {
    /// The date or time the digits stand for, or why there is none, in Python's words.
    pub(super) fn timestamp(&self) -> Result<Timestamp, &'static str> {
        let date = self.date()?;
        let Some(time) = &self.time else { return Ok(Timestamp::Date(date)) };
        let naive = date.and_time(time.time()?);
        let offset = match time.zone {
            Zone::None => return Ok(Timestamp::Naive(naive)),
            Zone::Utc => 0,
            Zone::Seconds(seconds) => seconds,
        };
        let zone = FixedOffset::east_opt(offset).ok_or("offset must be strictly between -24 and 24 hours")?;
        let aware: Option<DateTime<FixedOffset>> = zone.from_local_datetime(&naive).single();
        aware.map(Timestamp::Aware).ok_or("date value out of range")
    }

    fn date(&self) -> Result<NaiveDate, &'static str> {
        match (self.year, self.month) {
            (0, _) => Err("year 0 is out of range"),
            (_, 1..=12) => {
                NaiveDate::from_ymd_opt(self.year, self.month, self.day).ok_or("day is out of range for month")
            }
            _ => Err("month must be in 1..12"),
        }
    }
}

impl Time<'_> {
    fn time(&self) -> Result<NaiveTime, &'static str> {
        match (self.hour, self.minute, self.second) {
            (24.., _, _) => Err("hour must be in 0..23"),
            (_, 60.., _) => Err("minute must be in 0..59"),
            (hour, minute, second) => {
                NaiveTime::from_hms_micro_opt(hour, minute, second, self.micros()).ok_or("second must be in 0..59")
            }
        }
    }

    /// The first six digits of the fraction.
    fn micros(&self) -> u32 {
        let digits = self.fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
        digits.fold(0, |micros, digit| micros * 10 + u32::from(digit - b'0'))
    }
}
