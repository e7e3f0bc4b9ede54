//! Small graphs for the tests of verifications.

use std::sync::Arc;

use super::{Check, Verification};
use crate::diagnostics::{Diagnostic, Files, Span};
use crate::generate::testing::World;
use crate::model::{GraphKey, Label, Task, TaskGraph, TaskId};
use crate::yaml::{self, Map, Node};

/// A document.
pub(super) fn yaml(text: &str) -> Node {
    yaml::load(&Files::default(), "test.yml", text).unwrap().root
}

/// A task with that definition; its key is its label.
pub(super) fn task<K>(label: &str, definition: &str) -> Task<K> {
    Task {
        kind: "test".into(),
        label: label.into(),
        description: "".into(),
        attributes: Map::new(),
        definition: yaml(definition).as_map().unwrap().clone(),
        optimization: None,
        dependencies: Vec::new(),
        soft_dependencies: Vec::new(),
        if_dependencies: Vec::new(),
        span: Span::NONE,
    }
}

fn graph<K: GraphKey>(tasks: Vec<Task<K>>, key: fn(&str) -> K) -> TaskGraph<K> {
    tasks.into_iter().map(|task| (key(task.label.as_str()), Arc::new(task))).collect()
}

fn tasks<K>(definitions: &Node) -> Vec<Task<K>> {
    let entries = definitions.as_map().unwrap().text_entries();
    let with = |definition: &Node| Task { definition: definition.as_map().unwrap().clone(), ..task("", "{}") };
    entries.map(|(label, definition)| Task { label: label.into(), ..with(definition) }).collect()
}

fn messages(told: Vec<Diagnostic>) -> Vec<String> {
    told.into_iter().map(|told| told.message).collect()
}

/// What a verification says of a full task graph, given as label → definition.
pub(super) fn full(verification: Verification, definitions: &Node) -> Vec<String> {
    full_tasks(verification, tasks(definitions))
}

/// What a verification says of a full task graph.
pub(super) fn full_tasks(verification: Verification, tasks: Vec<Task<Label>>) -> Vec<String> {
    let Check::FullTaskGraph(check) = verification.check else { panic!("it is for another phase") };
    messages(check(&graph(tasks, |label| label.into()), &World::new(&[]).run()))
}

/// What a verification says of an optimized task graph, given as id → definition.
pub(super) fn optimized(verification: Verification, definitions: &Node) -> Vec<String> {
    optimized_tasks(verification, tasks(definitions))
}

/// What a verification says of an optimized task graph.
pub(super) fn optimized_tasks(verification: Verification, tasks: Vec<Task<TaskId>>) -> Vec<String> {
    let Check::OptimizedTaskGraph(check) = verification.check else { panic!("it is for another phase") };
    messages(check(&graph(tasks, |label| label.into()), &World::new(&[]).run()))
}
