//! How the local worker works: what `local push` and `local action` have in common.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;

use super::deployment::Connection;
use crate::cli::failure::Failure;
use crate::clients::SystemClock;
use crate::environment::variables_of_process;
use crate::local::progress::on_stderr;
use crate::local::report::Reporter;
use crate::local::worker::simulate::{DurationRule, FailureRule, Simulation};
use crate::local::worker::{PASSED_ON, Resolve, Source, Stop, WorkerOptions};

/// How tasks are worked on. Decision and action tasks are always run for real.
#[derive(Clone, Debug, Args)]
pub(super) struct Work {
    /// Run the tasks too, instead of simulating them
    #[arg(long)]
    execute: bool,
    /// Simulate: how often tasks fail, such as `test-*=0.1`; may be repeated
    #[arg(long, value_name = "LABEL=RATE", conflicts_with = "execute")]
    fail: Vec<FailureRule>,
    /// Simulate: how long tasks take, such as `build-*=3s`; may be repeated
    #[arg(long, value_name = "LABEL=TIME", conflicts_with = "execute")]
    duration: Vec<DurationRule>,
    /// Simulate: which tasks fail
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "execute")]
    seed: u64,
    /// A checkout that stands for a repository; may be repeated
    #[arg(long = "source", value_name = "URL=DIR")]
    sources: Vec<SourceArgument>,
    /// Keep the folders that tasks ran in
    #[arg(long)]
    keep_folders: bool,
    /// Show what tasks print
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Clone, Debug)]
struct SourceArgument {
    repository: String,
    checkout: PathBuf,
}

impl FromStr for SourceArgument {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (repository, checkout) = text.rsplit_once('=').ok_or("expected `URL=DIR`")?;
        Ok(Self { repository: repository.into(), checkout: checkout.into() })
    }
}

impl Work {
    /// The worker's options. Ctrl-C stops it and gives back what it was working on.
    ///
    /// # Errors
    /// If the program cannot find itself, or signals cannot be waited for.
    pub(super) fn options(&self, connection: &Connection) -> Result<WorkerOptions, Failure> {
        let stop = Stop::default();
        stop.on_signals().map_err(not_started)?;
        let source = |source: &SourceArgument| Source {
            repository: source.repository.clone(),
            checkout: source.checkout.clone(),
            push: None,
        };
        Ok(WorkerOptions {
            resolve: self.resolve(),
            keep_folders: self.keep_folders,
            sources: self.sources.iter().map(source).collect(),
            ..worker_options(&connection.folder, stop)?
        })
    }

    fn resolve(&self) -> Resolve {
        if self.execute {
            return Resolve::Execute;
        }
        let (failures, durations) = (self.fail.clone(), self.duration.clone());
        Resolve::Simulate(Simulation { failures, durations, seed: self.seed })
    }

    /// Who is told what happens.
    pub(super) fn reporter(&self) -> Arc<dyn Reporter> {
        on_stderr(self.verbose)
    }
}

/// A worker that works in a data folder until it is told to stop.
///
/// # Errors
/// If the program cannot find itself.
pub(super) fn worker_options(folder: &Path, stop: Stop) -> Result<WorkerOptions, Failure> {
    let executable = std::env::current_exe().map_err(not_started)?;
    Ok(WorkerOptions {
        environment: variables_of_process(PASSED_ON),
        stop,
        ..WorkerOptions::new(executable, folder.join("work"), Arc::new(SystemClock))
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn not_started(error: std::io::Error) -> Failure {
    Failure::refused(format!("cannot start a worker: {error}"), "try again")
}
