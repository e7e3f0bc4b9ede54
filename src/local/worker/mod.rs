//! A worker on this machine: claims what is pending in the pools of a group, runs or simulates it, and reports.
//!
//! It knows the queue only through its API, like any worker. Decision, action and cron tasks run for real, as
//! processes in a folder of their own; other tasks do as [`Resolve`] says. There are no containers: an image's name
//! is ignored, `/builds/worker` is the task's folder, and `run-task` is understood rather than run.

mod artifacts;
mod attend;
mod claim;
mod engine;
pub mod group;
mod log;
pub mod made;
mod paths;
mod payload;
mod process;
mod proxy;
mod run_task;
pub mod simulate;
mod sources;
mod stop;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

pub use self::attend::Pools;
use self::claim::{Claim, work_on};
pub use self::made::Made;
use self::simulate::Simulation;
pub use self::sources::Source;
pub use self::stop::Stop;
use super::caller::{CallError, Caller, Credentials, Service};
use super::push::record::pushes;
use super::report::{Event, Reporter};
use super::status::{Counts, State, TaskStatus, tasks_of_group};
use crate::sources::clock::Clock;

/// `tags.kind` of the tasks that extend a group, and are run for real whatever becomes of the others.
const IN_TREE_KINDS: &[&str] = &["decision-task", "action-callback", "cron-task"];

/// Variables of this machine that tasks need to find their programs and to read text; the caller passes them on in
/// [`WorkerOptions::environment`].
pub const PASSED_ON: &[&str] =
    &["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// How many claims one request may ask for.
const MOST_CLAIMS: usize = 32;

/// How tasks other than decision, action and cron tasks end.
#[derive(Clone)]
pub enum Resolve {
    /// As a simulation says, without running.
    Simulate(Simulation),
    /// As a made history says, without running.
    AsMade(Arc<Made>),
    /// By running them.
    Execute,
}

/// How this worker works.
#[derive(Clone)]
pub struct WorkerOptions {
    /// How tasks of the graph end.
    pub resolve: Resolve,
    /// What `pushgraph` and `taskgraph` are in a task's path.
    pub executable: PathBuf,
    /// Where tasks get their folders.
    pub work_folder: PathBuf,
    /// Whether the folders stay when tasks are done.
    pub keep_folders: bool,
    /// How many tasks are claimed at once.
    pub at_once: usize,
    /// How many of them run as processes at once.
    pub processes: usize,
    /// Checkouts that stand for repositories, beside those of the pushes that are remembered.
    pub sources: Vec<Source>,
    /// What every task is passed on from this machine, see [`PASSED_ON`].
    pub environment: BTreeMap<String, String>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ends the work early.
    pub stop: Stop,
}

impl WorkerOptions {
    /// Everything simulated as succeeding at once, in `work_folder`.
    pub fn new(executable: impl Into<PathBuf>, work_folder: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self {
            resolve: Resolve::Simulate(Simulation::default()),
            executable: executable.into(),
            work_folder: work_folder.into(),
            keep_folders: false,
            at_once: 100,
            processes: std::thread::available_parallelism().map_or(2, usize::from),
            sources: Vec::new(),
            environment: BTreeMap::new(),
            clock,
            stop: Stop::default(),
        }
    }
}

/// Why a worker gave up; what it had claimed expires and is run again.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A service refused or did not answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A task it was to run does not exist.
    #[error("there is no task `{0}`")]
    NoTask(String),
    /// It was told to stop; what it was working on is pending again.
    #[error("interrupted; what was running is pending again")]
    Stopped,
    /// A part of it broke.
    #[error("the local worker broke: {0}")]
    Broken(String),
}

/// A group in which nothing is left to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Its tasks, in order of name.
    pub tasks: Vec<TaskStatus>,
}

impl Settled {
    /// How many tasks are in which state.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(self.tasks.iter().map(|task| task.state))
    }

    /// Tasks that will never run, because of what they depend on.
    pub fn stuck(&self) -> impl Iterator<Item = &TaskStatus> {
        self.tasks.iter().filter(|task| task.state == State::Unscheduled)
    }
}

