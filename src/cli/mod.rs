//! The command line: one file per subcommand, reports and exit codes.
//!
//! The only place that joins `clients` to the rest, that writes to the terminal, and that decides exit codes. A
//! subcommand's file holds its arguments and one function that calls the library.

mod action_callback;
mod actions;
mod arguments;
mod backfill;
mod build_image;
mod cancel;
mod check;
mod checkout;
mod decision;
mod diff;
mod exit;
mod explain;
mod extend;
mod failure;
mod fill;
mod format;
mod found;
mod graph;
mod help;
mod image_digest;
mod images;
mod in_tree_action;
mod init;
mod interruption;
mod kind_graph;
mod load_image;
mod load_task;
mod local;
mod logging;
mod new_test;
mod output;
mod pushes;
mod query;
mod report;
mod retrigger;
mod schema;
mod session;
mod test_action_callback;
mod trigger;
mod try_push;
mod unprivileged;
mod world;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use self::exit::Exit;
use self::failure::Failure;
use self::session::Session;
use crate::clients::checkout::CheckedOut;
use crate::environment::Environment;
use crate::generate::Phase;

/// What every subcommand returns: how the program ends, or what to report.
type Outcome = Result<Exit, Failure>;

/// A project's Taskcluster decision task and action tasks, in one binary.
#[derive(Debug, Parser)]
#[command(name = "pushgraph", version, after_help = exit::table())]
// As Python's argparse: an option given twice counts once, and a long option may be shortened while it is unambiguous.
#[command(args_override_self = true, infer_long_args = true, disable_help_subcommand = true)]
struct Arguments {
    /// The Python that runs the code a tree has of its own; python3 if neither this nor PUSHGRAPH_PYTHON is given
    // Before the subcommand only: `--p` after it is `--parameters`, as in the reference.
    #[arg(long, value_name = "PROGRAM")]
    python: Option<String>,
    #[command(subcommand)]
    command: Command,
}

/// Every subcommand, in the order of `--help`.
#[derive(Debug, Subcommand)]
enum Command {
    /// Show which kinds need which, as a Mermaid flowchart
    KindGraph(kind_graph::Arguments),
    /// Show the morphed graph: the optimized graph with what only Taskcluster needs added
    Morphed(graph::Arguments),
    /// Show the optimized graph: the target graph without the tasks that need not run
    Optimized(graph::Arguments),
    /// Show the target task graph: the target tasks and all they depend on
    TargetGraph(graph::Arguments),
    /// Show the target task set: the tasks that the push asks for
    Target(graph::Arguments),
    /// Show the full task graph: every task of every kind, with dependencies
    Full(graph::Arguments),
    /// Show the full task set: every task of every kind, without dependencies
    Tasks(graph::Arguments),
    /// Look for mistakes in the whole tree, without asking any service
    Check(check::Arguments),
    /// Show the tasks that a query selects
    Query(query::Arguments),
    /// Push the checkout and say which tasks are to run
    Try(try_push::Arguments),
    /// Say why tasks are created or not, or who makes what of a graph
    Explain(explain::Arguments),
    /// Build an image of the project with docker or podman
    BuildImage(build_image::Arguments),
    /// Load an image that a task has made into docker or podman
    LoadImage(load_image::Arguments),
    /// Print the digest of an image: what it is cached under
    ImageDigest(image_digest::Arguments),
    /// Run a task here, in its image and environment, with docker or podman
    LoadTask(load_task::Arguments),
    /// Check the tree of a push out, without another program
    Checkout(checkout::Arguments),
    /// Turn a push into tasks: what a decision task runs
    Decision(decision::Arguments),
    /// Print the rendered actions.json
    Actions(actions::Arguments),
    /// Run the action that the environment names: what an action task runs
    ActionCallback(action_callback::Arguments),
    /// Run an action without changing anything, printing the tasks it would create
    TestActionCallback(test_action_callback::Arguments),
    /// Run labels on one push or many, until each has so many results
    Trigger(trigger::Arguments),
    /// Run a task on earlier pushes that lack it
    Backfill(backfill::Arguments),
    /// Run a task of a push once more
    Retrigger(retrigger::Arguments),
    /// Run every task of a push's target set that has not succeeded there
    Fill(fill::Arguments),
    /// Run every task that would run a test, on every platform, several times
    NewTest(new_test::Arguments),
    /// Cancel a task, or all of a push
    Cancel(cancel::Arguments),
    /// Set up a project: .taskcluster.yml, taskcluster/ and a first task
    Init(init::Arguments),
    /// Print a JSON Schema of what a tree may say, for editors
    Schema(schema::Arguments),
    /// Run a Taskcluster on this machine, and push to it
    Local(local::Arguments),
    /// Print what --help prints of a subcommand, or the manual of queries
    Help(help::Arguments),
}

