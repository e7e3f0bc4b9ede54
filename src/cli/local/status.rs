//! `local status`: groups, tasks and states.

use std::time::Duration;

use clap::Args;

use super::deployment::{Connection, Deployment};
use crate::cli::Outcome;
use crate::cli::exit::Exit;
use crate::cli::output::{print, tell};
use crate::cli::session::Session;
use crate::local::progress::{on_stderr, table};
use crate::local::status::{GroupStatus, status, watch};

/// How often the states are asked for while watching.
const EVERY: Duration = Duration::from_millis(500);

/// Of which groups.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Task group; without it every push
    group: Option<String>,
    #[command(flatten)]
    deployment: Deployment,
    /// Show progress until nothing is left to happen
    #[arg(short, long)]
    watch: bool,
}

/// Shows the states.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let connection = arguments.deployment.connect(session).await?;
    let outcome = show(arguments, &connection).await;
    connection.close().await;
    outcome
}

async fn show(arguments: &Arguments, connection: &Connection) -> Outcome {
    let mut groups = status(&connection.caller, arguments.group.as_deref()).await?;
    if groups.is_empty() {
        tell("nothing has been pushed yet; see `pushgraph local push --help`");
    }
    if arguments.watch {
        groups = watch_all(connection, &groups).await?;
    }
    print(&table(&groups))?;
    Ok(Exit::Done)
}

async fn watch_all(
    connection: &Connection,
    groups: &[GroupStatus],
) -> Result<Vec<GroupStatus>, crate::cli::failure::Failure> {
    let mut watched = Vec::with_capacity(groups.len());
    let reporter = on_stderr(false);
    for group in groups {
        watched.push(watch(&connection.caller, &group.task_group_id, EVERY, &*reporter).await?);
    }
    Ok(watched)
}
