//! Runs the tests that failed in a task again, and only those, to tell whether they fail always.
//!
//! Source of names, tags and variables: `confirm-failures` of Firefox, whose results Treeherder and mozci read.

use std::collections::BTreeSet;

use futures::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::json;

use super::support::{Call, Error, Extension, PushTasks, map_in};
use super::{Action, GENERIC, Origin, always};
use crate::diagnostics::{Diagnostic, suggest};
use crate::history::failures::{FailedTest, LogKind};
use crate::model::{Label, StoredGraph, Task};
use crate::yaml::{Map, Node};

pub(super) const ACTION: Action = Action {
    cb_name: "confirm-failures",
    name: "confirm-failures",
    title: "Confirm failures in job",
    symbol: "cf",
    description: "Run the tests that failed again, and only those, several times.",
    order: 150,
    context: &[&[("kind", "test")]],
    permission: GENERIC,
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::Extra,
    run,
};

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "times": {
      "type": "integer",
      "default": 5,
      "minimum": 1,
      "maximum": 100,
      "title": "Times",
      "description": "How many times to run the tests, where the project has no tasks that repeat them."
    }
  }
}"#;

/// Variables of the tasks that confirm: what is run, of which manifests.
const GROUPS: &str = "MOZHARNESS_TEST_PATHS";
const TESTS: &str = "MOZHARNESS_CONFIRM_PATHS";
const DUMP: &str = "MOZLOG_DUMP_ALL_TESTS";

/// Suites whose harness repeats tests when it is told so.
const REPEATING: [&str; 5] = ["crashtest", "mochitest", "reftest", "xpcshell", "web-platform"];

/// Five runs of each test.
const REPEAT: &str = "--repeat=4";

#[derive(Deserialize)]
struct Input {
    #[serde(default = "five")]
    times: u32,
}

const fn five() -> u32 {
    5
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let Input { times } = call.read_input()?;
        let task_id = call.task_id()?;
        let definition = Node::new(call.services.queue.task(task_id).await?);
        let (label, suite) = (call.label_of(task_id).await?, suite_of(&definition));
        let failed = failed_tests(call, &suite).await?;
        let push = PushTasks::fetch(call).await?;
        let confirming = Label::new(format!("{label}-cf"));
        let has = |label: &Label| push.full_task_graph.contains(label);
        if failed.is_empty() {
            log::info!("No failed tests are found in the logs of {label}: it is run again as a whole.");
            let label = known(label, &push.full_task_graph)?;
            return push.extend(call, vec![Extension::once(vec![label])]).await;
        }
        failed.iter().for_each(|test| log::info!("Failed: {}", test.path));
        if has(&confirming) {
            one_by_one(call, &push, confirming, &suite, &failed).await
        } else {
            again(call, push, label, &failed, times).await
        }
    })
}

/// A project that has tasks for this: each test in one of its own.
async fn one_by_one(
    call: &Call<'_>,
    push: &PushTasks,
    label: Label,
    suite: &str,
    failed: &[FailedTest],
) -> Result<(), Error> {
    let changes: Vec<_> = failed.iter().map(|test| move |task: &mut Task<Label>| confirm(task, suite, test)).collect();
    let round = |(at, change)| Extension { to_run: vec![label.clone()], suffix: format!("{at}"), change: Some(change) };
    let changes = changes.iter().map(|change| change as &dyn Fn(&mut Task<Label>));
    push.extend(call, changes.enumerate().map(round).collect()).await
}

/// Any other project: the task itself with nothing but these tests, where the project says how.
async fn again(call: &Call<'_>, push: PushTasks, label: Label, failed: &[FailedTest], times: u32) -> Result<(), Error> {
    let label = known(label, &push.full_task_graph)?;
    let paths: Vec<String> = failed.iter().map(|test| test.path.clone()).collect();
    let push = push.narrowed(call, &BTreeSet::from([label.clone()]), &paths)?;
    let change = |task: &mut Task<Label>| {
        task.attributes.insert("task_duplicates", Node::new(i64::from(times)));
        map_in(&mut task.definition, "tags").insert("action", "confirm-failure");
    };
    push.extend(call, vec![Extension { to_run: vec![label], suffix: String::new(), change: Some(&change) }]).await
}