impl Command {
    fn run(self, session: &Session) -> Outcome {
        match self {
            Self::KindGraph(arguments) => kind_graph::run(session, &arguments),
            Self::Morphed(arguments) => graph::run(session, Phase::MorphedTaskGraph, &arguments),
            Self::Optimized(arguments) => graph::run(session, Phase::OptimizedTaskGraph, &arguments),
            Self::TargetGraph(arguments) => graph::run(session, Phase::TargetTaskGraph, &arguments),
            Self::Target(arguments) => graph::run(session, Phase::TargetTaskSet, &arguments),
            Self::Full(arguments) => graph::run(session, Phase::FullTaskGraph, &arguments),
            Self::Tasks(arguments) => graph::run(session, Phase::FullTaskSet, &arguments),
            Self::Check(arguments) => check::run(session, &arguments),
            Self::Query(arguments) => query::run(session, &arguments),
            Self::Try(arguments) => try_push::run(session, &arguments),
            Self::Explain(arguments) => explain::run(session, &arguments),
            Self::BuildImage(arguments) => build_image::run(session, &arguments),
            Self::LoadImage(arguments) => load_image::run(session, &arguments),
            Self::ImageDigest(arguments) => image_digest::run(session, &arguments),
            Self::LoadTask(arguments) => load_task::run(session, &arguments),
            Self::Checkout(arguments) => checkout::run(session, &arguments),
            Self::Decision(arguments) => decision::run(session, &arguments),
            Self::Actions(arguments) => actions::run(session, &arguments),
            Self::ActionCallback(arguments) => action_callback::run(session, &arguments),
            Self::TestActionCallback(arguments) => test_action_callback::run(session, &arguments),
            Self::Trigger(arguments) => trigger::run(session, &arguments),
            Self::Backfill(arguments) => backfill::run(session, &arguments),
            Self::Retrigger(arguments) => retrigger::run(session, &arguments),
            Self::Fill(arguments) => fill::run(session, &arguments),
            Self::NewTest(arguments) => new_test::run(session, &arguments),
            Self::Cancel(arguments) => cancel::run(session, &arguments),
            Self::Init(arguments) => init::run(session, &arguments),
            Self::Schema(arguments) => schema::run(&arguments),
            Self::Local(arguments) => local::run(session, &arguments),
            Self::Help(arguments) => help::run(&arguments),
        }
    }

    /// Makes the tree that a decision or an action runs in, where that is asked for.
    fn check_out_first(&self, session: &mut Session) -> Result<Option<CheckedOut>, Failure> {
        match self {
            Self::Decision(arguments) => arguments.first.run(session, Some(arguments.told())),
            Self::ActionCallback(arguments) => arguments.first.run(session, None),
            _ => Ok(None),
        }
    }

    /// Does not go on as root where a tree is made and the environment names another user.
    fn leave_root(&self, session: &Session) -> Result<(), Failure> {
        let places = match self {
            Self::Decision(arguments) => arguments.first.places(session),
            Self::ActionCallback(arguments) => arguments.first.places(session),
            Self::Checkout(arguments) => arguments.places(session),
            _ => return Ok(()),
        };
        let Some(user) = session.environment.user.as_deref().filter(|_| !places.is_empty()) else { return Ok(()) };
        unprivileged::go_on(user, &places.iter().map(AsRef::as_ref).collect::<Vec<_>>())
    }

    fn verbosity(&self) -> logging::Verbosity {
        match self {
            Self::KindGraph(arguments) => arguments.logging.verbosity(),
            Self::Query(arguments) => arguments.logging.verbosity(),
            Self::Try(arguments) => arguments.logging().verbosity(),
            Self::Explain(arguments) => arguments.logging.verbosity(),
            Self::Morphed(arguments)
            | Self::Optimized(arguments)
            | Self::TargetGraph(arguments)
            | Self::Target(arguments)
            | Self::Full(arguments)
            | Self::Tasks(arguments) => arguments.logging.verbosity(),
            Self::Check(_) => logging::Verbosity::Quiet,
            Self::Decision(arguments) => logging::Verbosity::of(arguments.verbose),
            Self::Actions(arguments) => logging::Verbosity::of(arguments.verbose),
            // What they find and do is told line by line; the log would say it twice.
            Self::Trigger(_)
            | Self::Backfill(_)
            | Self::Retrigger(_)
            | Self::Fill(_)
            | Self::NewTest(_)
            | Self::Cancel(_) => logging::Verbosity::Quiet,
            Self::BuildImage(_)
            | Self::Checkout(_)
            | Self::LoadImage(_)
            | Self::ImageDigest(_)
            | Self::LoadTask(_)
            | Self::ActionCallback(_)
            | Self::TestActionCallback(_)
            | Self::Init(_)
            | Self::Schema(_)
            | Self::Local(_)
            | Self::Help(_) => logging::Verbosity::Normal,
        }
    }
}