/// What all claims of a worker share.
struct Shared {
    caller: Caller,
    options: WorkerOptions,
    reporter: Arc<dyn Reporter>,
    processes: Semaphore,
    /// Tasks that are run for real because they were asked for.
    chosen: Mutex<BTreeSet<String>>,
    /// Tasks that were resolved when the group was last looked at, by whomever.
    resolved: watch::Sender<BTreeSet<String>>,
}

impl Shared {
    /// The services as a task sees them: with its credentials if they ask for any.
    fn as_task(&self, credentials: Option<Credentials>) -> Caller {
        self.caller.with_credentials(credentials.filter(|_| self.caller.is_authenticated()))
    }

    fn is_chosen(&self, task_id: &str) -> bool {
        self.chosen.lock().unwrap_or_else(PoisonError::into_inner).contains(task_id)
    }

    fn tell_resolved(&self, tasks: &[TaskStatus]) {
        let resolved = tasks.iter().filter(|task| task.state.is_resolved());
        self.resolved.send_replace(resolved.map(|task| task.task_id.clone()).collect());
    }

    /// Ends when somebody else resolves a task that is claimed now.
    ///
    /// What was known before does not count: the task may have been run again since.
    async fn resolved_by_another(&self, task_id: &str) {
        let mut resolved = self.resolved.subscribe();
        // The sender lives as long as `self`.
        while resolved.changed().await.is_ok() && !resolved.borrow_and_update().contains(task_id) {}
    }

    /// Every checkout that is known, those of the latest pushes first.
    async fn sources(&self) -> Result<Vec<Source>, CallError> {
        let mut sources = self.options.sources.clone();
        sources.extend(pushes(&self.caller).await?.iter().rev().map(Source::of_push));
        Ok(sources)
    }
}

/// A worker on this machine.
pub struct Worker {
    shared: Arc<Shared>,
}

impl Worker {
    /// A worker that works for the services `caller` calls, and tells `reporter`.
    #[must_use]
    pub fn new(caller: Caller, options: WorkerOptions, reporter: Arc<dyn Reporter>) -> Self {
        let processes = Semaphore::new(options.processes.max(1));
        let chosen = Mutex::new(BTreeSet::new());
        let resolved = watch::Sender::default();
        Self { shared: Arc::new(Shared { caller, options, reporter, processes, chosen, resolved }) }
    }

    /// Runs these tasks of a group for real, and returns when all of them are resolved or can never be.
    ///
    /// Other tasks in the same pools are worked on as they come.
    ///
    /// # Errors
    /// If a service fails, or a task does not exist in the group.
    pub async fn execute(&self, task_group_id: &str, task_ids: &[String]) -> Result<Vec<TaskStatus>, WorkerError> {
        self.shared.chosen.lock().unwrap_or_else(PoisonError::into_inner).extend(task_ids.iter().cloned());
        let tasks = self.work(task_group_id, Some(task_ids)).await?;
        let find = |id: &String| tasks.iter().find(|task| task.task_id == *id).cloned();
        task_ids.iter().map(|id| find(id).ok_or_else(|| WorkerError::NoTask(id.clone()))).collect()
    }

    /// Works on the group until nothing in it is left to happen.
    ///
    /// # Errors
    /// If a service fails.
    pub async fn settle(&self, task_group_id: &str) -> Result<Settled, WorkerError> {
        Ok(Settled { tasks: self.work(task_group_id, None).await? })
    }

    /// Claims and works until `wanted` (all tasks if none are named) are resolved or nothing more happens.
    async fn work(&self, task_group_id: &str, wanted: Option<&[String]>) -> Result<Vec<TaskStatus>, WorkerError> {
        let mut running: JoinSet<Result<(), CallError>> = JoinSet::new();
        let mut told = None;
        loop {
            let asked = Instant::now();
            let tasks = tasks_of_group(&self.shared.caller, task_group_id).await?;
            self.shared.tell_resolved(&tasks);
            let counts = Counts::of(tasks.iter().map(|task| task.state));
            if told != Some(counts) {
                self.shared.reporter.tell(&Event::Progress { task_group_id, counts: &counts });
                told = Some(counts);
            }
            let mut missing = wanted.into_iter().flatten().filter(|id| !tasks.iter().any(|task| task.task_id == **id));
            if let Some(id) = missing.next() {
                return Err(WorkerError::NoTask(id.clone()));
            }
            if self.is_done(&tasks, wanted).await? {
                // Claims of other groups were taken on; they are not left to expire.
                while let Some(ended) = running.join_next().await {
                    flatten(ended)?;
                }
                return Ok(tasks);
            }
            if self.shared.options.stop.is_wished() {
                while let Some(ended) = running.join_next().await {
                    flatten(ended)?;
                }
                return Err(WorkerError::Stopped);
            }
            // A large group takes long to list: half of the time at most goes there.
            let pause = asked.elapsed().max(Duration::from_millis(50));
            let has_claimed = self.claim_all(&pending(&tasks), &mut running).await?;
            pause_or_end(&mut running, has_claimed, pause).await?;
        }
    }

