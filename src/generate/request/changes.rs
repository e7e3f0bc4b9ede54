//! What a push changes in one task.

use std::collections::{BTreeMap, BTreeSet};

use super::super::context::RunContext;
use super::caps;
use super::templates::Templates;
use crate::diagnostics::Mistakes;
use crate::model::{Changes, Label, LabelGraph, Task};
use crate::yaml::{self, Node};

/// The attribute that says how often a task is created.
const DUPLICATES: &str = "task_duplicates";

/// Changes tasks.
pub(super) struct Changer<'a> {
    run: &'a RunContext<'a>,
    targets: BTreeSet<Label>,
    templates: Templates<'a>,
}

impl<'a> Changer<'a> {
    /// What changes the tasks of a graph.
    ///
    /// # Errors
    /// A template whose query is wrong.
    pub(super) fn new(run: &'a RunContext<'a>, full: &LabelGraph, targets: BTreeSet<Label>) -> Result<Self, Mistakes> {
        Ok(Self { run, targets, templates: Templates::of(run, full)? })
    }

    /// The task with its changes. How often it runs, its arguments, its test paths and its routes are changed only if
    /// it is a target.
    ///
    /// # Errors
    /// What may not be asked for, and what the tree has no place for.
    pub(super) fn changed(&self, task: &Task<Label>, changes: &Changes) -> Result<Task<Label>, Mistakes> {
        let mut changed = task.clone();
        let is_target = self.targets.contains(&task.label);
        for (name, input) in self.inputs(changes, is_target)? {
            self.templates.apply(&name, &input, &mut changed, is_target)?;
        }
        self.move_pool(&mut changed, &changes.worker_overrides)?;
        if is_target {
            if let Some(wanted) = &changes.rebuild {
                changed.attributes.insert(DUPLICATES, i64::from(caps::rebuild(self.run, wanted, &task.label)?));
            }
            self.add_routes(&mut changed, &changes.routes)?;
        }
        Ok(changed)
    }

    /// What templates are handed, by their names.
    fn inputs(&self, changes: &Changes, is_target: bool) -> Result<Vec<(String, Node)>, Mistakes> {
        let mut inputs = Vec::new();
        if !changes.env.is_empty() {
            inputs.push(("env".to_owned(), yaml::write(&changes.env)));
        }
        if let Some(wanted) = changes.priority {
            inputs.push(("priority".to_owned(), yaml::write(&caps::priority(self.run, wanted)?)));
        }
        if changes.no_retry {
            inputs.push(("no-retry".to_owned(), Node::new(true)));
        }
        if is_target && !changes.arguments.is_empty() {
            inputs.push(("arguments".to_owned(), yaml::write(&changes.arguments)));
        }
        if is_target && !changes.paths.is_empty() {
            inputs.push(("paths".to_owned(), yaml::write(&changes.paths)));
        }
        inputs.extend(changes.inputs.iter().map(|(name, value)| (name.clone(), value.clone())));
        Ok(inputs)
    }

    fn move_pool(&self, task: &mut Task<Label>, overrides: &BTreeMap<String, String>) -> Result<(), Mistakes> {
        let text = |task: &Task<Label>, key: &str| task.definition.get(key).and_then(Node::as_str).map(str::to_owned);
        for (from, to) in caps::pools(self.run, overrides)? {
            let is_there = text(task, "provisionerId").as_deref() == Some(from.provisioner.as_str())
                && text(task, "workerType").as_deref() == Some(from.worker_type.as_str());
            if is_there {
                task.definition.insert("provisionerId", to.provisioner.as_str());
                task.definition.insert("workerType", to.worker_type.as_str());
                break;
            }
        }
        Ok(())
    }

    fn add_routes(&self, task: &mut Task<Label>, routes: &[String]) -> Result<(), Mistakes> {
        if routes.is_empty() {
            return Ok(());
        }
        let present = task.definition.get("routes").and_then(Node::as_list).unwrap_or_default();
        let mut all = present.to_vec();
        for route in routes {
            caps::route(self.run, route)?;
            if !all.iter().any(|one| one.as_str() == Some(route)) {
                all.push(Node::new(route.as_str()));
            }
        }
        task.definition.insert("routes", all);
        Ok(())
    }
}
