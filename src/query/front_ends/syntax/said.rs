//! What tasks say that a `try:` line refers to, gathered in one go: there may be forty thousand of them.

use std::collections::BTreeSet;

use super::TRY_NAMES;
use crate::model::{Label, LabelGraph, Task};
use crate::yaml::Node;

/// What the tasks of a graph say.
pub(super) struct Said<'a> {
    /// The tasks.
    pub(super) graph: &'a LabelGraph,
    /// The parts before `/` of what tasks are built for and tested on.
    pub(super) platforms: BTreeSet<&'a str>,
    /// What tasks are tested on.
    pub(super) test_platforms: BTreeSet<&'a str>,
    /// What tasks are built as.
    pub(super) build_types: BTreeSet<&'a str>,
    /// All kinds.
    pub(super) kinds: BTreeSet<&'a str>,
    /// The kinds of tasks that have a name of their own for `-j`.
    pub(super) kinds_with_job_names: BTreeSet<&'a str>,
    /// Whether there is a nightly task.
    pub(super) has_nightly: bool,
    /// The tests that each of [`TRY_NAMES`] names, in the order of their labels.
    pub(super) tests: [Vec<Test<'a>>; TRY_NAMES.len()],
}

/// A test and its name.
#[derive(Clone, Copy)]
pub(super) struct Test<'a> {
    pub(super) name: &'a str,
    pub(super) task: &'a Task<Label>,
}

impl<'a> Said<'a> {
    /// What the tasks of the graph say.
    pub(super) fn of(graph: &'a LabelGraph) -> Self {
        let mut said = Self {
            graph,
            platforms: BTreeSet::new(),
            test_platforms: BTreeSet::new(),
            build_types: BTreeSet::new(),
            kinds: BTreeSet::new(),
            kinds_with_job_names: BTreeSet::new(),
            has_nightly: false,
            tests: Default::default(),
        };
        graph.iter().for_each(|(_, task)| said.add(task));
        said
    }

    fn add(&mut self, task: &'a Task<Label>) {
        self.kinds.insert(task.kind.as_str());
        for (key, value) in task.attributes.text_entries() {
            match key {
                "nightly" => self.has_nightly |= value.is_truthy(),
                "job_try_name" => drop(self.kinds_with_job_names.insert(task.kind.as_str())),
                _ => value.as_str().into_iter().for_each(|text| self.add_text(task, key, text)),
            }
        }
    }

    fn add_text(&mut self, task: &'a Task<Label>, key: &str, text: &'a str) {
        match key {
            "build_platform" => drop(self.platforms.insert(before_slash(text))),
            "build_type" => drop(self.build_types.insert(text)),
            "test_platform" => {
                self.platforms.insert(before_slash(text));
                self.test_platforms.insert(text);
            }
            _ => {
                if let Some(at) = TRY_NAMES.iter().position(|name| *name == key) {
                    self.tests[at].push(Test { name: text, task });
                }
            }
        }
    }
}

/// A platform without its build type.
pub(super) fn before_slash(platform: &str) -> &str {
    platform.split('/').next().unwrap_or(platform)
}

/// The tier of a task on Treeherder; 1 where it says none.
pub(super) fn tier(task: &Task<Label>) -> i64 {
    let treeherder = task.definition.get("extra").and_then(|extra| extra.get("treeherder"));
    treeherder.and_then(|treeherder| treeherder.get("tier")).and_then(Node::as_i64).unwrap_or(1)
}
