//! The push an action extends: all tasks it could have, and those it has.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{CONCURRENCY, Call, Error};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::model::{GraphConfig, Label, Parameters, StoredGraph, TaskId};
use crate::sources::ErrorKind;
use crate::yaml::{self, Map, Node};

const FULL_TASK_GRAPH: &str = "public/full-task-graph.json";
const TARGET_TASKS: &str = "public/target-tasks.json";
const LABEL_TO_TASK_ID: &str = "public/label-to-taskid.json";

/// Label → the newest task of that label.
type Labels = BTreeMap<Label, TaskId>;

/// The tasks of a push.
#[derive(Debug)]
pub(in crate::actions) struct PushTasks {
    /// Its decision, which is its task group too.
    pub(in crate::actions) decision_task_id: TaskId,
    /// Every task it could have.
    pub(in crate::actions) full_task_graph: StoredGraph,
    /// The tasks it has: those of its decision, and those that actions and cron tasks have added since.
    pub(in crate::actions) label_to_task_id: Labels,
}

impl PushTasks {
    /// Gathers what the decision, and all actions and cron tasks after it, left behind.
    ///
    /// # Errors
    /// If the decision cannot be found or left no graph, or a service does not answer.
    pub(in crate::actions) async fn fetch(call: &Call<'_>) -> Result<Self, Error> {
        let decision_task_id = find_decision(call).await?;
        let graph = fetch(call, &decision_task_id, FULL_TASK_GRAPH).await?;
        let full_task_graph = read_graph(graph.ok_or_else(|| missing(&decision_task_id, FULL_TASK_GRAPH))?)?;
        let labels = fetch_json(call, &decision_task_id, LABEL_TO_TASK_ID).await?;
        let mut label_to_task_id: Labels = match labels {
            Some(labels) => yaml::read(&labels)?,
            None => Labels::new(),
        };
        for labels in fetch_additions(call).await? {
            label_to_task_id.extend(labels);
        }
        Ok(Self { decision_task_id, full_task_graph, label_to_task_id })
    }
}

impl PushTasks {
    /// The labels that the push asked for, whatever was optimized away.
    ///
    /// # Errors
    /// If the decision did not say, or the queue does not answer.
    pub(in crate::actions) async fn target_tasks(&self, call: &Call<'_>) -> Result<Vec<Label>, Error> {
        let labels = fetch_json(call, &self.decision_task_id, TARGET_TASKS).await?;
        Ok(yaml::read(&labels.ok_or_else(|| missing(&self.decision_task_id, TARGET_TASKS))?)?)
    }
}

/// Whether a task may be retriggered; one that is not in the graph may not.
///
/// # Errors
/// What the graph has under the label is no task.
pub(in crate::actions) fn is_retriggerable(graph: &StoredGraph, label: &Label) -> Result<bool, Mistakes> {
    let Some(task) = graph.task(label)? else {
        log::info!("Task {label} not in full taskgraph, assuming task should not be retriggered.");
        return Ok(false);
    };
    Ok(task.attribute("retrigger").is_some_and(Node::is_truthy))
}

/// The decision of the push: the indexed one, else the task group, since pull requests are not indexed.
async fn find_decision(call: &Call<'_>) -> Result<TaskId, Error> {
    let path = decision_path(call.run.parameters, call.run.graph_config)?;
    let found = match call.services.index.find_task(&path).await {
        Err(error) if error.kind != ErrorKind::Unavailable && call.task_group_id.is_some() => None,
        answer => answer?,
    };
    let decision = found.as_ref().or(call.task_group_id);
    decision.cloned().ok_or_else(|| Error::refused(format!("no decision task is indexed at `{path}`")))
}

fn decision_path(parameters: &Parameters, graph_config: &GraphConfig) -> Result<String, Error> {
    let (trust_domain, project) = (&graph_config.trust_domain, &parameters.project);
    match parameters.repository_type.as_str() {
        "hg" => Ok(format!("{trust_domain}.v2.{project}.pushlog-id.{}.decision", parameters.pushlog_id)),
        "git" => Ok(format!("{trust_domain}.v2.{project}.revision.{}.taskgraph.decision", parameters.head_rev)),
        other => Err(Error::refused(format!("unknown repository type `{other}`")).help("expected `git` or `hg`")),
    }
}

