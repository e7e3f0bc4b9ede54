//! Tasks that are created from a definition rather than from the graph.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use fancy_regex::Regex;

use super::{Call, Error};
use crate::create::{self, Single};
use crate::model::TaskId;
use crate::yaml::{Map, Node, Value};

/// Creates a task anew from its own definition, with its times moved to now.
///
/// # Errors
/// If there is no such task, or the queue refuses: the scopes of a decision are seldom an action's.
pub(in crate::actions) async fn clone_task(call: &Call<'_>, task_id: &TaskId) -> Result<(), Error> {
    let creator = call.creator()?;
    let definition = call.services.queue.task(task_id).await?;
    let label = call.label_of(task_id).await?;
    let mut definition = relative_to_creation(&definition)?;
    definition.insert("schedulerId", create::scheduler_id(call.run.graph_config, call.run.parameters));
    let clone = TaskId::derive(&creator, &label, 0);
    log::info!("Creating task with taskId {clone} for {label}");
    let single = Single { task_id: &clone, label: &label, definition: &definition };
    create::create_single(single, call.services.queue, call.services.clock).await?;
    Ok(())
}

/// What JSON Schema validators take for a date and time.
static DATE_TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^\d\d\d\d-[0-1]\d-[0-3]\d[t\s](?:[0-2]\d:[0-5]\d:[0-5]\d|23:59:60)(?:\.\d+)?(?:z|[+-]\d\d:\d\d)\n?$",
    )
    .expect("a test compiles it")
});

/// A definition with every date and time in it as `relative-datestamp`, counted from its creation.
fn relative_to_creation(definition: &Map) -> Result<Map, Error> {
    let created = definition.get("created").and_then(Node::as_str).and_then(parse_time);
    let created = created.ok_or_else(|| Error::refused("the task's definition has no time of creation"))?;
    Ok(definition.iter().map(|(key, value)| (key.clone(), relative(value, created))).collect())
}

fn relative(node: &Node, created: DateTime<Utc>) -> Node {
    match &node.value {
        Value::Str(text) => match parse_time(text) {
            Some(time) => {
                let seconds = (time - created).num_milliseconds() / 1000;
                Node::new(Map::from([("relative-datestamp", format!("{seconds} seconds"))]))
            }
            None => node.clone(),
        },
        Value::List(items) => items.iter().map(|item| relative(item, created)).collect(),
        Value::Map(map) => {
            Node::new(map.iter().map(|(key, value)| (key.clone(), relative(value, created))).collect::<Map>())
        }
        _ => node.clone(),
    }
}

fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    if !DATE_TIME.is_match(text).unwrap_or(false) {
        return None;
    }
    let upper = text.trim_end().to_uppercase();
    DateTime::parse_from_rfc3339(&upper).ok().map(|time| time.to_utc())
}

/// The mapping at a key, made if there is none.
pub(in crate::actions) fn map_in<'m>(map: &'m mut Map, key: &'static str) -> &'m mut Map {
    let node = map.get_or_insert(key, Node::empty_map);
    if node.as_map().is_none() {
        *node = Node::empty_map();
    }
    node.as_map_mut().expect("it was made one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_from_the_task_s_creation() {
        let definition = Map::from([
            ("created", Node::new("2026-01-31T12:00:00.500Z")),
            ("deadline", Node::new("2026-02-01T12:00:00.500Z")),
            (
                "payload",
                Node::new(Map::from([("env", Node::new("2026-01-31")), ("at", Node::new("2026-01-31T12:00:02Z"))])),
            ),
            ("routes", ["a"].into_iter().collect()),
        ]);
        let relative = |seconds: i64| Node::new(Map::from([("relative-datestamp", format!("{seconds} seconds"))]));
        let payload = Map::from([("env", Node::new("2026-01-31")), ("at", relative(1))]);
        assert_eq!(
            relative_to_creation(&definition).unwrap(),
            Map::from([
                ("created", relative(0)),
                ("deadline", relative(86400)),
                ("payload", Node::new(payload)),
                ("routes", ["a"].into_iter().collect()),
            ])
        );
    }
}
