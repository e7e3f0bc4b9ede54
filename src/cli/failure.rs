//! Why a command did not do what it was asked, and what that means for the caller.

use std::io;

use crate::diagnostics::{Diagnostic, Mistakes};
use crate::local::action::ActionError;
use crate::local::caller::CallError;
use crate::local::made::MakeError;
use crate::local::push::PushError;
use crate::local::worker::WorkerError;
use crate::sources::{self, ErrorKind};
use crate::{create, error, generate, parameters, publish, script};

use super::exit::Exit;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong in a way that only shows when it is put to use.
    Usage(String),
    /// The tree or the input is wrong.
    Mistakes(Mistakes),
    /// A service or a checkout refused or did not answer.
    Source(sources::Error),
    /// Tasks could not be created.
    Create(create::Error),
    /// The local Taskcluster or its worker failed.
    Local {
        /// What to tell.
        mistake: Box<Diagnostic>,
        /// What it means.
        exit: Exit,
    },
    /// What was made could not be written to where it should go.
    Output {
        /// Where it should go, for people: a path, or `the standard output`.
        target: String,
        /// Why it could not.
        error: io::Error,
    },
    /// The user interrupted it.
    Interrupted,
}

impl Failure {
    /// Something that cannot be done, and what to do about it.
    pub(crate) fn refused(message: String, help: &str) -> Self {
        Self::Mistakes(Diagnostic::error(message).help(help).into())
    }

    /// How the program ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Mistakes(_) => Exit::Wrong,
            Self::Source(error) => of_kind(error.kind),
            Self::Create(error) => of_creation(error),
            Self::Local { exit, .. } => *exit,
            // Whoever read our output has what it wanted.
            Self::Output { error, .. } if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Output { .. } => Exit::Wrong,
            Self::Interrupted => Exit::Interrupted,
        }
    }

    /// What to tell the user; nothing where there is nothing to mend.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        match self {
            Self::Usage(message) => vec![Diagnostic::error(message)],
            Self::Mistakes(mistakes) => mistakes.0,
            Self::Source(error) => vec![of_source(&error)],
            Self::Create(error) => of_tasks(error),
            Self::Local { mistake, .. } => vec![*mistake],
            Self::Output { error, .. } if error.kind() == io::ErrorKind::BrokenPipe => Vec::new(),
            Self::Output { target, error } => vec![Diagnostic::error(format!("cannot write {target}: {error}"))],
            Self::Interrupted => vec![Diagnostic::error("interrupted")],
        }
    }
}

/// How the program ends when tasks were not created; another try must be able to help all of them.
fn of_creation(error: &create::Error) -> Exit {
    match error {
        create::Error::Circle(_) | create::Error::Mistakes(_) => Exit::Wrong,
        create::Error::Source(error) => of_kind(error.kind),
        create::Error::Incomplete(incomplete) if incomplete.is_unavailable() => Exit::Unavailable,
        create::Error::Incomplete(_) => Exit::Wrong,
    }
}

const fn of_kind(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::NotFound | ErrorKind::Refused { .. } => Exit::Wrong,
        ErrorKind::Unavailable => Exit::Unavailable,
    }
}

/// Which tasks were not created, and why.
fn of_tasks(error: create::Error) -> Vec<Diagnostic> {
    match error {
        create::Error::Circle(_) => vec![Diagnostic::error(error.to_string())],
        create::Error::Mistakes(mistakes) => mistakes.0,
        create::Error::Source(error) => vec![of_source(&error)],
        create::Error::Incomplete(incomplete) => incomplete.diagnostics().0,
    }
}

/// What a service's answer means for the user.
fn of_source(error: &sources::Error) -> Diagnostic {
    let sources::Error { service, request, message, kind } = error;
    match kind {
        ErrorKind::NotFound => Diagnostic::error(format!("{service}: not found: {request}: {message}")),
        ErrorKind::Refused { status: 401 | 403 } => Diagnostic::error(format!(
            "{service}: refused: {request}: {message}"
        ))
        .help("check the scopes of this task, or TASKCLUSTER_CLIENT_ID and TASKCLUSTER_ACCESS_TOKEN outside of one"),
        // Status 0 is ours: the service was not even asked.
        ErrorKind::Refused { status: 0 } => Diagnostic::error(format!("{service}: {request}: {message}")),
        ErrorKind::Refused { .. } => Diagnostic::error(format!("{service}: refused: {request}: {message}")),
        ErrorKind::Unavailable => Diagnostic::error(format!("{service}: unavailable: {request}: {message}"))
            .help("running it again is safe: nothing is created twice"),
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Mistakes(diagnostic.into())
    }
}

