//! `local push`: a checkout's HEAD arrives as a push would arrive at GitHub.
//!
//! [`push`] tells the event, renders the `.taskcluster.yml` of that commit and creates its tasks, as
//! Taskcluster-GitHub does; [`register_action_hooks`] then does what ciadmin does for the hooks of its actions.

pub mod checkout;
pub mod event;
pub mod hooks;
pub mod record;
pub mod rehearsal;
mod roles;
mod slugids;
mod tasks;
pub mod template;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use self::checkout::{Checkout, Given, NULL_REVISION};
use self::event::{EventKind, Project, Told};
use self::hooks::Registered;
use self::record::PushRecord;
use self::tasks::{Defaults, NewTask};
use self::template::{PullRequestPolicy, Template};
use super::caller::{CallError, Caller, Service};
use super::git::GitError;
use super::report::{Event, Reporter};
use super::worker::{self, Settled, Worker, WorkerError};
use crate::diagnostics::{Files, Mistakes};
use crate::model::{InvalidTaskId, TaskId};

/// What to push.
#[derive(Clone, Debug)]
pub struct PushOptions {
    /// A folder of the checkout.
    pub folder: PathBuf,
    /// What is not to be read from the checkout.
    pub given: Given,
    /// As what it arrives.
    pub kind: EventKind,
    /// Project and level, for the events that are not GitHub's.
    pub project: Project,
    /// When it arrives.
    pub now: DateTime<Utc>,
}

/// What came of a push.
#[derive(Clone, Debug)]
pub enum Pushed {
    /// Tasks were created.
    Created(Box<Push>),
    /// There was nothing to create; not an error.
    Nothing(NothingToDo),
}

/// Why a push created nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NothingToDo {
    /// The template has no task for the event.
    #[error("`.taskcluster.yml` has no task for `{tasks_for}`")]
    NoTask {
        /// The event.
        tasks_for: &'static str,
    },
    /// The policy lets only collaborators start tasks.
    #[error("the policy for pull requests in `.taskcluster.yml` starts tasks for collaborators only")]
    NotACollaborator,
}

/// A push whose tasks are created.
#[derive(Clone, Debug)]
pub struct Push {
    /// What is remembered of it.
    pub record: PushRecord,
    /// The tasks, in the order they were created, with their names.
    pub tasks: Vec<(TaskId, String)>,
    /// The checkout it came from.
    pub checkout: Checkout,
    template: Template,
}

