//! Actions, by both programs, on a push that the reference decided: ours continues what the reference began.

use serde_json::{Value, json};

use super::artifacts::{Files, Names, files, json_file, readable, tasks};
use super::decision::{decide, names, with_template};
use super::index::Taskcluster;
use super::normal::explain;
use super::programs::{Checkout, Program};
use super::trees::Settings;
use crate::support::repository;

const DECISION: &str = "DDDDDDDDQDCDDDDDDDDDDA";
const OURS: &str = "EEEEEEEEQECEEEEEEEEEEA";
const THEIRS: &str = "FFFFFFFFQFCFFFFFFFFFFA";

/// A push that the reference decided, served with its artifacts.
struct Push {
    tree: tempfile::TempDir,
    taskcluster: Taskcluster,
    access_token: String,
    names: Names,
}

/// The client that decision and actions are, and what it may do. The reference wants to see the first scope by itself.
const CLIENT: &str = "tests/actions";
const SCOPES: [&str; 3] = ["assume:repo:github.com/example/project:action:generic", "queue:*", "index:*"];

impl Push {
    fn new() -> Self {
        let (tree, taskcluster) = (with_template(&repository().join("tests/trees/hello")), Taskcluster::enforced());
        let kind = tree.path().join("taskcluster/kinds/hello/kind.yml");
        std::fs::write(kind, include_str!("../whole_push/kind.yml")).expect("it can be written");
        let checkout = Checkout::of(tree.path());
        taskcluster.start_task(DECISION, DECISION);
        let access_token = taskcluster.make_client(CLIENT, &SCOPES);
        let mut environment = environment(&taskcluster, &access_token).to_vec();
        environment.push(("TASK_ID", DECISION));
        let files = decide(&Program::Reference { seed: 0 }, &checkout, &Settings::default(), &environment);
        taskcluster.finish_task(DECISION, &files);
        let path = format!("example.v2.project.revision.{}.taskgraph.decision", checkout.head());
        taskcluster.index_task(&path, DECISION);
        let names = names(&files, DECISION);
        Self { tree, taskcluster, access_token, names }
    }

    /// What an action made: files and tasks.
    fn act(&self, program: &Program<'_>, id: &str, callback: &str, task: Option<&str>, input: &Value) -> Value {
        let checkout = Checkout::of(self.tree.path());
        self.taskcluster.start_task(id, DECISION);
        let task_id = task.map(|name| self.names.iter().find(|(_, known)| *known == name).expect("it is known").0);
        let (task_id, input) = (json!(task_id).to_string(), input.to_string());
        let mut environment = environment(&self.taskcluster, &self.access_token).to_vec();
        environment.extend([
            ("TASK_ID", id),
            ("ACTION_TASK_GROUP_ID", DECISION),
            ("ACTION_TASK_ID", &task_id),
            ("ACTION_INPUT", &input),
            ("ACTION_CALLBACK", callback),
        ]);
        program.output(&checkout, &["action-callback"], &environment);
        let files = files(checkout.path());
        let names = self.with_new(&files, id);
        let mut documents = readable(&files, &names);
        let tasks = tasks(&self.taskcluster, DECISION, &names);
        let is_new = |name: &String| name.starts_with("<new ");
        documents.insert("tasks".into(), tasks.into_iter().filter(|(name, _)| is_new(name)).collect());
        documents.into_iter().collect()
    }

    /// The names of the push's tasks, of the action and of the tasks it made, which are numbered.
    fn with_new(&self, files: &Files, action: &str) -> Names {
        let mut names = self.names.clone();
        names.insert(action.to_owned(), "<action>".to_owned());
        for file in files.keys().filter(|name| name.starts_with("artifacts/task-graph")) {
            for (id, task) in json_file(files, file).as_object().expect("a graph") {
                let label = task["label"].as_str().expect("a label");
                let name = format!("<new {label} of {file}>");
                names.entry(id.clone()).or_insert(name);
            }
        }
        names
    }

