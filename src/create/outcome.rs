//! What came of creating tasks.

use std::collections::BTreeMap;

use super::prepare::Prepared;
use super::run::Progress;
pub use super::run::Stopped;
use crate::diagnostics::{Diagnostic, Mistakes, Span, quoted};
use crate::model::{Label, TaskId};
use crate::sources::{Error as SourceError, ErrorKind};

/// All tasks are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Created {
    /// The tasks, dependencies first, duplicates included.
    pub tasks: Vec<CreatedTask>,
}

/// A task that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTask {
    /// Its label.
    pub label: Label,
    /// Its id.
    pub task_id: TaskId,
    /// How it came to be.
    pub how: How,
}

/// How a task came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// This run created it.
    New,
    /// An earlier run had created it.
    Adopted,
}

/// Why not all tasks are there.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Tasks depend on one another, each on the next: none of them can be first. Nothing was created.
    #[error("tasks depend on one another in a circle: {}", quoted(&.0.iter().map(Label::as_str).collect::<Vec<_>>()))]
    Circle(Vec<Label>),
    /// Definitions that cannot be completed. Nothing was created.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// It could not be learnt what is there already. Nothing was created.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Some tasks are there and some are not.
    #[error("{} of {} tasks could not be created", .0.missing(), .0.missing() + .0.done.len())]
    Incomplete(Box<Incomplete>),
}

/// Some tasks are there and some are not. Those that are wait for the task that creates them; if that fails, none of
/// them runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete {
    /// The tasks that are there.
    pub done: Vec<CreatedTask>,
    /// The tasks that the queue did not take.
    pub rejected: Vec<Rejection>,
    /// The tasks that were not sent to it.
    pub left: Vec<Left>,
}

/// A task that the queue did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Its label.
    pub label: Label,
    /// The id it would have.
    pub task_id: TaskId,
    /// Why.
    pub reason: Reason,
    /// Where the task was written.
    pub span: Span,
}

/// Why a task was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The queue refused it or did not answer.
    Source(SourceError),
    /// There is a task with its id that differs in these parts of the definition.
    Different(Vec<String>),
}

/// A task that was not sent to the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Its label.
    pub label: Label,
    /// The id it would have.
    pub task_id: TaskId,
    /// Why it was not sent.
    pub why: Why,
}

/// Why a task was not sent to the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It depends, directly or not, on this task, which was rejected.
    DependsOn(Label),
    /// The run ended before its turn.
    Stopped(Stopped),
}

impl Stopped {
    const fn told(self) -> &'static str {
        match self {
            Self::Unanswered => "because the queue stopped answering",
            Self::Late => "because the time for creating tasks was over (PUSHGRAPH_CREATE_WITHIN)",
        }
    }
}

impl Reason {
    /// Whether there was no answer, so that trying again later may help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Source(error) if error.kind == ErrorKind::Unavailable)
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Source(error) if error.is_about_time() => {
                "set the clock of this machine: it and the queue's are more than 15 minutes apart"
            }
            Self::Different(_) => "the task of that id was made from another tree or other parameters: push again",
            Self::Source(error) => match error.kind {
                ErrorKind::Unavailable => "run this task again: what was created is kept, and nothing is doubled",
                ErrorKind::Refused { status: 401 } => "check the credentials: the queue does not accept them",
                ErrorKind::Refused { status: 403 } => {
                    "grant the scopes named above to the role of the repository and branch"
                }
                ErrorKind::Refused { status: 409 } => {
                    "its group may be sealed or belong to another scheduler: push again"
                }
                ErrorKind::Refused { .. } => "correct the task: the queue does not take its definition",
                ErrorKind::NotFound => "check the root URL: the queue does not know the request",
            },
        }
    }
}

