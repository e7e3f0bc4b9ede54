//! Adding tasks to a push.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::lost::{lost, made_again};
use super::{Call, Error, PushTasks};
use crate::create::{self, Creation};
use crate::diagnostics::Mistakes;
use crate::generate::optimization::strategies::Strategies;
use crate::generate::optimization::{self, Ids, Optimized, UnknownStrategies};
use crate::model::{Label, LabelGraph, Task, TaskId};
use crate::yaml::{self, Map, Node};

/// What an action changes in the tasks it was asked to run; what they depend on stays as it is.
pub(in crate::actions) type Change<'a> = &'a dyn Fn(&mut Task<Label>);

/// One round of new tasks.
pub(in crate::actions) struct Extension<'a> {
    /// The tasks that are created whatever their strategies say. What they depend on is created if the push lacks it, and
    /// made again if it ended without success: nothing that waits for it would ever run.
    pub(in crate::actions) to_run: Vec<Label>,
    /// What tells the round's artifacts from those of other rounds; empty if there is only this one.
    pub(in crate::actions) suffix: String,
    /// What is changed in them.
    pub(in crate::actions) change: Option<Change<'a>>,
}

impl Extension<'_> {
    /// These tasks, once, as they are.
    pub(in crate::actions) const fn once(to_run: Vec<Label>) -> Self {
        Self { to_run, suffix: String::new(), change: None }
    }

    /// The same tasks, `times` times; each round by its number.
    pub(in crate::actions) fn repeated(to_run: &[Label], times: u32) -> Vec<Self> {
        (0..times).map(|time| Self { to_run: to_run.to_vec(), suffix: time.to_string(), change: None }).collect()
    }
}

/// What a round created, as its artifacts say it.
struct Created {
    task_graph: Node,
    label_to_task_id: BTreeMap<Label, TaskId>,
    to_run: BTreeSet<Label>,
}

impl PushTasks {
    /// Creates the tasks of all rounds; their artifacts are joined, since Chain of Trust looks for all new tasks in
    /// one `task-graph.json`, and later actions look for them in one `label-to-taskid.json`. What one round creates
    /// because others need it serves the later rounds too.
    ///
    /// # Errors
    /// If tasks cannot be created, a service does not answer, or artifacts cannot be written.
    pub(in crate::actions) async fn extend(
        &self,
        call: &Call<'_>,
        extensions: Vec<Extension<'_>>,
    ) -> Result<(), Error> {
        let mut rounds = Vec::new();
        let mut existing = self.label_to_task_id.clone();
        for (ordinal, extension) in (0..).zip(&extensions) {
            let created = self.extend_once(call, ordinal, extension, &existing).await?;
            existing.extend(created.needed());
            rounds.push(created);
        }
        match extensions.as_slice() {
            [only] if only.suffix.is_empty() => Ok(()),
            [only] => rename_artifacts(call, &only.suffix),
            _ => join(rounds).publish(call, ""),
        }
    }

    async fn extend_once(
        &self,
        call: &Call<'_>,
        ordinal: u32,
        extension: &Extension<'_>,
        existing: &BTreeMap<Label, TaskId>,
    ) -> Result<Created, Error> {
        let to_run: BTreeSet<Label> = extension.to_run.iter().cloned().collect();
        let target = self.target(call, &to_run, extension.change)?;
        let usable = self.usable(call, ordinal, &target, &to_run, existing).await?;
        let optimized = self.optimize(call, ordinal, &target, &to_run, &usable).await?;
        let created = Created {
            task_graph: optimized.graph.tasks.to_document(),
            label_to_task_id: optimized.graph.label_to_task_id.clone(),
            to_run,
        };
        created.publish(call, &extension.suffix)?;
        let creation = Creation {
            graph: &optimized.graph.tasks,
            decision_task_id: &self.decision_task_id,
            scheduler_id: &create::scheduler_id(call.run.graph_config, call.run.parameters),
            pace: call.pace,
        };
        create::create_tasks(&creation, call.services.queue, call.services.clock).await?;
        log::info!("Scheduled {} (round {})", labels(&extension.to_run), ordinal + 1);
        Ok(created)
    }

    /// The tasks to run and all they depend on, each knowing the action that made it.
    fn target(
        &self,
        call: &Call<'_>,
        to_run: &BTreeSet<Label>,
        change: Option<Change<'_>>,
    ) -> Result<LabelGraph, Mistakes> {
        let closure = self.full_task_graph.closure(to_run)?;
        let is_own_decision = call.own_task_id == Some(&self.decision_task_id);
        let waits_for = call.own_task_id.filter(|_| !is_own_decision);
        let made = |(label, task): (&Label, &Arc<Task<Label>>)| {
            let mut task = made_by(task, call.own_task_id, waits_for);
            if let Some(change) = change.filter(|_| to_run.contains(label)) {
                change(&mut task);
            }
            (label.clone(), Arc::new(task))
        };
        Ok(closure.iter().map(made).collect())
    }

