//! What each transform reads of a task, as a `kind.yml` may hold it.

use serde_json::{Map, Value, json};

use super::definitions::Definitions;
use super::sections;
use crate::generate::shared::schema::schema_of;
use crate::generate::transforms::cached_tasks::Cache;
use crate::generate::transforms::chunking::Chunk;
use crate::generate::transforms::docker_image::ImageDescription;
use crate::generate::transforms::fetch::FetchDescription;
use crate::generate::transforms::from_deps::FromDeps;
use crate::generate::transforms::mark_as_shipped::MarkAsShipped;
use crate::generate::transforms::matrix::Matrix;
use crate::generate::transforms::notify::{Notifications, Notify};
use crate::generate::transforms::release_artifacts::ReleaseArtifacts;
use crate::generate::transforms::run::RunDescription;
use crate::generate::transforms::task::description::{IndexDescription, TaskDescription};
use crate::generate::transforms::task_context::TaskContext;

/// A transform as a stage of a chain.
pub(super) struct Stage {
    /// What the transform is called, without its package and `:transforms`.
    pub(super) name: &'static str,
    /// What it does, in one line.
    pub(super) about: &'static str,
    /// Keys it must find, unless the task has them from elsewhere.
    pub(super) needs: &'static [&'static str],
    /// Keys that later stages need and it gives.
    pub(super) gives: &'static [&'static str],
    /// Whether what comes out is another thing than what went in, so that later stages read nothing of what is written.
    pub(super) ends: bool,
    /// What more there is to say of a task that is whole.
    pub(super) rules: fn() -> Vec<Value>,
    /// The schemas of the keys it reads.
    pub(super) keys: fn(&mut Definitions) -> Map<String, Value>,
}

const PASSES: Stage =
    Stage { name: "", about: "", needs: &[], gives: &[], ends: false, rules: Vec::new, keys: |_| Map::new() };

