//! Tasks to the queue: dependencies first, many at a time, safe to repeat.
//!
//! What an earlier run created is found by its id and adopted if it is the same task, so that a run killed anywhere
//! and repeated ends with the same tasks. All tasks depend, directly or not, on the task that creates them: as long
//! as that one has not succeeded, none of them runs.
//!
//! Source: `taskgraph.create` of the reference. It leaves out dependents of rejected tasks without a word; here they
//! are told.

mod adoption;
mod limits;
mod outcome;
mod pace;
mod prepare;
mod run;

use chrono::{DateTime, Utc};

pub use self::outcome::{Created, CreatedTask, Error, How, Incomplete, Left, Reason, Rejection, Stopped, Why};
pub use self::pace::Pace;
use self::prepare::{Prepared, prepare};
use crate::diagnostics::{Diagnostic, Mistakes, Span};
use crate::generate::shared::relative_time;
use crate::model::{GraphConfig, Label, Parameters, TaskGraph, TaskId};
use crate::sources::clock::Clock;
use crate::sources::queue::Queue;
use crate::yaml::{Map, Node};

/// What to create, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Creation<'a> {
    /// The tasks.
    pub graph: &'a TaskGraph<TaskId>,
    /// The decision task: the group's id, and what tasks depend on that depend on no other task of the graph.
    pub decision_task_id: &'a TaskId,
    /// The scheduler of the whole group; see [`scheduler_id`].
    pub scheduler_id: &'a str,
    /// How many at once, and for how long.
    pub pace: Pace,
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
/// Nothing is sent if a definition is not complete or more than the queue takes. A task that is rejected does not keep
/// independent ones from being created; a queue that does not answer does.
///
/// # Errors
/// A circle of dependencies or a definition that cannot be sent, before anything is created; tasks that were not
/// created.
pub async fn create_tasks(creation: &Creation<'_>, queue: &dyn Queue, clock: &dyn Clock) -> Result<Created, Error> {
    let tasks = prepare(creation)?;
    let is_ours = |id: &str| creation.graph.contains(&TaskId::new(id)) || id == creation.decision_task_id.as_str();
    run::run(&tasks, &is_ours, creation.pace, queue, clock).await
}

/// A task that is no graph's: made from a definition.
#[derive(Clone, Copy, Debug)]
pub struct Single<'a> {
    /// Its id, derived like that of others.
    pub task_id: &'a TaskId,
    /// Its name, for people.
    pub label: &'a Label,
    /// Its definition, complete but for relative times.
    pub definition: &'a Map,
}

impl<'a> Single<'a> {
    fn prepared(self) -> Prepared<'a> {
        let Self { task_id, label, definition } = self;
        let (definition, span) = (Node::new(definition.clone()), Span::NONE);
        Prepared { task_id: task_id.clone(), label, definition, span, needs: vec![], needed_by: vec![] }
    }
}

/// The definition as it would be sent to the queue at `now`: what testing an action prints.
///
/// # Errors
/// A time that means nothing, or more than the queue takes.
pub fn definition_of_single(single: Single<'_>, now: DateTime<Utc>) -> Result<Node, Error> {
    Ok(single.prepared().checked(now)?)
}

/// Creates one task, or finds that it is there.
///
/// # Errors
/// As [`create_tasks`].
pub async fn create_single(single: Single<'_>, queue: &dyn Queue, clock: &dyn Clock) -> Result<Created, Error> {
    run::run(&[single.prepared()], &|_| true, Pace::default(), queue, clock).await
}

fn stamp_all(tasks: &[Prepared<'_>], now: DateTime<Utc>) -> Result<Vec<Node>, Mistakes> {
    crate::diagnostics::collect(tasks, |task| task.checked(now))
}

impl Prepared<'_> {
    /// The definition as it can be sent at `now`.
    fn checked(&self, now: DateTime<Utc>) -> Result<Node, Mistakes> {
        let definition = self.stamped(now)?;
        limits::check(self, &definition)?;
        Ok(definition)
    }

    /// The definition with its relative times counted from `now`.
    fn stamped(&self, now: DateTime<Utc>) -> Result<Node, Diagnostic> {
        relative_time::resolve_all(&self.definition, now).map_err(|mistake| {
            let span = mistake.span.or(self.span);
            mistake.at(span).in_task(self.label.as_str())
        })
    }
}

#[cfg(test)]
mod tests;
