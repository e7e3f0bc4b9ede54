//! Runs a label of another push on this one: what a campaign fires on every push it covers.
//!
//! Source of names, log lines, symbols and tags: `backfill-task` of Firefox, which Treeherder and mozci read.

use futures::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::Value;

use super::support::{Call, Error, Extension, PushTasks, lost, map_in, once};
use super::{Action, GROUP, Origin, always};
use crate::diagnostics::{Diagnostic, suggest};
use crate::history::spellings::spellings;
use crate::model::{Label, StoredGraph, Task, TaskId};
use crate::sources::queue::TaskState;
use crate::yaml::{Map, Node};

pub(super) const ACTION: Action = Action {
    cb_name: "backfill-task",
    name: "backfill-task",
    title: "Backfill task on a push.",
    symbol: "backfill-task",
    description: "This action is normally scheduled by the backfill action. The intent of this action is to schedule \
                  a task on a previous push.",
    order: 500,
    context: GROUP,
    permission: "backfill",
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::SupportOf("backfill"),
    run,
};

// Firefox declares `test_manifests` as a list and sends a mapping: both are taken.
const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "label": {"type": "string", "description": "A task label"},
    "revision": {"type": "string", "description": "Revision of the original push from where we backfill."},
    "symbol": {"type": "string", "description": "Symbol to be used by the scheduled task."},
    "test_manifests": {
      "type": ["array", "object"],
      "default": [],
      "description": "The test manifests that the original task ran."
    },
    "times": {
      "type": "integer",
      "default": 1,
      "minimum": 1,
      "maximum": 100,
      "title": "Times",
      "description": "The number of times to execute the job."
    },
    "retrigger": {
      "type": "boolean",
      "default": true,
      "description": "If false, nothing is done where the push has the task already."
    },
    "request": {"type": "string", "description": "What asked for it; the same is not asked for twice."}
  },
  "required": ["label"],
  "additionalProperties": false
}"#;

/// The tag of what it makes.
const TAG: &str = "backfill-task";

/// The environment variable that says what a test task runs.
const MANIFESTS: &str = "MOZHARNESS_TEST_PATHS";

/// The longest symbol that Treeherder shows.
const LONGEST_SYMBOL: usize = 25;

/// How much of a revision is in a symbol.
const REVISION: usize = 11;

#[derive(Deserialize)]
struct Input {
    label: Label,
    #[serde(default)]
    revision: String,
    #[serde(default)]
    symbol: String,
    #[serde(default)]
    test_manifests: Value,
    #[serde(default = "once")]
    times: u32,
    #[serde(default = "yes")]
    retrigger: bool,
    #[serde(default, rename = "request")]
    _request: Option<String>,
}

const fn yes() -> bool {
    true
}

impl Input {
    fn manifests(&self) -> Option<&Value> {
        let is_given = match &self.test_manifests {
            Value::Array(items) => !items.is_empty(),
            Value::Object(suites) => !suites.is_empty(),
            _ => false,
        };
        is_given.then_some(&self.test_manifests)
    }
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let input: Input = call.read_input()?;
        let push = PushTasks::fetch(call).await?;
        let label = spelled(&input.label, &push.full_task_graph)?;
        if !input.retrigger && says_something(call, push.label_to_task_id.get(&label)).await? {
            let id = &push.decision_task_id;
            log::info!("Skipping push with decision task ID {id} as it already has this test.");
            return Ok(());
        }
        let change = |task: &mut Task<Label>| mark(task, &input);
        let extension = Extension { to_run: vec![label], suffix: "0".into(), change: Some(&change) };
        push.extend(call, vec![extension]).await
    })
}

