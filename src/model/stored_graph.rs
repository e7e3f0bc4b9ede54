//! The graph that a decision left, of which an action needs a few tasks of many.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arcstr::ArcStr;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::task_document::read_task;
use super::{Label, LabelGraph, Task, dependencies};
use crate::diagnostics::{Diagnostic, Mistakes, collect};
use crate::json;
use crate::yaml::Node;

/// A full task graph as JSON, whose tasks are read when they are asked for: it may have forty thousand, of which an
/// action creates one. What is wrong with a task is told then.
#[derive(Debug)]
pub struct StoredGraph {
    object: json::Object,
    /// What some of the tasks are instead.
    changed: BTreeMap<Label, Arc<Task<Label>>>,
}

impl StoredGraph {
    /// The graph that a text is, such as the `full-task-graph.json` of a decision, also the reference's.
    ///
    /// # Errors
    /// A text that is no mapping.
    pub fn new(text: String) -> Result<Self, Diagnostic> {
        Ok(Self { object: json::Object::new(text)?, changed: BTreeMap::new() })
    }

    /// The graph with some of its tasks changed.
    #[must_use]
    pub fn with(self, changed: BTreeMap<Label, Arc<Task<Label>>>) -> Self {
        Self { changed, ..self }
    }

    /// All labels, in order.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &str> {
        self.object.keys().map(ArcStr::as_str)
    }

    /// Every label and its place.
    fn places(&self) -> Vec<(usize, Label)> {
        self.object.keys().cloned().map(Label::new).enumerate().collect()
    }

    /// Whether there is a task of that label.
    #[must_use]
    pub fn contains(&self, label: &Label) -> bool {
        self.object.position(label.as_str()).is_some()
    }

    /// The task of that label.
    ///
    /// # Errors
    /// Everything about it that is not a task.
    pub fn task(&self, label: &Label) -> Result<Option<Arc<Task<Label>>>, Mistakes> {
        let Some(at) = self.object.position(label.as_str()) else { return Ok(None) };
        Ok(Some(self.read(at, label)?.1))
    }

    /// Those of the labels whose tasks fit; labels of none do not.
    ///
    /// # Errors
    /// Everything about these that is not a graph of tasks.
    pub fn labels_of(
        &self,
        labels: impl Iterator<Item = Label>,
        fits: impl Fn(&Task<Label>) -> bool + Sync,
    ) -> Result<Vec<Label>, Mistakes> {
        let labels: Vec<Label> = labels.collect();
        let read = |label: Label| Ok(self.task(&label)?.filter(|task| fits(task)).map(|_| label));
        let read: Vec<_> = labels.into_par_iter().map(read).collect();
        Ok(collect(read, |label| label)?.into_iter().flatten().collect())
    }

    fn read(&self, at: usize, label: &Label) -> Result<(Label, Arc<Task<Label>>), Mistakes> {
        if let Some(changed) = self.changed.get(label) {
            return Ok((label.clone(), Arc::clone(changed)));
        }
        read_task(&Node::from(label), &self.object.value(at)?)
    }

    /// All tasks.
    ///
    /// # Errors
    /// Everything about them that is not a graph of tasks.
    pub fn whole(&self) -> Result<LabelGraph, Mistakes> {
        let read: Vec<_> = self.places().into_par_iter().map(|(at, label)| self.read(at, &label)).collect();
        Ok(collect(read, |task| task)?.into_iter().collect())
    }

    /// Those of the labels that there are, and everything they depend on.
    ///
    /// # Errors
    /// Everything about these that is not a graph of tasks.
    pub fn closure<'l>(&self, labels: impl IntoIterator<Item = &'l Label>) -> Result<LabelGraph, Mistakes> {
        let (mut found, mut mistakes) = (BTreeMap::new(), Mistakes::default());
        let (mut seen, mut ahead) = (BTreeSet::new(), labels.into_iter().cloned().collect::<Vec<Label>>());
        while let Some(label) = ahead.pop() {
            if !seen.insert(label.clone()) {
                continue;
            }
            match self.task(&label) {
                Ok(None) => {}
                Ok(Some(task)) => {
                    ahead.extend(task.dependencies.iter().map(|(_, on)| on.clone()));
                    found.insert(label, task);
                }
                Err(more) => mistakes.extend(more.0),
            }
        }
        mistakes.or(found.into_iter().collect())
    }

    /// A label and those of all tasks that depend on it, directly or through others.
    ///
    /// # Errors
    /// Dependencies that are none.
    pub fn dependents(&self, label: Label) -> Result<BTreeSet<Label>, Mistakes> {
        let edges = self.edges()?;
        let mut dependents: BTreeMap<&Label, Vec<&Label>> = BTreeMap::new();
        for (from, on) in &edges {
            on.iter().for_each(|on| dependents.entry(on).or_default().push(from));
        }
        let (mut closure, mut ahead) = (BTreeSet::new(), vec![label]);
        while let Some(label) = ahead.pop() {
            let next = dependents.get(&label).into_iter().flatten();
            ahead.extend(next.filter(|next| !closure.contains(**next)).map(|&next| next.clone()));
            closure.insert(label);
        }
        Ok(closure)
    }

    /// What each task depends on; nothing else of the tasks is read.
    fn edges(&self) -> Result<Vec<(Label, Vec<Label>)>, Mistakes> {
        let edges = |(at, label): (usize, Label)| {
            let read = self.object.member(at, "dependencies")?;
            let on = read.as_ref().map(dependencies).transpose()?.unwrap_or_default();
            Ok::<_, Diagnostic>((label, on.into_iter().map(|(_, on)| on).collect()))
        };
        let read: Vec<_> = self.places().into_par_iter().map(edges).collect();
        collect(read, |edges| Ok(edges?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A task on those it depends on, as JSON.
    fn task(label: &str, on: &[&str]) -> String {
        let on: BTreeMap<&str, &str> = on.iter().map(|on| (*on, *on)).collect();
        serde_json::json!({
            "attributes": {"retrigger": true}, "dependencies": on, "kind": "k", "label": label, "task": {"x": label},
        })
        .to_string()
    }

    fn stored(tasks: &[(&str, String)]) -> StoredGraph {
        let entries: Vec<String> = tasks.iter().map(|(label, task)| format!("\"{label}\": {task}")).collect();
        StoredGraph::new(format!("{{{}}}", entries.join(", "))).unwrap()
    }

    fn labels<'l>(labels: impl IntoIterator<Item = &'l Label>) -> Vec<&'l str> {
        labels.into_iter().map(Label::as_str).collect()
    }

    proptest! {
        /// Beside the graph that is read as a whole.
        #[test]
        fn tasks_and_closures_are_those_of_the_whole(
            edges in prop::collection::vec((0..6_usize, 0..8_usize), 0..12),
            start in prop::collection::vec(0..8_usize, 0..3),
        ) {
            let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
            let on = |from: usize| -> Vec<&str> {
                edges.iter().filter(|edge| edge.0 == from).map(|edge| names[edge.1]).collect()
            };
            // The last two are only depended on.
            let tasks: Vec<_> = (0..6).rev().map(|at| (names[at], task(names[at], &on(at)))).collect();
            let graph = stored(&tasks);
            let whole = graph.whole().unwrap();
            prop_assert!(graph.labels().eq(whole.keys().map(Label::as_str)));
            let start: Vec<Label> = start.into_iter().map(|at| names[at].into()).collect();
            let closure = graph.closure(&start).unwrap();
            prop_assert_eq!(labels(closure.keys()), labels(whole.edges().closure(&start)));
            for name in names {
                let label = Label::from(name);
                prop_assert_eq!(graph.task(&label).unwrap(), whole.get(&label).cloned());
                prop_assert_eq!(graph.contains(&label), whole.contains(&label));
                let reaches = |from: &&Label| whole.edges().closure([*from]).contains(&label);
                let expected: BTreeSet<Label> = whole.keys().filter(reaches).cloned().chain([label.clone()]).collect();
                // One that only is depended on by way of a task that is not there is reached all the same.
                let direct = whole.iter().filter(|(_, task)| task.dependencies.iter().any(|(_, on)| *on == label));
                let through: BTreeSet<Label> = direct
                    .flat_map(|(from, _)| {
                        whole.keys().filter(|start| whole.edges().closure([*start]).contains(from)).cloned()
                    })
                    .collect();
                let expected: BTreeSet<Label> = expected.into_iter().chain(through).collect();
                prop_assert_eq!(graph.dependents(label.clone()).unwrap(), expected);
            }
        }
    }

    #[test]
    fn what_is_no_task_is_told_when_it_is_needed() {
        let graph = stored(&[
            ("a", task("a", &["b"])),
            ("b", "{\"kind\": \"k\", \"label\": \"b\", \"attributes\": {}, \"task\": []}".into()),
            ("c", task("c", &[])),
        ]);
        assert!(graph.task(&"a".into()).unwrap().is_some());
        let told = |mistakes: Mistakes| -> Vec<String> { mistakes.0.into_iter().map(|told| told.message).collect() };
        let expected = ["task `b` of the graph: expected `task` as a mapping, found a list"];
        assert_eq!(told(graph.closure([&"a".into(), &"c".into()]).unwrap_err()), expected);
        assert_eq!(told(graph.whole().unwrap_err()), expected);
        assert_eq!(labels(graph.closure([&"c".into()]).unwrap().keys()), ["c"]);
        assert_eq!(labels(&graph.dependents("b".into()).unwrap()), ["a", "b"]);
        assert!(StoredGraph::new("[]".into()).is_err());
    }
}
