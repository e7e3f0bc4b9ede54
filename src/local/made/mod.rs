//! A history is made: its repositories, its pushes with their decision tasks, and the results of their jobs.

mod repository;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};

use self::repository::{Commit, Repositories};
use super::caller::{CallError, Caller, Service};
use super::git::GitError;
use super::history::recorded::{Recorded, RecordedCommit, RecordedPush};
use super::push::checkout::Given;
use super::push::event::{EventKind, Project, Pushlog};
use super::push::{NothingToDo, Push, PushError, PushOptions, Pushed, push, register_action_hooks};
use super::report::Reporter;
use super::status::{State, tasks_of_group};
use super::worker::{Made, Pools, Resolve, Worker, WorkerError, WorkerOptions};
use crate::diagnostics::Files;
use crate::history::made::{Ends, MadeHistory, Program, Style};

/// The branch of every repository.
pub const BRANCH: &str = "main";

/// The folder of the repositories in the data folder.
const REPOSITORIES: &str = "repositories";

/// Lines of a log that are told.
const TOLD_LINES: usize = 12;

/// What a history is made of.
pub struct Making<'a> {
    /// What it is to be.
    pub history: &'a MadeHistory,
    /// The folder of the tree.
    pub tree: &'a Path,
    /// The data folder of the server.
    pub folder: &'a Path,
    /// How tasks are run.
    pub worker: &'a WorkerOptions,
    /// In which pools runs are pending.
    pub pools: Pools<'a>,
    /// Every file read, for reports.
    pub files: &'a Files,
    /// Who is told what happens.
    pub reporter: &'a Arc<dyn Reporter>,
    /// When it is made.
    pub now: DateTime<Utc>,
}