    /// The existing tasks without those that have to be made again. One that an earlier run of this very action has made
    /// again stays so, whatever became of the first one since.
    async fn usable(
        &self,
        call: &Call<'_>,
        ordinal: u32,
        target: &LabelGraph,
        to_run: &BTreeSet<Label>,
        existing: &BTreeMap<Label, TaskId>,
    ) -> Result<BTreeMap<Label, TaskId>, Error> {
        let creator = call.creator()?;
        let own = |label: &Label| Ids { creator: &creator, decision: &self.decision_task_id, ordinal }.of(label);
        let needed: Vec<&Label> = target.keys().filter(|label| !to_run.contains(*label)).collect();
        let tasks: Vec<TaskId> = needed.iter().filter_map(|label| existing.get(*label)).cloned().collect();
        if tasks.is_empty() {
            return Ok(existing.clone());
        }
        let remade: Vec<TaskId> = needed.iter().map(|label| own(label)).collect();
        let remade = call.services.queue.statuses(&remade).await?;
        let lost = lost(call, tasks).await?;
        let is_remade = |label: &Label, task: &TaskId| own(label) != *task && remade.contains_key(&own(label));
        let is_lost = |label: &Label, task: &TaskId| lost.contains(task) || is_remade(label, task);
        let again = made_again(target, to_run, existing, is_lost);
        for label in &again {
            log::info!("{label} is made again: task {} did not end well", existing[label]);
        }
        let is_usable = |(label, _): &(&Label, &TaskId)| !again.contains(*label);
        Ok(existing.iter().filter(is_usable).map(|(label, task)| (label.clone(), task.clone())).collect())
    }

    async fn optimize(
        &self,
        call: &Call<'_>,
        ordinal: u32,
        target: &LabelGraph,
        to_run: &BTreeSet<Label>,
        existing_tasks: &BTreeMap<Label, TaskId>,
    ) -> Result<Optimized, Error> {
        let creator = call.creator()?;
        let strategies = Strategies::default();
        let plan = optimization::plan(optimization::Request {
            target,
            requested: to_run,
            do_not_optimize: to_run,
            existing_tasks,
            parameters: call.run.parameters,
            now: call.services.clock.now(),
            ids: Ids { creator: &creator, decision: &self.decision_task_id, ordinal },
            root_url: call.run.surroundings.root_url.as_deref(),
            proxy_url: call.run.surroundings.proxy_url.as_deref(),
            strategies: &strategies,
            unknown_strategies: UnknownStrategies::Keep,
        })?;
        let facts = plan.look_up(call.services.index, call.services.queue).await?;
        Ok(plan.optimize(&facts)?)
    }
}

/// The task as made by an action: it names the action as its parent and, unless the action is the decision itself,
/// waits for it, so that nothing runs if the action fails half way.
fn made_by(task: &Task<Label>, own: Option<&TaskId>, waits_for: Option<&TaskId>) -> Task<Label> {
    let mut task = task.clone();
    let extra = task.definition.get_or_insert("extra", Node::empty_map);
    if let Some(extra) = extra.as_map_mut() {
        extra.insert("parent", own.map_or("", TaskId::as_str));
    }
    if let Some(waits_for) = waits_for {
        let dependencies = task.definition.get_or_insert("dependencies", || Node::new(Vec::<Node>::new()));
        if let Some(dependencies) = dependencies.as_list_mut() {
            dependencies.push(waits_for.into());
        }
    }
    task
}

impl Created {
    /// What was created, or taken from the index, because others need it.
    fn needed(&self) -> impl Iterator<Item = (Label, TaskId)> {
        let needed = self.label_to_task_id.iter().filter(|(label, _)| !self.to_run.contains(*label));
        needed.map(|(label, task)| (label.clone(), task.clone()))
    }

    fn publish(&self, call: &Call<'_>, suffix: &str) -> Result<(), Error> {
        let to_run: Node = self.to_run.iter().map(Node::from).collect();
        let documents = [self.task_graph.clone(), yaml::write(&self.label_to_task_id), to_run];
        for (name, document) in ARTIFACTS.iter().zip(documents) {
            call.publisher.json(&file_name(name, suffix), &document)?;
        }
        Ok(())
    }
}

const ARTIFACTS: [&str; 3] = ["task-graph", "label-to-taskid", "to-run"];

fn file_name(name: &str, suffix: &str) -> String {
    let dash = if suffix.is_empty() { "" } else { "-" };
    format!("{name}{dash}{suffix}.json")
}

fn rename_artifacts(call: &Call<'_>, suffix: &str) -> Result<(), Error> {
    for name in ARTIFACTS {
        call.publisher.rename(&file_name(name, suffix), &file_name(name, ""))?;
    }
    Ok(())
}

/// All rounds as one; of two tasks of one label, that of the later round counts.
fn join(rounds: Vec<Created>) -> Created {
    let mut all = Created { task_graph: Node::empty_map(), label_to_task_id: BTreeMap::new(), to_run: BTreeSet::new() };
    let mut tasks = Map::new();
    for round in rounds {
        tasks.extend(round.task_graph.as_map().into_iter().flatten().cloned());
        all.label_to_task_id.extend(round.label_to_task_id);
        all.to_run.extend(round.to_run);
    }
    all.task_graph = Node::new(tasks);
    all
}

fn labels(labels: &[Label]) -> String {
    labels.iter().map(Label::as_str).collect::<Vec<_>>().join(", ")
}
