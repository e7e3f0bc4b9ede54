//! One run of one task: claimed, kept alive while it is worked on, and reported.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::Shared;
use super::engine::{self, EngineError};
use super::proxy::Renewed;
use super::{IN_TREE_KINDS, Resolve};
use crate::local::caller::{CallError, Caller, Credentials, Service};
use crate::local::report::Event;

/// A run that this worker has.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) task_id: String,
    pub(super) run_id: u64,
    pub(super) task_queue_id: String,
    pub(super) task: Value,
    pub(super) taken_until: DateTime<Utc>,
    pub(super) root_url: String,
    credentials: Option<Credentials>,
}

/// How a run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Completed,
    Failed {
        why: String,
    },
    Exception {
        reason: &'static str,
        why: String,
    },
    /// Somebody cancels it.
    Cancelled,
}

impl Claim {
    /// Reads an item of the answer to `claimWork`.
    pub(super) fn read(item: &Value, task_queue_id: &str, root_url: &str) -> Option<Self> {
        Some(Self {
            task_id: item["status"]["taskId"].as_str()?.to_owned(),
            run_id: item["runId"].as_u64()?,
            task_queue_id: task_queue_id.to_owned(),
            task: item["task"].clone(),
            taken_until: item["takenUntil"].as_str()?.parse().ok()?,
            root_url: root_url.to_owned(),
            credentials: credentials(item),
        })
    }

    /// The task's name; for tasks of a decision, the label.
    pub(super) fn name(&self) -> String {
        self.task["metadata"]["name"].as_str().unwrap_or(&self.task_id).to_owned()
    }

    /// When the task, and with it what it leaves, may be forgotten.
    pub(super) fn expires(&self) -> String {
        let year = || (self.taken_until + chrono::Duration::days(365)).to_rfc3339_opts(SecondsFormat::Millis, true);
        self.task["expires"].as_str().map_or_else(year, str::to_owned)
    }

    /// Whether it is a decision, action or cron task, which is always run for real.
    fn is_in_tree(&self) -> bool {
        let kind = self.task["tags"]["kind"].as_str().unwrap_or_default();
        self.task["taskGroupId"] == self.task_id.as_str() || IN_TREE_KINDS.contains(&kind)
    }
}

fn credentials(item: &Value) -> Option<Credentials> {
    serde_json::from_value(item["credentials"].clone()).ok()
}

/// Works on a claim until it is reported, or lost because somebody resolved the task otherwise.
pub(super) async fn work_on(shared: Arc<Shared>, claim: Claim) -> Result<(), CallError> {
    let name = claim.name();
    let (task_id, run_id) = (claim.task_id.as_str(), claim.run_id);
    let task_queue_id = claim.task_queue_id.as_str();
    shared.reporter.tell(&Event::Started { task_id, run_id, name: &name, task_queue_id });
    let caller = Renewed::new(shared.as_task(claim.credentials.clone()));
    let how = tokio::select! {
        worked = work(&shared, &claim, &caller) => report(&shared, &claim, &caller, worked).await?,
        lost = keep_alive(&shared, &claim, &caller) => format!("lost: {lost}"),
        () = shared.resolved_by_another(task_id) => "lost: somebody else resolved it".to_owned(),
        () = shared.options.stop.wished() => {
            let outcome = Outcome::Exception { reason: "worker-shutdown", why: "interrupted".to_owned() };
            report(&shared, &claim, &caller, Ok(outcome)).await?
        }
    };
    shared.reporter.tell(&Event::Resolved { task_id, run_id, name: &name, how: &how });
    Ok(())
}

async fn work(shared: &Shared, claim: &Claim, caller: &Renewed) -> Result<Outcome, EngineError> {
    match (claim.task_queue_id.as_str(), &shared.options.resolve) {
        ("built-in/succeed", _) => Ok(Outcome::Completed),
        ("built-in/fail", _) => Ok(Outcome::Failed { why: "it is in the pool `built-in/fail`".to_owned() }),
        (_, Resolve::Simulate(simulation)) if !shared.is_chosen(&claim.task_id) && !claim.is_in_tree() => {
            let label = claim.name();
            tokio::time::sleep(simulation.duration(&label)).await;
            let fails = simulation.fails(&label, claim.run_id);
            Ok(if fails { Outcome::Failed { why: "simulated".to_owned() } } else { Outcome::Completed })
        }
        (_, Resolve::AsMade(made)) if !claim.is_in_tree() => Ok(made.outcome(claim)),
        _ => {
            let _turn = shared.processes.acquire().await;
            let sources = shared.sources().await?;
            engine::execute(&shared.options, &sources, claim, caller, &shared.reporter).await
        }
    }
}

/// Renews the claim well before it expires; ends when the queue says that it is this worker's no longer.
async fn keep_alive(shared: &Shared, claim: &Claim, caller: &Renewed) -> CallError {
    let mut taken_until = claim.taken_until;
    let run_id = claim.run_id.to_string();
    loop {
        let left = (taken_until - shared.options.clock.now()).to_std().unwrap_or(Duration::ZERO);
        tokio::time::sleep(left.mul_f64(0.6).max(Duration::from_millis(200))).await;
        let path = ["task", &claim.task_id, "runs", &run_id, "reclaim"];
        match caller.get().post(Service::Queue, &path, &json!({})).await {
            Ok(answer) => {
                taken_until = answer["takenUntil"].as_str().and_then(|text| text.parse().ok()).unwrap_or(taken_until);
                caller.renew(shared.as_task(credentials(&answer)));
            }
            // The queue may be back before the claim is over.
            Err(error) if error.may_pass() && taken_until > shared.options.clock.now() => {}
            Err(error) => return error,
        }
    }
}

/// Tells the queue, and returns how it ended in words.
async fn report(
    shared: &Shared,
    claim: &Claim,
    caller: &Renewed,
    worked: Result<Outcome, EngineError>,
) -> Result<String, CallError> {
    let outcome = match worked {
        Ok(outcome) => outcome,
        Err(EngineError::Call(error)) if error.is_conflict() => return Ok(format!("lost: {error}")),
        Err(error) => Outcome::Exception { reason: "internal-error", why: error.to_string() },
    };
    let (call, body, how) = match outcome {
        Outcome::Cancelled => return cancel(shared, claim).await,
        Outcome::Completed => ("completed", json!({}), "completed".to_owned()),
        Outcome::Failed { why } => ("failed", json!({}), format!("failed: {why}")),
        Outcome::Exception { reason, why } => ("exception", json!({"reason": reason}), format!("{reason}: {why}")),
    };
    match send(claim, &caller.get(), call, &body).await {
        Ok(()) => Ok(how),
        Err(error) if error.is_conflict() => Ok(format!("lost: {error}")),
        Err(error) => Err(error),
    }
}

/// As somebody else would: a task may not cancel itself.
async fn cancel(shared: &Shared, claim: &Claim) -> Result<String, CallError> {
    shared.caller.post(Service::Queue, &["task", &claim.task_id, "cancel"], &json!({})).await?;
    Ok("cancelled".to_owned())
}

async fn send(claim: &Claim, caller: &Caller, call: &str, body: &Value) -> Result<(), CallError> {
    let run_id = claim.run_id.to_string();
    caller.post(Service::Queue, &["task", &claim.task_id, "runs", &run_id, call], body).await.map(drop)
}