/// A history that was not made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// A push failed.
    #[error(transparent)]
    Push(#[from] PushError),
    /// A push had nothing to do.
    #[error("push {number} of `{project}` makes no task: {why}")]
    Nothing {
        /// Its project.
        project: String,
        /// Its number.
        number: u64,
        /// Why.
        why: NothingToDo,
    },
    /// A decision failed.
    #[error("the decision of push {number} of `{project}` failed; its log ends with\n{log}")]
    Decision {
        /// Its project.
        project: String,
        /// Its number.
        number: u64,
        /// The end of its log.
        log: String,
    },
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A folder or file.
    #[error("cannot make the history: {0}")]
    Folder(#[from] std::io::Error),
    /// A request failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The worker failed.
    #[error(transparent)]
    Worker(#[from] WorkerError),
}

/// The repository of a project in a data folder.
#[must_use]
pub fn repository(folder: &Path, project: &str) -> PathBuf {
    folder.join(REPOSITORIES).join(project)
}

/// A push that was made, before its decision has run.
struct Landed {
    project: String,
    push: Push,
    recorded: RecordedPush,
}

/// Makes a history: nothing is left to happen in it afterwards. Returns the worker that knows its results.
///
/// # Errors
/// See [`MakeError`]; nothing is recorded then.
pub async fn make(caller: &Caller, making: &Making<'_>) -> Result<Worker, MakeError> {
    let repositories = Repositories::make(making).await?;
    let mut landed = Vec::new();
    for (project, commits) in &repositories.projects {
        for at in 0..commits.len() {
            landed.push(land(caller, making, project, commits, at).await?);
        }
    }
    let mut recorded = Recorded::default();
    for one in &landed {
        recorded.0.entry(one.project.clone()).or_default().push(one.recorded.clone());
    }
    let made = Arc::new(Made::new(Ends::of(making.history), &recorded));
    let worker = worker(caller, making, &made);
    worker.attend(making.pools, false).await?;
    made.is_complete();
    for one in &landed {
        check_decision(caller, one).await?;
        register_action_hooks(caller, &one.push, making.reporter.as_ref()).await.map_err(PushError::from)?;
    }
    repositories.check_out(making.folder).await?;
    recorded.write(making.folder)?;
    Ok(worker)
}

/// The worker of a history that was made before; its results go on after the runs that there were.
///
/// # Errors
/// If the queue does not tell them.
pub async fn resume(caller: &Caller, making: &Making<'_>, recorded: &Recorded) -> Result<Worker, MakeError> {
    let made = Arc::new(Made::new(Ends::of(making.history), recorded));
    for push in recorded.0.values().flatten() {
        for task in tasks_of_group(caller, &push.decision).await? {
            made.has_run(&push.decision, &task.name, task.begun);
        }
    }
    made.is_complete();
    Ok(worker(caller, making, &made))
}

fn worker(caller: &Caller, making: &Making<'_>, made: &Arc<Made>) -> Worker {
    let options = WorkerOptions { resolve: Resolve::AsMade(Arc::clone(made)), ..making.worker.clone() };
    Worker::new(caller.clone(), options, Arc::clone(making.reporter))
}

/// One push arrives: its decision task is created.
async fn land(
    caller: &Caller,
    making: &Making<'_>,
    project: &str,
    commits: &[Commit],
    at: usize,
) -> Result<Landed, MakeError> {
    let (commit, number) = (&commits[at], at as u64 + 1);
    let folder = repository(making.folder, project);
    repository::move_branch(&folder, &commit.revision).await?;
    let before = at.checked_sub(1).map(|at| commits[at].revision.clone()).or_else(|| commit.parents.first().cloned());
    let (kind, address) = match making.history.style {
        Style::Git => (EventKind::Push, format!("https://github.com/example/{project}")),
        Style::Hg => {
            let pushlog = Pushlog { number, date: commit.date, repository_type: "hg" };
            (EventKind::HgPush(pushlog), hg_address(caller, making.history.decisions, project))
        }
    };
    let options = PushOptions {
        folder,
        given: Given { branch: Some(BRANCH.to_owned()), before, repository: Some(address) },
        kind,
        project: Project { name: Some(project.to_owned()), level: making.history.level.clone() },
        // The same tree pushed at the same moment would have the same tasks.
        now: making.now + Duration::milliseconds(i64::try_from(number).unwrap_or_default()),
    };
    let push = match push(caller, &options, making.files, making.reporter.as_ref()).await? {
        Pushed::Created(push) => *push,
        Pushed::Nothing(why) => return Err(MakeError::Nothing { project: project.to_owned(), number, why }),
    };
    let brought = commit.merged.iter().chain(std::iter::once(commit));
    let recorded = RecordedPush {
        number,
        date: commit.date.timestamp(),
        user: repository::USER.to_owned(),
        commits: brought
            .map(|commit| RecordedCommit { revision: commit.revision.clone(), parents: commit.parents.clone() })
            .collect(),
        decision: push.record.task_group_id.clone(),
    };
    Ok(Landed { project: project.to_owned(), push, recorded })
}

/// What a repository of Mercurial is called. The reference runs actions of no host but hg.mozilla.org and GitHub.
fn hg_address(caller: &Caller, decisions: Program, project: &str) -> String {
    match decisions {
        Program::Pushgraph => format!("{}/hg/{project}", caller.root_url()),
        Program::Taskgraph => format!("https://hg.mozilla.org/example/{project}"),
    }
}

async fn check_decision(caller: &Caller, landed: &Landed) -> Result<(), MakeError> {
    for (task, _) in &landed.push.tasks {
        let status = caller.get(Service::Queue, &["task", task.as_str(), "status"]).await?;
        if status["status"]["state"].as_str().and_then(State::parse) == Some(State::Completed) {
            continue;
        }
        let log = caller.artifact(task.as_str(), "public/logs/live.log").await.unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let log = lines[lines.len().saturating_sub(TOLD_LINES)..].join("\n");
        return Err(MakeError::Decision { project: landed.project.clone(), number: landed.recorded.number, log });
    }
    Ok(())
}
