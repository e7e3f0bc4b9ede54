//! Explanations of a run of ours.

use std::collections::{BTreeMap, BTreeSet};

use super::{Chooser, Explanation, Explanations, Fate, Wanted};
use crate::generate::Graphs;
use crate::model::{Label, LabelGraph, Task};

/// Why each task of the graphs was created or not; `method` is the target tasks method, for graphs that it chose.
#[must_use]
pub fn explain_graphs(graphs: &Graphs, method: &str) -> Explanations {
    let target = &graphs.target;
    let selected = target.chosen.as_ref().map(|chosen| &chosen.selected);
    let why_wanted = WhyWanted::new(&target.graph, &target.set, &target.requested);
    let explain = |(label, task): (&Label, &std::sync::Arc<Task<Label>>)| {
        let wanted = match why_wanted.of(label) {
            Wanted::Chosen(_) => {
                Wanted::Chosen(selected.and_then(|selected| selected.tasks.get(label)).cloned().unwrap_or_default())
            }
            other => other,
        };
        let id = graphs.morphed.label_to_task_id.get(label);
        let decision = graphs.optimized.decisions.get(label);
        let fate = match id {
            _ if wanted == Wanted::Not => Fate::NotTargeted,
            Some(id) if graphs.morphed.tasks.contains(id) => Fate::Created(id.clone()),
            Some(id) => Fate::Replaced(id.clone()),
            None => Fate::Removed,
        };
        let explanation = Explanation {
            kind: task.kind.clone(),
            wanted,
            fate,
            reason: decision.map(|decision| decision.reason.clone()).unwrap_or_default(),
            removal: decision.and_then(|decision| decision.removal.clone()),
            replacement: decision.and_then(|decision| decision.replacement.clone()),
            log: Vec::new(),
        };
        (label.clone(), explanation)
    };
    let mut tasks: BTreeMap<Label, Explanation> = graphs.full.iter().map(explain).collect();
    for (id, task) in graphs.morphed.tasks.iter() {
        tasks.entry(task.label.clone()).or_insert_with(|| added(task.kind.clone(), id.clone()));
    }
    Explanations { chooser: chooser(graphs, method), tasks }
}

pub(super) fn added(kind: crate::model::KindName, id: crate::model::TaskId) -> Explanation {
    Explanation {
        kind,
        wanted: Wanted::Not,
        fate: Fate::Added(id),
        reason: Default::default(),
        removal: None,
        replacement: None,
        log: Vec::new(),
    }
}

fn chooser(graphs: &Graphs, method: &str) -> Chooser {
    match &graphs.target.chosen {
        None => Chooser::Method(method.to_owned()),
        Some(chosen) => Chooser::Selection {
            origin: chosen.selection.origin.to_string(),
            query: chosen.selection.query.to_string(),
            terms: chosen.selected.terms.iter().map(|term| term.term.clone()).collect(),
        },
    }
}

/// Why tasks are in a target task graph.
pub(super) struct WhyWanted<'g> {
    graph: &'g LabelGraph,
    set: &'g BTreeSet<Label>,
    requested: &'g BTreeSet<Label>,
    dependents: BTreeMap<&'g Label, Vec<Label>>,
}

impl<'g> WhyWanted<'g> {
    pub(super) fn new(graph: &'g LabelGraph, set: &'g BTreeSet<Label>, requested: &'g BTreeSet<Label>) -> Self {
        let mut dependents: BTreeMap<&Label, Vec<Label>> = BTreeMap::new();
        for (label, task) in graph.iter() {
            let on: BTreeSet<&Label> = task.dependencies.iter().map(|(_, on)| on).collect();
            on.into_iter().for_each(|on| dependents.entry(on).or_default().push(label.clone()));
        }
        Self { graph, set, requested, dependents }
    }

    pub(super) fn of(&self, label: &Label) -> Wanted {
        if self.set.contains(label) {
            Wanted::Chosen(Vec::new())
        } else if self.requested.contains(label) {
            Wanted::Always
        } else if self.graph.contains(label) {
            Wanted::Needed(self.dependents.get(label).cloned().unwrap_or_default())
        } else {
            Wanted::Not
        }
    }
}
