//! The definition for the queue.

use std::convert::Infallible;
use std::sync::Arc;

use crate::diagnostics::{Diagnostic, Mistakes, collect};
use crate::generate::context::KindContext;
use crate::generate::payloads::{Payload, ScopeOrder};
use crate::generate::shared::format::format_text;
use crate::generate::shared::relative_time::{self, duration};
use crate::generate::shared::text::Text;
use crate::generate::shared::worker_types::WorkerPool;
use crate::model::{KeyedByOptions, evaluate_keyed_by};
use crate::yaml::{self, Map, Node};

use super::{NOTHING, TaskDescription, treeherder};

/// How long tasks are kept that do not say, on level 1 and on the others.
const EXPIRES: (&str, &str) = ("28 days", "1 year");
const DEADLINE: &str = "1 day";

/// What other steps have made of the definition.
pub(super) struct Parts<'a> {
    pub(super) pool: &'a WorkerPool,
    pub(super) routes: Vec<Node>,
    pub(super) extra: Map,
    pub(super) payload: Payload,
    pub(super) expires: Node,
}

/// The definition; tasks and times in it are still references.
pub(super) fn define(
    kind: &KindContext<'_>,
    task: &TaskDescription,
    document: &Node,
    parts: Parts<'_>,
) -> Result<Node, Mistakes> {
    let mut description = task.description.as_str().to_owned();
    if parts.extra.get("treeherder").is_some_and(Node::is_truthy) {
        description.push_str(&treeherder::link(kind.parameters));
    }
    let said = |key: &str| document.get(key).unwrap_or(&NOTHING);
    let known = ["scopes", "deadline-after", "priority"].map(said);
    let settled = kind.once("definition", known.into_iter(), |kind| Settled::of(kind, task))?;
    let mut scopes = settled.scopes.clone();
    scopes.extend(parts.payload.scopes);
    if parts.payload.scope_order == ScopeOrder::Sorted {
        scopes.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
        scopes.dedup_by(|one, other| one.as_str() == other.as_str());
    }
    let mut tags = tags(kind, task);
    tags.extend(parts.payload.tags);
    let metadata = Map::from([
        ("description", Node::new(description)),
        ("name", Node::from(&task.label)),
        ("owner", Node::new(kind.parameters.owner.as_str())),
        ("source", settled.source.clone()),
    ]);
    let mut definition = Map::with_capacity(13);
    definition.extend([
        ("provisionerId", Node::new(parts.pool.provisioner.as_str())),
        ("workerType", Node::new(parts.pool.worker_type.as_str())),
        ("routes", Node::clone(&shared(kind, "routes", parts.routes))),
        ("created", settled.created.clone()),
        ("deadline", settled.deadline.clone()),
        ("expires", parts.expires),
        ("scopes", Node::clone(&shared(kind, "scopes", scopes))),
        ("metadata", Node::new(metadata)),
        ("extra", Node::new(parts.extra)),
        ("tags", Node::new(tags)),
        ("priority", settled.priority.clone()),
    ]);
    if let Some(requires) = &task.requires {
        definition.insert("requires", yaml::write(requires));
    }
    definition.insert("payload", parts.payload.payload);
    Ok(Node::new(definition))
}

/// A list that other tasks of the kind may have as well.
fn shared(kind: &KindContext<'_>, step: &'static str, items: Vec<Node>) -> Arc<Node> {
    let Ok(list) = kind.once(step, items.iter(), |_| Ok::<_, Infallible>(Node::new(items.clone())));
    list
}

/// What of a definition is the same in most tasks of a kind.
struct Settled {
    scopes: Vec<Node>,
    source: Node,
    created: Node,
    deadline: Node,
    priority: Node,
}

impl Settled {
    /// From the task's `scopes`, `deadline-after` and `priority`.
    fn of(kind: &KindContext<'_>, task: &TaskDescription) -> Result<Self, Mistakes> {
        Ok(Self {
            scopes: scopes(kind, task)?,
            source: Node::new(kind.parameters.file_url(&kind.path.to_string_lossy())?),
            created: relative(Node::new("0 seconds")),
            deadline: relative(deadline_after(kind, task)?),
            priority: priority(kind, task)?,
        })
    }
}

/// A time from the task's creation.
pub(super) fn relative(time: Node) -> Node {
    Node::new(Map::from([(relative_time::MARKER, time)]))
}

/// When the task is forgotten.
pub(super) fn expires_after(kind: &KindContext<'_>, task: &TaskDescription) -> Node {
    match &task.expires_after {
        Some(time) => checked_time(kind, time),
        None => Node::new(default_expiry(kind)),
    }
}

/// When tasks of this push are forgotten that do not say.
fn default_expiry<'a>(kind: &KindContext<'a>) -> &'a str {
    let (low, high) = EXPIRES;
    match kind.parameters.level.as_str() {
        "1" => kind.graph_config.task_expires_after.as_deref().unwrap_or(low),
        _ => high,
    }
}

fn deadline_after(kind: &KindContext<'_>, task: &TaskDescription) -> Result<Node, Diagnostic> {
    match (&task.deadline_after, &kind.graph_config.task_deadline_after) {
        (Some(time), _) => Ok(checked_time(kind, time)),
        (None, Some(configured)) => by_project(kind, configured, "task-deadline-after"),
        (None, None) => Ok(Node::new(DEADLINE)),
    }
}

/// The time as written. One that means nothing is refused only when the task is created, so here it is a warning.
fn checked_time(kind: &KindContext<'_>, time: &Text) -> Node {
    if let Err(invalid) = duration(time.as_str()) {
        let told = invalid.diagnostic().at(time.span());
        kind.warnings.push(Diagnostic { severity: crate::diagnostics::Severity::Warning, ..told });
    }
    Node::from(time)
}

fn priority(kind: &KindContext<'_>, task: &TaskDescription) -> Result<Node, Diagnostic> {
    match &task.priority {
        Some(priority) => Ok(yaml::write(priority)),
        None => by_project(kind, &kind.graph_config.task_priority, "task-priority"),
    }
}

/// A value of `config.yml` for the push's project. The reference knows no other attribute here.
fn by_project(kind: &KindContext<'_>, value: &Node, key: &str) -> Result<Node, Diagnostic> {
    let attribute = |name: &str| (name == "project").then(|| Node::new(kind.parameters.project.as_str()));
    evaluate_keyed_by(value, &format!("`{key}` in config.yml"), &attribute, KeyedByOptions::default())
}

fn scopes(kind: &KindContext<'_>, task: &TaskDescription) -> Result<Vec<Node>, Mistakes> {
    let fields = Map::from([("level", kind.parameters.level.as_str()), ("project", kind.parameters.project.as_str())]);
    collect(&task.scopes, |scope| {
        let text = format_text(scope.as_str(), &fields).map_err(|mistake| mistake.at(scope.span()))?;
        Ok(Node::new(text).at(scope.span()))
    })
}

fn tags(kind: &KindContext<'_>, task: &TaskDescription) -> Map {
    let mut tags = task.tags.to_map(|value| Node::from(value));
    tags.extend([
        ("createdForUser", kind.parameters.owner.as_str()),
        ("kind", kind.kind.as_str()),
        ("label", task.label.as_str()),
        ("project", &kind.parameters.project),
        ("trust-domain", &kind.graph_config.trust_domain),
    ]);
    tags
}

/// Notes which task made this one; empty where generation is no task.
pub(super) fn add_parent(kind: &KindContext<'_>, extra: &mut Map) {
    extra.insert("parent", kind.surroundings.task_id.as_deref().unwrap_or_default());
}
