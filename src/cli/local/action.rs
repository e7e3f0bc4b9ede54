//! `local action`: an action is triggered as Treeherder does, and its task is run.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::deployment::{Connection, Deployment};
use super::work::Work;
use crate::cli::Outcome;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::print;
use crate::cli::session::Session;
use crate::diagnostics::Diagnostic;
use crate::json;
use crate::local::action::{ActionOptions, act};
use crate::local::progress::table;
use crate::local::status::GroupStatus;
use crate::yaml;

/// Which action, and on what.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name of the action, such as `retrigger`
    name: String,
    #[command(flatten)]
    deployment: Deployment,
    /// Task to act on, by label or id; without it the action is on the whole group
    #[arg(long, value_name = "LABEL")]
    task: Option<String>,
    /// Input of the action: JSON, or `@FILE`
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// Decision task; without it that of the latest push
    #[arg(long, value_name = "ID")]
    decision: Option<String>,
    #[command(flatten)]
    work: Work,
}

/// Triggers, and waits until nothing is left to happen.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let input = arguments.input.as_deref().map(|text| read_input(session, text)).transpose()?;
    let connection = arguments.deployment.connect(session).await?;
    let outcome = action(arguments, input, &connection).await;
    connection.close().await;
    outcome
}

fn read_input(session: &Session, argument: &str) -> Result<Value, Failure> {
    let (name, text) = match argument.strip_prefix('@') {
        None => (PathBuf::from("--input"), argument.to_owned()),
        Some(path) => {
            let refused = |error| Diagnostic::error(format!("cannot read the input `{path}`: {error}"));
            (PathBuf::from(path), std::fs::read_to_string(path).map_err(refused)?)
        }
    };
    Ok(yaml::read(&json::read(&session.files, name, text)?)?)
}

async fn action(arguments: &Arguments, input: Option<Value>, connection: &Connection) -> Outcome {
    let options = ActionOptions {
        name: arguments.name.clone(),
        task: arguments.task.clone(),
        input,
        decision: arguments.decision.clone(),
    };
    let (worker, reporter) = (arguments.work.options(connection)?, arguments.work.reporter());
    let acted = act(&connection.caller, &options, &worker, &reporter).await;
    // Its progress bar must be gone before anything else is printed.
    drop(reporter);
    let outcome = acted?;
    let mut tasks = outcome.created.clone();
    tasks.insert(0, outcome.task.clone());
    let created = outcome.created.len();
    print(&table(&[GroupStatus { task_group_id: outcome.task_group_id.clone(), push: None, tasks }]))?;
    print(&format!("\naction `{}` created {created} tasks\n", arguments.name))?;
    if outcome.succeeded() {
        return Ok(Exit::Done);
    }
    Err(Failure::refused(
        format!("the action did not succeed: task {}", outcome.task.task_id),
        "its log is artifact `public/logs/live.log`; `--verbose` shows it while it runs",
    ))
}
