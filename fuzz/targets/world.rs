//! A small project in memory.

use std::path::Path;

use futures::executor::block_on;
use pushgraph::diagnostics::{Files, Warnings};
use pushgraph::generate::Inputs;
use pushgraph::generate::config::load_graph_config;
use pushgraph::generate::context::{GenerateOptions, Published, RunContext, Surroundings};
use pushgraph::generate::memo::RunMemo;
use pushgraph::model::{GraphConfig, Parameters, TaskId};
use pushgraph::parameters::{Loader, Strictness};
use pushgraph::script::NoCode;
use pushgraph::sources::artifacts::MemoryArtifacts;
use pushgraph::sources::checkout::MemoryCheckout;
use pushgraph::sources::downloads::MemoryDownloads;
use pushgraph::sources::index::MemoryIndex;
use pushgraph::sources::queue::MemoryQueue;
use pushgraph::sources::scripts::MemoryScripts;
use pushgraph::yaml::Map;

const CONFIG: &str = include_str!("../../tests/trees/hello/taskcluster/config.yml");
pub(super) const PARAMETERS: &str = include_str!("../../tests/trees/hello/parameters/push.yml");

/// All that a run needs.
pub(super) struct World {
    checkout: MemoryCheckout,
    pub(super) files: Files,
    pub(super) warnings: Warnings,
    pub(super) index: MemoryIndex,
    pub(super) queue: MemoryQueue,
    pub(super) artifacts: MemoryArtifacts,
    surroundings: Surroundings,
    published: Published,
    memo: RunMemo,
    scripts: MemoryScripts,
    pub(super) decision_task_id: TaskId,
}

impl World {
    /// A project with these files beside its configuration and parameters; a later file counts.
    pub(super) fn new(files: &[(&str, &[u8])]) -> Self {
        let own = [("taskcluster/config.yml", CONFIG.as_bytes()), ("parameters.yml", PARAMETERS.as_bytes())];
        Self {
            checkout: MemoryCheckout::new(own.iter().chain(files).map(|(path, content)| (*path, *content))),
            files: Files::default(),
            warnings: Warnings::default(),
            index: MemoryIndex::default(),
            queue: MemoryQueue::default(),
            artifacts: MemoryArtifacts::default(),
            surroundings: Surroundings::default(),
            published: Published::default(),
            memo: RunMemo::default(),
            scripts: MemoryScripts::default(),
            decision_task_id: TaskId::new("fzy3l9dCSDKRYTxTQTZjGg"),
        }
    }

    pub(super) fn graph_config(&self) -> GraphConfig {
        let (checkout, root) = (&self.checkout, Path::new("taskcluster"));
        let read = load_graph_config(checkout, &self.files, &self.warnings, root, Some(Path::new("/tree")));
        read.unwrap_or_else(|mistakes| panic!("{mistakes}"))
    }

    /// What `parameters.yml` says, if it says it well.
    pub(super) fn parameters(&self) -> Option<Parameters> {
        let loader = Loader {
            checkout: &self.checkout,
            index: &self.index,
            artifacts: &self.artifacts,
            downloads: &MemoryDownloads::default(),
            files: &self.files,
            warnings: &self.warnings,
        };
        block_on(loader.load(Some("parameters.yml"), Strictness::Strict, &Map::new(), None)).ok()
    }

    pub(super) fn run<'a>(&'a self, graph_config: &'a GraphConfig, parameters: &'a Parameters) -> RunContext<'a> {
        RunContext {
            parameters,
            graph_config,
            checkout: &self.checkout,
            scripts: &self.scripts,
            surroundings: &self.surroundings,
            files: &self.files,
            warnings: &self.warnings,
            code: &NoCode,
            published: &self.published,
            memo: &self.memo,
            options: GenerateOptions::default(),
        }
    }

    pub(super) fn inputs<'a>(&'a self, run: RunContext<'a>) -> Inputs<'a> {
        Inputs {
            run,
            index: &self.index,
            queue: &self.queue,
            now: "2026-01-01T00:00:00Z".parse().expect("it is a time"),
            decision_task_id: &self.decision_task_id,
            verify: true,
        }
    }
}
