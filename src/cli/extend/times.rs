//! How often something is run: a number, or as often as its failure rate asks for.

use std::str::FromStr;

use crate::cli::failure::Failure;
use crate::history::runs::Runs;
use crate::history::statistics::{CONFIDENCE, Rate, repeats};

/// The most that actions take.
const MOST: usize = 100;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Times {
    /// So often.
    Fixed(usize),
    /// As often as shows a failure of the rate that was seen, 95 times of 100.
    Auto,
}

impl FromStr for Times {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<usize>() {
            Ok(times) if (1..=MOST).contains(&times) => Ok(Self::Fixed(times)),
            _ if text == "auto" => Ok(Self::Auto),
            _ => Err(format!("expected a number from 1 to {MOST}, or `auto`")),
        }
    }
}

impl Times {
    /// The number, where there is nothing to go by.
    ///
    /// # Errors
    /// `auto`.
    pub(in crate::cli) fn fixed(self, with: &str) -> Result<u32, Failure> {
        match self {
            Self::Fixed(times) => Ok(u32::try_from(times).unwrap_or(u32::MAX)),
            Self::Auto => {
                Err(Failure::Usage(format!("`--times auto` has no failures to go by with `{with}`: give a number")))
            }
        }
    }

    /// The number, and the rate it was made from.
    ///
    /// # Errors
    /// `auto` where nothing failed: there is no rate to go by.
    pub(in crate::cli) fn of(self, seen: &Runs) -> Result<(usize, Option<Rate>), Failure> {
        if let Self::Fixed(times) = self {
            return Ok((times, None));
        }
        let rate = Rate::of(seen).filter(|rate| rate.failed > 0).ok_or_else(|| {
            let message =
                format!("`--times auto` needs a failure to go by, and on these pushes there is none ({seen})");
            Failure::refused(message, "give a number, or more pushes")
        })?;
        let times = repeats(rate.rate, CONFIDENCE).and_then(|times| usize::try_from(times).ok()).unwrap_or(MOST);
        Ok((times.min(MOST), Some(rate)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_follow_the_rate_that_was_seen() {
        let seen = Runs { passed: 8, failed: 2, ..Runs::default() };
        assert_eq!("auto".parse::<Times>().unwrap().of(&seen).unwrap().0, 14);
        assert_eq!("7".parse::<Times>().unwrap().of(&Runs::default()).unwrap(), (7, None));
        assert!(Times::Auto.of(&Runs { passed: 8, ..Runs::default() }).is_err());
        assert!("0".parse::<Times>().is_err() && "x".parse::<Times>().is_err() && "101".parse::<Times>().is_err());
    }
}