/// Whether a task of the push has a result or may have one. One that was cancelled, has lost its worker or waits for what
/// failed has none.
async fn says_something(call: &Call<'_>, task: Option<&TaskId>) -> Result<bool, Error> {
    let Some(task) = task else { return Ok(false) };
    match call.services.queue.status(task).await {
        Ok(status) if status.state == TaskState::Failed => Ok(true),
        Ok(_) => Ok(!lost(call, vec![task.clone()]).await?.contains(task)),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The label as this push spells it.
fn spelled(label: &Label, graph: &StoredGraph) -> Result<Label, Error> {
    if let Some(found) = spellings(label).into_iter().find(|spelling| graph.contains(spelling)) {
        return Ok(found);
    }
    let mut unknown = Diagnostic::error(format!("there is no task `{label}` in the full task graph of this push"));
    unknown.help = suggest(label.as_str(), graph.labels());
    Err(unknown.into())
}

/// The task as it is backfilled: so often, and told apart from what the push ran itself.
fn mark(task: &mut Task<Label>, input: &Input) {
    task.attributes.insert("task_duplicates", Node::new(i64::from(input.times)));
    tags(&mut task.definition).insert("action", TAG);
    let symbol = if input.symbol.is_empty() { symbol_of(task) } else { input.symbol.clone() };
    if let Some(treeherder) = treeherder(&mut task.definition) {
        treeherder.insert("symbol", backfilled(&symbol, &input.revision));
        let group = treeherder.get("groupSymbol").and_then(Node::as_str).map(group_symbol);
        if let Some(group) = group {
            treeherder.insert("groupSymbol", group);
        }
    }
    if let Some(manifests) = input.manifests() {
        run_manifests(task, &input.label, manifests);
    }
}

/// A borrowed chunk runs what the original one ran, under the original's name.
fn run_manifests(task: &mut Task<Label>, original: &Label, manifests: &Value) {
    task.attributes.insert("test_manifests", crate::yaml::write(manifests));
    if let Some(metadata) = task.definition.get_or_insert("metadata", Node::empty_map).as_map_mut() {
        metadata.insert("name", original);
    }
    let payload = task.definition.get_or_insert("payload", Node::empty_map).as_map_mut();
    let environment = payload.and_then(|payload| payload.get_or_insert("env", Node::empty_map).as_map_mut());
    if let Some(environment) = environment {
        environment.insert(MANIFESTS, manifests.to_string());
    }
}

fn tags(definition: &mut Map) -> &mut Map {
    map_in(definition, "tags")
}

fn treeherder(definition: &mut Map) -> Option<&mut Map> {
    let has = definition.get("extra").and_then(|extra| extra.get("treeherder")).is_some();
    has.then(|| map_in(map_in(definition, "extra"), "treeherder"))
}

fn symbol_of(task: &Task<Label>) -> String {
    let treeherder = task.definition.get("extra").and_then(|extra| extra.get("treeherder"));
    treeherder.and_then(|treeherder| treeherder.get("symbol")).and_then(Node::as_str).unwrap_or_default().to_owned()
}

/// `<symbol>-<revision>-bk`; that of a task that was backfilled itself stays. What would not fit is cut from the front
/// part, as the end is what is looked for.
fn backfilled(symbol: &str, revision: &str) -> String {
    let parts: Vec<&str> = symbol.rsplitn(3, '-').collect();
    if let ["bk", revision, _] = parts[..]
        && revision.len() == REVISION
        && revision.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    {
        return symbol.to_owned();
    }
    let revision: String = revision.chars().take(REVISION).collect();
    let end = if revision.is_empty() { "-bk".to_owned() } else { format!("-{revision}-bk") };
    let room = LONGEST_SYMBOL.saturating_sub(end.chars().count());
    symbol.chars().take(room).chain(end.chars()).collect()
}

fn group_symbol(symbol: &str) -> String {
    if symbol.ends_with("-bk") { symbol.to_owned() } else { format!("{symbol}-bk") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_tell_where_a_backfill_comes_from() {
        let revision = "0123456789abcdef";
        assert_eq!(backfilled("bc1", revision), "bc1-0123456789a-bk");
        assert_eq!(backfilled("bc1-0123456789a-bk", "fedcba9876543210"), "bc1-0123456789a-bk");
        assert_eq!(backfilled("a-very-long-symbol", revision), "a-very-lon-0123456789a-bk");
        assert_eq!(
            (backfilled("x", ""), group_symbol("M-bk"), group_symbol("M")),
            ("x-bk".into(), "M-bk".into(), "M-bk".into())
        );
    }
}
