//! Actions called as a task calls them, on a push held in memory.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use futures::executor::block_on;

use super::*;
use crate::actions::ACTIONS;
use crate::create::Pace;
use crate::generate::testing::World;
use crate::model::{Label, TaskId};
use crate::publish::Publisher;
use crate::sources::artifacts::MemoryArtifacts;
use crate::sources::clock::FixedClock;
use crate::sources::hooks::MemoryHooks;
use crate::sources::index::MemoryIndex;
use crate::sources::jobs::{Asked, Job, MadeBy, MemoryJobs};
use crate::sources::purge_cache::MemoryPurgeCache;
use crate::sources::pushlog::{MemoryPushlog, Push};
use crate::sources::queue::{MemoryQueue, TaskState, TaskStatus};
use crate::sources::{self, ErrorKind};
use crate::yaml::{Map, Node};

const GRAPH: &str = r#"{
  "build": {"kind": "build", "label": "build", "attributes": {"retrigger": true}, "optimization": null,
    "dependencies": {}, "task": {"metadata": {"name": "build"}, "created": {"relative-datestamp": "0 seconds"}}},
  "lint": {"kind": "lint", "label": "lint", "attributes": {}, "optimization": {"of-another-version": null},
    "dependencies": {}, "task": {"metadata": {"name": "lint"}}},
  "test": {"kind": "test", "label": "test", "attributes": {"retrigger": true}, "optimization": null,
    "dependencies": {"build": "build", "lint": "lint"}, "task": {"metadata": {"name": "test"}}}
}"#;

fn id(name: &str) -> TaskId {
    TaskId::derive(&TaskId::new("a test"), &Label::new(name), 0)
}

/// A push whose decision created `build` and `test`, and an action task to extend it.
struct Fixture {
    world: World,
    queue: MemoryQueue,
    index: MemoryIndex,
    artifacts: MemoryArtifacts,
    hooks: MemoryHooks,
    pushlog: MemoryPushlog,
    jobs: MemoryJobs,
    purge_cache: MemoryPurgeCache,
    directory: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let mut queue = MemoryQueue::default();
        queue.scopes.push("assume:repo:github.com/example/project:action:generic".into());
        let mut fixture = Self {
            world: World::new(&[]),
            queue,
            index: MemoryIndex::default(),
            artifacts: MemoryArtifacts::default(),
            hooks: MemoryHooks::default(),
            pushlog: MemoryPushlog::default(),
            jobs: MemoryJobs::default(),
            purge_cache: MemoryPurgeCache::default(),
            directory: tempfile::tempdir().unwrap(),
        };
        fixture.artifact("decision", "public/full-task-graph.json", GRAPH);
        fixture.artifact("decision", "public/label-to-taskid.json", &labels(&["build", "test"]));
        fixture.task("build", TaskState::Completed, "2026-01-01T00:00:00.000Z");
        fixture.task("test", TaskState::Failed, "2026-01-01T00:00:00.000Z");
        fixture
    }

    fn artifact(&mut self, task: &str, name: &str, text: &str) {
        self.artifacts.0.insert((id(task), name.into()), text.into());
    }

    fn task(&self, name: &str, state: TaskState, created: &str) {
        self.task_of("decision", name, state, created);
    }

    fn task_of(&self, group: &str, name: &str, state: TaskState, created: &str) {
        let metadata = Map::from([("name", name)]);
        let definition = Map::from([("metadata", Node::new(metadata)), ("created", Node::new(created))]);
        let expires = DateTime::<Utc>::MAX_UTC;
        let status = TaskStatus { task_id: id(name), task_group_id: id(group), state, expires };
        self.queue.put(status, Node::new(definition));
    }

    /// Has a task wait for another one.
    fn depends(&self, name: &str, on: &str) {
        let (id, status) = (id(name), block_on(crate::sources::queue::Queue::status(&self.queue, &id(name))).unwrap());
        let mut definition = self.queue.definitions()[&id].clone();
        let dependencies: Node = [self::id(on).as_str()].into_iter().collect();
        definition.as_map_mut().unwrap().insert("dependencies", dependencies);
        self.queue.put(status, definition);
    }

    fn call(&self, callback: &str, task: Option<&str>, input: &str) -> Result<(), Error> {
        let input = Input::from_json(&self.world.files, Path::new("ACTION_INPUT"), input)?;
        let task_id = task.map(id);
        let call = Call {
            run: self.world.run(),
            services: Services {
                queue: &self.queue,
                index: &self.index,
                artifacts: &self.artifacts,
                hooks: &self.hooks,
                pushlog: &self.pushlog,
                jobs: &self.jobs,
                purge_cache: &self.purge_cache,
                clock: &FixedClock("2026-01-31T12:00:00Z".parse().unwrap()),
                has_credentials: false,
            },
            publisher: &Publisher::new(self.directory.path()),
            input: &Node::default(),
            task_group_id: Some(&id("decision")),
            task_id: task_id.as_ref(),
            own_task_id: Some(&id("action")),
            pace: Pace::default(),
            mode: Mode::Real,
        };
        block_on(trigger(ACTIONS, Request { callback, input: &input, call }))
    }

    /// The tasks that were created, as label and what they wait for.
    fn created(&self) -> BTreeMap<String, Vec<Vec<String>>> {
        let mut created: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
        for definition in self.queue.definitions().into_values().filter(|task| task.get("schedulerId").is_some()) {
            let name = definition.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Node::as_str);
            let dependencies = definition.get("dependencies").and_then(Node::as_list).unwrap();
            let dependencies = dependencies.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
            created.entry(name.unwrap().to_owned()).or_default().push(dependencies);
        }
        created
    }

    fn published(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.directory.path().join(name)).unwrap()).unwrap()
    }

    fn told(&self, error: Error) -> Vec<String> {
        match error {
            Error::Mistakes(mistakes) => mistakes.0.into_iter().map(|mistake| mistake.message).collect(),
            other => vec![other.to_string()],
        }
    }
}

