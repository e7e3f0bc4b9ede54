//! What a kind's transforms may see.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::memo::RunMemo;
use super::siblings::Siblings;
use crate::diagnostics::{Files, Warnings};
use crate::model::{GraphConfig, KindName, Label, Parameters, Task};
use crate::script::{InTreeCode, KindView};
use crate::sources::checkout::Checkout;
use crate::sources::scripts::Scripts;
use crate::steps;
use crate::yaml::{Map, Node};

/// What every kind of a run may see: the push, the project, the tree, and where the run takes place.
#[derive(Clone, Copy)]
pub struct RunContext<'a> {
    /// The push.
    pub parameters: &'a Parameters,
    /// The project.
    pub graph_config: &'a GraphConfig,
    /// The tree.
    pub checkout: &'a dyn Checkout,
    /// The scripts of workers, whose content shows in the names of caches and images.
    pub scripts: &'a dyn Scripts,
    /// The surroundings that matter to the graph.
    pub surroundings: &'a Surroundings,
    /// Every file read, for spans.
    pub files: &'a Files,
    /// Where warnings go.
    pub warnings: &'a Warnings,
    /// Runs what the tree brings along in a language of its own.
    pub code: &'a dyn InTreeCode,
    /// Where files go that the decision publishes beside the graph.
    pub published: &'a Published,
    /// What was asked of the tree before.
    pub memo: &'a RunMemo,
    /// What to skip or to add.
    pub options: GenerateOptions,
}

/// What one kind's transforms may see.
#[derive(Clone, Copy)]
pub struct KindContext<'a> {
    /// What every kind sees.
    pub run: &'a RunContext<'a>,
    /// The kind.
    pub kind: &'a KindName,
    /// Its directory as it shows in tasks: the root as given, then `kinds/<kind>`.
    pub path: &'a Path,
    /// Its `kind.yml`.
    pub config: &'a Map,
    /// The tasks of its kind-dependencies, in the order they were made.
    pub dependencies: &'a KindTasks,
    /// What its tasks have in common.
    pub siblings: &'a Siblings,
}

impl<'a> KindContext<'a> {
    /// What in-tree code sees of the kind.
    #[must_use]
    pub fn view(&self) -> KindView<'a> {
        KindView { kind: self.kind, path: self.path, config: self.config, dependencies: &self.dependencies.tasks }
    }

    /// What `make` makes of parts of a task, or has made for another task of the kind in which they are the same. It
    /// may read nothing else of the task, but all of the kind and the run.
    ///
    /// # Errors
    /// As `make`; that is tried again for the next task, as is what comes with a warning.
    pub fn once<'n, T: Send + Sync + 'static, E>(
        &self,
        step: &'static str,
        parts: impl ExactSizeIterator<Item = &'n Node> + Clone,
        make: impl FnOnce(&KindContext<'_>) -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        if let Some(made) = self.siblings.get(step, parts.clone()) {
            return Ok(made);
        }
        let warnings = Warnings::default();
        let run = RunContext { warnings: &warnings, ..*self.run };
        let made = make(&KindContext { run: &run, ..*self }).map(Arc::new);
        let warnings = warnings.take();
        if let (Ok(made), true) = (&made, warnings.is_empty()) {
            self.siblings.keep(step, parts, made);
        }
        warnings.into_iter().for_each(|warning| self.warnings.push(warning));
        made
    }
}

impl<'a> std::ops::Deref for KindContext<'a> {
    type Target = RunContext<'a>;

    fn deref(&self) -> &RunContext<'a> {
        self.run
    }
}

/// The finished tasks a kind may look at: in order, and by label.
#[derive(Clone, Debug, Default)]
pub struct KindTasks {
    /// Whether more tasks should be there, which have mistakes.
    pub(super) is_partial: bool,
    tasks: Vec<Arc<Task<Label>>>,
    by_label: BTreeMap<Label, usize>,
}

impl KindTasks {
    /// Those tasks; of two with one label the last is found by it.
    pub fn new(tasks: impl IntoIterator<Item = Arc<Task<Label>>>) -> Self {
        let tasks: Vec<_> = tasks.into_iter().collect();
        let by_label = tasks.iter().enumerate().map(|(at, task)| (task.label.clone(), at)).collect();
        Self { is_partial: false, tasks, by_label }
    }

    /// The task of that label.
    #[must_use]
    pub fn get(&self, label: &str) -> Option<&Arc<Task<Label>>> {
        self.by_label.get(label).map(|&at| &self.tasks[at])
    }

    /// The tasks of those labels, in order; labels of none are passed over.
    pub fn of_labels<'l>(&self, labels: impl Iterator<Item = &'l str>) -> impl Iterator<Item = &Arc<Task<Label>>> {
        let places: BTreeSet<usize> = labels.filter_map(|label| self.by_label.get(label).copied()).collect();
        places.into_iter().map(|at| &self.tasks[at])
    }

    /// All tasks in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Task<Label>>> {
        steps::took(self.tasks.len());
        self.tasks.iter()
    }
}

/// Surroundings that matter to the graph; values, so that generation stays pure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Taskcluster's root URL (never the proxy), without a slash at the end.
    pub root_url: Option<String>,
    /// The decision or action task itself.
    pub task_id: Option<String>,
    /// Whether this is automation, where tasks cannot do without [`Self::task_id`].
    pub automation: bool,
    /// The worker's proxy, which private artifacts are fetched through.
    pub proxy_url: Option<String>,
    /// The repository that tasks made by morphs name as their source.
    pub source_repository: Option<String>,
    /// The revision that tasks made by morphs name as their source.
    pub source_rev: Option<String>,
    /// What is used in place of parameter `optimize_strategies`.
    pub optimize_strategies: Option<String>,
}

/// What a run skips or adds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenerateOptions {
    /// Skip checks, digests and caching, as the reference's `--fast`.
    pub fast: bool,
    /// Make the files that the decision publishes: docker context archives.
    pub write_artifacts: bool,
}

/// Files made during generation for the decision to publish, by path relative to where the program runs.
#[derive(Debug, Default)]
pub struct Published(Mutex<BTreeMap<PathBuf, Vec<u8>>>);

impl Published {
    /// Adds a file.
    pub fn add(&self, path: impl Into<PathBuf>, content: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.into(), content);
    }

    /// A file added before.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    /// All files, by path; the list is emptied.
    #[must_use]
    pub fn take(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
