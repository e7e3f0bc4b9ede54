//! Taskcluster's services over HTTP.
//!
//! One [`Taskcluster`] answers for all of them. Where it is and who asks comes from the environment, decided as the
//! reference decides: the worker's proxy if there is one, which adds the task's credentials by itself; else the root
//! URL, with the credentials of the environment if there are any. Calls are sent and signed here and not by the
//! `taskcluster` crate: that leaves the query string out of the signature, so that every page but the first of a list
//! would be refused, gives up on 429, does not know `Retry-After`, and does not try again when an answer breaks off.

mod access;
mod artifacts;
mod group_jobs;
mod hooks;
mod index;
mod message;
mod paging;
mod queue;
mod request;
mod signer;
#[cfg(test)]
mod tests;

use self::access::Access;
use self::request::Transport;
use super::patience::Patience;
use super::web::Web;
use crate::environment::Environment;
use crate::sources::Error;

/// A Taskcluster deployment, as one caller sees it. Cheap to make: nothing is sent before something is asked.
pub struct Taskcluster {
    transport: Result<Transport, Error>,
    web: Web,
}

impl Taskcluster {
    /// The deployment and the credentials of the environment. Where the environment names no deployment, every
    /// question is answered with an error that says so.
    #[must_use]
    pub fn new(environment: &Environment) -> Self {
        Self::with_patience(environment, Patience::of(environment))
    }

    /// As [`Self::new`], with another patience than the usual one.
    #[must_use]
    pub fn with_patience(environment: &Environment, patience: Patience) -> Self {
        let web = Web::new(patience);
        let transport = Access::of(environment).and_then(|access| Transport::new(access, &web));
        Self { transport, web }
    }

    /// The same pool of connections for plain files.
    #[must_use]
    pub fn web(&self) -> Web {
        self.web.clone()
    }
}
