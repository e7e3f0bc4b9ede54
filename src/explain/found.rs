//! Explanations of a decision of which nothing but its artifacts is known, such as one the reference made.

use std::collections::{BTreeMap, BTreeSet};

use arcstr::ArcStr;

use super::made::{WhyWanted, added};
use super::{Chooser, Explanation, Explanations, Fate, Wanted};
use crate::generate::closure;
use crate::model::{KindName, Label, LabelGraph, Parameters, TaskGraph, TaskId};
use crate::yaml::Node;

/// What a decision left.
#[derive(Clone, Debug)]
pub struct Found {
    /// `full-task-graph.json`
    pub full: LabelGraph,
    /// `task-graph.json`: the tasks created.
    pub created: TaskGraph<TaskId>,
    /// `label-to-taskid.json`
    pub task_ids: BTreeMap<Label, TaskId>,
    /// `target-tasks.json`
    pub targets: BTreeSet<Label>,
    /// `optimizations.log`, if it is there; older decisions have none.
    pub log: String,
    /// What parameters say of target tasks methods, if they are there.
    pub parameters: Option<Parameters>,
}

/// Why each task was created or not, as far as the artifacts tell.
#[must_use]
pub fn explain_found(found: &Found) -> Explanations {
    let lines = Lines::of(&found.log);
    let mut requested = found.targets.clone();
    requested.extend(always(found));
    let graph = closure(&found.full, &requested);
    let why_wanted = WhyWanted::new(&graph, &found.targets, &requested);
    let mut tasks: BTreeMap<Label, Explanation> = BTreeMap::new();
    for (label, task) in found.full.iter() {
        let wanted = why_wanted.of(label);
        let fate = match found.task_ids.get(label) {
            Some(id) if found.created.contains(id) => Fate::Created(id.clone()),
            Some(id) => Fate::Replaced(id.clone()),
            None if wanted == Wanted::Not => Fate::NotTargeted,
            None => Fate::Removed,
        };
        let explanation = Explanation {
            kind: task.kind.clone(),
            wanted,
            fate,
            reason: lines.reasons.get(label.as_str()).map(|reason| ArcStr::from(*reason)).unwrap_or_default(),
            removal: None,
            replacement: None,
            log: lines.said.get(label.as_str()).into_iter().flatten().map(|line| (*line).to_owned()).collect(),
        };
        tasks.insert(label.clone(), explanation);
    }
    for (id, task) in found.created.iter() {
        tasks.entry(task.label.clone()).or_insert_with(|| added(task.kind.clone(), id.clone()));
    }
    let method = found.parameters.as_ref().map(|parameters| parameters.target_tasks_method.clone());
    Explanations { chooser: Chooser::Method(method.unwrap_or_else(|| "default".to_owned())), tasks }
}

/// The tasks that are targets whatever was chosen, where the parameters let them.
fn always(found: &Found) -> Vec<Label> {
    let lets = |kind: &KindName| {
        found.parameters.as_ref().is_none_or(|parameters| parameters.enable_always_target.includes(kind.as_str()))
    };
    let is_always = found
        .full
        .iter()
        .filter(|(_, task)| task.attribute("always_target").is_some_and(Node::is_truthy) && lets(&task.kind));
    is_always.map(|(label, _)| label.clone()).collect()
}

/// What the lines of `optimizations.log` say of each task.
///
/// Source: the messages of `taskgraph.optimize` of the reference; ours are the same.
#[derive(Debug, Default)]
struct Lines<'l> {
    /// The reason of what was decided last.
    reasons: BTreeMap<&'l str, &'l str>,
    said: BTreeMap<&'l str, Vec<&'l str>>,
}

impl<'l> Lines<'l> {
    fn of(log: &'l str) -> Self {
        let mut lines = Self::default();
        for line in log.lines() {
            // A line begins with its time and its level.
            let message = line.splitn(3, " - ").nth(2).unwrap_or(line);
            lines.take(message);
        }
        lines
    }

    fn take(&mut self, message: &'l str) {
        if let Some(told) = message.strip_prefix("optimize: ") {
            let Some((told, reason)) = told.split_once(" because of ") else { return };
            let Some((label, _)) = told.rsplit_once(' ') else { return };
            self.reasons.insert(label, reason);
            self.said.entry(label).or_default().push(message);
        } else if let Some(told) = message.strip_prefix("replace_tasks: ") {
            // The label comes first; alone, it only says that the task's turn has come.
            if let Some((label, _)) = told.split_once(' ') {
                self.said.entry(label).or_default().push(message);
            }
        } else if let Some(told) = message.strip_prefix("not replacing ") {
            let label = told.split(' ').next().unwrap_or_default();
            self.said.entry(label).or_default().push(message);
        } else if let Some(label) = message.strip_suffix('"').and_then(|told| told.rsplit_once('"')) {
            self.said.entry(label.1).or_default().push(message);
        }
    }
}
