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
use crate::sources::index::MemoryIndex;
use crate::sources::queue::{MemoryQueue, TaskState, TaskStatus};
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
            directory: tempfile::tempdir().unwrap(),
        };
        fixture.artifact("decision", "public/full-task-graph.json", GRAPH);
        fixture.artifact("decision", "public/label-to-taskid.json", &labels(&["build", "test"]));
        for name in ["build", "test"] {
            fixture.task(name, TaskState::Failed, "2026-01-01T00:00:00.000Z");
        }
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

    fn call(&self, callback: &str, task: Option<&str>, input: &str) -> Result<(), Error> {
        let input = Input::from_json(&self.world.files, Path::new("ACTION_INPUT"), input)?;
        let task_id = task.map(id);
        let call = Call {
            run: self.world.run(),
            services: Services {
                queue: &self.queue,
                index: &self.index,
                artifacts: &self.artifacts,
                clock: &FixedClock("2026-01-31T12:00:00Z".parse().unwrap()),
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
        // `lint` is not one of the push's: it is created with the first copy, and again with the second.
        assert_eq!(created.keys().collect::<Vec<_>>(), ["lint", "test"]);
        assert_eq!(created["test"].len(), 2);
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
    fixture.call("rerun", Some("build"), "{}").unwrap();
    let state = |name| block_on(crate::sources::queue::Queue::status(&fixture.queue, &id(name))).unwrap().state;
    assert_eq!((state("other"), state("build")), (TaskState::Failed, TaskState::Pending));
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
        [TaskState::Running, TaskState::Exception, TaskState::Failed]
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
