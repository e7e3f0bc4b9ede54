//! What one run of the program holds: its environment, the files it read, and how it reports.

use std::future::Future;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use super::Outcome;
use super::exit::Exit;
use super::failure::Failure;
use super::report::{self, Appearance, Length};
use crate::diagnostics::{Diagnostic, Files, Warnings};
use crate::environment::Environment;

/// One run of the program.
pub(super) struct Session {
    /// The environment variables.
    pub(super) environment: Environment,
    /// Where it runs, absolute.
    pub(super) current_directory: PathBuf,
    /// Every file read, for reports.
    pub(super) files: Files,
    /// What was accepted and is probably a mistake.
    pub(super) warnings: Warnings,
    runtime: tokio::runtime::Runtime,
}

impl Session {
    /// Starts a run.
    ///
    /// # Errors
    /// If the current directory is gone, or the system gives no threads.
    pub(super) fn new(environment: Environment) -> Result<Self, Failure> {
        let unusable = |what: &str, error: io::Error| Failure::from(Diagnostic::error(format!("{what}: {error}")));
        let current_directory =
            std::env::current_dir().map_err(|error| unusable("cannot read the current directory", error))?;
        let runtime = tokio::runtime::Runtime::new().map_err(|error| unusable("cannot start threads", error))?;
        Ok(Self { environment, current_directory, files: Files::default(), warnings: Warnings::default(), runtime })
    }

    /// Runs in another directory from here on.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn enter(&mut self, directory: &Path) -> Result<(), Failure> {
        let directory = self.current_directory.join(directory);
        std::env::set_current_dir(&directory)
            .map_err(|error| Diagnostic::error(format!("cannot enter {}: {error}", directory.display())))?;
        self.current_directory = directory;
        Ok(())
    }

    /// Waits for a future.
    pub(super) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Runs a future beside what the program waits for.
    pub(super) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(future);
    }

    /// Reports warnings and the failure, if there is one; returns how the program ends.
    pub(super) fn finish(&self, outcome: Outcome) -> Exit {
        let (exit, failures) = match outcome {
            Ok(exit) => (exit, Vec::new()),
            Err(failure) => (failure.exit(), failure.into_diagnostics()),
        };
        let mut diagnostics = self.warnings.take();
        diagnostics.extend(failures);
        self.report(diagnostics, Length::Screen);
        exit
    }

    /// Prints diagnostics on stderr.
    pub(super) fn report(&self, diagnostics: Vec<Diagnostic>, length: Length) {
        let colour = self.environment.no_color.is_none() && io::stderr().is_terminal();
        let appearance = Appearance { colour, current_directory: &self.current_directory };
        tell(&report::render(diagnostics, &self.files, appearance, length));
    }

    /// Reports a failure to even start.
    pub(super) fn report_without(failure: Failure) -> Exit {
        let exit = failure.exit();
        let appearance = Appearance { colour: false, current_directory: Path::new("/") };
        tell(&report::render(failure.into_diagnostics(), &Files::default(), appearance, Length::Screen));
        exit
    }
}

fn tell(text: &str) {
    // A closed stderr leaves nobody to tell.
    let _ = io::stderr().write_all(text.as_bytes());
}