fn known(label: Label, graph: &StoredGraph) -> Result<Label, Error> {
    if graph.contains(&label) {
        return Ok(label);
    }
    let mut unknown = Diagnostic::error(format!("there is no task `{label}` in the full task graph of this push"));
    unknown.help = suggest(label.as_str(), graph.labels());
    Err(unknown.into())
}

/// What failed, as the best of the task's logs says that any test did.
async fn failed_tests(call: &Call<'_>, suite: &str) -> Result<Vec<FailedTest>, Error> {
    let task_id = call.task_id()?;
    let names = call.services.artifacts.list(task_id).await?;
    let mut logs: Vec<(LogKind, String)> =
        names.into_iter().filter_map(|name| LogKind::of(&name).map(|kind| (kind, name))).collect();
    logs.sort();
    let mut found: Vec<FailedTest> = Vec::new();
    let mut best = None;
    for (kind, name) in logs {
        if !found.is_empty() && best != Some(kind) {
            break;
        }
        let log = match call.services.artifacts.fetch(task_id, &name).await {
            Err(error) if error.is_not_found() => continue,
            answer => answer?,
        };
        best = Some(kind);
        for test in kind.failed(&log, suite) {
            if !found.iter().any(|known| known.path == test.path) {
                found.push(test);
            }
        }
    }
    Ok(found)
}

/// The suite as its manifests know it: without what a variant adds to its name.
fn suite_of(definition: &Node) -> String {
    let suite = definition.get("extra").and_then(|extra| extra.get("suite"));
    let name = suite.and_then(|suite| suite.as_str().or_else(|| suite.get("name").and_then(Node::as_str)));
    let name = name.unwrap_or_default();
    ["-coverage", "-qr"].iter().fold(name, |name, end| name.split(end).next().unwrap_or(name)).to_owned()
}

/// The task that repeats one test.
fn confirm(task: &mut Task<Label>, suite: &str, test: &FailedTest) {
    let label = task.label.to_string();
    task.attributes.insert("test_path", test.path.as_str());
    map_in(&mut task.definition, "tags").insert("action", "confirm-failure");
    map_in(&mut task.definition, "metadata").insert("name", label.as_str());
    let payload = map_in(&mut task.definition, "payload");
    let environment = map_in(payload, "env");
    if !test.group.is_empty() {
        environment.insert(GROUPS, json!({suite: [test.group]}).to_string());
    }
    environment.insert(TESTS, json!({suite: [test.path]}).to_string());
    environment.insert(DUMP, "1");
    if REPEATING.iter().any(|suite| label.contains(suite)) {
        repeat(payload);
    }
}

/// Appends to the command: a list of words, or, for generic-worker, of lists or lines of which the last one counts.
fn repeat(payload: &mut Map) {
    let Some(words) = payload.get_mut("command").and_then(Node::as_list_mut) else { return };
    let Some(last) = words.last_mut() else { return };
    if let Some(inner) = last.as_list_mut() {
        inner.push(Node::new(REPEAT));
    } else if words.len() == 1 {
        let line = format!("{} {REPEAT}", words[0].as_str().unwrap_or_default());
        words[0] = Node::new(line.as_str());
    } else {
        words.push(Node::new(REPEAT));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_to_repeat_whatever_their_form() {
        let told = |command: Node| {
            let mut payload = Map::from([("command", command)]);
            repeat(&mut payload);
            serde_json::to_value(payload.get("command")).unwrap()
        };
        let words: Node = ["run", "it"].into_iter().collect();
        assert_eq!(told(words.clone()), json!(["run", "it", REPEAT]));
        assert_eq!(told([words].into_iter().collect()), json!([["run", "it", REPEAT]]));
        assert_eq!(told(["run it"].into_iter().collect()), json!([format!("run it {REPEAT}")]));
    }

    #[test]
    fn suites_are_cut_where_variants_begin() {
        let suite = |text: &str| {
            let extra = Node::new(Map::from([("suite", text)]));
            suite_of(&Node::new(Map::from([("extra", extra)])))
        };
        assert_eq!(
            (suite("mochitest-plain-coverage"), suite("reftest-qr")),
            ("mochitest-plain".into(), "reftest".into())
        );
        assert_eq!(suite_of(&Node::empty_map()), "");
    }
}
