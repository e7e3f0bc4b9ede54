//! A history that is made and served, the commands on it, and what they created.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;
use tokio::runtime::Runtime;

use crate::reference::reference_python;
use crate::support::{Ran, Run, Tree, repository};

/// How often a label was created on a push: `13 test-linux-unit`, or `feature/2 test-linux-unit` in another project.
pub(super) type Created = BTreeMap<String, usize>;

/// `local history` in a process of its own that ends with this value.
pub(super) struct World {
    tree: Tree,
    file: PathBuf,
    child: Child,
    exports: BTreeMap<String, String>,
    history: Value,
    client: reqwest::Client,
    runtime: Runtime,
}

impl World {
    /// Makes and serves a history of `tests/histories`.
    pub(super) fn start(name: &str) -> Self {
        Self::of_file(&repository().join("tests/histories").join(name))
    }

    /// Makes and serves a history.
    pub(super) fn of_file(file: &Path) -> Self {
        let tree = Tree::empty();
        let (child, exports) = serve(&tree, file);
        let history = fs::read(tree.path().join(".pushgraph/history.json")).expect("it is recorded");
        let history = serde_json::from_slice(&history).expect("it is JSON");
        let (client, runtime) = (reqwest::Client::new(), Runtime::new().expect("a runtime"));
        Self { tree, file: file.to_owned(), child, exports, history, client, runtime }
    }

    /// Has time pass, or something go wrong: stops the server, changes the state that it keeps, each time one row, and
    /// serves the history again.
    pub(super) fn change(&mut self, changes: &[String]) {
        self.stop();
        let file = self.tree.path().join(".pushgraph/taskcluster.sqlite");
        let database = rusqlite::Connection::open(file).expect("it can be opened");
        for change in changes {
            assert_eq!(database.execute(change, []).expect("it can be changed"), 1, "{change}");
        }
        drop(database);
        (self.child, self.exports) = serve(&self.tree, &self.file);
    }

