//! Parameters: computed from the checkout, computed for a decision, or loaded from where somebody left them.
//!
//! Pure: the repository, the files, the index and the time come in as traits or values.

mod check;
mod decision;
mod defaults;
mod foreign;
mod identity;
mod json_file;
mod load;
mod project_name;

pub use decision::{DecisionContext, DecisionOptions, carried, for_decision};
pub use defaults::{defaults, times};
pub use foreign::foreign;
pub use identity::{parameters_id, parameters_yml};
pub use load::{Loader, Strictness, spec_name};

use crate::carriers;
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::script;
use crate::sources;

/// Why there are no parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Somebody wrote something wrong.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// A repository or a service did not answer.
    #[error(transparent)]
    Source(#[from] sources::Error),
}

impl From<script::Error> for Error {
    fn from(error: script::Error) -> Self {
        match error {
            script::Error::Mistakes(mistakes) => Self::Mistakes(mistakes),
            script::Error::Source(error) => Self::Source(error),
        }
    }
}

impl From<carriers::Error> for Error {
    fn from(error: carriers::Error) -> Self {
        match error {
            carriers::Error::Mistakes(mistakes) => Self::Mistakes(mistakes),
            carriers::Error::Source(error) => Self::Source(error),
        }
    }
}

impl From<Diagnostic> for Error {
    fn from(mistake: Diagnostic) -> Self {
        Self::Mistakes(mistake.into())
    }
}
