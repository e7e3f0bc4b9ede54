//! How what runs in a task can fail: the decision and the actions.

use crate::diagnostics::{Diagnostic, Mistakes};
use crate::{create, generate, publish, script, sources};

/// Why a decision or an action failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The tree, the push or the input is wrong.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// A service refused or did not answer.
    #[error(transparent)]
    Source(#[from] sources::Error),
    /// Tasks could not be created.
    #[error(transparent)]
    Create(#[from] create::Error),
    /// Artifacts could not be written.
    #[error(transparent)]
    Publish(#[from] publish::Error),
}

impl Error {
    /// It was asked of something it must not be done to.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::Mistakes(Diagnostic::error(message).into())
    }

    /// The same, with something to do instead.
    #[must_use]
    pub fn help(mut self, help: &str) -> Self {
        if let Self::Mistakes(Mistakes(mistakes)) = &mut self
            && let Some(first) = mistakes.first_mut()
        {
            first.help = Some(help.to_owned());
        }
        self
    }
}

impl From<Diagnostic> for Error {
    fn from(mistake: Diagnostic) -> Self {
        Self::Mistakes(mistake.into())
    }
}

impl From<script::Error> for Error {
    fn from(error: script::Error) -> Self {
        match error {
            script::Error::Mistakes(mistakes) => Self::Mistakes(mistakes),
            script::Error::Source(error) => Self::Source(error),
        }
    }
}

impl From<generate::Error> for Error {
    fn from(error: generate::Error) -> Self {
        match error {
            generate::Error::Mistakes(mistakes) => Self::Mistakes(mistakes),
            generate::Error::Source(error) => Self::Source(error),
        }
    }
}
