//! A task run for real: its folder, its checkouts, its processes, its artifacts.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::WorkerOptions;
use super::artifacts::Uploader;
use super::claim::{Claim, Outcome};
use super::log::Log;
use super::paths::{self, BUILDS_WORKER, mapped, place};
use super::payload::{ArtifactKind, Job};
use super::process::{self, Ended};
use super::proxy::{Proxy, Renewed};
use super::run_task::{self, Plan};
use super::sources::{CheckoutError, Received, Source, check_out, receive, redirection};
use crate::local::caller::CallError;
use crate::local::report::Reporter;

/// Where the output of a run is kept, and the name it is asked for by.
const LOG_ARTIFACT: &str = "public/logs/live_backing.log";
const LOG_LINK: &str = "public/logs/live.log";

/// A run that could not be brought to an end: the machine or the queue is at fault, not the task.
#[derive(Debug, thiserror::Error)]
pub(super) enum EngineError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the local worker cannot prepare the task: {0}")]
    Machine(#[from] io::Error),
    #[error("the local worker cannot serve a checkout: {0}")]
    Repository(#[from] CheckoutError),
}

/// The folders of one run; removed when dropped, unless they are to be kept.
struct Folders {
    root: PathBuf,
    /// First in the task's path; has `pushgraph` and `taskgraph`.
    programs: PathBuf,
    /// The task's `/builds/worker`.
    home: PathBuf,
    keep: bool,
    /// Holds the link that names the folders where a shell would misread the name of `root`.
    _alias: Option<tempfile::TempDir>,
}

impl Drop for Folders {
    fn drop(&mut self) {
        if !self.keep {
            let _ = fs::remove_dir_all(&self.root);
            // The folder of the task, unless another run of it is in there.
            let _ = self.root.parent().map(fs::remove_dir);
        }
    }
}

impl Folders {
    fn make(options: &WorkerOptions, claim: &Claim) -> io::Result<Self> {
        let root = options.work_folder.join(&claim.task_id).join(claim.run_id.to_string());
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        fs::create_dir_all(&root)?;
        let root = root.canonicalize()?;
        let (name, alias) = paths::name_in_commands(&root)?;
        let (programs, home) = (name.join("bin"), name.join("worker"));
        let folders = Self { root, programs, home, keep: options.keep_folders, _alias: alias };
        fs::create_dir(&folders.programs)?;
        fs::create_dir(&folders.home)?;
        for name in ["pushgraph", "taskgraph"] {
            std::os::unix::fs::symlink(&options.executable, folders.programs.join(name))?;
        }
        Ok(folders)
    }
}

/// One run that is under way.
struct Run<'a> {
    claim: &'a Claim,
    job: Job,
    folders: &'a Folders,
    environment: BTreeMap<String, String>,
    received: &'a [Received],
    log: &'a Arc<Log>,
}

/// Runs the claimed task and uploads what it leaves.
pub(super) async fn execute(
    options: &WorkerOptions,
    sources: &[Source],
    claim: &Claim,
    caller: &Renewed,
    reporter: &Arc<dyn Reporter>,
) -> Result<Outcome, EngineError> {
    let folders = Folders::make(options, claim)?;
    let log = Log::create(&folders.root, &claim.name(), reporter)?;
    log.say(&format!("task {} run {}", claim.task_id, claim.run_id));
    let uploader = Uploader { caller, claim, home: &folders.home };
    let outcome = match Job::read(&claim.task["payload"]) {
        Err(message) => {
            log.say(&message);
            Outcome::Exception { reason: "malformed-payload", why: message }
        }
        Ok(job) => {
            let proxy = open_proxy(&job, caller).await?;
            let group = claim.task["taskGroupId"].as_str().unwrap_or_default();
            let received = receive(sources, group, &folders.root.join("repositories")).await?;
            let mut environment = environment(options, claim, &job, &folders, &proxy);
            environment.extend(redirection(&received));
            let run = Run { claim, job, folders: &folders, environment, received: &received, log: &log };
            let outcome = run.to_its_end().await?;
            let missing = uploader.upload_all(&run.job.artifacts).await?;
            missing.0.iter().for_each(|message| log.say(message));
            match missing.0.into_iter().next() {
                Some(why) if run.job.requires_artifacts && outcome == Outcome::Completed => Outcome::Failed { why },
                _ => outcome,
            }
        }
    };
    uploader.file(LOG_ARTIFACT, &log.path, None, &claim.expires()).await?;
    uploader.link(LOG_LINK, LOG_ARTIFACT).await?;
    Ok(outcome)
}

/// What the task calls the services by: a door that signs, or the services themselves if they ask for no signature.
enum Door {
    None,
    Direct(String),
    Signing(Proxy),
}

async fn open_proxy(job: &Job, caller: &Renewed) -> io::Result<Door> {
    let now = caller.get();
    Ok(match (job.has_proxy, now.is_authenticated()) {
        (false, _) => Door::None,
        (true, false) => Door::Direct(now.root_url().to_owned()),
        (true, true) => Door::Signing(Proxy::open(caller.clone()).await?),
    })
}

