//! Trying again: what is worth it, how often, and for how long.
//!
//! A failure of the connection, an answer that breaks off or makes no sense, 408, 429 and every 5xx may pass. The
//! pauses double and are spread by chance, so that many callers do not come back at once; a service that says when to
//! come back (`Retry-After`) is obeyed. Source of the first pause, the spread and the longest: Taskcluster's own clients.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::environment::Environment;
use crate::sources::Error;

/// How often and how long to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    /// How often in all; tries that a service has asked for do not count.
    pub tries: u32,
    /// The pause after the first try; each is twice the one before.
    pub pause: Duration,
    /// The longest pause of our own.
    pub longest_pause: Duration,
    /// How long all tries of one request may take, pauses included. Short of the 15 minutes after which the queue
    /// refuses a task for its age.
    pub total: Duration,
}

impl Default for Patience {
    /// That of somebody who waits at a terminal: some 6 seconds.
    fn default() -> Self {
        Self {
            tries: 6,
            pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(30),
            total: Duration::from_secs(240),
        }
    }
}

/// The tries of a request so far.
struct Course {
    start: Instant,
    tries: u32,
}

/// A try that failed, and whether another is worth it.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) error: Error,
    pub(super) again: Again,
}

/// Whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It would end the same way.
    Never,
    /// After a pause of our own.
    Soon,
    /// After the pause that the service asks for.
    After(Duration),
}

impl Failed {
    pub(super) const fn for_good(error: Error) -> Self {
        Self { error, again: Again::Never }
    }

    pub(super) const fn for_now(error: Error) -> Self {
        Self { error, again: Again::Soon }
    }
}

impl Patience {
    /// That of a run in a task is longer, some 50 seconds: nobody waits, and much is lost if it ends.
    pub(crate) fn of(environment: &Environment) -> Self {
        let usual = Self::default();
        Self { tries: if environment.task_id.is_some() { 10 } else { usual.tries }, ..usual }
    }

    /// Tries until it succeeds, cannot succeed, or has been tried enough.
    ///
    /// # Errors
    /// That of the last try.
    pub(super) async fn run<T, R>(&self, mut attempt: impl FnMut() -> R) -> Result<T, Error>
    where
        R: Future<Output = Result<T, Failed>>,
    {
        let mut course = Course { start: Instant::now(), tries: 0 };
        loop {
            match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(failed) => tokio::time::sleep(self.after(failed, &mut course)?).await,
            }
        }
    }

    /// The same for what is asked in a blocking way.
    ///
    /// # Errors
    /// That of the last try.
    pub(super) fn run_blocking<T>(&self, mut attempt: impl FnMut() -> Result<T, Failed>) -> Result<T, Error> {
        let mut course = Course { start: Instant::now(), tries: 0 };
        loop {
            match attempt() {
                Ok(answer) => return Ok(answer),
                Err(failed) => std::thread::sleep(self.after(failed, &mut course)?),
            }
        }
    }

    /// The pause after a try that failed; its error if there is to be no other.
    fn after(&self, failed: Failed, course: &mut Course) -> Result<Duration, Error> {
        let pause = match failed.again {
            Again::Never => return Err(failed.error),
            Again::After(pause) => pause,
            Again::Soon => {
                course.tries += 1;
                if course.tries >= self.tries {
                    return Err(tried(failed.error, course.tries));
                }
                self.pause_after(course.tries)
            }
        };
        if course.start.elapsed() + pause > self.total {
            return Err(too_long(failed.error, pause));
        }
        log::debug!("{}; trying again in {:.1} s", failed.error, pause.as_secs_f64());
        Ok(pause)
    }

    /// Twice the last one, and up to a quarter more or less.
    fn pause_after(&self, tries: u32) -> Duration {
        let doubled = self.pause.saturating_mul(2_u32.saturating_pow(tries - 1)).min(self.longest_pause);
        doubled.mul_f64(0.75 + 0.5 * chance())
    }
}

/// From 0 to 1; without randomness in the system, its middle.
fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |bits| f64::from(bits) / f64::from(u32::MAX))
}

fn tried(error: Error, tries: u32) -> Error {
    Error { message: format!("{} (tried {tries} times)", error.message), ..error }
}

fn too_long(error: Error, pause: Duration) -> Error {
    let message = format!("{} (another try in {:.0} s would be too late)", error.message, pause.as_secs_f64());
    Error { message, ..error }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::sources::ErrorKind;

    const QUICK: Patience = Patience {
        tries: 3,
        pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(2),
        total: Duration::from_secs(2),
    };

    fn failed(again: Again) -> Failed {
        let kind = ErrorKind::Unavailable;
        Failed { error: Error { service: "queue", request: "GET /".into(), message: "no".into(), kind }, again }
    }

    /// How often it was tried, and how that ended.
    async fn tries(again: impl Fn(u32) -> Option<Again>) -> (u32, Result<(), String>) {
        let count = Cell::new(0);
        let attempt = || {
            count.set(count.get() + 1);
            let outcome = again(count.get()).map_or(Ok(()), |again| Err(failed(again)));
            async { outcome }
        };
        let ended = QUICK.run(attempt).await;
        (count.get(), ended.map_err(|error| error.message))
    }

    #[tokio::test]
    async fn what_may_pass_is_tried_again_and_not_for_ever() {
        assert_eq!(tries(|_| Some(Again::Never)).await, (1, Err("no".into())));
        assert_eq!(tries(|_| Some(Again::Soon)).await, (3, Err("no (tried 3 times)".into())));
        assert_eq!(tries(|at| (at < 3).then_some(Again::Soon)).await, (3, Ok(())));
    }

    #[tokio::test]
    async fn a_service_that_says_when_is_obeyed_while_there_is_time() {
        let soon = Again::After(Duration::from_millis(1));
        assert_eq!(tries(|at| (at < 50).then_some(soon)).await, (50, Ok(())));
        let late = Again::After(Duration::from_secs(3));
        let message = "no (another try in 3 s would be too late)".to_owned();
        assert_eq!(tries(|_| Some(late)).await, (1, Err(message)));
    }

    #[test]
    fn pauses_double_and_are_spread() {
        let patience = Patience::default();
        for (tries, middle) in [(1, 0.1), (2, 0.2), (5, 1.6), (30, 30.0)] {
            let pauses: Vec<f64> = (0..50).map(|_| patience.pause_after(tries).as_secs_f64()).collect();
            assert!(pauses.iter().all(|pause| (0.74 * middle..=1.26 * middle).contains(pause)), "{pauses:?}");
            assert!(pauses.iter().any(|pause| (pause - pauses[0]).abs() > 0.0), "{pauses:?}");
        }
    }
}
