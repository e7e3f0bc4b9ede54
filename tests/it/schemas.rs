//! The committed schemas are those of the types. `PUSHGRAPH_BLESS=1` writes them anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use pushgraph::diagnostics::Files;
use pushgraph::schemas::{schemas, text};
use pushgraph::yaml;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

fn committed() -> BTreeMap<String, String> {
    let files = walkdir::WalkDir::new(folder()).into_iter().filter_map(Result::ok);
    let files = files.filter(|entry| entry.file_type().is_file());
    let name = |path: &Path| {
        let below = path.strip_prefix(folder()).expect("below the folder").with_extension("");
        below.to_string_lossy().into_owned()
    };
    files.map(|entry| (name(entry.path()), std::fs::read_to_string(entry.path()).expect("UTF-8"))).collect()
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let made: BTreeMap<String, String> = schemas().iter().map(|(name, schema)| (name.clone(), text(schema))).collect();
    if std::env::var_os("PUSHGRAPH_BLESS").is_some() {
        for (name, text) in &made {
            let file = folder().join(name).with_extension("json");
            std::fs::create_dir_all(file.parent().expect("in a folder")).expect("a folder can be made");
            std::fs::write(file, text).expect("a schema can be written");
        }
    }
    let committed = committed();
    assert_eq!(committed.keys().collect::<Vec<_>>(), made.keys().collect::<Vec<_>>());
    for (name, text) in &made {
        assert!(
            committed[name] == *text,
            "schemas/{name}.json is not that of its type; .ci/run schemas writes it anew"
        );
    }
}

/// A document, read as the program reads it.
fn document(text: &str) -> Value {
    let loaded = yaml::load(&Files::default(), "document.yml", text).expect("YAML");
    serde_json::to_value(&loaded.root).expect("JSON")
}

fn validators() -> BTreeMap<String, Validator> {
    let validator = |schema: &Value| jsonschema::validator_for(schema).expect("a valid schema");
    schemas().iter().map(|(name, schema)| (name.clone(), validator(schema))).collect()
}

#[test]
fn a_file_of_a_push_is_checked_in_both_forms() {
    let validator = &validators()["try_task_config"];
    let is_valid = |text: &str| validator.is_valid(&document(text));
    let right = [
        "{version: 2, parameters: {level: '1', try_task_config: {query: kind(test)}}}",
        "{version: 1, tasks: [a], rebuild: 3, use-artifact-builds: true}",
        "{fuzzy: [linux], for: [{tasks: ~linux, env: {A: b}}]}",
    ];
    let wrong = [
        "{version: 2}",
        "{version: 3, parameters: {}}",
        "{version: 2, parameters: {try_task_config: {quary: kind(test)}}}",
        "{version: 1, taks: [a]}",
        "{tasks: [a], for: [{env: {A: b}}]}",
        "{rebuild: 0}",
    ];
    assert_eq!(right.iter().filter(|text| !is_valid(text)).collect::<Vec<_>>(), [&""; 0]);
    assert_eq!(wrong.iter().filter(|text| is_valid(text)).collect::<Vec<_>>(), [&""; 0]);
}

/// The name of the schema of a file.
fn schema_of(file: &Path) -> Option<&'static str> {
    let name = file.file_name()?.to_str()?;
    match name {
        "config.yml" => Some("config"),
        "kind.yml" => Some("kind"),
        _ if file.extension()? == "yml" && file.parent()?.ends_with("parameters") => Some("parameters"),
        _ if file.extension()? == "yml" && is_of_tasks(file) => Some("tasks-from"),
        _ => None,
    }
}

/// Whether it lies beside a kind that has tasks in other files.
fn is_of_tasks(file: &Path) -> bool {
    let kind = std::fs::read_to_string(file.with_file_name("kind.yml"));
    kind.is_ok_and(|kind| kind.lines().any(|line| line.starts_with("tasks-from:")))
}

