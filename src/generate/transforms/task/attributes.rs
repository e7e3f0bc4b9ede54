//! The attributes that every task has.

use std::sync::LazyLock;

use crate::diagnostics::Diagnostic;
use crate::generate::shared::text::Text;
use crate::generate::shared::worker_types::WorkerPool;
use crate::model::{KeyedByOptions, evaluate_keyed_by};
use crate::yaml::{self, Map, Node};

use super::TaskDescription;

/// The attributes given, those the payload brings, and those that methods and release promotion look at.
pub(super) fn attributes(
    task: &mut TaskDescription,
    document: &Node,
    pool: &WorkerPool,
    of_payload: Map,
) -> Result<Map, Diagnostic> {
    let projects = run_on_projects(task, document, pool)?;
    let mut attributes = std::mem::take(&mut task.attributes).into_document();
    attributes.extend(of_payload);
    attributes.insert("run_on_projects", projects.unwrap_or_else(|| ALL_PROJECTS.clone()));
    attributes
        .insert("run_on_tasks_for", task.run_on_tasks_for.as_deref().map_or_else(|| ALL_TASKS_FOR.clone(), texts));
    if let Some(branches) = task.run_on_git_branches.as_deref().filter(|branches| !branches.is_empty()) {
        attributes.insert("run_on_git_branches", texts(branches));
    }
    attributes.insert("always_target", task.always_target);
    match &task.shipping_phase {
        Some(phase) => drop(attributes.insert("shipping_phase", yaml::write(phase))),
        None => drop(attributes.get_or_insert("shipping_phase", Node::default)),
    }
    Ok(attributes)
}

/// What a task that says nothing is for. These are two, as what is one and the same within a task shows in YAML.
static ALL_PROJECTS: LazyLock<Node> = LazyLock::new(all);
static ALL_TASKS_FOR: LazyLock<Node> = LazyLock::new(all);

fn all() -> Node {
    Node::from_iter(["all"])
}

fn texts(texts: &[Text]) -> Node {
    Node::new(texts.iter().map(Node::from).collect::<Vec<_>>())
}

/// The projects for the task's `build_platform`; any other key of the task may choose as well.
fn run_on_projects(task: &TaskDescription, document: &Node, pool: &WorkerPool) -> Result<Option<Node>, Diagnostic> {
    let Some(projects) = &task.run_on_projects else { return Ok(None) };
    let attribute = |name: &str| match name {
        "build-platform" => task.attributes.get("build_platform").cloned(),
        "worker-type" => Some(Node::new(format!("{}/{}", pool.provisioner, pool.worker_type))),
        _ => document.get(name).cloned(),
    };
    let item = format!("`run-on-projects` in `{}`", task.label.as_str());
    evaluate_keyed_by(projects, &item, &attribute, KeyedByOptions::default()).map(Some)
}
