//! A small project in memory, for the tests of everything under `generate`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostics::{Files, Mistakes, Warnings};
use crate::generate::context::{GenerateOptions, KindContext, KindTasks, Published, RunContext, Surroundings};
use crate::generate::memo::RunMemo;
use crate::generate::siblings::Siblings;
use crate::generate::transforms::{Apply, Transform};
use crate::generate::{DECISION_TASK, Inputs};
use crate::model::{GraphConfig, KindName, Label, Parameters, Stub, Task, TaskId, github_push};
use crate::script::{InTreeCode, NoCode};
use crate::sources::checkout::MemoryCheckout;
use crate::sources::index::MemoryIndex;
use crate::sources::queue::MemoryQueue;
use crate::sources::scripts::MemoryScripts;
use crate::yaml::{self, Map, Node};

/// A `config.yml` with one docker-worker and one generic-worker alias for each system.
pub(crate) const CONFIG: &str = "
trust-domain: example
task-priority: low
taskgraph:
    repositories:
        ci: {name: Project}
workers:
    aliases:
        b-linux: {provisioner: '{trust-domain}-{level}', implementation: docker-worker, os: linux, worker-type: 'linux-{alias}'}
        b-win: {provisioner: '{trust-domain}-{level}', implementation: generic-worker, os: windows, worker-type: win}
        b-osx: {provisioner: '{trust-domain}-{level}', implementation: generic-worker, os: macosx, worker-type: osx}
        images: {provisioner: '{trust-domain}-{level}', implementation: docker-worker, os: linux, worker-type: images}
        t-linux.*: {provisioner: '{trust-domain}-t', implementation: docker-worker, os: linux, worker-type: {by-level: {'3': t-3, default: t-1}}}
";

/// All that a run needs, with the project's files in memory.
pub(crate) struct World {
    pub(crate) parameters: Parameters,
    pub(crate) graph_config: GraphConfig,
    pub(crate) checkout: MemoryCheckout,
    pub(crate) scripts: MemoryScripts,
    pub(crate) code: Box<dyn InTreeCode>,
    pub(crate) surroundings: Surroundings,
    pub(crate) files: Files,
    pub(crate) warnings: Warnings,
    pub(crate) published: Published,
    pub(crate) memo: RunMemo,
    pub(crate) options: GenerateOptions,
    pub(crate) index: MemoryIndex,
    pub(crate) queue: MemoryQueue,
    pub(crate) decision_task_id: TaskId,
}

impl World {
    /// A project with that `config.yml` and these files.
    pub(crate) fn with_config(config: &str, files: &[(&str, &str)]) -> Self {
        let run_files = Files::default();
        let document = document(&run_files, "taskcluster/config.yml", config);
        let graph_config = GraphConfig {
            config: yaml::read(&document).expect("the test's configuration is right"),
            document,
            root: PathBuf::from("taskcluster"),
            vcs_root: PathBuf::from("/tree"),
        };
        Self {
            parameters: github_push(),
            graph_config,
            checkout: MemoryCheckout::new(files.iter().copied()),
            scripts: MemoryScripts::default(),
            code: Box::new(NoCode),
            surroundings: Surroundings { root_url: Some("https://tc.example.com".into()), ..Surroundings::default() },
            files: run_files,
            warnings: Warnings::default(),
            published: Published::default(),
            memo: RunMemo::default(),
            options: GenerateOptions::default(),
            index: MemoryIndex::default(),
            queue: MemoryQueue::default(),
            decision_task_id: TaskId::new(DECISION_TASK),
        }
    }

