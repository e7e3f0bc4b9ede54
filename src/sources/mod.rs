//! What we ask of the world: one trait for each kind of question, each with an in-memory answer for tests.
//!
//! Nothing here opens a socket or starts a process; `clients` answers for real, `memory` from values.

pub mod artifacts;
pub mod checkout;
pub mod clock;
pub mod downloads;
pub mod engine;
pub mod hooks;
pub mod index;
pub mod jobs;
pub mod proposal;
pub mod purge_cache;
pub mod pushlog;
pub mod queue;
mod redact;
pub mod repository;
pub mod scripts;
pub mod shelf;

use futures::future::BoxFuture;

pub use redact::without_credentials;

/// The answer of a service, when it comes.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// A question a service or a checkout did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{service}: {request}: {message}")]
pub struct Error {
    /// Who was asked: `queue`, `index`, `git`, …
    pub service: &'static str,
    /// What was asked, for people: `GET /task/…/status`, `git log …`.
    pub request: String,
    /// What was answered, shortened to what a person can use.
    pub message: String,
    /// What that means for the asker.
    pub kind: ErrorKind,
}

/// Whether asking again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no such thing.
    NotFound,
    /// The service understood and refused; its HTTP status if it has one.
    Refused {
        /// 400, 401, 403, 409, …; 0 where there is no HTTP.
        status: u16,
    },
    /// No answer, or none that makes sense; retries are already behind us.
    Unavailable,
}

impl Error {
    /// Whether the service refuses because its clock and ours are too far apart. It is told in words only.
    #[must_use]
    pub fn is_about_time(&self) -> bool {
        let says = |words: &str| self.message.contains(words);
        match self.kind {
            ErrorKind::Refused { status: 400 } => says("`created` cannot be in the"),
            ErrorKind::Refused { status: 401 } => says("Stale timestamp"),
            _ => false,
        }
    }

    /// Whether there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }
}