/// The mistakes a schema finds, each with its place.
fn mistakes(validator: &Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_tree_that_is_right_is_valid() {
    let (validators, mut seen) = (validators(), BTreeMap::<&str, usize>::new());
    for root in ["tests/trees", "taskgraph"] {
        for entry in walkdir::WalkDir::new(crate::support::repository().join(root)) {
            let file = entry.expect("a tree can be walked").into_path();
            let Some(name) = schema_of(&file) else { continue };
            let document = document(&std::fs::read_to_string(&file).expect("UTF-8"));
            let found = mistakes(&validators[name], &document);
            assert!(found.is_empty(), "{}:\n{}", file.display(), found.join("\n"));
            *seen.entry(name).or_default() += 1;
        }
    }
    assert!(seen["config"] > 15 && seen["kind"] > 25 && seen["parameters"] > 20, "{seen:?}");
}

/// A task cut in two: every other key on each level of it, and the rest.
fn halves(task: &Value) -> (Value, Value) {
    let Value::Object(keys) = task else { return (task.clone(), task.clone()) };
    let (mut one, mut other) = (serde_json::Map::new(), serde_json::Map::new());
    for (number, (key, value)) in keys.iter().enumerate() {
        let is_keyed = value.as_object().is_some_and(|map| map.keys().any(|key| key.starts_with("by-")));
        match value {
            Value::Object(map) if map.len() > 1 && !is_keyed => {
                let (first, second) = halves(value);
                one.insert(key.clone(), first);
                other.insert(key.clone(), second);
            }
            _ if number % 2 == 0 => drop(one.insert(key.clone(), value.clone())),
            _ => drop(other.insert(key.clone(), value.clone())),
        }
    }
    (one.into(), other.into())
}

/// Defaults lie under a task, so that neither must have everything.
#[test]
fn what_is_required_may_be_among_the_defaults() {
    let (validators, mut tried) = (validators(), 0);
    for entry in walkdir::WalkDir::new(crate::support::repository().join("tests/trees")) {
        let file = entry.expect("a tree can be walked").into_path();
        if schema_of(&file) != Some("kind") {
            continue;
        }
        let kind = document(&std::fs::read_to_string(&file).expect("UTF-8"));
        let tasks = kind["tasks"].as_object().into_iter().flatten().filter(|_| kind.get("task-defaults").is_none());
        for (name, task) in tasks.filter(|(_, task)| task.is_object()) {
            let (defaults, rest) = halves(task);
            for (below, above) in [(defaults.clone(), rest.clone()), (rest, defaults)] {
                let mut cut = kind.clone();
                cut["tasks"] = serde_json::json!({name.as_str(): above});
                cut["task-defaults"] = below;
                let found = mistakes(&validators["kind"], &cut);
                assert!(found.is_empty(), "{} {name}:\n{}\n{cut:#}", file.display(), found.join("\n"));
                tried += 1;
            }
        }
    }
    assert!(tried > 50, "only {tried}");
}

#[test]
fn a_file_of_tasks_is_checked_key_by_key() {
    let validator = &validators()["tasks-from"];
    let right = "task-defaults: {worker-type: b, worker: {max-run-time: 1}}\nhello: {description: d, own: 1}\nplain:\n";
    assert_eq!(mistakes(validator, &document(right)), Vec::<String>::new());
    for (old, new, place) in [
        ("description: d", "description: [d]", "/hello/description"),
        ("worker-type: b", "priority: urgent", "/task-defaults/priority"),
        ("own: 1", "chunk: {total-chunks: two}", "/hello/chunk"),
        ("plain:", "plain: 1", "/plain"),
    ] {
        let found = mistakes(validator, &document(&right.replacen(old, new, 1)));
        assert!(found.iter().any(|mistake| mistake.starts_with(place)), "{new}: {found:?}");
    }
}

/// A kind of which one line is about to be spoilt.
const KIND: &str = "\
loader: taskgraph.loader.transform:loader
transforms:
    - taskgraph.transforms.notify
    - taskgraph.transforms.run
    - taskgraph.transforms.task:transforms
tasks:
    hello:
        description: Greets
        worker-type: b-linux
        priority: low
        run-on-projects: {by-build-platform: {linux: [all], default: []}}
        optimization: {skip-unless-changed: [src/**]}
        treeherder: {symbol: H, kind: test}
        worker: {docker-image: 'debian:12', max-run-time: 600, env: {A: b}}
        run: {using: run-task, checkout: false, command: echo}
";

/// What is replaced in [`KIND`], by what, and the places where the schema then finds a mistake.
const SPOILT: &[(&str, &str, &[&str])] = &[
    ("transform:loader", "trasnform:loader", &["/loader"]),
    ("taskgraph.transforms.notify", "taskgraph.transforms.notfiy", &["/transforms/0"]),
    ("description: Greets", "description: [Greets]", &["/tasks/hello/description"]),
    ("        description: Greets\n", "", &["/tasks/hello"]),
    ("        worker-type: b-linux\n", "", &["/tasks/hello"]),
    ("priority: low", "priority: urgent", &["/tasks/hello/priority"]),
    ("priority: low", "priority: {by-level: {'3': low, default: high}}", &["/tasks/hello/priority"]),
    ("priority: low", "prioritiy: low", &["/tasks/hello"]),
    ("priority: low", "chunk: {total-chunks: 3}", &["/tasks/hello/chunk", "/tasks/hello"]),
    ("priority: low", "notify: {recipients: [{type: mail}]}", &["/tasks/hello/notify"]),
    ("priority: low", "fetches: {build: 1}", &["/tasks/hello/fetches/build"]),
    ("priority: low", "when: {files-changed: [a]}", &["/tasks/hello"]),
    ("priority: low", "dependencies: {self: a}", &["/tasks/hello/dependencies/self"]),
    ("{linux: [all], default: []}", "{default: []}", &["/tasks/hello/run-on-projects"]),
    ("[src/**]", "src", &["/tasks/hello/optimization/skip-unless-changed"]),
    ("kind: test", "kind: tets", &["/tasks/hello/treeherder"]),
    ("max-run-time: 600", "max-run-tiem: 600", &["/tasks/hello/worker"]),
    ("max-run-time: 600", "max-run-time: ten", &["/tasks/hello/worker/max-run-time"]),
    ("env: {A: b}", "env: {A: {task-ref: b}}", &["/tasks/hello/worker/env"]),
    ("env: {A: b}", "implementation: docker-worker, os: linux", &["/tasks/hello/worker/implementation"]),
    ("using: run-task, ", "", &["/tasks/hello/run"]),
    (", command: echo", "", &["/tasks/hello/run"]),
    ("checkout: false", "checkout: 'no'", &["/tasks/hello/run/checkout"]),
    ("checkout: false", "exec-with: zsh", &["/tasks/hello/run/exec-with"]),
    ("tasks:", "tasks-form:", &[]),
];

#[test]
fn what_is_spoilt_is_found_where_it_is() {
    let (validators, right) = (validators(), document(KIND));
    assert_eq!(mistakes(&validators["kind"], &right), Vec::<String>::new());
    for (old, new, places) in SPOILT {
        assert!(KIND.contains(old), "{old}");
        let found = mistakes(&validators["kind"], &document(&KIND.replacen(old, new, 1)));
        let near = |place: &&&str| found.iter().any(|mistake| mistake.starts_with(**place));
        assert!(places.iter().all(|place| near(&place)), "{new}: {found:?}");
        assert_eq!(found.is_empty(), places.is_empty(), "{new}: {found:?}");
    }
}

/// From the first transform on that is the tree's own, anything goes; before it, it does not.
#[test]
fn what_the_trees_own_transforms_may_read_is_free() {
    let validator = &validators()["kind"];
    let with = |transforms: &str| {
        let chain = "    - taskgraph.transforms.notify\n    - taskgraph.transforms.run\n    - taskgraph.transforms.task:transforms\n";
        let text = KIND.replacen(chain, transforms, 1).replacen("priority: low", "own: 1\n        notify: 1", 1);
        mistakes(validator, &document(&text))
    };
    assert_eq!(with("    - own:transforms\n    - taskgraph.transforms.task\n"), Vec::<String>::new());
    let found = with("    - taskgraph.transforms.notify\n    - own:transforms\n");
    assert!(found.len() == 1 && found[0].starts_with("/tasks/hello/notify: "), "{found:?}");
    let found = with("    - taskgraph.transforms.notify\n    - taskgraph.transforms.task\n");
    let places: Vec<&str> = found.iter().filter_map(|mistake| mistake.split(": ").next()).collect();
    for place in ["/tasks/hello/notify", "/tasks/hello/run", "/tasks/hello"] {
        assert!(places.contains(&place), "{place}: {found:?}");
    }
}

#[test]
fn every_property_is_described() {
    for (name, schema) in schemas() {
        let mut bare = Vec::new();
        undescribed(&schema, &schema, &mut String::new(), &mut bare);
        assert!(bare.is_empty(), "schemas/{name}.json: {bare:?}");
    }
}

/// Collects the properties that neither say what they are nor refer to what does. Conditions describe nothing, and a
/// property that is only allowed or refused is described where it is read.
fn undescribed(root: &Value, schema: &Value, at: &mut String, found: &mut Vec<String>) {
    let Value::Object(keywords) = schema else { return };
    for (keyword, value) in keywords {
        let length = at.len();
        at.push('/');
        at.push_str(keyword);
        match (keyword.as_str(), value) {
            ("if" | "not", _) => {}
            _ if keyword.starts_with("reaches.") => {}
            ("properties", Value::Object(properties)) => {
                let bare = properties.iter().filter(|(_, schema)| schema.is_object() && !is_described(root, schema));
                found.extend(bare.map(|(key, _)| format!("{at}/{key}")));
                properties.values().for_each(|schema| undescribed(root, schema, at, found));
            }
            (_, Value::Array(items)) => items.iter().for_each(|item| undescribed(root, item, at, found)),
            _ => undescribed(root, value, at, found),
        }
        at.truncate(length);
    }
}

fn is_described(root: &Value, schema: &Value) -> bool {
    let referred = || root.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?);
    let parts = ["allOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    // A schema that only adds to one that is elsewhere need not describe it again.
    let only_adds = schema.as_object().is_some_and(|keywords| {
        keywords.keys().all(|key| {
            matches!(
                key.as_str(),
                "required" | "properties" | "items" | "allOf" | "if" | "then" | "additionalProperties"
            )
        })
    });
    schema.get("description").is_some()
        || only_adds
        || referred().is_some_and(|schema| is_described(root, schema))
        || parts.into_iter().any(|schema| is_described(root, schema))
}
