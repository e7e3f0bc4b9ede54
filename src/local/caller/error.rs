//! Why a request did not succeed, and whether asking again may help.

/// A request that did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("`{request}` {kind}")]
pub struct CallError {
    /// Method and URL.
    pub request: String,
    /// What happened.
    pub kind: CallErrorKind,
}

/// Why a request did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallErrorKind {
    /// No answer: nobody listens, or the connection broke.
    #[error("got no answer: {0}")]
    Unreachable(String),
    /// The service answered with an error.
    #[error("was refused with {status} {code}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Taskcluster's own code, such as `RequestConflict`; the status in words where there is none.
        code: String,
        /// The first paragraph of the message.
        message: String,
    },
    /// The answer is not what the API promises.
    #[error("was answered with something else than {0}")]
    Unexpected(&'static str),
}

impl CallError {
    /// The HTTP status, if there was an answer.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self.kind {
            CallErrorKind::Refused { status, .. } => Some(status),
            CallErrorKind::Unreachable(_) | CallErrorKind::Unexpected(_) => None,
        }
    }

    /// Whether the thing asked for does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the thing exists already, differently, or is in a state that forbids the request.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409)
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match &self.kind {
            CallErrorKind::Unreachable(_) => true,
            CallErrorKind::Refused { status, .. } => *status >= 500,
            CallErrorKind::Unexpected(_) => false,
        }
    }
}
