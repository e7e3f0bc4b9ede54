//! `local …`: a Taskcluster on this machine, and pushes and actions on it.

mod action;
mod deployment;
mod history;
mod push;
mod serve;
mod status;
mod work;

use clap::{Args, Subcommand};

use super::Outcome;
use super::session::Session;

/// What to do with the local Taskcluster.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve Taskcluster's API on this machine until Ctrl-C
    Serve(serve::Arguments),
    /// Push a checkout's HEAD: its decision task is run, and then its tasks
    Push(push::Arguments),
    /// Trigger an action as Treeherder does, and run it
    Action(action::Arguments),
    /// Make a project with many pushes, and serve it until Ctrl-C
    History(history::Arguments),
    /// Show groups, tasks and their states
    Status(status::Arguments),
}

/// Does it.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    session.wait(async {
        match &arguments.command {
            Command::Serve(arguments) => serve::run(session, arguments).await,
            Command::Push(arguments) => push::run(session, arguments).await,
            Command::Action(arguments) => action::run(session, arguments).await,
            Command::History(arguments) => history::run(session, arguments).await,
            Command::Status(arguments) => status::run(session, arguments).await,
        }
    })
}
