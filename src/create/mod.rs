//! Tasks to the queue: dependencies first, many at a time, safe to repeat.
//!
//! What an earlier run created is found by its id and adopted if it is the same task, so that a run killed anywhere
//! and repeated ends with the same tasks. All tasks depend, directly or not, on the task that creates them: as long
//! as that one has not succeeded, none of them runs.
//!
//! Source: `taskgraph.create` of the reference. It leaves out dependents of rejected tasks without a word; here they
//! are told.

mod adoption;
mod outcome;
mod prepare;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use futures::stream::FuturesUnordered;

use self::adoption::differences;
pub use self::outcome::{Created, CreatedTask, Error, How, Incomplete, Left, Reason, Rejection, Why};
use self::prepare::{Prepared, prepare};
use crate::diagnostics::Mistakes;
use crate::generate::shared::relative_time;
use crate::model::{GraphConfig, Parameters, TaskGraph, TaskId};
use crate::sources::clock::Clock;
use crate::sources::queue::Queue;
use crate::sources::{Error as SourceError, ErrorKind};
use crate::yaml::{Map, Node};

/// How many tasks are on their way to the queue at once, unless told otherwise: what the reference has.
pub const AT_ONCE: usize = 50;

/// How old the time may get that stamps are counted from; the queue refuses tasks created over 15 minutes ago.
const STAMP_AGE: TimeDelta = TimeDelta::minutes(10);

/// What to create, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Creation<'a> {
    /// The tasks.
    pub graph: &'a TaskGraph<TaskId>,
    /// The decision task: the group's id, and what tasks depend on that depend on no other task of the graph.
    pub decision_task_id: &'a TaskId,
    /// The scheduler of the whole group; see [`scheduler_id`].
    pub scheduler_id: &'a str,
    /// How many tasks may be on their way at once; at least one is.
    pub at_once: usize,
}

/// The scheduler of a project's tasks on a level.
#[must_use]
pub fn scheduler_id(graph_config: &GraphConfig, parameters: &Parameters) -> String {
    format!("{}-level-{}", graph_config.trust_domain, parameters.level)
}

/// The definitions as they would be sent to the queue at `now`, in an order in which they could be: what testing an
/// action prints.
///
/// # Errors
/// A circle of dependencies, or a time that means nothing.
pub fn definitions(creation: &Creation<'_>, now: DateTime<Utc>) -> Result<Vec<(TaskId, Node)>, Error> {
    let tasks = prepare(creation)?;
    let stamped = stamp_all(&tasks, now)?;
    Ok(tasks.into_iter().zip(stamped).map(|(task, definition)| (task.task_id, definition)).collect())
}

/// Creates the tasks, or finds that they are there.
///
/// Nothing is sent if a definition is not complete. A task that is rejected does not keep independent ones from being
/// created; a queue that does not answer does.
///
/// # Errors
/// A circle of dependencies or a time that means nothing, before anything is created; tasks that were not created.
pub async fn create_tasks(creation: &Creation<'_>, queue: &dyn Queue, clock: &dyn Clock) -> Result<Created, Error> {
    let tasks = prepare(creation)?;
    let now = clock.now();
    let definitions = stamp_all(&tasks, now)?;
    let ids: Vec<TaskId> = tasks.iter().map(|task| task.task_id.clone()).collect();
    let present = if ids.is_empty() { BTreeMap::new() } else { queue.tasks(&ids).await? };
    let run = Run { queue, clock, now, tasks: &tasks, definitions: &definitions, present };
    run.all(creation.at_once.max(1)).await
}

fn stamp_all(tasks: &[Prepared<'_>], now: DateTime<Utc>) -> Result<Vec<Node>, Mistakes> {
    crate::diagnostics::collect(tasks, |task| Ok(task.stamped(now)?))
}

/// One run of the creation of prepared tasks.
struct Run<'a> {
    queue: &'a dyn Queue,
    clock: &'a dyn Clock,
    now: DateTime<Utc>,
    tasks: &'a [Prepared<'a>],
    /// Their definitions, stamped at `now`.
    definitions: &'a [Node],
    /// The tasks that were there before the run.
    present: BTreeMap<TaskId, Map>,
}

/// How far a run has come.
#[derive(Default)]
struct Progress {
    done: Vec<(usize, How)>,
    rejected: Vec<(usize, Reason)>,
    /// No answer can be expected, so no more tasks are sent.
    is_stopped: bool,
}

impl Run<'_> {
    async fn all(&self, at_once: usize) -> Result<Created, Error> {
        let mut missing: Vec<usize> = self.tasks.iter().map(|task| task.needs.len()).collect();
        let mut ready: BTreeSet<usize> = (0..self.tasks.len()).filter(|&at| missing[at] == 0).collect();
        let (mut progress, mut under_way) = (Progress::default(), FuturesUnordered::new());
        loop {
            while under_way.len() < at_once
                && !progress.is_stopped
                && let Some(next) = ready.pop_first()
            {
                under_way.push(async move { (next, self.one(next).await) });
            }
            let Some((at, made)) = under_way.next().await else { break };
            match made {
                Ok(how) => {
                    progress.done.push((at, how));
                    for &by in &self.tasks[at].needed_by {
                        missing[by] -= 1;
                        if missing[by] == 0 {
                            ready.insert(by);
                        }
                    }
                }
                Err(reason) => {
                    progress.is_stopped |= reason.is_unavailable();
                    progress.rejected.push((at, reason));
                }
            }
        }
        outcome::outcome(self.tasks, progress)
    }

    /// Creates one task, or finds that it is there.
    async fn one(&self, at: usize) -> Result<How, Reason> {
        let task = &self.tasks[at];
        if let Some(stored) = self.present.get(&task.task_id) {
            return self.adopt(task, stored);
        }
        let definition = self.fresh(at);
        match self.queue.create_task(&task.task_id, &definition).await {
            Ok(_) => Ok(How::New),
            Err(error) => self.after(task, error).await,
        }
    }

    /// The task's definition, its stamps young enough.
    fn fresh(&self, at: usize) -> Node {
        let now = self.clock.now();
        let stamped = if now - self.now > STAMP_AGE { self.tasks[at].stamped(now).ok() } else { None };
        stamped.unwrap_or_else(|| self.definitions[at].clone())
    }

    /// After a refusal or no answer at all: the task may be there nevertheless, as an answer can get lost, and the
    /// queue refuses a task sent again late.
    async fn after(&self, task: &Prepared<'_>, error: SourceError) -> Result<How, Reason> {
        let may_be_there = matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Refused { status: 400 | 409 });
        if !may_be_there {
            return Err(Reason::Source(error));
        }
        match self.queue.task(&task.task_id).await {
            Ok(stored) => self.adopt(task, &stored).map(|_| How::New),
            Err(_) => Err(Reason::Source(error)),
        }
    }

    /// Takes a task that is there for ours if it is the same.
    fn adopt(&self, task: &Prepared<'_>, stored: &Map) -> Result<How, Reason> {
        let different = differences(task, stored, self.now);
        if different.is_empty() { Ok(How::Adopted) } else { Err(Reason::Different(different)) }
    }
}

impl Prepared<'_> {
    /// The definition with its relative times counted from `now`.
    fn stamped(&self, now: DateTime<Utc>) -> Result<Node, crate::diagnostics::Diagnostic> {
        relative_time::resolve_all(&self.definition, now).map_err(|mistake| {
            let span = mistake.span.or(self.span);
            mistake.at(span).in_task(self.label.as_str())
        })
    }
}

#[cfg(test)]
mod tests;