    /// What the phases are made from.
    pub(crate) fn inputs(&self) -> Inputs<'_> {
        Inputs {
            run: self.run(),
            index: &self.index,
            queue: &self.queue,
            now: "2026-01-01T00:00:00Z".parse().expect("it is a time"),
            decision_task_id: &self.decision_task_id,
            verify: true,
        }
    }

    /// A project with [`CONFIG`] and these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::with_config(CONFIG, files)
    }

    /// What every kind of the run sees.
    pub(crate) fn run(&self) -> RunContext<'_> {
        RunContext {
            parameters: &self.parameters,
            graph_config: &self.graph_config,
            checkout: &self.checkout,
            scripts: &self.scripts,
            code: &*self.code,
            surroundings: &self.surroundings,
            files: &self.files,
            warnings: &self.warnings,
            published: &self.published,
            memo: &self.memo,
            options: self.options,
        }
    }

    /// A document of this world, so that its mistakes have places.
    pub(crate) fn yaml(&self, text: &str) -> Node {
        document(&self.files, "test.yml", text)
    }

    /// Calls `see` with what a kind's transforms see: its `kind.yml` and the tasks of its kind-dependencies.
    pub(crate) fn kind<T>(
        &self,
        kind: &str,
        kind_yml: &str,
        dependencies: Vec<Task<Label>>,
        see: impl FnOnce(&KindContext<'_>) -> T,
    ) -> T {
        let (name, path) = (KindName::from(kind), self.graph_config.kinds_dir().join(kind));
        let config = document(&self.files, "kind.yml", kind_yml).as_map().cloned().unwrap_or_default();
        let dependencies = KindTasks::new(dependencies.into_iter().map(Arc::new));
        let run = self.run();
        let siblings = Siblings::default();
        see(&KindContext {
            run: &run,
            kind: &name,
            path: &path,
            config: &config,
            dependencies: &dependencies,
            siblings: &siblings,
        })
    }

    /// What a transform makes of a YAML list of stubs in kind `test` without dependencies.
    pub(crate) fn transform(&self, transform: &Transform, stubs: &str) -> Result<serde_json::Value, Mistakes> {
        let stubs = self.stubs(stubs);
        self.kind("test", "{}", Vec::new(), |kind| apply(transform, kind, stubs))
    }

    /// The stubs of a YAML list.
    pub(crate) fn stubs(&self, text: &str) -> Vec<Stub> {
        let node = self.yaml(text);
        let items = node.as_list().expect("the test's stubs are a list").iter().cloned();
        items.map(|item| Stub::from_node(item).expect("the test's stubs are mappings")).collect()
    }

    /// Each mistake as `line:column message`, with its help in brackets.
    pub(crate) fn told(&self, mistakes: &Mistakes) -> Vec<String> {
        let told = |mistake: &crate::diagnostics::Diagnostic| {
            let place = self.files.place(mistake.span).map_or((0, 0), |place| place.line_and_column());
            let help = mistake.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
            format!("{}:{} {}{help}", place.0, place.1, mistake.message)
        };
        mistakes.0.iter().map(told).collect()
    }
}

/// Runs one transform over stubs and gives what comes out as JSON.
pub(crate) fn apply(
    transform: &Transform,
    kind: &KindContext<'_>,
    stubs: Vec<Stub>,
) -> Result<serde_json::Value, Mistakes> {
    let stubs = match transform.apply {
        Apply::Each(each) => crate::diagnostics::collect(stubs, |stub| each(kind, stub))?.concat(),
        Apply::Whole(whole) => {
            let (stubs, mistakes) = whole(kind, stubs);
            mistakes.or(stubs)?
        }
    };
    Ok(stubs.iter().map(|stub| serde_json::to_value(stub.to_node()).expect("a stub is JSON")).collect())
}

/// A finished task for a kind to depend on; `attributes` as YAML.
pub(crate) fn task(kind: &str, label: &str, attributes: &str) -> Task<Label> {
    let mut all = document(&Files::default(), "attributes.yml", attributes).as_map().cloned().unwrap_or_default();
    all.insert("kind", kind);
    Task {
        kind: kind.into(),
        label: label.into(),
        description: "a task".into(),
        attributes: all,
        definition: Map::new(),
        optimization: None,
        dependencies: Vec::new(),
        soft_dependencies: Vec::new(),
        if_dependencies: Vec::new(),
        span: crate::diagnostics::Span::NONE,
    }
}

fn document(files: &Files, path: impl AsRef<Path>, text: &str) -> Node {
    yaml::load(files, path.as_ref(), text).expect("the test's YAML is right").root
}

/// The modules in a folder of this package, by name, except `mod`, `tests` and those that are no row of its table.
pub(crate) fn modules_beside(folder: &str, others: &[&str]) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).expect("the folder is in this package");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("the folder can be listed").path();
        path.file_stem().map(|stem| stem.to_string_lossy().into_owned())
    };
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.retain(|name| name != "mod" && !name.ends_with("tests") && !others.contains(&name.as_str()));
    names.sort();
    names.dedup();
    names
}
