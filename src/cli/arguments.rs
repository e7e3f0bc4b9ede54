//! Arguments that several subcommands have.

use std::path::{Path, PathBuf};

use clap::Args;

use super::logging::Verbosity;

/// The root directory of a tree where nothing else is said.
const DEFAULT_ROOT: &str = "taskcluster";

/// Where the tree is.
#[derive(Clone, Debug, Args)]
pub(super) struct Root {
    /// Directory that holds config.yml
    #[arg(short, long, value_name = "DIR", default_value = DEFAULT_ROOT)]
    root: PathBuf,
}

impl Root {
    /// The directory where a command has no option for it.
    pub(super) fn standard() -> &'static Path {
        Path::new(DEFAULT_ROOT)
    }

    /// The directory, as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.root
    }
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Logging {
    /// Log nothing; the report of mistakes is not a log
    #[arg(short, long, overrides_with = "verbose")]
    quiet: bool,
    /// Log in detail
    #[arg(short, long, overrides_with = "quiet")]
    verbose: bool,
}

impl Logging {
    /// What the flags ask for; of two that contradict, the last one counts.
    pub(super) const fn verbosity(&self) -> Verbosity {
        if self.quiet { Verbosity::Quiet } else { Verbosity::of(self.verbose) }
    }
}
