//! The trees of `tests/trees/`, which `README.md` there describes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::index::Taskcluster;
use super::programs::{Checkout, Program};
use crate::support::repository;

/// A tree with its parameter sets.
pub(super) struct Tree {
    pub(super) name: String,
    pub(super) files: PathBuf,
    pub(super) parameters: Vec<PathBuf>,
    pub(super) settings: Settings,
}

/// What a tree's `tree.yml` may say.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Settings {
    /// The folder with `config.yml`.
    pub(super) root: String,
    pub(super) environment: BTreeMap<String, String>,
    /// Arguments of every command that makes a graph.
    pub(super) arguments: Vec<String>,
    /// Revisions after the first: files and their new content, or nothing where they are deleted.
    pub(super) commits: Vec<BTreeMap<String, Option<String>>>,
    /// Options of `decision` beside the usual ones, which they replace.
    pub(super) decision: BTreeMap<String, String>,
    /// Whether the queue does not take some task, so that a decision leaves its files and fails.
    pub(super) refused_by_the_queue: bool,
    /// Whether the reference's decision fails on the tree, so that there is nothing to compare ours with.
    pub(super) reference_cannot_decide: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let (environment, decision) = (BTreeMap::new(), BTreeMap::new());
        Self {
            root: "taskcluster".into(),
            environment,
            arguments: vec![],
            commits: vec![],
            decision,
            refused_by_the_queue: false,
            reference_cannot_decide: false,
        }
    }
}

impl Tree {
    /// A folder of `tests/trees/`.
    pub(super) fn named(name: &str) -> Self {
        let files = repository().join("tests/trees").join(name);
        let parameters = sorted(&files.join("parameters"));
        let settings = match std::fs::read_to_string(files.join("tree.yml")) {
            Ok(text) => serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}/tree.yml: {error}")),
            Err(_) => Settings::default(),
        };
        Self { name: name.to_owned(), files, parameters, settings }
    }

    pub(super) fn checkout(&self) -> Checkout {
        Checkout::of(&self.files).with(&self.settings.commits)
    }

    /// A Taskcluster that holds what the tree says.
    pub(super) fn taskcluster(&self) -> Taskcluster {
        let taskcluster = Taskcluster::start();
        taskcluster.fill(&self.files);
        taskcluster
    }

    /// The environment of both programs.
    pub(super) fn environment<'a>(&'a self, taskcluster: &'a Taskcluster) -> Vec<(&'a str, &'a str)> {
        let own = self.settings.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        std::iter::once(("TASKCLUSTER_ROOT_URL", taskcluster.root_url())).chain(own).collect()
    }

    /// The arguments of a command that makes a graph.
    pub(super) fn arguments<'a>(&'a self, phase: &'a str, parameters: &'a Path) -> Vec<&'a str> {
        let parameters = parameters.to_str().expect("UTF-8 paths");
        let common = [phase, "-r", &self.settings.root, "-p", parameters];
        common.into_iter().chain(self.settings.arguments.iter().map(String::as_str)).collect()
    }
}

/// A tree where both programs can be run.
pub(super) struct Stage<'a> {
    pub(super) tree: &'a Tree,
    checkout: Checkout,
    pub(super) taskcluster: Taskcluster,
}

impl<'a> Stage<'a> {
    pub(super) fn of(tree: &'a Tree) -> Self {
        Self { tree, checkout: tree.checkout(), taskcluster: tree.taskcluster() }
    }

    /// What a program prints for a phase, in a format.
    pub(super) fn output(&self, program: &Program, phase: &str, format: Option<&str>, parameters: &Path) -> String {
        let mut arguments = self.tree.arguments(phase, parameters);
        arguments.extend(format);
        program.output(&self.checkout, &arguments, &self.tree.environment(&self.taskcluster))
    }

    /// Has the reference write what it met in a run of everything.
    pub(super) fn record(&self, parameters: &Path, record: &Path) {
        let arguments = self.tree.arguments("morphed", parameters);
        Program::Recording { record }.output(&self.checkout, &arguments, &self.tree.environment(&self.taskcluster));
    }
}

/// The entries of a folder, in the order of their names.
pub(super) fn sorted(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}
