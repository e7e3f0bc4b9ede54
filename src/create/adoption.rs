//! Whether a task that is there already is the one to create.
//!
//! The queue answers a definition sent twice only while it is young, so a run repeated later must compare for
//! itself. Source of what the queue takes for equal: the idempotency of its `createTask`.

use arcstr::ArcStr;
use chrono::{DateTime, Months, Utc};

use super::prepare::Prepared;
use crate::generate::shared::relative_time::{MARKER, duration, resolve_all, spelled};
use crate::yaml::{Map, Node, Value};

/// What the queue fills in where a definition says nothing.
fn default(key: &str) -> Option<Node> {
    match key {
        "dependencies" | "routes" | "scopes" => Some(Node::new(Vec::new())),
        "tags" | "extra" => Some(Node::empty_map()),
        "requires" => Some(Node::new("all-completed")),
        "retries" => Some(Node::new(5)),
        "projectId" => Some(Node::new("none")),
        "schedulerId" => Some(Node::new("-")),
        _ => None,
    }
}

const DEFAULTED: &[&str] =
    &["dependencies", "extra", "projectId", "requires", "retries", "routes", "scopes", "schedulerId", "tags"];

/// How many differences to name.
const NAMED: usize = 5;

/// What a comparison knows beside the two definitions.
pub(super) struct Known<'a> {
    /// Whether a task is one of those that are created together, or the one that creates them.
    pub(super) is_ours: &'a (dyn Fn(&str) -> bool + Sync),
    /// When the run began.
    pub(super) now: DateTime<Utc>,
}

/// Where the stored definition differs from the task's, as paths such as `payload.command`; empty if it is the same
/// task. Times are compared as if ours had been stamped when the stored one was. The priority does not count: it may
/// have been changed since. Neither does it which task of another push was found in the index to stand for one that
/// it depends on: between two runs another may have finished.
pub(super) fn differences(task: &Prepared<'_>, stored: &Map, known: &Known<'_>) -> Vec<String> {
    let then = stamped_at(&task.definition, stored).unwrap_or(known.now);
    let ours = resolve_all(&task.definition, then).unwrap_or_else(|_| task.definition.clone());
    let ours = normalised(ours.as_map().unwrap_or(&Map::new()), task, known);
    let stored = normalised(stored, task, known);
    let mut found = Vec::new();
    compare_maps("", &ours, &stored, &mut found);
    found
}

/// When the stored definition was stamped: its `created`, less what ours adds to that.
fn stamped_at(ours: &Node, stored: &Map) -> Option<DateTime<Utc>> {
    let added = ours.get("created")?.get(MARKER)?.as_str()?;
    let created = stored.get("created")?.as_str()?.parse::<DateTime<Utc>>().ok()?;
    created.checked_sub_signed(duration(added).ok()?)
}

/// The definition with defaults filled in and everything said in one way.
fn normalised(definition: &Map, task: &Prepared<'_>, known: &Known<'_>) -> Map {
    let mut normal = definition.clone();
    normal.remove("priority");
    let (provisioner, worker_type) = (normal.remove("provisionerId"), normal.remove("workerType"));
    let parts = (provisioner.as_ref().and_then(Node::as_str), worker_type.as_ref().and_then(Node::as_str));
    if let (Some(provisioner), Some(worker_type)) = parts {
        normal.insert("taskQueueId", Node::new(format!("{provisioner}/{worker_type}")));
    }
    for key in DEFAULTED {
        normal.get_or_insert(key, || default(key).unwrap_or_default());
    }
    normal.get_or_insert("taskGroupId", || Node::from(&task.task_id));
    let expires = time(&normal, "deadline").and_then(|deadline| deadline.checked_add_months(Months::new(12)));
    normal.get_or_insert("expires", || Node::new(expires.map(spelled)));
    for key in ["created", "deadline", "expires"] {
        if let Some(time) = time(&normal, key) {
            normal.insert(key, Node::new(spelled(time)));
        }
    }
    without_found(normal, known)
}

/// Stands for a task that was found in the index.
const FOUND: &str = "<found>";

/// The definition with the ids of tasks that are not ours taken out, wherever they are: in what it depends on, and in
/// the payload that fetches their artifacts.
fn without_found(mut definition: Map, known: &Known<'_>) -> Map {
    let list = definition.get("dependencies").and_then(Node::as_list).unwrap_or_default();
    let all = list.iter().filter_map(Node::as_arc_str).cloned();
    let (mut ours, found): (Vec<_>, Vec<_>) = all.partition(|id| (known.is_ours)(id));
    if found.is_empty() {
        return definition;
    }
    ours.extend(found.iter().map(|_| arcstr::literal!(FOUND)));
    definition.insert("dependencies", ours.into_iter().map(Node::new).collect::<Node>());
    for (_, value) in definition.iter_mut() {
        *value = replaced(value, &found);
    }
    definition
}

fn replaced(node: &Node, found: &[ArcStr]) -> Node {
    match &node.value {
        Value::Str(text) => {
            let mut present = found.iter().filter(|id| text.contains(id.as_str())).peekable();
            if present.peek().is_none() {
                return node.clone();
            }
            Node::new(present.fold(text.to_string(), |text, id| text.replace(id.as_str(), FOUND)))
        }
        Value::List(items) => items.iter().map(|item| replaced(item, found)).collect(),
        Value::Map(map) => {
            Node::new(map.iter().map(|(key, value)| (key.clone(), replaced(value, found))).collect::<Map>())
        }
        _ => node.clone(),
    }
}

fn time(definition: &Map, key: &str) -> Option<DateTime<Utc>> {
    definition.get(key)?.as_str()?.parse().ok()
}

fn compare(path: &str, ours: &Node, stored: &Node, found: &mut Vec<String>) {
    match (&ours.value, &stored.value) {
        (Value::Map(ours), Value::Map(stored)) => compare_maps(path, ours, stored, found),
        _ if ours == stored || found.len() >= NAMED => {}
        _ => found.push(path.to_owned()),
    }
}

fn compare_maps(path: &str, ours: &Map, stored: &Map, found: &mut Vec<String>) {
    let inside = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    for (key, value) in ours.text_entries() {
        match stored.get(key) {
            Some(stored) => compare(&inside(key), value, stored, found),
            None if found.len() >= NAMED => {}
            None => found.push(inside(key)),
        }
    }
    let added = stored.keys().filter(|key| !ours.contains(key));
    found.extend(added.map(inside).take(NAMED.saturating_sub(found.len())));
}
