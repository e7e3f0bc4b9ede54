//! Taskcluster's services over HTTP.
//!
//! One [`Taskcluster`] answers for all of them. Where it is and who asks comes from the environment, decided as the
//! reference decides: the worker's proxy if there is one, which adds the task's credentials by itself; else the root
//! URL, with the credentials of the environment if there are any. Calls without credentials of our own go through
//! the `taskcluster` crate. Calls with credentials are signed here, because that crate leaves the query string out
//! of the signature and every page but the first of a list would be refused.

mod access;
mod artifacts;
mod hooks;
mod index;
mod message;
mod paging;
mod queue;
mod request;
mod signer;
#[cfg(test)]
mod tests;

use ::taskcluster::retry::Retry;

use self::access::Access;
use self::request::Transport;
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
        Self::with_retry(environment, Retry::default())
    }

    /// As [`Self::new`], with other pauses between tries than the usual ones.
    #[must_use]
    pub fn with_retry(environment: &Environment, retry: Retry) -> Self {
        let web = Web::with_retry(retry.clone());
        let transport = Access::of(environment).and_then(|access| Transport::new(access, &web, retry));
        Self { transport, web }
    }
}
