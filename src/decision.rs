//! The decision: a push becomes artifacts and tasks.

use std::collections::BTreeMap;

use chrono::{DateTime, Local, Utc};

use crate::actions::Action;
use crate::actions::support::{actions_json, taskcluster_yml_hash};
use crate::create::{self, Creation, Pace};
use crate::diagnostics::{Diagnostic, shown};
pub use crate::error::Error;
use crate::explain::{self, explain_graphs, selection_document};
use crate::generate::optimization::{LogLevel, LogLine};
use crate::generate::summary::summary;
use crate::generate::{Graphs, Inputs, generate_all};
use crate::model::{GraphConfig, Label, LabelGraph, Task};
use crate::publish::Publisher;
use crate::script::Question;
use crate::sources::checkout::Checkout;
use crate::sources::clock::Clock;
use crate::yaml::{self, Map, Node};

/// The artifacts of a decision beside the scripts, in the order they are written.
pub const ARTIFACTS: [&str; 10] = [
    "optimizations.log",
    "parameters.yml",
    "actions.json",
    "full-task-graph.json",
    "runnable-jobs.json",
    SELECTION,
    explain::ARTIFACT,
    "target-tasks.json",
    "task-graph.json",
    "label-to-taskid.json",
];

/// The artifact that says what the push asked for, and what that selects.
const SELECTION: &str = "selection.json";

/// The scripts of workers that are published for other projects to fetch.
const SCRIPTS: [&str; 2] = ["run-task", "fetch-content"];

/// What a decision is made from.
#[derive(Clone, Copy)]
pub struct Decision<'a> {
    /// The push, the project, the tree, and the services.
    pub inputs: Inputs<'a>,
    /// What time it is when a task is created.
    pub clock: &'a dyn Clock,
    /// The actions to offer.
    pub actions: &'a [Action],
    /// How tasks are sent to the queue.
    pub pace: Pace,
    /// Where the artifacts go.
    pub artifacts: &'a Publisher,
    /// Where the files go that generation makes, by path relative to where the program runs.
    pub published: &'a Publisher,
}

/// Generates the graph of the push, publishes it, and creates its tasks.
///
/// Artifacts of an earlier run are removed first, and those of a graph appear only once the whole graph is there:
/// what is left behind by a decision that failed cannot be taken for the graph of the push.
///
/// # Errors
/// What is wrong with the tree; services or a disk that fail; tasks that could not be created. A second run ends with
/// the same tasks, however far the first one came.
pub async fn decide(decision: &Decision<'_>) -> Result<Graphs, Error> {
    for name in ARTIFACTS {
        decision.artifacts.remove(name)?;
    }
    decision.publish_inputs()?;
    let graphs = generate_all(&decision.inputs).await?;
    for line in summary(&graphs) {
        log::info!("{line}");
    }
    decision.publish_graphs(&graphs)?;
    decision.publish_scripts()?;
    decision.create(&graphs).await?;
    Ok(graphs)
}