impl From<sources::Error> for Failure {
    fn from(error: sources::Error) -> Self {
        Self::Source(error)
    }
}

impl From<script::Error> for Failure {
    fn from(error: script::Error) -> Self {
        match error {
            script::Error::Mistakes(mistakes) => Self::Mistakes(mistakes),
            script::Error::Source(error) => Self::Source(error),
        }
    }
}

impl From<parameters::Error> for Failure {
    fn from(error: parameters::Error) -> Self {
        match error {
            parameters::Error::Mistakes(mistakes) => Self::Mistakes(mistakes),
            parameters::Error::Source(error) => Self::Source(error),
        }
    }
}

impl From<generate::Error> for Failure {
    fn from(error: generate::Error) -> Self {
        match error {
            generate::Error::Mistakes(mistakes) => Self::Mistakes(mistakes),
            generate::Error::Source(error) => Self::Source(error),
        }
    }
}

impl From<error::Error> for Failure {
    fn from(error: error::Error) -> Self {
        match error {
            error::Error::Mistakes(mistakes) => Self::Mistakes(mistakes),
            error::Error::Source(error) => Self::Source(error),
            error::Error::Create(error) => Self::Create(error),
            error::Error::Publish(error) => error.into(),
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let exit = if error.may_pass() { Exit::Unavailable } else { Exit::Wrong };
        Self::Local { mistake: Box::new(Diagnostic::error(error.to_string())), exit }
    }
}

impl From<WorkerError> for Failure {
    fn from(error: WorkerError) -> Self {
        match error {
            WorkerError::Call(error) => error.into(),
            WorkerError::Stopped => Self::Interrupted,
            WorkerError::NoTask(_) | WorkerError::Broken(_) => Diagnostic::error(error.to_string()).into(),
        }
    }
}

impl From<PushError> for Failure {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Template(mistakes) => Self::Mistakes(mistakes),
            PushError::Call(error) => error.into(),
            PushError::Worker(error) => error.into(),
            other => Diagnostic::error(other.to_string()).into(),
        }
    }
}

impl From<MakeError> for Failure {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::Push(error) => error.into(),
            MakeError::Call(error) => error.into(),
            MakeError::Worker(error) => error.into(),
            other => Diagnostic::error(other.to_string()).into(),
        }
    }
}

impl From<ActionError> for Failure {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::Call(error) => error.into(),
            ActionError::Worker(error) => error.into(),
            other => Diagnostic::error(other.to_string()).into(),
        }
    }
}

impl From<publish::Error> for Failure {
    fn from(error: publish::Error) -> Self {
        match error {
            publish::Error::Io { path, error } => Self::Output { target: format!("`{}`", path.display()), error },
            publish::Error::Value { mistake, .. } => (*mistake).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(kind: ErrorKind) -> Failure {
        let error = sources::Error { service: "queue", request: "createTask".into(), message: "no".into(), kind };
        Failure::Source(error)
    }

    #[test]
    fn only_what_may_pass_by_itself_is_worth_another_try() {
        assert_eq!(source(ErrorKind::Unavailable).exit(), Exit::Unavailable);
        assert_eq!(source(ErrorKind::Refused { status: 403 }).exit(), Exit::Wrong);
        assert_eq!(source(ErrorKind::NotFound).exit(), Exit::Wrong);
    }

    #[test]
    fn a_closed_pipe_is_quiet() {
        let closed = || Failure::Output { target: "a".into(), error: io::ErrorKind::BrokenPipe.into() };
        assert_eq!(closed().exit(), Exit::Done);
        assert!(closed().into_diagnostics().is_empty());
    }
}