impl Rejection {
    /// The rejection as a mistake to report.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let Self { label, task_id, .. } = self;
        let message = match &self.reason {
            Reason::Source(error) => format!("task `{label}` ({task_id}) could not be created: {error}"),
            Reason::Different(paths) => {
                let differences = quoted(paths);
                format!("task `{label}` ({task_id}) is there already, and differs in {differences}")
            }
        };
        Diagnostic::error(message).at(self.span).in_task(label.as_str()).help(self.reason.advice())
    }
}

impl Incomplete {
    /// How many tasks are not there.
    #[must_use]
    pub const fn missing(&self) -> usize {
        self.rejected.len() + self.left.len()
    }

    /// Whether all that went wrong is that the queue did not answer.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.rejected.iter().all(|rejection| rejection.reason.is_unavailable())
    }

    /// One mistake for each rejected task, and one that lists what was not sent.
    #[must_use]
    pub fn diagnostics(&self) -> Mistakes {
        let mut told: Vec<Diagnostic> = self.rejected.iter().map(Rejection::diagnostic).collect();
        let mut waiting: BTreeMap<&Label, Vec<&str>> = BTreeMap::new();
        let mut stopped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for left in &self.left {
            match &left.why {
                Why::DependsOn(on) => waiting.entry(on).or_default().push(left.label.as_str()),
                Why::Stopped(why) => stopped.entry(why.told()).or_default().push(left.label.as_str()),
            }
        }
        let not_sent = |labels: &[&str], why: &str| Diagnostic {
            tasks: labels.iter().map(|label| (*label).to_owned()).collect(),
            ..Diagnostic::error(format!("{} not created {why}", count(labels.len())))
        };
        told.extend(waiting.iter().map(|(on, labels)| not_sent(labels, &format!("because they depend on `{on}`"))));
        let again = "run this task again: what was created is kept, and nothing is doubled";
        told.extend(stopped.iter().map(|(why, labels)| not_sent(labels, why).help(again)));
        Mistakes(told)
    }
}

fn count(tasks: usize) -> String {
    if tasks == 1 { "1 task was".into() } else { format!("{tasks} tasks were") }
}

/// The outcome of a run that has come to its end.
pub(super) fn outcome(tasks: &[Prepared<'_>], mut progress: Progress) -> Result<Created, Error> {
    progress.done.sort_unstable_by_key(|(at, _)| *at);
    progress.rejected.sort_by_key(|(at, _)| *at);
    let done = progress.done.iter().map(|&(at, how)| CreatedTask {
        label: tasks[at].label.clone(),
        task_id: tasks[at].task_id.clone(),
        how,
    });
    let done: Vec<CreatedTask> = done.collect();
    if done.len() == tasks.len() {
        return Ok(Created { tasks: done });
    }
    let stopped = progress.stopped.unwrap_or(Stopped::Unanswered);
    let left = left(tasks, &progress, stopped);
    let rejected = progress.rejected.into_iter().map(|(at, reason)| Rejection {
        label: tasks[at].label.clone(),
        task_id: tasks[at].task_id.clone(),
        reason,
        span: tasks[at].span,
    });
    Err(Error::Incomplete(Box::new(Incomplete { done, rejected: rejected.collect(), left })))
}

/// The tasks that are neither there nor rejected, and why: tasks come after what they need.
fn left(tasks: &[Prepared<'_>], progress: &Progress, stopped: Stopped) -> Vec<Left> {
    let mut blames: Vec<Option<Label>> = vec![None; tasks.len()];
    let mut is_settled = vec![false; tasks.len()];
    for &(at, _) in &progress.done {
        is_settled[at] = true;
    }
    for (at, _) in &progress.rejected {
        is_settled[*at] = true;
        blames[*at] = Some(tasks[*at].label.clone());
    }
    let mut left = Vec::new();
    for (at, task) in tasks.iter().enumerate().filter(|(at, _)| !is_settled[*at]) {
        blames[at] = task.needs.iter().find_map(|&on| blames[on].clone());
        let why = blames[at].clone().map_or(Why::Stopped(stopped), Why::DependsOn);
        left.push(Left { label: task.label.clone(), task_id: task.task_id.clone(), why });
    }
    left
}