    fn stop(&mut self) {
        // That it has ended already is not the tests' concern.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Where Taskcluster is.
    pub(super) fn root_url(&self) -> &str {
        &self.exports["TASKCLUSTER_ROOT_URL"]
    }

    /// The folder of a project's repository.
    pub(super) fn repository(&self, project: &str) -> PathBuf {
        self.tree.path().join(".pushgraph/repositories").join(project)
    }

    /// The revision of a push.
    pub(super) fn revision(&self, project: &str, number: usize) -> String {
        let commits = self.push(project, number)["commits"].as_array().expect("a list");
        text(&commits.last().expect("a push brings something")["revision"])
    }

    /// The decision task of a push.
    pub(super) fn decision(&self, project: &str, number: usize) -> String {
        text(&self.push(project, number)["decision"])
    }

    fn push(&self, project: &str, number: usize) -> &Value {
        &self.history[project][number - 1]
    }

    /// A command on it; `@5` stands for the revision of push 5.
    pub(super) fn command(&self, arguments: &[&str]) -> Ran {
        let arguments: Vec<String> = arguments
            .iter()
            .map(|argument| match argument.strip_prefix('@').and_then(|number| number.parse().ok()) {
                Some(number) => self.revision("project", number),
                None => (*argument).to_owned(),
            })
            .collect();
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut run = with_programs(self.tree.pushgraph("")).arguments(&words);
        run = run.arguments(&["--project", "project", "--trust-domain", "example"]);
        for (name, value) in &self.exports {
            run = run.env(name, value);
        }
        run.run()
    }

    /// What a command created; it must end well.
    pub(super) fn created(&self, arguments: &[&str]) -> Created {
        let before = self.tasks();
        self.command(arguments).succeeds();
        self.created_since(before)
    }

    /// What was created since the tasks were these.
    pub(super) fn created_since(&self, before: Created) -> Created {
        let mut created = self.tasks();
        for (task, count) in before {
            let now = created.remove(&task).expect("no task is ever gone");
            if now > count {
                created.insert(task, now - count);
            }
        }
        created
    }

    /// How often each label is there on each push, actions left out.
    pub(super) fn tasks(&self) -> Created {
        let mut tasks = Created::new();
        for (project, pushes) in self.history.as_object().expect("projects") {
            for push in pushes.as_array().expect("pushes") {
                let prefix = if project == "project" { String::new() } else { format!("{project}/") };
                for (name, _) in self.group(&text(&push["decision"])) {
                    if !name.starts_with("Action: ") {
                        *tasks.entry(format!("{prefix}{} {name}", push["number"])).or_default() += 1;
                    }
                }
            }
        }
        tasks
    }

    /// The names and states of a group's tasks.
    pub(super) fn group(&self, id: &str) -> Vec<(String, String)> {
        let list = self.json(&format!("api/queue/v1/task-group/{id}/list"));
        let tasks = list["tasks"].as_array().expect("a list").iter();
        tasks.map(|item| (text(&item["task"]["metadata"]["name"]), text(&item["status"]["state"]))).collect()
    }

    /// Waits until no task of any push is pending or runs.
    pub(super) fn until_idle(&self) {
        let pushes = self.history.as_object().expect("projects").values();
        for push in pushes.flat_map(|pushes| pushes.as_array().expect("pushes")) {
            let group = text(&push["decision"]);
            while self.group(&group).iter().any(|(_, state)| matches!(state.as_str(), "pending" | "running")) {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
        }
    }

    /// The program, with the reference's package at hand.
    pub(super) fn pushgraph(&self, arguments: &str) -> Run {
        with_programs(self.tree.pushgraph(arguments))
    }

    /// The first task of that name in a group.
    pub(super) fn task(&self, group: &str, name: &str) -> String {
        let list = self.json(&format!("api/queue/v1/task-group/{group}/list"));
        let mut tasks = list["tasks"].as_array().expect("a list").iter();
        let found = tasks.find(|item| item["task"]["metadata"]["name"] == name).expect("there is one");
        text(&found["status"]["taskId"])
    }

    /// Runs the callback of an action in a task of its own.
    pub(super) fn call(&self, group: &str, task: Option<&str>, callback: &str, input: &str) -> Ran {
        let own = format!("{:02}y3l9dCSDKRYTxTQTZjGg", self.group(group).len() % 100);
        self.put_task(&own, group);
        let task = serde_json::to_string(&task).expect("it is text");
        let run = self.pushgraph("action-callback").env("TASK_ID", &own).env("TASKCLUSTER_ROOT_URL", self.root_url());
        let run = run.env("ACTION_TASK_GROUP_ID", group).env("ACTION_TASK_ID", &task).env("ACTION_INPUT", input);
        run.env("ACTION_CALLBACK", callback).within(&self.repository("project")).run()
    }

    /// Asks for something to be done.
    pub(super) fn post(&self, path: &str) {
        self.runtime.block_on(async {
            let url = format!("{}/{path}", self.root_url());
            let answer = self.client.post(&url).send().await.expect("the server answers");
            assert!(answer.status().is_success(), "{url}: {}", answer.text().await.expect("it has a text"));
        });
    }

    /// Puts a task that stands for an action's into a group.
    #[expect(clippy::disallowed_methods, reason = "the queue compares what it is told with the real time")]
    pub(super) fn put_task(&self, id: &str, group: &str) {
        let at = |days| (chrono::Utc::now() + chrono::TimeDelta::days(days)).to_rfc3339();
        let task = serde_json::json!({
            "taskGroupId": group, "schedulerId": "example-level-3", "provisionerId": "a", "workerType": "b",
            "created": at(0), "deadline": at(1), "expires": at(400), "payload": {},
            "metadata": {"name": "an action", "description": "d", "owner": "a@example.com", "source": "https://example.com"},
        });
        self.runtime.block_on(async {
            let url = format!("{}/api/queue/v1/task/{id}", self.root_url());
            let answer = self.client.put(&url).json(&task).send().await.expect("the server answers");
            assert!(answer.status().is_success(), "{}", answer.text().await.expect("it has a text"));
        });
    }

    /// What is at a path.
    pub(super) fn json(&self, path: &str) -> Value {
        self.runtime.block_on(async {
            let url = format!("{}/{path}", self.root_url());
            let answer = self.client.get(&url).send().await.expect("the server answers");
            assert!(answer.status().is_success(), "{url}: {}", answer.status());
            answer.json().await.expect("it is JSON")
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts `local history`, and waits until it serves; also what it exports.
fn serve(tree: &Tree, file: &Path) -> (Child, BTreeMap<String, String>) {
    let run = with_programs(tree.pushgraph("local history")).arguments(&[&file.to_string_lossy()]);
    let mut child = run.command().stdout(Stdio::piped()).spawn().expect("the program can be run");
    let mut exports = BTreeMap::new();
    for line in BufReader::new(child.stdout.as_mut().expect("it is piped")).lines() {
        let line = line.expect("it prints text");
        if let Some((name, value)) = line.strip_prefix("export ").and_then(|line| line.split_once('=')) {
            exports.insert(name.to_owned(), value.trim_matches('\'').to_owned());
        }
        if line.starts_with("# treeherder:") {
            break;
        }
    }
    assert!(exports.len() >= 2, "the history is made: {exports:?}");
    (child, exports)
}

/// With the reference's package at hand, which has the scripts of workers.
fn with_programs(run: Run) -> Run {
    let python = reference_python();
    let folder = python.parent().expect("it is in a directory").display();
    run.env("PATH", &format!("{folder}:{}", env!("PATH")))
}

fn text(value: &Value) -> String {
    value.as_str().expect("it is text").to_owned()
}

/// What is expected: labels on stretches of pushes, so often.
pub(super) fn on(stretches: &[(&str, std::ops::RangeInclusive<usize>, &str, usize)]) -> Created {
    let each = stretches.iter().flat_map(|(prefix, pushes, label, times)| {
        pushes.clone().map(move |push| (format!("{prefix}{push} {label}"), *times))
    });
    each.collect()
}
