//! The computer's clock.

use chrono::{DateTime, Utc};

use crate::sources::clock::Clock;

/// Tells the time of this computer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the computer for the time")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