impl Decision<'_> {
    /// What the graph is made from; written first, to be there if it cannot be made.
    fn publish_inputs(&self) -> Result<(), Error> {
        let run = self.inputs.run;
        self.artifacts.yaml("parameters.yml", &Node::new(run.parameters.document().clone()))?;
        Ok(self.artifacts.json("actions.json", &self.actions_json()?)?)
    }

    /// The actions to offer: those of the tree's own code are among them only if it lists them.
    fn actions_json(&self) -> Result<Node, Error> {
        let run = self.inputs.run;
        if !run.code.needs().is_empty() {
            return Ok(run.code.ask(Question::Actions)?);
        }
        let hash = read_taskcluster_yml_hash(run.checkout, run.graph_config)?;
        Ok(actions_json(self.actions, run.parameters, run.graph_config, self.inputs.decision_task_id, &hash)?)
    }

    fn publish_graphs(&self, graphs: &Graphs) -> Result<(), Error> {
        let log = optimization_log(&graphs.optimized.log, self.clock.now());
        self.artifacts.bytes("optimizations.log", log.as_bytes())?;
        self.artifacts.graph("full-task-graph.json", &graphs.full)?;
        self.artifacts.json("runnable-jobs.json", &runnable_jobs(&graphs.full))?;
        let method = &self.inputs.run.parameters.target_tasks_method;
        self.artifacts.json(SELECTION, &selection_document(&graphs.target, method))?;
        self.artifacts.packed_json(explain::ARTIFACT, &explain_graphs(graphs, method).to_document())?;
        self.artifacts.json("target-tasks.json", &graphs.target.set.iter().map(Node::from).collect())?;
        self.artifacts.graph("task-graph.json", &graphs.morphed.tasks)?;
        self.artifacts.json("label-to-taskid.json", &yaml::write(&graphs.morphed.label_to_task_id))?;
        Ok(())
    }

    fn publish_scripts(&self) -> Result<(), Error> {
        for (path, content) in self.inputs.run.published.take() {
            self.published.bytes(&path.to_string_lossy(), &content)?;
        }
        for name in SCRIPTS {
            match self.inputs.run.scripts.read(name)? {
                Some(script) => self.artifacts.script(name, &script.content, script.mode)?,
                None => log::warn!("`{name}` is not published: the Python package taskcluster-taskgraph is not here"),
            }
        }
        Ok(())
    }

    async fn create(&self, graphs: &Graphs) -> Result<(), Error> {
        let run = self.inputs.run;
        let creation = Creation {
            graph: &graphs.morphed.tasks,
            decision_task_id: self.inputs.decision_task_id,
            scheduler_id: &create::scheduler_id(run.graph_config, run.parameters),
            pace: self.pace,
        };
        let created = create::create_tasks(&creation, self.inputs.queue, self.clock).await?;
        for task in &created.tasks {
            log::info!("Created task {} for {}", task.task_id, task.label);
        }
        Ok(())
    }
}

/// [`taskcluster_yml_hash()`] of the project's file.
///
/// # Errors
/// If the project has none.
pub fn read_taskcluster_yml_hash(checkout: &dyn Checkout, graph_config: &GraphConfig) -> Result<String, Diagnostic> {
    let path = graph_config.taskcluster_yml();
    let content = checkout.read(&path).map_err(|error| {
        let shown = shown(&path, checkout.current_directory());
        Diagnostic::error(format!("cannot read `{}`: {error}", shown.display()))
            .help("Taskcluster reads this file on a push, and the hooks of actions are named after it")
    })?;
    Ok(taskcluster_yml_hash(&content))
}

/// The log in the format of log lines; all have the time at which it is written.
fn optimization_log(lines: &[LogLine], now: DateTime<Utc>) -> String {
    let time = now.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S,%3f").to_string();
    let level = |line: &LogLine| match line.level {
        LogLevel::Debug => "DEBUG",
        LogLevel::Info => "INFO",
    };
    lines.iter().map(|line| format!("{time} - {} - {}\n", level(line), line.message)).collect()
}

/// `runnable-jobs.json`: what Treeherder shows of each task that could be added.
fn runnable_jobs(graph: &LabelGraph) -> Node {
    let jobs = graph.iter().filter_map(|(label, task)| Some((label.as_str(), runnable_job(task)?)));
    Node::new(jobs.collect::<BTreeMap<_, _>>().into_iter().collect::<Map>())
}

fn runnable_job(task: &Task<Label>) -> Option<Map> {
    let treeherder = task.definition.get("extra")?.get("treeherder")?;
    let mut job = Map::new();
    for key in ["symbol", "groupName", "groupSymbol", "collection"] {
        if let Some(value) = treeherder.get(key) {
            job.insert(key, value.clone());
        }
    }
    if let Some(platform) =
        treeherder.get("machine").and_then(|machine| machine.get("platform")).filter(|name| name.is_truthy())
    {
        job.insert("platform", platform.clone());
    }
    Some(job)
}