/// Where actions and cron tasks of the push are indexed.
///
/// The reference looks under `revision.….actions`, the `.taskcluster.yml` of its template indexes under
/// `revision.….taskgraph.actions`: we look at both.
fn addition_namespaces(parameters: &Parameters, graph_config: &GraphConfig) -> [String; 4] {
    let base = format!("{}.v2.{}", graph_config.trust_domain, parameters.project);
    let revision = &parameters.head_rev;
    [
        format!("{base}.pushlog-id.{}.actions", parameters.pushlog_id),
        format!("{base}.revision.{revision}.actions"),
        format!("{base}.revision.{revision}.taskgraph.actions"),
        format!("{base}.revision.{revision}.cron"),
    ]
}

/// What actions and cron tasks have added, in the order these tasks were created: the newest task of a label counts.
async fn fetch_additions(call: &Call<'_>) -> Result<Vec<Labels>, Error> {
    let namespaces = addition_namespaces(call.run.parameters, call.run.graph_config);
    let lists = try_join_all(namespaces.iter().map(|namespace| call.services.index.list_tasks(namespace))).await?;
    let tasks: BTreeSet<TaskId> = lists.into_iter().flatten().collect();
    let tasks = in_order_of_creation(call, tasks.into_iter().collect()).await?;
    stream::iter(tasks).map(|task| fetch_addition(call, task)).buffered(CONCURRENCY).try_collect().await
}

async fn in_order_of_creation(call: &Call<'_>, mut tasks: Vec<TaskId>) -> Result<Vec<TaskId>, Error> {
    if tasks.len() > 1 {
        let definitions = call.services.queue.tasks(&tasks).await?;
        tasks.sort_by_cached_key(|task| definitions.get(task).and_then(time_of_creation));
    }
    Ok(tasks)
}

fn time_of_creation(definition: &Map) -> Option<DateTime<Utc>> {
    let created = definition.get("created").and_then(Node::as_str)?;
    DateTime::parse_from_rfc3339(created).ok().map(|time| time.to_utc())
}

/// What one task has added. Many actions add nothing, and leave no such artifact.
async fn fetch_addition(call: &Call<'_>, task: TaskId) -> Result<Labels, Error> {
    log::info!("fetching label-to-taskid.json for task {task}");
    match fetch_json(call, &task, LABEL_TO_TASK_ID).await? {
        Some(labels) => Ok(yaml::read(&labels)?),
        None => Ok(Labels::new()),
    }
}

/// The graph that a decision left. What is wrong with one that is no graph is told with the name of its artifact.
fn read_graph(content: Vec<u8>) -> Result<StoredGraph, Diagnostic> {
    let named =
        |mistake: Diagnostic| Diagnostic { message: format!("`{FULL_TASK_GRAPH}`: {}", mistake.message), ..mistake };
    let text = String::from_utf8(content).map_err(|error| named(Diagnostic::error(error.to_string())))?;
    StoredGraph::new(text).map_err(named)
}

async fn fetch(call: &Call<'_>, task: &TaskId, name: &str) -> Result<Option<Vec<u8>>, Error> {
    match call.services.artifacts.fetch(task, name).await {
        Err(error) if error.is_not_found() => Ok(None),
        answer => Ok(Some(answer?)),
    }
}

async fn fetch_json(call: &Call<'_>, task: &TaskId, name: &str) -> Result<Option<Node>, Error> {
    let Some(content) = fetch(call, task, name).await? else { return Ok(None) };
    let refused = |error: serde_json::Error| Error::refused(format!("`{name}` of task {task} is not JSON: {error}"));
    serde_json::from_slice(&content).map(Some).map_err(refused)
}

fn missing(task: &TaskId, name: &str) -> Diagnostic {
    Diagnostic::error(format!("task {task} has no artifact `{name}`"))
        .help("actions work on what the decision task left; has it completed, and not expired?")
}