/// A push that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// There is no git checkout.
    #[error("`{}` is not in a git checkout", .0.display())]
    NotACheckout(PathBuf),
    /// The checkout has no commit.
    #[error("the checkout `{}` has no commit to push", .0.display())]
    NoCommit(PathBuf),
    /// The commit has no `.taskcluster.yml`.
    #[error("commit {revision} has no `.taskcluster.yml` in its top folder{}", if *.is_uncommitted { "; the one in the checkout is not committed" } else { "" })]
    NoTemplate {
        /// The commit.
        revision: String,
        /// Whether the checkout has the file all the same.
        is_uncommitted: bool,
    },
    /// A revision that was given does not exist.
    #[error("`{0}` is not a commit of the checkout")]
    UnknownRevision(String),
    /// An address that was given is not one.
    #[error("`{0}` is not the address of a repository: expected one such as `https://github.com/owner/name`")]
    NotAWebAddress(String),
    /// The template is wrong.
    #[error(transparent)]
    Template(#[from] Mistakes),
    /// The template names an impossible id.
    #[error("a `taskId` in `.taskcluster.yml` is wrong: {0}")]
    TaskId(InvalidTaskId),
    /// A context that makes one task made several.
    #[error("`.taskcluster.yml` is rendered to {0} tasks where exactly one is expected")]
    SeveralTasks(usize),
    /// The queue refused a task.
    #[error("task `{name}` was not created: {error}")]
    Refused {
        /// Its name.
        name: String,
        /// Why.
        error: CallError,
    },
    /// Another request failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The worker failed.
    #[error(transparent)]
    Worker(#[from] WorkerError),
}

/// Creates the tasks that the checkout's `.taskcluster.yml` has for the event.
///
/// # Errors
/// See [`PushError`]; nothing is remembered of a push that failed, though tasks before a refused one exist.
pub async fn push(
    caller: &Caller,
    options: &PushOptions,
    files: &Files,
    reporter: &dyn Reporter,
) -> Result<Pushed, PushError> {
    let checkout = Checkout::read(&options.folder, &options.given).await?;
    if checkout.is_dirty {
        reporter.tell(&Event::Note("the checkout has changes that are not committed; they are not pushed"));
    }
    let template = template(&checkout, files).await?;
    let mut told = event::told(&checkout, &options.kind, &options.project, options.now);
    if is_untrusted(&options.kind) {
        match policy(&checkout, &options.kind, &template).await? {
            PullRequestPolicy::Public => {}
            PullRequestPolicy::PublicRestricted => told.tasks_for = "github-pull-request-untrusted",
            PullRequestPolicy::Collaborators | PullRequestPolicy::CollaboratorsQuiet => {
                return Ok(Pushed::Nothing(NothingToDo::NotACollaborator));
            }
        }
    }
    let tasks = render(caller, &template, &checkout, &told, options.now)?;
    let Some(first) = tasks.first() else {
        return Ok(Pushed::Nothing(NothingToDo::NoTask { tasks_for: told.tasks_for }));
    };
    let record = PushRecord {
        task_group_id: first.definition["taskGroupId"].as_str().unwrap_or_default().to_owned(),
        task_ids: tasks.iter().map(|task| task.task_id.as_str().to_owned()).collect(),
        tasks_for: told.tasks_for.to_owned(),
        repository: checkout.web.url.clone(),
        revision: checkout.revision.clone(),
        reference: told.reference,
        branch: checkout.branch.clone(),
        checkout: checkout.root.to_string_lossy().into_owned(),
        pushed: options.now,
    };
    if caller.is_authenticated() {
        roles::grant_repository(caller, &checkout.web).await?;
    }
    let tasks = create(caller, &tasks, reporter).await?;
    record.store(caller).await?;
    Ok(Pushed::Created(Box::new(Push { record, tasks, checkout, template })))
}

/// Defines the action hooks that the decision tasks of `push` point to in their `public/actions.json`.
///
/// A task without that artifact has no actions.
///
/// # Errors
/// If a service refuses.
pub async fn register_action_hooks(
    caller: &Caller,
    push: &Push,
    reporter: &dyn Reporter,
) -> Result<Registered, CallError> {
    let mut registered = Registered::default();
    for (task_id, _) in &push.tasks {
        let actions = match caller.json_artifact(task_id.as_str(), "public/actions.json").await {
            // 424 is an artifact that stands for an error of its upload.
            Err(error) if error.is_not_found() || error.status() == Some(424) => continue,
            answer => answer?,
        };
        let more = hooks::register(caller, &push.template, &actions).await?;
        registered.hooks.extend(more.hooks);
        registered.of_other_files.extend(more.of_other_files);
    }
    for hook in &registered.hooks {
        if caller.is_authenticated() {
            roles::grant_hook(caller, hook, &push.checkout.web).await?;
        }
        reporter.tell(&Event::HookRegistered { name: &hook.name() });
    }
    for hook in &registered.of_other_files {
        let name = hook.name();
        reporter.tell(&Event::Note(&format!("hook `{name}` is not of this `.taskcluster.yml` and was not made")));
    }
    Ok(registered)
}

/// What came of a push that was to be worked on.
#[derive(Clone, Debug)]
pub enum Worked {
    /// Its tasks were made, and nothing is left to happen.
    Settled(Box<PushOutcome>),
    /// There was nothing to create; not an error.
    Nothing(NothingToDo),
}

/// What came of a push that was worked on.
#[derive(Clone, Debug)]
pub struct PushOutcome {
    /// The push.
    pub push: Push,
    /// Its action hooks.
    pub hooks: Registered,
    /// Its group, when nothing was left to happen in it.
    pub settled: Settled,
}

/// The whole of `local push`: [`push`], the tasks it made run for real, the action hooks, and then all other tasks.
///
/// # Errors
/// See [`PushError`].
pub async fn push_and_work(
    caller: &Caller,
    options: &PushOptions,
    worker: &worker::WorkerOptions,
    files: &Files,
    reporter: &Arc<dyn Reporter>,
) -> Result<Worked, PushError> {
    let push = match push(caller, options, files, reporter.as_ref()).await? {
        Pushed::Created(push) => *push,
        Pushed::Nothing(why) => return Ok(Worked::Nothing(why)),
    };
    let worker = Worker::new(caller.clone(), worker.clone(), Arc::clone(reporter));
    worker.execute(&push.record.task_group_id, &push.record.task_ids).await?;
    let hooks = register_action_hooks(caller, &push, reporter.as_ref()).await?;
    let settled = worker.settle(&push.record.task_group_id).await?;
    Ok(Worked::Settled(Box::new(PushOutcome { push, hooks, settled })))
}

async fn template(checkout: &Checkout, files: &Files) -> Result<Template, PushError> {
    let path = checkout.root.join(template::FILE_NAME);
    let Some(content) = checkout.file(&checkout.revision, template::FILE_NAME).await? else {
        return Err(PushError::NoTemplate { revision: checkout.revision.clone(), is_uncommitted: path.exists() });
    };
    Ok(Template::read(template::FILE_NAME.into(), &content, files)?)
}

const fn is_untrusted(kind: &EventKind) -> bool {
    matches!(kind, EventKind::PullRequest { by_collaborator: false, .. })
}

/// The policy is that of the branch the pull request goes to, where it can be seen; nobody may widen their own.
async fn policy(checkout: &Checkout, kind: &EventKind, own: &Template) -> Result<PullRequestPolicy, PushError> {
    let EventKind::PullRequest { base, .. } = kind else { return Ok(own.policy) };
    for revision in [format!("refs/remotes/origin/{base}"), format!("refs/heads/{base}")] {
        if let Ok(Some(content)) = checkout.file(&revision, template::FILE_NAME).await {
            return Ok(Template::read(template::FILE_NAME.into(), &content, &Files::default())?.policy);
        }
    }
    Ok(own.policy)
}

fn render(
    caller: &Caller,
    template: &Template,
    checkout: &Checkout,
    told: &Told,
    now: DateTime<Utc>,
) -> Result<Vec<NewTask>, PushError> {
    let seed = seed(checkout, told, now);
    let own_task_id = slugids::slugid(&seed, "own task");
    let mut context = told.context.clone();
    context.insert("tasks_for".to_owned(), told.tasks_for.into());
    context.insert("taskcluster_root_url".to_owned(), caller.root_url().into());
    if !told.is_github {
        context.insert("ownTaskId".to_owned(), own_task_id.as_str().into());
    }
    let rendered = template.render(&context, now, &seed)?;
    if !told.is_github {
        return tasks::build_decision_tasks(rendered, &own_task_id, now);
    }
    let route = if template.reports_checks() { "checks" } else { "statuses" };
    tasks::github_tasks(rendered, &Defaults { seed: &seed, now, route })
}

/// What the ids of a push are derived from: the same push at the same moment has the same ids.
fn seed(checkout: &Checkout, told: &Told, now: DateTime<Utc>) -> TaskId {
    let mut hash = Sha256::new();
    let nanoseconds = now.timestamp_nanos_opt().unwrap_or_else(|| now.timestamp()).to_string();
    let root = checkout.root.to_string_lossy();
    for part in ["pushgraph local push v1", &checkout.revision, &root, told.tasks_for, &told.reference, &nanoseconds] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    TaskId::from_random_bits(std::array::from_fn(|index| digest[index]))
}

async fn create(
    caller: &Caller,
    tasks: &[NewTask],
    reporter: &dyn Reporter,
) -> Result<Vec<(TaskId, String)>, PushError> {
    let mut created = Vec::with_capacity(tasks.len());
    for task in tasks {
        let name = task.definition["metadata"]["name"].as_str().unwrap_or("<no name>").to_owned();
        let answer = caller.put(Service::Queue, &["task", task.task_id.as_str()], &task.definition).await;
        answer.map_err(|error| PushError::Refused { name: name.clone(), error })?;
        reporter.tell(&Event::Created { task_id: task.task_id.as_str(), name: &name });
        created.push((task.task_id.clone(), name));
    }
    Ok(created)
}

/// Whether a revision is that of nothing.
pub(super) fn is_null(revision: &str) -> bool {
    revision == NULL_REVISION
}