/// Every stage, in the order of the table of transforms.
pub(super) const STAGES: &[Stage] = &[
    Stage {
        name: "cached_tasks",
        about: "Looks tasks with `cache` up under a digest of what goes into them, before they run.",
        keys: |definitions| {
            one_key(
                "cache",
                definitions.add_type("cache", schema_of::<Option<Cache>>()),
                "What the result is looked up under before the task runs.",
            )
        },
        ..PASSES
    },
    Stage {
        name: "chunking",
        about: "Splits a task with `chunk` into numbered parts.",
        keys: |definitions| {
            one_key(
                "chunk",
                definitions.add_type("chunk", schema_of::<Option<Chunk>>()),
                "Makes it several tasks, numbered.",
            )
        },
        ..PASSES
    },
    Stage { name: "code_review", about: "Lets a task wait for all tasks of code review.", ..PASSES },
    Stage {
        name: "docker_image",
        about: "Makes images from folders of the tree.",
        ends: true,
        keys: |definitions| {
            let mut keys = keys_of(definitions.add_type("docker-image", schema_of::<ImageDescription>()));
            let index = definitions.add_type("index", schema_of::<Option<IndexDescription>>());
            keys.insert("index".into(), described(index, "Where the finished image is indexed."));
            keys
        },
        ..PASSES
    },
    Stage {
        name: "fetch",
        about: "Downloads something once, for other tasks to use as an artifact.",
        needs: &["description", "fetch"],
        ends: true,
        keys: |definitions| {
            let mut keys = keys_of(definitions.add_type("fetch", schema_of::<FetchDescription>()));
            keys.insert("fetch".into(), sections::fetch(definitions));
            keys
        },
        ..PASSES
    },
    Stage {
        name: "from_deps",
        about: "Makes tasks from the tasks of other kinds.",
        needs: &["from-deps"],
        keys: |definitions| {
            one_key(
                "from-deps",
                definitions.add_type("from-deps", schema_of::<FromDeps>()),
                "Makes one task for each group of tasks of other kinds.",
            )
        },
        ..PASSES
    },
    Stage {
        name: "mark_as_shipped",
        about: "Describes a task that marks a release as shipped.",
        gives: &["description"],
        keys: |definitions| keys_of(definitions.add_type("mark-as-shipped", schema_of::<MarkAsShipped>())),
        ..PASSES
    },
    Stage {
        name: "matrix",
        about: "Makes one task for each combination of values.",
        keys: |definitions| {
            one_key(
                "matrix",
                definitions.add_type("matrix", schema_of::<Matrix>()),
                "Makes one task for each combination of values.",
            )
        },
        ..PASSES
    },
    Stage {
        name: "notify",
        about: "Tells people and machines how a task went.",
        rules: || vec![json!({"not": {"required": ["notifications", "notify"]}})],
        keys: |definitions| {
            let legacy = definitions.add_type("notifications", schema_of::<Option<Notifications>>());
            let mut keys = one_key("notifications", legacy, "The older way to write `notify`: e-mails to people.");
            keys.extend(one_key(
                "notify",
                definitions.add_type("notify", schema_of::<Option<Notify>>()),
                "Whom to tell how the task went, and what.",
            ));
            keys
        },
        ..PASSES
    },
    Stage {
        name: "release_artifacts",
        about: "Publishes what a release consists of.",
        needs: &["worker-type"],
        keys: |definitions| keys_of(definitions.add_type("release-artifacts", schema_of::<ReleaseArtifacts>())),
        ..PASSES
    },
    Stage {
        name: "run",
        about: "Makes the command from how a task is run.",
        needs: &["description", "run", "worker-type"],
        rules: || {
            let runs =
                json!({"required": ["run"], "properties": {"run": {"properties": {"using": {"const": "run-task"}}}}});
            let timed = json!({"required": ["worker"], "properties": {"worker": {"required": ["max-run-time"]}}});
            vec![json!({"not": {"required": ["optimization", "when"]}}), json!({"if": runs, "then": timed})]
        },
        keys: |definitions| {
            let mut keys = keys_of(definitions.add_type("run", schema_of::<RunDescription>()));
            keys.remove("optimization");
            keys.insert("run".into(), sections::run(definitions));
            keys.insert(
                "worker".into(),
                json!({
                    "description": "What the worker is told; its implementation follows from the worker type.",
                    "properties": {"implementation": false},
                }),
            );
            keys
        },
        ..PASSES
    },
    Stage {
        name: "task",
        about: "Makes the definition for the queue.",
        needs: &["description", "worker-type"],
        ends: true,
        keys: |definitions| {
            let mut keys = keys_of(definitions.add_type("task", schema_of::<TaskDescription>()));
            keys.insert("name".into(), json!({"description": "The name of the task: the key it is written under."}));
            keys["dependencies"]["properties"] = json!({"decision": false, "self": false});
            keys.insert("optimization".into(), sections::optimization());
            keys.insert("worker".into(), sections::worker(definitions));
            keys
        },
        ..PASSES
    },
    Stage {
        name: "task_context",
        about: "Fills what is known only when the graph is made into the fields of a task.",
        keys: |definitions| {
            one_key(
                "task-context",
                definitions.add_type("task-context", schema_of::<Option<TaskContext>>()),
                "Values, and the fields they are filled into.",
            )
        },
        ..PASSES
    },
];

/// The schemas of an object's keys.
fn keys_of(mut object: Value) -> Map<String, Value> {
    match object["properties"].take() {
        Value::Object(keys) => keys,
        _ => Map::new(),
    }
}

fn one_key(key: &str, schema: Value, description: &str) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), described(schema, description))])
}

fn described(mut schema: Value, description: &str) -> Value {
    schema["description"] = json!(description);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::transforms::TRANSFORMS;

    #[test]
    fn every_transform_is_a_stage() {
        let name = |name: &str| name.trim_end_matches(":transforms").rsplit('.').next().unwrap().to_owned();
        let transforms: Vec<String> = TRANSFORMS.iter().map(|transform| name(transform.name)).collect();
        assert_eq!(STAGES.iter().map(|stage| stage.name).collect::<Vec<_>>(), transforms);
    }
}
