//! What remains: the tasks that are neither left out nor replaced, named by their ids, references resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arcstr::ArcStr;

use super::replacement::Replacement;
use super::{Plan, Verdict};
use crate::diagnostics::{Diagnostic, Mistakes, collect};
use crate::generate::shared::references::References;
use crate::model::{AssignedGraph, Label, Task, TaskGraph, TaskId};
use crate::yaml::{Map, Node};

/// The graph of what remains.
///
/// # Errors
/// A task that remains and depends on one that is left out; a reference that means nothing.
pub(super) fn subgraph(plan: &Plan<'_>, replacement: &Replacement) -> Result<AssignedGraph, Mistakes> {
    refuse_lost_dependencies(plan, replacement)?;
    let label_to_task_id = assign_ids(plan, replacement);
    let kept = (0..plan.tasks.len()).filter(|&at| is_kept(replacement, at));
    let kept_labels: BTreeSet<&Label> = kept.clone().map(|at| plan.label(at)).collect();
    let assign = Assign { plan, ids: &label_to_task_id, kept: &kept_labels };
    let tasks = collect(kept, |at| Ok(assign.task(plan.tasks[at].task)?))?;
    let tasks: TaskGraph<TaskId> = tasks.into_iter().collect();
    Ok(AssignedGraph { tasks, label_to_task_id })
}

fn is_kept(replacement: &Replacement, at: usize) -> bool {
    !replacement.is_removed[at] && replacement.replaced[at].is_none()
}

/// Only a strategy that removes tasks in the second phase can bring this about.
fn refuse_lost_dependencies(plan: &Plan<'_>, replacement: &Replacement) -> Result<(), Mistakes> {
    let mut mistakes = Mistakes::default();
    for (at, planned) in plan.tasks.iter().enumerate().filter(|(at, _)| !replacement.is_removed[*at]) {
        let is_lost = |on: &Label| {
            let position = plan.edges.node(on).map(|node| node.index());
            position.is_some_and(|position| replacement.is_removed[position])
        };
        let lost = planned.task.dependencies.iter().filter(|(_, on)| is_lost(on));
        let label = plan.label(at);
        mistakes.extend(lost.map(|(edge, on)| {
            Diagnostic::error(format!(
                "task `{label}` depends on `{on}` as `{edge}`, but optimization removed that one"
            ))
            .at(planned.task.span)
            .in_task(label.as_str())
        }));
    }
    mistakes.or(())
}

/// The ids of all tasks that remain or are replaced.
fn assign_ids(plan: &Plan<'_>, replacement: &Replacement) -> BTreeMap<Label, TaskId> {
    let id = |at: usize| match replacement.replaced[at].as_ref().map(|decision| &decision.verdict) {
        Some(Verdict::Replace(id)) => Some(id.clone()),
        _ if replacement.is_removed[at] => None,
        _ => Some(plan.request.ids.of(plan.label(at))),
    };
    (0..plan.tasks.len()).filter_map(|at| Some((plan.label(at).clone(), id(at)?))).collect()
}

struct Assign<'s, 'a> {
    plan: &'s Plan<'a>,
    ids: &'s BTreeMap<Label, TaskId>,
    kept: &'s BTreeSet<&'a Label>,
}

impl Assign<'_, '_> {
    /// The task with ids in place of labels.
    fn task(&self, task: &Task<Label>) -> Result<(TaskId, Arc<Task<TaskId>>), Diagnostic> {
        let task_id = &self.ids[&task.label];
        let dependencies = self.dependencies(task);
        let definition = self.definition(task, task_id, &dependencies)?;
        let task = Task {
            kind: task.kind.clone(),
            label: task.label.clone(),
            description: task.description.clone(),
            attributes: task.attributes.clone(),
            definition,
            optimization: task.optimization.clone(),
            dependencies,
            soft_dependencies: task.soft_dependencies.clone(),
            if_dependencies: task.if_dependencies.clone(),
            span: task.span,
        };
        Ok((task_id.clone(), Arc::new(task)))
    }

    /// Edge → id; then, under their labels, the soft dependencies that remain.
    fn dependencies(&self, task: &Task<Label>) -> Vec<(ArcStr, TaskId)> {
        let hard = task.dependencies.iter().filter_map(|(edge, on)| Some((edge.clone(), self.ids.get(on)?.clone())));
        let mut dependencies: Vec<(ArcStr, TaskId)> = hard.collect();
        for on in task.soft_dependencies.iter().filter(|on| self.kept.contains(on)) {
            let id = self.ids[on].clone();
            match dependencies.iter_mut().find(|(edge, _)| edge == on.as_str()) {
                Some((_, present)) => *present = id,
                None => dependencies.push((on.as_arc_str().clone(), id)),
            }
        }
        dependencies
    }

    fn definition(
        &self,
        task: &Task<Label>,
        task_id: &TaskId,
        dependencies: &[(ArcStr, TaskId)],
    ) -> Result<Map, Diagnostic> {
        let request = &self.plan.request;
        let references = References {
            label: &task.label,
            task_id,
            decision_task_id: request.ids.decision,
            dependencies,
            root_url: request.root_url,
            proxy_url: request.proxy_url,
        };
        let mut definition = task.definition.clone();
        for (_, value) in definition.iter_mut() {
            *value = references.resolve(value).map_err(|mistake| {
                let span = mistake.span.or(task.span);
                mistake.at(span).in_task(task.label.as_str())
            })?;
        }
        add_dependencies(&mut definition, dependencies);
        Ok(definition)
    }
}

/// Adds the ids to the definition's `dependencies`, sorted, none twice: the queue refuses a list that names a task
/// twice, which the reference writes where two edges lead to one task.
fn add_dependencies(definition: &mut Map, dependencies: &[(ArcStr, TaskId)]) {
    let present = definition.get("dependencies").and_then(Node::as_list).unwrap_or_default();
    let ids: BTreeSet<&TaskId> = dependencies.iter().map(|(_, id)| id).collect();
    let is_new = |id: &&TaskId| !present.iter().any(|there| there.as_str() == Some(id.as_str()));
    let new: Vec<Node> = ids.into_iter().filter(is_new).map(|id| Node::new(id.as_arc_str())).collect();
    let all: Node = present.iter().cloned().chain(new).collect();
    definition.insert("dependencies", all);
}