fn labels(names: &[&str]) -> String {
    let labels: BTreeMap<&str, TaskId> = names.iter().map(|name| (*name, id(name))).collect();
    serde_json::to_string(&labels).unwrap()
}

#[test]
fn a_retrigger_makes_exactly_the_copies_asked_for_and_no_more_when_it_is_run_again() {
    let fixture = Fixture::new();
    for _ in 0..2 {
        fixture.call("retrigger", Some("test"), r#"{"times": 2}"#).unwrap();
        let created = fixture.created();
        // `lint` is not one of the push's: it is created with the first copy, and the second waits for it too.
        assert_eq!((created["lint"].len(), created["test"].len(), created.len()), (1, 2, 2));
        for dependencies in &created["test"] {
            assert!(dependencies.contains(&id("build").to_string()), "{dependencies:?}");
        }
    }
    let labels = fixture.published("label-to-taskid.json");
    assert_eq!(labels["build"], id("build").as_str());
    assert_ne!(labels["test"], id("test").as_str());
    assert_eq!(fixture.published("to-run.json"), serde_json::json!(["test"]));
    let task = fixture.published("task-graph.json")[labels["test"].as_str().unwrap()].clone();
    assert_eq!(task["task"]["extra"]["parent"], id("action").as_str());
}

#[test]
fn downstream_tasks_are_retriggered_with_the_new_one() {
    let fixture = Fixture::new();
    fixture.call("retrigger", Some("build"), r#"{"downstream": true}"#).unwrap();
    let created = fixture.created();
    assert_eq!(created.keys().collect::<Vec<_>>(), ["build", "lint", "test"]);
    assert!(!created["test"][0].contains(&id("build").to_string()), "it waits for the new build");
}

#[test]
fn a_task_that_should_not_be_retriggered_is_only_when_forced() {
    let fixture = Fixture::new();
    fixture.task("lint", TaskState::Failed, "2026-01-01T00:00:00.000Z");
    let refused = fixture.call("retrigger-disabled", Some("lint"), "null").unwrap_err();
    assert_eq!(fixture.told(refused), ["not retriggering `lint`: it should not be retriggered"]);
    fixture.call("retrigger-disabled", Some("lint"), r#"{"force": true}"#).unwrap();
    assert_eq!(fixture.created().keys().collect::<Vec<_>>(), ["lint"]);
}

#[test]
fn new_jobs_come_with_the_dependencies_the_push_lacks() {
    let fixture = Fixture::new();
    fixture.call("add-new-jobs", None, r#"{"tasks": ["test"]}"#).unwrap();
    assert_eq!(fixture.created().keys().collect::<Vec<_>>(), ["lint", "test"]);
    let refused = fixture.call("add-new-jobs", None, r#"{"tasks": ["tset", "x", "test"]}"#).unwrap_err();
    let expected = ["there is no task `tset` in the full task graph", "there is no task `x` in the full task graph"];
    assert_eq!(fixture.told(refused), expected);
}

#[test]
fn input_is_checked_by_the_schema_and_every_mistake_is_told() {
    let fixture = Fixture::new();
    let refused = fixture.call("retrigger", Some("test"), r#"{"times": 101, "downstream": "yes"}"#).unwrap_err();
    let mut told = fixture.told(refused);
    told.sort();
    assert_eq!(
        told,
        ["input `downstream`: expected a boolean, found `\"yes\"`", "input `times`: `101` is more than 100"]
    );
    assert!(fixture.created().is_empty());
}

#[test]
fn actions_before_this_one_count_wherever_they_are_indexed() {
    let mut fixture = Fixture::new();
    let head = &fixture.world.parameters.head_rev;
    for (path, action, created) in [
        (format!("example.v2.project.revision.{head}.taskgraph.actions.b"), "newer", "2026-01-03T00:00:00.000Z"),
        (format!("example.v2.project.revision.{head}.actions.a"), "older", "2026-01-02T00:00:00.000Z"),
        (format!("example.v2.project.revision.{head}.cron.c"), "cancel", "2026-01-04T00:00:00.000Z"),
    ] {
        fixture.index.0.insert(path, id(action));
        fixture.task(action, TaskState::Completed, created);
    }
    for (action, lint) in [("older", "lint-1"), ("newer", "lint-2")] {
        let labels = format!(r#"{{"lint": "{}"}}"#, id(lint));
        fixture.artifact(action, "public/label-to-taskid.json", &labels);
    }
    fixture.call("retrigger", Some("test"), "null").unwrap();
    let created = fixture.created();
    assert_eq!(created.keys().collect::<Vec<_>>(), ["test"]);
    assert!(created["test"][0].contains(&id("lint-2").to_string()), "{created:?}");
}

#[test]
fn a_build_that_failed_is_made_again_with_what_waits_for_it() {
    let graph = GRAPH.replace(
        r#""kind": "lint", "label": "lint", "attributes": {}, "optimization": {"of-another-version": null},
    "dependencies": {}"#,
        r#""kind": "lint", "label": "lint", "attributes": {}, "optimization": null,
    "dependencies": {"build": "build"}"#,
    );
    let fixture = |build| {
        let mut fixture = Fixture::new();
        fixture.queue.scopes.push("assume:repo:github.com/example/project:action:backfill".into());
        fixture.artifact("decision", "public/full-task-graph.json", &graph);
        fixture.artifact("decision", "public/label-to-taskid.json", &labels(&["build", "lint", "test"]));
        fixture.task("build", build, "2026-01-01T00:00:00.000Z");
        fixture.task("lint", TaskState::Unscheduled, "2026-01-01T00:00:00.000Z");
        fixture.depends("lint", "build");
        fixture
    };
    let counts = |fixture: &Fixture| -> Vec<(String, usize)> {
        fixture.created().into_iter().map(|(label, tasks)| (label, tasks.len())).collect()
    };
    let asked =
        [("add-new-jobs", r#"{"tasks": ["test"], "times": 3}"#), ("backfill-task", r#"{"label": "test", "times": 3}"#)];
    for (callback, input) in asked {
        for build in [TaskState::Failed, TaskState::Exception] {
            let fixture = fixture(build);
            for _ in 0..2 {
                fixture.call(callback, None, input).unwrap();
                // `lint` has not failed, but will never run, since it waits for the build that did.
                let expected = [("build", 1), ("lint", 1), ("test", 3)].map(|(label, times)| (label.to_owned(), times));
                assert_eq!(counts(&fixture), expected, "{callback}, {build}");
                // Somebody runs the first one again between a run that was killed and the next.
                fixture.task("build", TaskState::Running, "2026-01-01T00:00:00.000Z");
            }
            let made: Vec<String> =
                ["build", "lint"].map(|label| TaskId::derive(&id("action"), &label.into(), 0).to_string()).into();
            let tests = &fixture.created()["test"];
            assert!(tests.iter().all(|waits| made.iter().all(|made| waits.contains(made))), "{tests:?}");
            assert_eq!(fixture.published("label-to-taskid.json")["build"], made[0].as_str());
        }
        for build in [TaskState::Completed, TaskState::Running, TaskState::Pending, TaskState::Unscheduled] {
            let fixture = fixture(build);
            fixture.call(callback, None, input).unwrap();
            assert_eq!(counts(&fixture), [("test".to_owned(), 3)], "{callback}, {build}");
        }
    }
}

#[test]
fn a_task_that_waits_for_what_failed_says_nothing_of_its_push() {
    let mut fixture = Fixture::new();
    fixture.queue.scopes = vec!["assume:repo:github.com/example/project:action:backfill".into()];
    fixture.task("test", TaskState::Unscheduled, "2026-01-01T00:00:00.000Z");
    fixture.depends("test", "build");
    let input = r#"{"label": "test", "retrigger": false}"#;
    fixture.call("backfill-task", None, input).unwrap();
    assert!(fixture.created().is_empty(), "it will run by itself");
    fixture.task("build", TaskState::Failed, "2026-01-01T00:00:00.000Z");
    fixture.call("backfill-task", None, input).unwrap();
    assert_eq!(fixture.created().keys().collect::<Vec<_>>(), ["build", "lint", "test"]);
}

/// What Treeherder sends where nothing was asked for.
#[test]
fn no_input_is_an_empty_one() {
    for input in ["null", "{}"] {
        let fixture = Fixture::new();
        fixture.call("retrigger", Some("test"), input).unwrap();
        assert_eq!(fixture.created().get("test").map(Vec::len), Some(1), "{input}");
    }
}

#[test]
fn what_an_action_adds_is_in_the_group_of_the_push() {
    let fixture = Fixture::new();
    fixture.call("add-new-jobs", None, r#"{"tasks": ["lint"]}"#).unwrap();
    fixture.call("retrigger", Some("test"), "{}").unwrap();
    let definitions = fixture.queue.definitions();
    let created: Vec<_> = definitions.values().filter_map(|task| task.get("taskGroupId")).collect();
    assert_eq!(created.len(), 2, "{created:?}");
    assert!(created.iter().all(|group| group.as_str() == Some(id("decision").as_str())), "{created:?}");
}

#[test]
fn a_task_of_another_push_is_not_rerun() {
    let fixture = Fixture::new();
    fixture.task_of("another push", "other", TaskState::Failed, "2026-01-01T00:00:00.000Z");
    let refused = fixture.call("rerun", Some("other"), "{}").unwrap_err();
    assert!(fixture.told(refused)[0].starts_with("refusing to rerun `other`"));
    fixture.call("rerun", Some("test"), "{}").unwrap();
    let state = |name| block_on(crate::sources::queue::Queue::status(&fixture.queue, &id(name))).unwrap().state;
    assert_eq!((state("other"), state("test")), (TaskState::Failed, TaskState::Pending));
}

#[test]
fn everything_but_the_action_itself_is_cancelled() {
    let fixture = Fixture::new();
    for name in ["action", "running"] {
        fixture.task(name, TaskState::Running, "2026-01-01T00:00:00.000Z");
    }
    fixture.call("cancel-all", None, "null").unwrap();
    let state = |name| block_on(crate::sources::queue::Queue::status(&fixture.queue, &id(name))).unwrap().state;
    assert_eq!(
        ["action", "running", "build"].map(state),
        [TaskState::Running, TaskState::Exception, TaskState::Completed]
    );
}

#[test]
fn an_action_needs_its_scope_and_a_name() {
    let fixture = Fixture::new();
    let refused = fixture.call("rebuild-cached-tasks", None, "null").unwrap_err();
    assert_eq!(fixture.told(refused), ["this task may not run the action `rebuild-cached-tasks`"]);
    let unknown = fixture.call("retriger", None, "null").unwrap_err();
    assert_eq!(fixture.told(unknown), ["unknown action callback `retriger`"]);
}

#[test]
fn many_are_retriggered_or_rerun_at_once() {
    let mut fixture = Fixture::new();
    fixture.artifact("decision", "public/label-to-taskid.json", &labels(&["build", "test", "lint"]));
    fixture.task("lint", TaskState::Failed, "2026-01-01T00:00:00.000Z");
    let input = r#"{"requests": [{"tasks": ["build", "lint"], "times": 2}, {"tasks": ["test"]}]}"#;
    fixture.call("retrigger-multiple", None, input).unwrap();
    let created = fixture.created();
    assert_eq!((created["build"].len(), created["test"].len(), created.get("lint")), (2, 1, None));
    assert_eq!(fixture.published("to-run.json"), serde_json::json!(["build", "test"]));
    assert_eq!(fixture.published("to-run-0-1.json"), serde_json::json!(["build"]));
}

#[test]
fn a_decision_is_cloned_with_its_times_moved() {
    let mut fixture = Fixture::new();
    fixture.queue.scopes = vec!["assume:repo:github.com/example/project:action:retrigger-decision".into()];
    for _ in 0..2 {
        fixture.call("retrigger-decision", Some("build"), "null").unwrap();
    }
    let definitions = fixture.queue.definitions();
    let clone = &definitions[&TaskId::derive(&id("action"), &"build".into(), 0)];
    assert_eq!(clone.get("created").and_then(Node::as_str), Some("2026-01-31T12:00:00.000Z"));
    assert_eq!(clone.get("schedulerId").and_then(Node::as_str), Some("example-level-1"));
    assert_eq!(definitions.len(), 3);
}

#[test]
fn a_backfilled_task_is_told_apart_and_brings_the_builds_that_are_missing() {
    let mut fixture = Fixture::new();
    fixture.queue.scopes = vec!["assume:repo:github.com/example/project:action:backfill".into()];
    let input = r#"{"label": "test", "revision": "0123456789abcdef", "symbol": "t", "times": 3, "request": "R"}"#;
    for _ in 0..2 {
        fixture.call("backfill-task", None, input).unwrap();
        let created = fixture.created();
        let counts: Vec<(&str, usize)> = created.iter().map(|(label, tasks)| (label.as_str(), tasks.len())).collect();
        assert_eq!(counts, [("lint", 1), ("test", 3)], "what is missing is made once, however often the task runs");
    }
    let tagged = fixture.queue.definitions().into_values().filter(|task| {
        task.get("tags").and_then(|tags| tags.get("action")).and_then(Node::as_str) == Some("backfill-task")
    });
    assert_eq!(tagged.count(), 3);
    let mut skipped = Fixture::new();
    skipped.queue.scopes.clone_from(&fixture.queue.scopes);
    skipped.call("backfill-task", None, r#"{"label": "test", "retrigger": false}"#).unwrap();
    assert!(skipped.created().is_empty());
    let unknown = skipped.call("backfill-task", None, r#"{"label": "tset-2"}"#).unwrap_err();
    assert_eq!(skipped.told(unknown), ["there is no task `tset-2` in the full task graph of this push"]);
}

/// Ten pushes before the fixture's own, whose labels ran as a letter says, the newest first: `p`assed, `f`ailed, `-` not
/// run, `x` without a decision.
fn with_history(letters: &str) -> Fixture {
    let mut fixture = Fixture::new();
    fixture.queue.scopes = vec!["assume:repo:github.com/example/project:action:backfill".into()];
    let own = Push {
        revision: fixture.world.parameters.head_rev.clone(),
        number: Some(100),
        date: "2026-01-01T00:00:00Z".parse().unwrap(),
        user: "someone@example.com".into(),
    };
    for (number, letter) in (0..letters.len() as u64).zip(letters.chars()).collect::<Vec<_>>().into_iter().rev() {
        let push = Push { revision: format!("{number:040}"), number: Some(99 - number), ..own.clone() };
        let decision = format!("decision-{number}");
        if letter != 'x' {
            let path = format!("example.v2.project.revision.{}.taskgraph.decision", push.revision);
            fixture.index.0.insert(path, id(&decision));
            fixture.artifact(&decision, "public/full-task-graph.json", GRAPH);
            fixture.artifact(&decision, "public/actions.json", &actions_of(&decision, letter == 'o'));
        }
        let state = match letter {
            'p' => Some(TaskState::Completed),
            'f' => Some(TaskState::Failed),
            _ => None,
        };
        let jobs = state.map(|state| job("test", state)).into_iter().collect();
        fixture.jobs.0.insert(id(&decision), jobs);
        fixture.pushlog.0.push((push, Vec::new()));
    }
    fixture.pushlog.0.push((own, Vec::new()));
    fixture
}

fn job(label: &str, state: TaskState) -> Job {
    let task_id = Some(id("job"));
    let made_by = MadeBy::Decision;
    Job { label: label.into(), task_id, state, reason: None, runs: 1, made_by, needs: Vec::new(), asked: None }
}

/// What a push offers: with support for backfills, or as the reference makes it.
fn actions_of(decision: &str, is_reference: bool) -> String {
    let names: &[&str] = if is_reference { &["add-new-jobs"] } else { &["add-new-jobs", "backfill-task"] };
    let entry = |name: &&str| {
        serde_json::json!({
            "name": name, "context": [], "kind": "hook", "hookGroupId": "project-example",
            "hookId": "in-tree-action-1-generic/0123456789", "schema": {"type": "object"},
            "hookPayload": {"decision": id(decision).as_str(), "name": name, "user": {"input": {"$eval": "input"}}},
        })
    };
    let entries: Vec<_> = names.iter().map(entry).collect();
    serde_json::json!({"version": 1, "variables": {}, "actions": entries}).to_string()
}

impl Fixture {
    /// The pushes that something was fired on, with the action and how often it is to run.
    fn fired(&self) -> Vec<(String, i64)> {
        let fired = self.hooks.triggered().into_iter().map(|(hook, payload)| {
            assert_eq!(hook, "project-example/in-tree-action-1-generic/0123456789");
            let input = payload.get("user").and_then(|user| user.get("input")).cloned().unwrap();
            let decision = payload.get("decision").and_then(Node::as_str).unwrap().to_owned();
            let number = (0..100).find(|number| id(&format!("decision-{number}")).as_str() == decision).unwrap();
            let name = payload.get("name").and_then(Node::as_str).unwrap();
            (format!("{number} {name}"), input.get("times").and_then(Node::as_i64).unwrap())
        });
        fired.collect()
    }
}

#[test]
fn a_backfill_goes_back_to_where_it_was_good() {
    let fixture = with_history("-f-o-p--");
    let input = r#"{"until_good": true, "retrigger": false, "depth": 8}"#;
    fixture.call("backfill", Some("test"), input).unwrap();
    let expected = [("0 backfill-task", 1), ("2 backfill-task", 1), ("3 add-new-jobs", 1), ("4 backfill-task", 1)];
    let expected = expected.map(|(action, times)| (action.to_owned(), times));
    assert_eq!(fixture.fired(), expected);
    let report = fixture.published("backfill-report.json");
    let steps: Vec<String> = report["pushes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|push| push["skip"].as_str().map_or_else(|| format!("run {}", push["run"]), str::to_owned))
        .collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let expected = ["run 1", "ran", "run 1", "run 1", "run 1", "last-good", "beyond-end", "beyond-end"];
    assert_eq!(steps, expected);
}

#[test]
fn the_report_says_what_is_made_again_and_the_references_action_is_told_to() {
    let mut fixture = with_history("-o-");
    for (decision, state) in
        [("decision-0", TaskState::Failed), ("decision-1", TaskState::Exception), ("decision-2", TaskState::Completed)]
    {
        fixture.jobs.0.get_mut(&id(decision)).unwrap().push(job("build", state));
    }
    fixture.call("backfill", Some("test"), r#"{"depth": 3}"#).unwrap();
    let report = fixture.published("backfill-report.json");
    let again: Vec<&serde_json::Value> =
        report["pushes"].as_array().unwrap().iter().map(|push| &push["made-again"]).collect();
    let build = serde_json::json!(["build"]);
    assert_eq!(again, [&build, &build, &serde_json::Value::Null]);
    let tasks: Vec<serde_json::Value> = fixture
        .hooks
        .triggered()
        .into_iter()
        .map(|(_, payload)| serde_json::to_value(payload).unwrap()["user"]["input"]["tasks"].clone())
        .collect();
    assert_eq!(tasks, [serde_json::Value::Null, serde_json::json!(["test", "build"]), serde_json::Value::Null]);
}

#[test]
fn a_campaign_that_is_run_again_asks_nobody_twice() {
    let mut fixture = with_history("----");
    let asked = |label: &str, request: &str, state| Job {
        asked: Some(Asked {
            callback: "backfill-task".into(),
            input: Node::new(Map::from([("label", label), ("request", request)])),
        }),
        ..job("Action: Backfill", state)
    };
    let own = id("action");
    for (decision, label, request, state) in [
        ("decision-0", "test", own.as_str(), TaskState::Running),
        ("decision-1", "test", "of another", TaskState::Running),
        ("decision-1", "lint", own.as_str(), TaskState::Running),
        ("decision-2", "test", own.as_str(), TaskState::Completed),
        ("decision-3", "test", own.as_str(), TaskState::Failed),
    ] {
        fixture.jobs.0.entry(id(decision)).or_default().push(asked(label, request, state));
    }
    fixture.call("backfill", Some("test"), r#"{"depth": 4}"#).unwrap();
    // What failed created nothing that can be relied on.
    assert_eq!(fixture.fired(), ["1 backfill-task", "3 backfill-task"].map(|action| (action.to_owned(), 1)));
}

#[test]
fn what_is_left_undone_is_told_and_the_others_are_done() {
    let mut fixture = with_history("-x--");
    fixture.artifacts.0.remove(&(id("decision-2"), "public/actions.json".into()));
    let failed = fixture.call("backfill", Some("test"), r#"{"depth": 4}"#).unwrap_err();
    assert_eq!(fixture.fired().len(), 2);
    let told = fixture.told(failed);
    let decision = id("decision-2");
    let gone =
        format!("failed: decision task {decision} has no artifact `public/actions.json`: it failed, or has expired");
    let told: Vec<&str> = told.iter().map(|line| line.split_once("was not run: ").unwrap().1).collect();
    assert_eq!(told, ["the push has no decision task", gone.as_str()]);
}

#[test]
fn a_hook_that_refuses_keeps_one_push_from_it_and_is_told() {
    for (kind, told) in [
        (ErrorKind::Refused { status: 400 }, "no such input"),
        (ErrorKind::Refused { status: 403 }, "not allowed to fire hook `project-example/in-tree-action-1-generic/"),
        (ErrorKind::NotFound, "hook `project-example/in-tree-action-1-generic/0123456789` does not exist"),
        (ErrorKind::Unavailable, "no such input"),
    ] {
        let fixture = with_history("----");
        let (request, message) = ("the hook".into(), "no such input".into());
        fixture.hooks.refusals.lock().unwrap().push(sources::Error { service: "hooks", request, message, kind });
        let failed = fixture.call("backfill", Some("test"), r#"{"depth": 4}"#).unwrap_err();
        assert_eq!(fixture.fired().len(), 3, "{kind:?}");
        let lines = fixture.told(failed);
        assert!(lines.len() == 1 && lines[0].contains(told), "{kind:?}: {lines:?}");
    }
}

#[test]
fn what_is_gone_or_sealed_on_one_push_does_not_keep_the_others_from_it() {
    let mut fixture = with_history("----");
    // The group has expired; the graph stands for an error of its upload; the actions are not JSON.
    fixture.artifacts.0.remove(&(id("decision-1"), "public/full-task-graph.json".into()));
    fixture.artifact("decision-2", "public/full-task-graph.json", "[");
    fixture.artifact("decision-3", "public/actions.json", "no JSON");
    let failed = fixture.call("backfill", Some("test"), r#"{"depth": 4}"#).unwrap_err();
    assert_eq!(fixture.fired(), [("0 backfill-task".to_owned(), 1)]);
    let lines = fixture.told(failed);
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[2].contains("is not JSON"), "{lines:?}");
}

#[test]
fn performance_is_run_back_to_the_data_point_and_one_more() {
    let fixture = with_history("--p---");
    fixture.call("back-revisions", Some("test"), r#"{"times": 3}"#).unwrap_err();
    // Its own push has no decision in the index of this fixture, and is told so; the others are asked.
    let expected = [("0 backfill-task", 3), ("1 backfill-task", 3), ("2 backfill-task", 2), ("3 backfill-task", 3)];
    assert_eq!(fixture.fired(), expected.map(|(action, times)| (action.to_owned(), times)));
}

#[test]
fn a_range_takes_several_labels() {
    let fixture = with_history("pf-");
    let input = format!(r#"{{"tasks": ["test", "lint"], "from": "{:040}", "times": 2}}"#, 2);
    fixture.call("trigger-range", None, &input).unwrap_err();
    let expected = [(0, 1), (1, 1), (2, 2), (0, 2), (1, 2), (2, 2)];
    let expected = expected.map(|(push, times)| (format!("{push} backfill-task"), times));
    assert_eq!(fixture.fired(), expected);
}

#[test]
fn what_the_push_asked_for_is_filled_in() {
    let mut fixture = Fixture::new();
    fixture.artifact("decision", "public/target-tasks.json", r#"["build", "lint", "test"]"#);
    fixture.jobs.0.insert(id("decision"), vec![job("build", TaskState::Completed), job("test", TaskState::Failed)]);
    fixture.call("fill", None, "null").unwrap();
    assert_eq!(fixture.created().keys().collect::<Vec<_>>(), ["lint", "test"]);
    // A run that was killed had made one of them, which waits now: the next run tells of both all the same.
    let made = fixture.published("label-to-taskid.json");
    let own = TaskId::derive(&id("action"), &"test".into(), 0);
    fixture
        .jobs
        .0
        .get_mut(&id("decision"))
        .unwrap()
        .push(Job { task_id: Some(own), ..job("test", TaskState::Pending) });
    fixture.call("fill", None, "null").unwrap();
    assert_eq!(fixture.published("label-to-taskid.json"), made);
    let mut fixture = Fixture::new();
    fixture.artifact("decision", "public/target-tasks.json", r#"["build", "lint", "test"]"#);
    fixture.artifact("decision", "public/label-to-taskid.json", &labels(&["build"]));
    fixture.call("run-missing-tests", None, "null").unwrap();
    // `lint` is no test: it comes only because the test needs it.
    assert_eq!(fixture.published("to-run.json"), serde_json::json!(["test"]));
    assert!(fixture.call("all-perf", None, "{}").is_err());
}

#[test]
fn caches_are_purged_and_priorities_changed() {
    let mut fixture = Fixture::new();
    fixture.queue.scopes.push("assume:repo:github.com/example/project:action:change-priority".into());
    let cache = Node::new(Map::from([("cache", Node::new(Map::from([("checkouts", "/builds")])))]));
    let definition = Map::from([("taskQueueId", Node::new("p/w")), ("payload", cache)]);
    let status = TaskStatus {
        task_id: id("cached"),
        task_group_id: id("decision"),
        state: TaskState::Pending,
        expires: DateTime::<Utc>::MAX_UTC,
    };
    fixture.queue.put(status, Node::new(definition));
    fixture.call("purge-cache", Some("cached"), "null").unwrap();
    assert_eq!(fixture.purge_cache.purged(), [("p/w".to_owned(), "checkouts".to_owned())]);
    fixture.call("change-priority", None, r#"{"priority": "low"}"#).unwrap();
    let priority = fixture.queue.definitions()[&id("cached")].get("priority").and_then(Node::as_str).map(str::to_owned);
    assert_eq!(priority.as_deref(), Some("low"));
    assert!(fixture.call("change-priority", None, "null").is_err(), "it is checked in the callback too");
}

/// A push whose tests say what they run.
fn with_tests() -> Fixture {
    let mut fixture = Fixture::new();
    let graph = r#"{
      "build": {"kind": "build", "label": "build", "attributes": {}, "optimization": null, "dependencies": {},
        "task": {"metadata": {"name": "build"}, "created": {"relative-datestamp": "0 seconds"}}},
      "test": {"kind": "test", "label": "test", "attributes": {"retrigger": true, "test_manifests": ["dom/m.toml"]},
        "optimization": null, "dependencies": {"build": "build"},
        "task": {"metadata": {"name": "test"}, "scopes": ["secrets:get:a", "docker-worker:cache:c"],
          "payload": {"command": ["run"], "cache": {"c": "/c"}}}},
      "mochitest-cf": {"kind": "test", "label": "mochitest-cf", "attributes": {}, "optimization": null,
        "dependencies": {"build": "build"},
        "task": {"metadata": {"name": "mochitest-cf"}, "payload": {"command": ["run", "it"]}}}
    }"#;
    fixture.artifact("decision", "public/full-task-graph.json", graph);
    fixture
}

impl Fixture {
    /// The definition of the only task that was created of that name.
    fn definition(&self, name: &str) -> serde_json::Value {
        let created = self.queue.definitions().into_values().filter(|task| task.get("schedulerId").is_some());
        let named = |task: &Map| {
            task.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Node::as_str) == Some(name)
        };
        let mut created = created.filter(|task| task.as_map().is_some_and(named));
        serde_json::to_value(created.next().expect("it was created")).unwrap()
    }
}

#[test]
fn whatever_runs_a_new_test_is_run_so_often() {
    let fixture = with_tests();
    fixture.call("new-test", None, r#"{"paths": ["dom/a.html"], "times": 3}"#).unwrap();
    let created = fixture.created();
    assert_eq!((created.len(), created["test"].len()), (1, 3));
    let error = fixture.call("new-test", None, r#"{"paths": ["nowhere/a.html"]}"#).unwrap_err();
    assert_eq!(fixture.told(error), ["no task of the full task graph runs `nowhere/a.html`"]);
}

#[test]
fn jobs_are_added_by_a_query() {
    let fixture = with_tests();
    fixture.call("add-by-query", None, r#"{"query": "kind(test) - *-cf", "times": 2}"#).unwrap();
    let created = fixture.created();
    assert_eq!((created.len(), created["test"].len()), (1, 2));
    assert!(fixture.call("add-by-query", None, r#"{"query": "kind(tset)"}"#).is_err());
    assert!(fixture.call("add-by-query", None, r#"{"query": "kind("}"#).is_err());
}

const SUMMARY: &str = r#"{"action": "test_result", "test": "dom/a.html", "group": "dom/m.toml", "status": "FAIL", "expected": "PASS"}
{"action": "test_result", "test": "dom/b.html", "group": "dom/m.toml", "status": "TIMEOUT", "expected": "PASS"}"#;

#[test]
fn what_failed_is_confirmed_test_by_test_where_there_are_tasks_for_that() {
    let mut fixture = with_tests();
    fixture.task("mochitest", TaskState::Failed, "2026-01-01T00:00:00.000Z");
    fixture.artifact("mochitest", "public/test_info/a_errorsummary.log", SUMMARY);
    fixture.artifact("mochitest", "public/logs/live_backing.log", "TEST-UNEXPECTED-FAIL | dom/c.html | not read");
    for _ in 0..2 {
        fixture.call("confirm-failures", Some("mochitest"), "null").unwrap();
        assert_eq!(fixture.created()["mochitest-cf"].len(), 2);
    }
    let task = fixture.definition("mochitest-cf");
    assert_eq!(task["tags"]["action"], "confirm-failure");
    assert_eq!(task["payload"]["command"], serde_json::json!(["run", "it", "--repeat=4"]));
    assert_eq!(task["payload"]["env"]["MOZHARNESS_TEST_PATHS"], r#"{"":["dom/m.toml"]}"#);
}

#[test]
fn what_failed_is_run_again_where_there_are_none() {
    let mut fixture = with_tests();
    fixture.artifact("test", "public/logs/live_backing.log", "TEST-UNEXPECTED-FAIL | dom/c.html | it is read");
    fixture.call("confirm-failures", Some("test"), r#"{"times": 4}"#).unwrap();
    assert_eq!(fixture.created()["test"].len(), 4);
    // Without a failure that is found, the task is run again as a whole.
    let fixture = with_tests();
    fixture.call("confirm-failures", Some("test"), "{}").unwrap();
    assert_eq!(fixture.created()["test"].len(), 1);
}

#[test]
fn an_interactive_copy_has_a_group_of_its_own_and_nothing_to_spoil() {
    let fixture = with_tests();
    fixture.call("create-interactive", Some("test"), r#"{"notify": "a@example.com"}"#).unwrap();
    let task = fixture.definition("test");
    assert_eq!(task["taskGroupId"], id("action").as_str());
    assert_eq!((&task["payload"]["cache"], &task["payload"]["maxRunTime"]), (&serde_json::json!({}), &10800.into()));
    assert_eq!(task["payload"]["features"]["interactive"], true);
    assert_eq!(task["routes"], serde_json::json!(["notify.email.a@example.com.on-pending"]));
    assert!(!task["scopes"].to_string().contains("secrets:"), "{}", task["scopes"]);
}