/// The command line as clap knows it, for whatever describes it.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the program with `arguments` (the first is the name it was called by).
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    report_bugs();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // As `taskgraph` does: the help, and a code that says nothing was done.
    if arguments.len() < 2 {
        let help = Arguments::command().render_help().to_string();
        return output::print(&help).map_or_else(Session::report_without, |()| Exit::Wrong).into();
    }
    match parse(arguments) {
        Ok(arguments) => run(arguments).into(),
        Err(error) => usage(&error).into(),
    }
}

/// What is asked for; options that are quoted in one come after the others, and so count.
fn parse(arguments: Vec<OsString>) -> Result<Arguments, clap::Error> {
    let parsed = Arguments::try_parse_from(&arguments)?;
    let Command::Decision(decision) = &parsed.command else { return Ok(parsed) };
    let mistake = |message| Arguments::command().error(clap::error::ErrorKind::ValueValidation, message);
    let more = decision.quoted().map_err(mistake)?;
    Arguments::try_parse_from(arguments.into_iter().chain(more.into_iter().map(OsString::from)))
}

fn run(Arguments { python, command }: Arguments) -> Exit {
    logging::start(command.verbosity());
    let mut environment = Environment::of_process();
    environment.python = python.or(environment.python);
    let mut session = match Session::new(environment) {
        Ok(session) => session,
        Err(failure) => return Session::report_without(failure),
    };
    // What was checked out is held for as long as it is read.
    let tree = command.leave_root(&session).and_then(|()| command.check_out_first(&mut session));
    let outcome = tree.and_then(|_held| command.run(&session));
    session.finish(outcome)
}

/// Prints what clap found: help and version on stdout, mistakes on stderr.
fn usage(error: &clap::Error) -> Exit {
    let printed = error.print().and_then(|()| std::io::stdout().flush());
    match printed {
        // A closed stderr leaves nobody to tell.
        _ if error.use_stderr() => Exit::Usage,
        Ok(()) => Exit::Done,
        Err(error) => Session::report_without(Failure::Output { target: "the standard output".into(), error }),
    }
}

/// Makes a panic say what it is. The exit code of a panic is [`Exit::Bug`] already.
fn report_bugs() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        default(info);
        let _ = writeln!(
            std::io::stderr(),
            "\nthis is a bug in pushgraph {}, not in your tree; please report it with the lines above",
            env!("CARGO_PKG_VERSION")
        );
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, clap::Error> {
        Arguments::try_parse_from(line.split(' ')).map(|arguments| arguments.command)
    }

    #[test]
    fn the_arguments_are_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn long_options_may_be_shortened_while_they_are_unambiguous() {
        assert!(parse("pushgraph full --param a.yml").is_ok());
        assert!(parse("pushgraph full --ta x").is_err());
    }

    #[test]
    fn quoted_options_of_a_decision_count() {
        let line = "pushgraph decision --project=a --pushlog-id=1 --pushdate=1 --owner=o --level=1 --repository-type=git \
            --base-repository=b --head-repository=h --head-ref=r --head-rev=r --tasks-for=cron";
        let with = |quoted: &str| {
            let words = line.split_whitespace().map(str::to_owned);
            super::parse(words.chain([format!("--quoted-arguments={quoted}")]).map(OsString::from).collect())
        };
        let shown = |quoted| format!("{:?}", with(quoted).unwrap());
        assert!(shown("").contains("target_tasks_method: None"));
        assert!(shown("--target-tasks-method='of the night' --level 3").contains(r#"method: Some("of the night")"#));
        assert!(shown("--level 3").contains(r#"level: "3""#));
        assert!(with("--level '3").unwrap_err().to_string().contains("a quote is not closed"));
        assert!(with("--nope").is_err());
    }

    #[test]
    fn usage_errors_and_help_end_with_their_own_codes() {
        assert_eq!(usage(&parse("pushgraph full --nope").unwrap_err()), Exit::Usage);
        assert_eq!(usage(&parse("pushgraph --version").unwrap_err()), Exit::Done);
    }

    #[test]
    fn the_usage_shows_the_name_it_was_called_by() {
        let error = parse("/usr/bin/taskgraph full --nope").unwrap_err().to_string();
        assert!(error.contains("Usage: taskgraph full"), "{error}");
    }
}
