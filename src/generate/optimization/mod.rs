//! Which tasks need not run, which are already done, and what remains to create.
//!
//! In four steps: [`plan`] reads every task's strategy; [`Plan::look_up`] asks the index and the queue for all of
//! them at once; [`Plan::optimize`] decides, and is a pure function of the answers: first which tasks are left
//! out (`removal`), then which ones others take the place of (`replacement`), then what remains, with ids
//! (`subgraph`).
//!
//! Source: `taskgraph.optimize.base` of the reference. Two deliberate differences: tasks that do not depend on one
//! another are visited by label, where the reference goes by hash; and a task that stays after `if-dependencies`
//! were pruned keeps what it depends on, where the reference may end in an error.

mod facts;
mod log;
mod removal;
mod replacement;
pub mod strategies;
mod subgraph;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use arcstr::ArcStr;
use chrono::{DateTime, Utc};
use petgraph::Direction;
use petgraph::graph::NodeIndex;

pub use self::facts::{Facts, Questions};
use self::log::Log;
pub use self::log::{LogLevel, LogLine};
use self::strategies::{Strategies, Strategy};
use crate::diagnostics::{Diagnostic, Mistakes, collect, quoted};
use crate::model::{AssignedGraph, Edges, Label, LabelGraph, Optimization, Parameters, Task, TaskId};
use crate::sources;
use crate::sources::index::Index;
use crate::sources::queue::Queue;
use crate::yaml::Node;

/// What to optimize, and what optimization may do.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The target task graph.
    pub target: &'a LabelGraph,
    /// The tasks that are wanted for their own sake; the others are there because these need them.
    pub requested: &'a BTreeSet<Label>,
    /// The tasks that must be created anew.
    pub do_not_optimize: &'a BTreeSet<Label>,
    /// Tasks that take the place of others, whatever their strategies say.
    pub existing_tasks: &'a BTreeMap<Label, TaskId>,
    /// The push.
    pub parameters: &'a Parameters,
    /// When the run takes place; deadlines are counted from here.
    pub now: DateTime<Utc>,
    /// Where the tasks to create get their ids from.
    pub ids: Ids<'a>,
    /// Taskcluster's root URL, for references to artifacts.
    pub root_url: Option<&'a str>,
    /// The worker's proxy, for references to private artifacts.
    pub proxy_url: Option<&'a str>,
    /// What the names of strategies stand for.
    pub strategies: &'a Strategies,
    /// What to do about a strategy that is none of them.
    pub unknown_strategies: UnknownStrategies,
}

/// Where tasks to create get their ids from.
#[derive(Clone, Copy, Debug)]
pub struct Ids<'a> {
    /// The decision or action that creates them.
    pub creator: &'a TaskId,
    /// The decision task, which `<decision>` stands for.
    pub decision: &'a TaskId,
    /// How often `creator` has created tasks of the same labels before.
    pub ordinal: u32,
}

impl Ids<'_> {
    /// The id of the task of that label.
    #[must_use]
    pub fn of(&self, label: &Label) -> TaskId {
        TaskId::derive(self.creator, label, self.ordinal)
    }
}

/// What to do about a task whose strategy is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownStrategies {
    /// Refuse it: the tree is wrong.
    Refuse,
    /// Keep the task: the graph was made by a program with further strategies.
    Keep,
}

/// What optimization made of the target task graph.
#[derive(Clone, Debug)]
pub struct Optimized {
    /// What remains to create.
    pub graph: AssignedGraph,
    /// What became of every task of the target task graph, and why.
    pub decisions: BTreeMap<Label, Decision>,
    /// The lines of `optimizations.log`, in order.
    pub log: Vec<LogLine>,
}

/// What becomes of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is created.
    Keep,
    /// It is left out.
    Remove,
    /// Another task takes its place.
    Replace(TaskId),
}

/// What became of a task, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why, in the reference's words where it has some.
    pub reason: ArcStr,
    /// What the task's strategy said when it was asked whether the task may go; nothing if it was not asked.
    pub removal: Option<Said>,
    /// What the task's strategy said when it was asked for another task; nothing if it was not asked.
    pub replacement: Option<Said>,
}

/// What a strategy said of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What it is called.
    pub strategy: ArcStr,
    /// What it would have become of the task.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// What those said that it is made of, in the order they were asked.
    pub parts: Vec<Said>,
}

/// A request whose strategies are read: it knows what it needs to know.
#[derive(Debug)]
pub struct Plan<'a> {
    request: Request<'a>,
    edges: Edges<'a, Label>,
    tasks: Vec<Planned<'a>>,
}

/// A task and how it may be optimized away.
#[derive(Debug)]
struct Planned<'a> {
    task: &'a Task<Label>,
    /// The strategy as reasons call it.
    reason: ArcStr,
    strategy: Strategy,
    is_protected: bool,
}