    async fn is_done(&self, tasks: &[TaskStatus], wanted: Option<&[String]>) -> Result<bool, CallError> {
        let is_wanted = |task: &&TaskStatus| wanted.is_none_or(|wanted| wanted.contains(&task.task_id));
        if wanted.is_some() && tasks.iter().filter(is_wanted).all(|task| task.state.is_resolved()) {
            return Ok(true);
        }
        group::has_settled(&self.shared.caller, tasks).await
    }

    /// Claims everything that is pending in these pools, as room is made for it, until it is told to stop; says whether
    /// there was anything.
    async fn claim_all(
        &self,
        pools: &BTreeMap<String, usize>,
        running: &mut JoinSet<Result<(), CallError>>,
    ) -> Result<bool, WorkerError> {
        let mut has_claimed = false;
        for (pool, &pending) in pools {
            let mut pending = pending;
            while pending > 0 && !self.shared.options.stop.is_wished() {
                let room = self.room(running).await?;
                let claims = self.claim(pool, room.min(pending).min(MOST_CLAIMS)).await?;
                if claims.is_empty() {
                    break;
                }
                has_claimed = true;
                pending = pending.saturating_sub(claims.len());
                for claim in claims {
                    running.spawn(work_on(Arc::clone(&self.shared), claim));
                }
            }
        }
        Ok(has_claimed)
    }

    /// How many more claims may be had at once; waits until there is room for one.
    async fn room(&self, running: &mut JoinSet<Result<(), CallError>>) -> Result<usize, WorkerError> {
        let most = self.shared.options.at_once.max(1);
        while running.len() >= most {
            if let Some(ended) = running.join_next().await {
                flatten(ended)?;
            }
        }
        while let Some(ended) = running.try_join_next() {
            flatten(ended)?;
        }
        Ok(most - running.len())
    }

    async fn claim(&self, pool: &str, count: usize) -> Result<Vec<Claim>, WorkerError> {
        let caller = &self.shared.caller;
        let request = json!({"workerGroup": "local", "workerId": "local", "tasks": count});
        let answer = caller.post(Service::Queue, &["claim-work", pool], &request).await?;
        let items = answer["tasks"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(items.iter().filter_map(|item| Claim::read(item, pool, caller.root_url())).collect())
    }
}

/// How many tasks are pending in each pool.
fn pending(tasks: &[TaskStatus]) -> BTreeMap<String, usize> {
    let mut pools: BTreeMap<String, usize> = BTreeMap::new();
    for task in tasks.iter().filter(|task| task.state == State::Pending) {
        *pools.entry(task.task_queue_id.clone()).or_default() += 1;
    }
    pools
}

/// Waits until it is worth looking again: something has ended, or a while has passed.
async fn pause_or_end(
    running: &mut JoinSet<Result<(), CallError>>,
    has_claimed: bool,
    pause: Duration,
) -> Result<(), WorkerError> {
    if let Ok(Some(ended)) = tokio::time::timeout(Duration::from_secs(1), running.join_next()).await {
        flatten(ended)?;
    }
    // What was claimed is often done at once, and then more is pending.
    if !has_claimed || !running.is_empty() {
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

fn flatten(ended: Result<Result<(), CallError>, tokio::task::JoinError>) -> Result<(), WorkerError> {
    ended.map_err(|error| WorkerError::Broken(error.to_string()))?.map_err(WorkerError::Call)
}
