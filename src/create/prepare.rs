//! From a graph to definitions in an order in which they can be created.

use std::collections::{BTreeMap, VecDeque};

use super::{Creation, Error};
use crate::diagnostics::Span;
use crate::model::{Label, Task, TaskId};
use crate::yaml::Node;

/// A task ready to be created.
#[derive(Clone, Debug)]
pub(super) struct Prepared<'a> {
    pub(super) task_id: TaskId,
    pub(super) label: &'a Label,
    /// The complete definition, its times still relative.
    pub(super) definition: Node,
    /// Where the task was written.
    pub(super) span: Span,
    /// The tasks that must be there first, as positions among all prepared tasks.
    pub(super) needs: Vec<usize>,
    /// The tasks that need this one.
    pub(super) needed_by: Vec<usize>,
}

/// All tasks with their duplicates, dependencies first; among those that could come next, in the graph's order.
///
/// # Errors
/// A circle of dependencies.
pub(super) fn prepare<'a>(creation: &Creation<'a>) -> Result<Vec<Prepared<'a>>, Error> {
    let mut tasks: Vec<Prepared<'a>> = creation.graph.iter().map(|(id, task)| one(creation, id, task)).collect();
    let duplicates: Vec<Prepared<'a>> =
        creation.graph.iter().zip(&tasks).flat_map(|((_, task), prepared)| duplicates(task, prepared)).collect();
    tasks.extend(duplicates);
    let positions: BTreeMap<&TaskId, usize> = creation.graph.keys().enumerate().map(|(at, id)| (id, at)).collect();
    let needs: Vec<Vec<usize>> = tasks.iter().map(|task| needs(&task.definition, &positions)).collect();
    let order = order(&needs);
    if order.len() < tasks.len() {
        return Err(circle(&tasks, &needs, &order));
    }
    Ok(arranged(tasks, &needs, &order))
}

fn one<'a>(creation: &Creation<'a>, task_id: &TaskId, task: &'a Task<TaskId>) -> Prepared<'a> {
    let mut definition = task.definition.clone();
    let dependencies = definition.get("dependencies").and_then(Node::as_list).unwrap_or_default();
    let is_in_graph = |id: &Node| id.as_str().is_some_and(|id| creation.graph.contains(&TaskId::new(id)));
    if !dependencies.iter().any(is_in_graph) {
        // Whatever depends on none of these tasks would start at once, before it is certain that all will be there.
        let decision = Node::from(creation.decision_task_id);
        let others = dependencies.iter().filter(|id| **id != decision).cloned();
        definition.insert("dependencies", others.chain([decision.clone()]).collect::<Node>());
    }
    definition.insert("taskGroupId", creation.decision_task_id);
    definition.insert("schedulerId", creation.scheduler_id);
    Prepared {
        task_id: task_id.clone(),
        label: &task.label,
        definition: Node::new(definition),
        span: task.span,
        needs: Vec::new(),
        needed_by: Vec::new(),
    }
}

/// Attribute `task_duplicates` says how often the task is wanted in all. The ids of the others are derived from its
/// own, which no other task has.
fn duplicates<'a>(task: &Task<TaskId>, prepared: &Prepared<'a>) -> Vec<Prepared<'a>> {
    let wanted = task.attribute("task_duplicates").and_then(Node::as_i64).unwrap_or(1);
    let ordinals = 1..u32::try_from(wanted).unwrap_or(1);
    let duplicate =
        |ordinal| Prepared { task_id: TaskId::derive(&prepared.task_id, prepared.label, ordinal), ..prepared.clone() };
    ordinals.map(duplicate).collect()
}

fn needs(definition: &Node, positions: &BTreeMap<&TaskId, usize>) -> Vec<usize> {
    let dependencies = definition.get("dependencies").and_then(Node::as_list).unwrap_or_default();
    let position = |id: &Node| positions.get(&TaskId::new(id.as_arc_str()?.clone())).copied();
    let mut needs: Vec<usize> = dependencies.iter().filter_map(position).collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

fn needed_by(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut needed_by = vec![Vec::new(); needs.len()];
    for (at, needs) in needs.iter().enumerate() {
        needs.iter().for_each(|&on| needed_by[on].push(at));
    }
    needed_by
}

/// All positions, each after those it needs; without those that wait for one another.
fn order(needs: &[Vec<usize>]) -> Vec<usize> {
    let needed_by = needed_by(needs);
    let mut missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut ready: VecDeque<usize> = (0..needs.len()).filter(|&at| missing[at] == 0).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(at) = ready.pop_front() {
        order.push(at);
        for &by in &needed_by[at] {
            missing[by] -= 1;
            if missing[by] == 0 {
                ready.push_back(by);
            }
        }
    }
    order
}

/// The tasks in that order, with who needs whom as positions in it.
fn arranged<'a>(tasks: Vec<Prepared<'a>>, needs: &[Vec<usize>], order: &[usize]) -> Vec<Prepared<'a>> {
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(to, &from)| place[from] = to);
    let needed_by = needed_by(needs);
    let moved = |positions: &[usize]| positions.iter().map(|&at| place[at]).collect();
    let mut slots: Vec<Option<Prepared<'a>>> = tasks.into_iter().map(Some).collect();
    let arranged = order.iter().filter_map(|&from| {
        Some(Prepared { needs: moved(&needs[from]), needed_by: moved(&needed_by[from]), ..slots[from].take()? })
    });
    arranged.collect()
}

/// The tasks along a circle: whoever is not in the order needs another who is not.
fn circle(tasks: &[Prepared<'_>], needs: &[Vec<usize>], order: &[usize]) -> Error {
    let mut is_left = vec![true; needs.len()];
    order.iter().for_each(|&at| is_left[at] = false);
    let mut path: Vec<usize> = is_left.iter().position(|left| *left).into_iter().collect();
    while let Some(next) = path.last().and_then(|&at| needs[at].iter().copied().find(|&on| is_left[on])) {
        if let Some(from) = path.iter().position(|&at| at == next) {
            path.drain(..from);
            break;
        }
        path.push(next);
    }
    Error::Circle(path.into_iter().map(|at| tasks[at].label.clone()).collect())
}
