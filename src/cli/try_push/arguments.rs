//! What `try` is told.

use clap::{Args, Subcommand};

use super::super::arguments::{Logging, Root};
use crate::model::{CarrierName, Priority};
use crate::yaml::{self, Node};

/// How the tasks are said.
#[derive(Debug, Args)]
#[command(after_help = "The manual is docs/try.md; that of queries: pushgraph help query.")]
pub(in super::super) struct Arguments {
    #[command(subcommand)]
    how: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The tasks of a query
    Query {
        /// The query, in quotes, such as 'kind(test) & platform(linux*)'
        #[arg(value_name = "QUERY")]
        query: String,
        #[command(flatten)]
        common: Common,
    },
    /// The tasks of these labels
    Labels {
        /// Labels; `x-*` stands for all chunks of x, other globs for what they match
        #[arg(value_name = "LABEL", required = true)]
        labels: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// The tasks that searches find, as fzf does; without one they are chosen on the screen
    Fuzzy {
        /// A search, in quotes, such as "linux 'xpcshell !asan"; what any of them finds
        #[arg(value_name = "SEARCH")]
        searches: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// The tasks of a legacy try line
    Syntax {
        /// The line, in quotes, such as '-b do -p linux64 -u mochitests -t none'
        #[arg(value_name = "LINE", allow_hyphen_values = true)]
        line: String,
        /// Files, or directories whose tests are to run where `-u` does not say which
        #[arg(value_name = "PATH")]
        paths: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// The tasks that run the tests in files and directories
    Paths {
        /// Files, or directories whose tests are to run
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// The tasks of a preset, of the tree or your own
    Preset {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        common: Common,
    },
    /// What an earlier push asked for
    Again {
        /// Which: 0 is the last one
        #[arg(value_name = "N", default_value_t = 0)]
        number: usize,
        #[command(flatten)]
        common: Common,
    },
    /// No tasks: they can be added later
    Empty {
        #[command(flatten)]
        common: Common,
    },
    /// The tasks that a cron job runs
    Cron {
        /// The job, of .cron.yml or a query of config.yml
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        common: Common,
    },
}

/// What every way has.
#[derive(Debug, Args)]
pub(super) struct Common {
    #[command(flatten)]
    pub(super) root: Root,
    #[command(flatten)]
    pub(super) logging: Logging,
    /// Parameters: a file, a URL, `project=NAME`, `task-id=ID` or `index=PATH`; without it they are computed from the
    /// checkout
    #[arg(short, long, value_name = "SPEC")]
    pub(super) parameters: Option<String>,
    /// The message of the commit
    #[arg(short, long, value_name = "TEXT")]
    pub(super) message: Option<String>,
    /// Show the commit, and push nothing
    #[arg(long)]
    pub(super) no_push: bool,
    /// Push any number of tasks without asking
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Push although the checkout has uncommitted changes, which are left out
    #[arg(long)]
    pub(super) without_changes: bool,
    /// What carries the request: `hg-extras`, `note`, `trailers`, `try-line` or `try-task-config`
    #[arg(long, value_name = "NAME", value_parser = carrier)]
    pub(super) carrier: Option<CarrierName>,
    /// Where to push to: a remote, in Mercurial a path, or a URL
    #[arg(long, value_name = "REMOTE")]
    pub(super) remote: Option<String>,
    /// The branch to push to, in git
    #[arg(long, value_name = "NAME")]
    pub(super) branch: Option<String>,
    /// An environment variable of the tasks; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) env: Vec<(String, String)>,
    /// An argument for the harness of the selected tasks; may be repeated
    #[arg(long = "arg", value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub(super) arguments: Vec<String>,
    /// How often the selected tasks run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rebuild: Option<u32>,
    /// The priority of the tasks
    #[arg(long, value_name = "PRIORITY", value_parser = priority)]
    pub(super) priority: Option<Priority>,
    /// Tasks of a worker type run on another; may be repeated
    #[arg(long, value_name = "TYPE=ALIAS", value_parser = pair)]
    pub(super) worker: Vec<(String, String)>,
    /// Tasks that fail are not tried again by the queue
    #[arg(long)]
    pub(super) no_retry: bool,
    /// Let selected tasks be optimized away
    #[arg(long)]
    pub(super) optimize: bool,
    /// What a template of config.yml is handed, as JSON or text; `true` without a value; may be repeated
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = input)]
    pub(super) input: Vec<(String, Node)>,
    /// A further route of the selected tasks; may be repeated
    #[arg(long, value_name = "ROUTE")]
    pub(super) route: Vec<String>,
}

/// What selects.
#[derive(Clone, Copy, Debug)]
pub(super) enum How<'a> {
    /// The texts of a front end.
    Said(&'static str, &'a [String]),
    /// A try line and test paths.
    Syntax(&'a str, &'a [String]),
    /// An earlier push.
    Again(usize),
    /// Nothing.
    Empty,
    /// A cron job.
    Cron(&'a str),
}

impl How<'_> {
    /// Its subcommand.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Said(name, _) => name,
            Self::Syntax(..) => "syntax",
            Self::Again(_) => "again",
            Self::Empty => "empty",
            Self::Cron(_) => "cron",
        }
    }
}

impl Arguments {
    /// What selects, and the rest.
    pub(super) fn parts(&self) -> (How<'_>, &Common) {
        let one = std::slice::from_ref::<String>;
        match &self.how {
            Command::Query { query, common } => (How::Said("query", one(query)), common),
            Command::Labels { labels, common } => (How::Said("labels", labels), common),
            Command::Fuzzy { searches, common } => (How::Said("fuzzy", searches), common),
            Command::Syntax { line, paths, common } => (How::Syntax(line, paths), common),
            Command::Paths { paths, common } => (How::Said("paths", paths), common),
            Command::Preset { name, common } => (How::Said("preset", one(name)), common),
            Command::Again { number, common } => (How::Again(*number), common),
            Command::Empty { common } => (How::Empty, common),
            Command::Cron { name, common } => (How::Cron(name), common),
        }
    }

    /// How much is logged.
    pub(in super::super) fn logging(&self) -> &Logging {
        &self.parts().1.logging
    }
}

fn carrier(name: &str) -> Result<CarrierName, String> {
    yaml::read(&Node::new(name)).map_err(|mistakes: crate::diagnostics::Mistakes| mistakes.to_string())
}

fn priority(name: &str) -> Result<Priority, String> {
    yaml::read(&Node::new(name)).map_err(|mistakes: crate::diagnostics::Mistakes| mistakes.to_string())
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected a name, `=` and a value".into()),
    }
}

fn input(text: &str) -> Result<(String, Node), String> {
    let Some((name, value)) = text.split_once('=') else { return Ok((text.to_owned(), Node::new(true))) };
    Ok((name.to_owned(), crate::json::parse(value).unwrap_or_else(|_| Node::new(value))))
}