/// Reads the strategies of all tasks.
///
/// # Errors
/// Strategies that are unknown or given an argument they do not take; a cycle of dependencies.
pub fn plan(request: Request<'_>) -> Result<Plan<'_>, Mistakes> {
    let edges = request.target.edges();
    let tasks = collect(request.target.iter(), |(_, task)| Planned::new(task, &request))?;
    Ok(Plan { request, edges, tasks })
}

/// The finished task that `strategy` finds for `task`, however soon it expires: what would take its place in a graph
/// where nothing else needs it.
///
/// # Errors
/// If the index or the queue does not answer.
pub async fn find_replacement(
    task: &Task<Label>,
    strategy: &Strategy,
    index: &dyn Index,
    queue: &dyn Queue,
) -> Result<Option<TaskId>, sources::Error> {
    let index_paths = strategy.index_paths().into_iter().cloned().collect();
    let facts = Facts::look_up(&Questions { index_paths, ..Questions::default() }, index, queue).await?;
    Ok(match strategy.replacement(task, None, &facts, &mut Log::default()).verdict {
        Verdict::Replace(task_id) => Some(task_id),
        Verdict::Keep | Verdict::Remove => None,
    })
}

impl<'a> Planned<'a> {
    fn new(task: &'a Task<Label>, request: &Request<'_>) -> Result<Self, Mistakes> {
        let is_protected = request.do_not_optimize.contains(&task.label);
        let lenient = is_protected || request.unknown_strategies == UnknownStrategies::Keep;
        let text = |name: &Node| name.as_arc_str().cloned().unwrap_or_default();
        let named = task.optimization.as_ref().and_then(Optimization::strategy);
        let (reason, strategy) = match named.map(|(name, argument)| (name, request.strategies.read(name, argument))) {
            None => (arcstr::literal!("never"), Strategy::Never),
            Some((name, Ok(strategy))) => (arcstr::format!("{} ({})", text(name), strategy.description()), strategy),
            Some((name, Err(_))) if lenient => (text(name), Strategy::Never),
            Some((_, Err(mistakes))) => {
                return Err(mistakes.map(|mistake| {
                    let span = mistake.span.or(task.span);
                    mistake.at(span).in_task(task.label.as_str())
                }));
            }
        };
        Ok(Self { task, reason, strategy, is_protected })
    }
}

impl<'a> Plan<'a> {
    /// What must be known to decide. Nothing need be known about protected tasks.
    #[must_use]
    pub fn questions(&self) -> Questions {
        let searching = |planned: &&Planned<'_>| !planned.is_protected && !planned.strategy.index_paths().is_empty();
        let searching: Vec<&Planned<'_>> = self.tasks.iter().filter(searching).collect();
        Questions {
            index_paths: searching.iter().flat_map(|planned| planned.strategy.index_paths()).cloned().collect(),
            own_tasks: searching.iter().map(|planned| self.request.ids.of(&planned.task.label)).collect(),
        }
    }

    /// Asks for everything the strategies need to know, in one batch.
    ///
    /// # Errors
    /// If the index or the queue does not answer.
    pub async fn look_up(&self, index: &dyn Index, queue: &dyn Queue) -> Result<Facts, sources::Error> {
        Facts::look_up(&self.questions(), index, queue).await
    }

    /// Decides what becomes of every task, and makes the graph of those that remain.
    ///
    /// # Errors
    /// A cycle of dependencies, a deadline or a reference that means nothing, or a task that remains and depends on
    /// one that a strategy left out.
    pub fn optimize(&self, facts: &Facts) -> Result<Optimized, Mistakes> {
        let mut log = Log::default();
        let removal = removal::remove(self, &mut log)?;
        let replacement = replacement::replace(self, &removal, facts, &mut log)?;
        let graph = subgraph::subgraph(self, &replacement)?;
        let decisions = self.decisions(&removal, &replacement);
        Ok(Optimized { graph, decisions, log: log.0 })
    }

    fn decisions(
        &self,
        removal: &removal::Removal,
        replacement: &replacement::Replacement,
    ) -> BTreeMap<Label, Decision> {
        let decide = |(at, planned): (usize, &Planned<'_>)| {
            let (verdict, reason) = match (&removal.fates[at], &replacement.replaced[at]) {
                (fate, None) => (fate.verdict(), fate.reason()),
                // A removed task can be in `existing_tasks`: it then has an id, but is not there.
                (removal::Fate::Removed(reason), Some(_)) => (Verdict::Remove, reason),
                (removal::Fate::Kept(_), Some(decision)) => (decision.verdict.clone(), &decision.reason),
            };
            let (removal, replacement) = (removal.said[at].clone(), replacement.said[at].clone());
            let decision = Decision { verdict, reason: reason.clone(), removal, replacement };
            (planned.task.label.clone(), decision)
        };
        self.tasks.iter().enumerate().map(decide).collect()
    }

    fn neighbours(&self, at: usize, direction: Direction) -> Vec<usize> {
        self.edges.neighbours(NodeIndex::new(at), direction).into_iter().map(NodeIndex::index).collect()
    }

    fn dependencies(&self, at: usize) -> Vec<usize> {
        self.neighbours(at, Direction::Outgoing)
    }

    fn dependents(&self, at: usize) -> Vec<usize> {
        self.neighbours(at, Direction::Incoming)
    }

    fn label(&self, at: usize) -> &'a Label {
        &self.tasks[at].task.label
    }
}

/// A cycle as a mistake: the tasks along it, each depending on the next.
fn cycle(labels: &[&Label]) -> Mistakes {
    let labels: Vec<&str> = labels.iter().map(|label| label.as_str()).collect();
    Diagnostic::error(format!("tasks depend on one another in a circle: {}", quoted(&labels))).into()
}