/// What is passed on from this machine, what every worker tells, and what the payload says, which counts most.
fn environment(
    options: &WorkerOptions,
    claim: &Claim,
    job: &Job,
    folders: &Folders,
    door: &Door,
) -> BTreeMap<String, String> {
    let mut environment = options.environment.clone();
    let mut set = |name: &str, value: &str| drop(environment.insert(name.to_owned(), value.to_owned()));
    set("TASK_ID", &claim.task_id);
    set("RUN_ID", &claim.run_id.to_string());
    set("TASKCLUSTER_ROOT_URL", &claim.root_url);
    set("TASK_WORKDIR", &folders.home.to_string_lossy());
    match door {
        Door::None => {}
        Door::Direct(url) => set("TASKCLUSTER_PROXY_URL", url),
        Door::Signing(proxy) => set("TASKCLUSTER_PROXY_URL", &proxy.url),
    }
    environment.extend(job.environment.iter().map(|(name, value)| (name.clone(), mapped(value, &folders.home))));
    let path = environment.get("PATH").cloned().unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".to_owned());
    environment.insert("PATH".to_owned(), format!("{}:{path}", folders.programs.display()));
    environment
}

impl Run<'_> {
    async fn to_its_end(&self) -> io::Result<Outcome> {
        self.make_folders()?;
        let started = Instant::now();
        for command in &self.job.commands {
            let command: Vec<String> = command.iter().map(|word| mapped(word, &self.folders.home)).collect();
            let outcome = match run_task::plan(&command) {
                Ok(plan) => self.carry_out(plan, started).await?,
                Err(why) => Outcome::Failed { why },
            };
            if outcome != Outcome::Completed {
                if let Outcome::Failed { why } | Outcome::Exception { why, .. } = &outcome {
                    self.log.say(&format!("unsuccessful: {why}"));
                }
                return Ok(outcome);
            }
        }
        self.log.say(&format!("successful after {:.1} s", started.elapsed().as_secs_f64()));
        Ok(Outcome::Completed)
    }

    /// Folders that a container would have: of caches, and of artifacts, which templates lead a link to.
    fn make_folders(&self) -> io::Result<()> {
        let of_artifacts = self.job.artifacts.iter().filter(|spec| spec.kind == ArtifactKind::Folder);
        // Those below a checkout are the checkout's to make.
        let of_artifacts = of_artifacts.map(|spec| &spec.path).filter(|path| !path.contains("checkouts/"));
        let default = format!("{BUILDS_WORKER}/artifacts");
        for path in of_artifacts.chain([&default]) {
            if let Some(folder) = place(path, &self.folders.home) {
                fs::create_dir_all(folder)?;
            }
        }
        for path in &self.job.mounted {
            if let Some(parent) = place(path, &self.folders.home).as_deref().and_then(Path::parent) {
                fs::create_dir_all(parent)?;
            }
        }
        Ok(())
    }

    async fn carry_out(&self, plan: Plan, started: Instant) -> io::Result<Outcome> {
        let mut environment = self.environment.clone();
        for (prefix, folder) in &plan.checkouts {
            let folder = self.folders.home.join(place(folder, &self.folders.home).unwrap_or_else(|| folder.into()));
            match check_out(prefix, &environment, &folder, self.received, self.log).await {
                Ok(revision) => drop(environment.insert(format!("{prefix}_HEAD_REV"), revision)),
                Err(error) => return Ok(Outcome::Failed { why: error.to_string() }),
            }
        }
        let home = &self.folders.home;
        let folder = plan.folder.map_or_else(|| home.clone(), |folder| home.join(mapped(&folder, home)));
        if plan.command.is_empty() {
            return Ok(Outcome::Completed);
        }
        self.log.say(&format!("running {}", plan.command.join(" ")));
        let time = self.job.max_run_time.saturating_sub(started.elapsed());
        let ended = process::run(&plan.command, &folder, &environment, time, self.log).await;
        Ok(self.outcome(ended, &plan.command[0]))
    }

    fn outcome(&self, ended: io::Result<Ended>, program: &str) -> Outcome {
        match ended {
            Ok(Ended::Exited(0)) => Outcome::Completed,
            Ok(Ended::Exited(code)) if self.job.retry_on.contains(&code) => {
                Outcome::Exception { reason: "intermittent-task", why: format!("exit code {code}, to be tried again") }
            }
            Ok(Ended::Exited(code)) => Outcome::Failed { why: format!("exit code {code}") },
            Ok(Ended::TimedOut) => {
                let seconds = self.job.max_run_time.as_secs();
                Outcome::Failed { why: format!("killed after {seconds} seconds, its `maxRunTime`") }
            }
            Err(error) => Outcome::Failed { why: format!("cannot run `{program}` of {}: {error}", self.claim.name()) },
        }
    }
}
