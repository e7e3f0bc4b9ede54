//! `local push`: a checkout's HEAD arrives at the local Taskcluster.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::deployment::{Connection, Deployment};
use super::work::Work;
use crate::cli::Outcome;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::{print, tell};
use crate::cli::session::Session;
use crate::clients::SystemClock;
use crate::local::progress::table;
use crate::local::push::checkout::Given;
use crate::local::push::event::{EventKind, Project, Pushlog};
use crate::local::push::{PushOptions, PushOutcome, Worked, push_and_work};
use crate::local::status::{GroupStatus, State};
use crate::sources::clock::Clock as _;

/// What to push, and as what.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder of the checkout
    #[arg(default_value = ".")]
    folder: PathBuf,
    #[command(flatten)]
    deployment: Deployment,
    #[command(flatten)]
    event: Event,
    #[command(flatten)]
    work: Work,
}

/// As what the push arrives.
#[derive(Debug, Args)]
struct Event {
    /// As what it arrives
    #[arg(long, value_name = "EVENT", default_value = "push")]
    event: Kind,
    /// Branch that is pushed to; without it the one checked out
    #[arg(long)]
    branch: Option<String>,
    /// Commit that the branch was at before
    #[arg(long, value_name = "REV")]
    before: Option<String>,
    /// Address of the repository; without it that of the remote `origin`
    #[arg(long, value_name = "URL")]
    repository: Option<String>,
    /// Pull request: its number
    #[arg(long, value_name = "N", default_value_t = 1)]
    number: u64,
    /// Pull request: the branch it goes to
    #[arg(long, value_name = "BRANCH", default_value = "main")]
    base: String,
    /// Pull request: opened by somebody who may not push
    #[arg(long)]
    untrusted: bool,
    /// Release: its tag
    #[arg(long, default_value = "v1.0.0")]
    tag: String,
    /// Cron: the name of the job in .cron.yml
    #[arg(long, value_name = "NAME", default_value = "nightly")]
    job_name: String,
    /// Cron: the job's symbol
    #[arg(long, value_name = "SYMBOL", default_value = "N")]
    job_symbol: String,
    /// Cron: arguments for `decision`, quoted for a shell
    #[arg(long, value_name = "ARGUMENTS", default_value = "", allow_hyphen_values = true)]
    quoted_args: String,
    /// Cron and Mercurial: the project; without it the repository's name
    #[arg(long)]
    project: Option<String>,
    /// Cron and Mercurial: the trust level
    #[arg(long, default_value = "1")]
    level: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Commits on a branch of GitHub
    Push,
    /// A pull request on GitHub
    PullRequest,
    /// A release on GitHub
    Release,
    /// A timer
    Cron,
    /// A push to Mercurial
    HgPush,
}

impl Event {
    fn kind(&self) -> EventKind {
        match self.event {
            Kind::Push => EventKind::Push,
            Kind::PullRequest => EventKind::PullRequest {
                number: self.number,
                base: self.base.clone(),
                by_collaborator: !self.untrusted,
            },
            Kind::Release => EventKind::Release { tag: self.tag.clone() },
            Kind::Cron => EventKind::Cron {
                job_name: self.job_name.clone(),
                job_symbol: self.job_symbol.clone(),
                quoted_args: self.quoted_args.clone(),
            },
            Kind::HgPush => {
                let date = SystemClock.now();
                EventKind::HgPush(Pushlog { number: 0, date, repository_type: "git" })
            }
        }
    }
}

/// Pushes, and waits until nothing is left to happen.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let connection = arguments.deployment.connect(session).await?;
    let outcome = push(session, arguments, &connection).await;
    connection.close().await;
    outcome
}

async fn push(session: &Session, arguments: &Arguments, connection: &Connection) -> Outcome {
    let event = &arguments.event;
    let options = PushOptions {
        folder: session.current_directory.join(&arguments.folder),
        given: Given {
            branch: event.branch.clone(),
            before: event.before.clone(),
            repository: event.repository.clone(),
        },
        kind: event.kind(),
        project: Project { name: event.project.clone(), level: event.level.clone() },
        now: SystemClock.now(),
    };
    let (worker, reporter) = (arguments.work.options(connection)?, arguments.work.reporter());
    let worked = push_and_work(&connection.caller, &options, &worker, &session.files, &reporter).await;
    // Its progress bar must be gone before anything else is printed.
    drop(reporter);
    match worked? {
        Worked::Nothing(why) => {
            tell(&format!("nothing to do: {why}"));
            Ok(Exit::Done)
        }
        Worked::Settled(outcome) => show(connection, &outcome),
    }
}

fn show(connection: &Connection, outcome: &PushOutcome) -> Outcome {
    let record = &outcome.push.record;
    let (task_group_id, tasks) = (record.task_group_id.clone(), outcome.settled.tasks.clone());
    print(&table(&[GroupStatus { task_group_id, push: Some(record.clone()), tasks }]))?;
    print(&format!(
        "\nto look at it: `pushgraph local status`; to extend it: `pushgraph local action NAME --task LABEL`;\n\
         its artifacts are served by `pushgraph local serve` at api/queue/v1/task/{}/artifacts; state: {}\n",
        record.task_ids.first().map_or("…", String::as_str),
        connection.folder.display()
    ))?;
    let is_done =
        |id: &String| outcome.settled.tasks.iter().any(|task| task.task_id == *id && task.state == State::Completed);
    let failed: Vec<&str> = record.task_ids.iter().filter(|id| !is_done(id)).map(String::as_str).collect();
    if failed.is_empty() {
        return Ok(Exit::Done);
    }
    Err(Failure::refused(
        format!("the decision did not succeed: task {}", failed.join(", ")),
        "its log is artifact `public/logs/live.log`; `--verbose` shows it while it runs",
    ))
}