    /// What a callback says it would do, with its new ids numbered and its dates taken out.
    fn try_out(&self, program: &Program<'_>, line: &str, input: &Value) -> Vec<String> {
        let checkout = Checkout::of(self.tree.path());
        std::fs::write(checkout.path().join("input.json"), input.to_string()).expect("it can be written");
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let mut environment = environment(&self.taskcluster, &self.access_token).to_vec();
        environment.push(("TASK_ID", OURS));
        let printed = program.output(&checkout, &arguments, &environment);
        let pattern = |text| fancy_regex::Regex::new(text).expect("it is one");
        let dated = pattern(r"\d{4}-\d\d-\d\dT[\d:.]+Z").replace_all(&printed, "<date>").into_owned();
        let named = super::artifacts::with_names(&dated, &self.names);
        let numbered = pattern(r#"(?<=")[\w-]{22}(?=")"#).replace_all(&named, "<new>").into_owned();
        // They are in the order of their ids, some of which are drawn.
        let ordered = pattern(r#"(?<="dependencies": \[)[^\]]+"#).replace_all(
            &numbered,
            |found: &fancy_regex::Captures<'_, str>| {
                let mut dependencies: Vec<&str> = found[0].split(',').map(str::trim).collect();
                dependencies.sort_unstable();
                dependencies.join(", ")
            },
        );
        ordered.split("\n]\n").map(str::to_owned).collect()
    }

    fn compare(&self, callback: &str, task: Option<&str>, input: &Value) -> Value {
        let theirs = self.act(&Program::Reference { seed: 0 }, THEIRS, callback, task, input);
        let ours = self.act(&Program::Ours, OURS, callback, task, input);
        assert!(ours == theirs, "{callback}: {}", explain(&ours, &theirs));
        ours["tasks"].clone()
    }
}

/// `test-action-callback` changes nothing and prints the tasks that would be created.
#[test]
fn actions_are_tried_out_alike() {
    let push = Push::new();
    let id = |name: &str| push.names.iter().find(|(_, known)| *known == name).expect("it is known").0.clone();
    let (task, group) = (id("<hello-pushed>"), DECISION);
    let parameters = format!("-p task-id={DECISION}");
    let common = format!("test-action-callback --task-group-id {group} {parameters}");
    let compare = |line: &str, input: &Value| {
        let theirs = push.try_out(&Program::Reference { seed: 0 }, line, input);
        assert_eq!(push.try_out(&Program::Ours, line, input), theirs, "{line}");
        theirs.len() - 1
    };
    let retrigger = format!("{common} --task-id {task} --input input.json retrigger");
    assert_eq!(compare(&retrigger, &json!({"times": 2})), 2);
    assert_eq!(compare(&format!("{common} add-new-jobs --input=input.json"), &json!({"tasks": ["hello-top"]})), 3);
    assert_eq!(compare(&format!("{common} --task-id={task} cancel"), &json!({})), 0);
    assert_eq!(compare(&format!("{common} -r taskcluster cancel-all"), &json!({})), 0);
    let before = tasks(&push.taskcluster, DECISION, &push.names);
    assert!(before.keys().all(|name| !name.starts_with("<new ")), "nothing was created: {before:?}");
}

fn environment<'a>(taskcluster: &'a Taskcluster, access_token: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("TASKCLUSTER_ROOT_URL", taskcluster.root_url()),
        ("TASKCLUSTER_CLIENT_ID", CLIENT),
        ("TASKCLUSTER_ACCESS_TOKEN", access_token),
    ]
}

#[test]
fn a_retrigger() {
    let tasks = Push::new().compare("retrigger", Some("<hello-pushed>"), &json!({"times": 2}));
    let of = |n: u8| format!("<new hello-pushed of artifacts/task-graph-{n}.json>");
    assert_eq!(tasks.as_object().unwrap().keys().collect::<Vec<_>>(), [&of(0), &of(1)]);
}

#[test]
fn new_jobs_with_what_they_need() {
    let tasks = Push::new().compare("add-new-jobs", None, &json!({"tasks": ["hello-top"]}));
    let of = |name: &str| format!("<new {name} of artifacts/task-graph.json>");
    let top = &tasks[of("hello-top")]["dependencies"];
    assert_eq!(*top, json!(["<action>", "<hello-pushed>", of("hello-middle")]));
    assert_eq!(tasks[of("hello-middle")]["dependencies"], json!(["<action>", of("hello-base")]));
    assert_eq!(tasks[of("hello-base")]["dependencies"], json!(["<action>", "<decision>"]));
}
