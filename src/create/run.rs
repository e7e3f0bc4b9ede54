//! One run of the creation of prepared tasks.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

use super::adoption::{Known, differences};
use super::outcome::{Created, Error, How, Reason, outcome};
use super::pace::Pace;
use super::prepare::Prepared;
use super::stamp_all;
use crate::model::TaskId;
use crate::sources::clock::Clock;
use crate::sources::queue::Queue;
use crate::sources::{Error as SourceError, ErrorKind};
use crate::yaml::{Map, Node};

/// How old the time may get that stamps are counted from; the queue refuses tasks created over 15 minutes ago.
const STAMP_AGE: TimeDelta = TimeDelta::minutes(10);

/// How many tasks are asked about at once.
const BATCH: usize = 1000;

/// After so many tasks without an answer, and none with one in between, the queue is taken to be away. One task alone
/// may have something in it that the queue stumbles over each time.
const UNANSWERED: usize = 3;

/// Creates the tasks, or finds that they are there.
///
/// # Errors
/// Definitions that cannot be sent; a queue that does not say what is there; tasks that were not created.
pub(super) async fn run(
    tasks: &[Prepared<'_>],
    is_ours: &(dyn Fn(&str) -> bool + Sync),
    pace: Pace,
    queue: &dyn Queue,
    clock: &dyn Clock,
) -> Result<Created, Error> {
    let now = clock.now();
    let definitions = stamp_all(tasks, now)?;
    let known = Known { is_ours, now };
    let run = Run {
        queue,
        clock,
        pace,
        tasks,
        definitions: &definitions,
        present: present(tasks, &known, queue).await?,
        known,
    };
    run.all().await
}

/// What became of each task by an earlier run, for those that it created. Their definitions are not kept: there may be
/// many, and they are large.
async fn present(
    tasks: &[Prepared<'_>],
    known: &Known<'_>,
    queue: &dyn Queue,
) -> Result<BTreeMap<TaskId, Result<How, Reason>>, SourceError> {
    let mut present = BTreeMap::new();
    for batch in tasks.chunks(BATCH) {
        let ids: Vec<TaskId> = batch.iter().map(|task| task.task_id.clone()).collect();
        let stored = queue.tasks(&ids).await?;
        let found = batch.iter().filter_map(|task| Some((task, stored.get(&task.task_id)?)));
        present.extend(found.map(|(task, stored)| (task.task_id.clone(), adopt(task, stored, known))));
    }
    Ok(present)
}

/// Takes a task that is there for ours if it is the same.
fn adopt(task: &Prepared<'_>, stored: &Map, known: &Known<'_>) -> Result<How, Reason> {
    let different = differences(task, stored, known);
    if different.is_empty() { Ok(How::Adopted) } else { Err(Reason::Different(different)) }
}

struct Run<'a> {
    queue: &'a dyn Queue,
    clock: &'a dyn Clock,
    pace: Pace,
    tasks: &'a [Prepared<'a>],
    /// Their definitions, stamped when the run began.
    definitions: &'a [Node],
    /// The tasks that were there before the run.
    present: BTreeMap<TaskId, Result<How, Reason>>,
    known: Known<'a>,
}

/// How far a run has come.
#[derive(Default)]
pub(super) struct Progress {
    pub(super) done: Vec<(usize, How)>,
    pub(super) rejected: Vec<(usize, Reason)>,
    /// Tasks without an answer since the last that had one.
    unanswered: usize,
    /// Why no more tasks are sent, if none are.
    pub(super) stopped: Option<Stopped>,
}

/// Why a run ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The queue had stopped answering.
    Unanswered,
    /// It had taken as long as it may.
    Late,
}

impl Run<'_> {
    async fn all(&self) -> Result<Created, Error> {
        let mut missing: Vec<usize> = self.tasks.iter().map(|task| task.needs.len()).collect();
        let mut ready: BTreeSet<usize> = (0..self.tasks.len()).filter(|&at| missing[at] == 0).collect();
        let (mut progress, mut under_way) = (Progress::default(), FuturesUnordered::new());
        loop {
            while under_way.len() < self.pace.at_once.max(1)
                && !ready.is_empty()
                && self.may_go_on(&mut progress)
                && let Some(next) = ready.pop_first()
            {
                under_way.push(async move { (next, self.one(next).await) });
            }
            let Some((at, made)) = under_way.next().await else { break };
            if progress.note(at, made) {
                for &by in &self.tasks[at].needed_by {
                    missing[by] -= 1;
                    if missing[by] == 0 {
                        ready.insert(by);
                    }
                }
            }
        }
        outcome(self.tasks, progress)
    }

    fn may_go_on(&self, progress: &mut Progress) -> bool {
        if progress.stopped.is_none() {
            let is_late = self.clock.now() - self.known.now > self.pace.within;
            let is_unanswered = progress.unanswered >= UNANSWERED;
            progress.stopped = if is_unanswered { Some(Stopped::Unanswered) } else { is_late.then_some(Stopped::Late) };
        }
        progress.stopped.is_none()
    }

    /// Creates one task, or finds that it is there.
    async fn one(&self, at: usize) -> Result<How, Reason> {
        let task = &self.tasks[at];
        if let Some(found) = self.present.get(&task.task_id) {
            return found.clone();
        }
        let definition = self.fresh(at);
        match self.queue.create_task(&task.task_id, &definition).await {
            Ok(_) => Ok(How::New),
            Err(error) => self.after(task, error).await,
        }
    }

    /// The task's definition, its stamps young enough.
    fn fresh(&self, at: usize) -> Node {
        let now: DateTime<Utc> = self.clock.now();
        let stamped = if now - self.known.now > STAMP_AGE { self.tasks[at].stamped(now).ok() } else { None };
        stamped.unwrap_or_else(|| self.definitions[at].clone())
    }

    /// After a refusal or no answer at all: the task may be there nevertheless, as an answer can get lost, another run
    /// may be creating the same tasks, and the queue refuses a task sent again late.
    async fn after(&self, task: &Prepared<'_>, error: SourceError) -> Result<How, Reason> {
        let may_be_there = matches!(error.kind, ErrorKind::Unavailable | ErrorKind::Refused { status: 400 | 409 });
        if !may_be_there {
            return Err(Reason::Source(error));
        }
        match self.queue.task(&task.task_id).await {
            Ok(stored) => adopt(task, &stored, &self.known).map(|_| How::New),
            Err(unknown) if unknown.is_not_found() => Err(Reason::Source(error)),
            Err(unknown) => Err(Reason::Source(unknown)),
        }
    }
}

impl Progress {
    /// Notes what became of a task; says whether it is there.
    fn note(&mut self, at: usize, made: Result<How, Reason>) -> bool {
        self.unanswered = match &made {
            Err(reason) if reason.is_unavailable() => self.unanswered + 1,
            _ => 0,
        };
        let is_there = made.is_ok();
        match made {
            Ok(how) => self.done.push((at, how)),
            Err(reason) => self.rejected.push((at, reason)),
        }
        is_there
    }
}
