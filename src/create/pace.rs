//! How many tasks go to the queue at once, and how long that may take.

use chrono::TimeDelta;

use crate::diagnostics::Diagnostic;
use crate::environment::Environment;

/// The most that may be asked for: more connections than that are no use to anyone.
const MOST_AT_ONCE: usize = 1000;

/// How tasks are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many tasks may be on their way at once; at least one is.
    pub at_once: usize,
    /// How long all of it may take; when it is over, what is on its way is waited for and nothing more is sent.
    pub within: TimeDelta,
}

impl Default for Pace {
    /// As many at once as the reference sends, within half an hour: 40,000 tasks take the real queue some six minutes.
    fn default() -> Self {
        Self { at_once: 50, within: TimeDelta::minutes(30) }
    }
}

impl Pace {
    /// What the environment says, else the default.
    ///
    /// # Errors
    /// Text that is no number, or one that is too small or too large.
    pub fn of(environment: &Environment) -> Result<Self, Diagnostic> {
        let usual = Self::default();
        let read = |name: &str, text: Option<&String>, usual: usize, most: usize| {
            let Some(text) = text else { return Ok(usual) };
            text.parse()
                .ok()
                .filter(|number| (1..=most).contains(number))
                .ok_or_else(|| Diagnostic::error(format!("{name}: expected a number from 1 to {most}, found `{text}`")))
        };
        let day = 24 * 60 * 60;
        let usual_seconds = usize::try_from(usual.within.num_seconds()).unwrap_or(day);
        let at_once =
            read("PUSHGRAPH_CREATE_AT_ONCE", environment.create_at_once.as_ref(), usual.at_once, MOST_AT_ONCE)?;
        let seconds = read("PUSHGRAPH_CREATE_WITHIN", environment.create_within.as_ref(), usual_seconds, day)?;
        Ok(Self { at_once, within: TimeDelta::seconds(i64::try_from(seconds).unwrap_or_default()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_how_many_and_how_long() {
        let environment = |at_once: &str, within: &str| Environment {
            create_at_once: Some(at_once.into()),
            create_within: Some(within.into()),
            ..Environment::default()
        };
        let pace = Pace::of(&environment("7", "90")).unwrap();
        assert_eq!(pace, Pace { at_once: 7, within: TimeDelta::seconds(90) });
        assert_eq!(Pace::of(&Environment::default()).unwrap(), Pace::default());
        for (at_once, within, message) in [
            ("0", "1", "PUSHGRAPH_CREATE_AT_ONCE: expected a number from 1 to 1000, found `0`"),
            ("many", "1", "PUSHGRAPH_CREATE_AT_ONCE: expected a number from 1 to 1000, found `many`"),
            ("1", "99999999", "PUSHGRAPH_CREATE_WITHIN: expected a number from 1 to 86400, found `99999999`"),
        ] {
            assert_eq!(Pace::of(&environment(at_once, within)).unwrap_err().message, message);
        }
    }
}
