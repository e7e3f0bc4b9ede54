//! `local serve`, asked over HTTP.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;
use tokio::runtime::Runtime;

use super::repository::pushgraph;
use crate::support::Tree;

/// A server in a process of its own that ends with this value.
pub(super) struct Served {
    child: Child,
    root_url: String,
    client: reqwest::Client,
    runtime: Runtime,
}

/// A task of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Task {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) state: String,
    pub(super) runs: usize,
    pub(super) dependencies: BTreeSet<String>,
}

impl Served {
    /// Starts it on the state of a tree, and learns from its output where it is.
    pub(super) fn start(tree: &Tree) -> Self {
        let mut command = pushgraph(tree, "local serve --port 0").command();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program can be run");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it prints a line");
        let root_url = line.trim().strip_prefix("export TASKCLUSTER_ROOT_URL=").expect("it prints where it is").into();
        Self { child, root_url, client: reqwest::Client::new(), runtime: Runtime::new().expect("a runtime") }
    }

    /// What is at a path below the queue's API, redirects followed.
    pub(super) fn fetch(&self, path: &str) -> Vec<u8> {
        self.runtime.block_on(async {
            let url = format!("{}/api/queue/v1/{path}", self.root_url);
            let answer = self.client.get(&url).send().await.expect("the server answers");
            assert!(answer.status().is_success(), "{url}: {}", answer.status());
            answer.bytes().await.expect("it ends").to_vec()
        })
    }

    /// The names of a task's artifacts.
    pub(super) fn artifacts(&self, task: &str) -> Vec<String> {
        let names = self.pages(&format!("task/{task}/artifacts"), "artifacts");
        names.iter().map(|artifact| text(&artifact["name"])).collect()
    }

    /// A JSON artifact.
    pub(super) fn json(&self, task: &str, artifact: &str) -> Value {
        serde_json::from_slice(&self.fetch(&format!("task/{task}/artifacts/{artifact}"))).expect("it is JSON")
    }

    /// The tasks of a group, in order of name.
    pub(super) fn group(&self, id: &str) -> Vec<Task> {
        let mut tasks: Vec<Task> =
            self.pages(&format!("task-group/{id}/list"), "tasks").iter().map(Task::from_list).collect();
        tasks.sort();
        tasks
    }

    /// The same, but only those that are not in `before`.
    pub(super) fn added(&self, id: &str, before: &[Task]) -> Vec<Task> {
        let known: BTreeSet<&str> = before.iter().map(|task| task.id.as_str()).collect();
        self.group(id).into_iter().filter(|task| !known.contains(task.id.as_str())).collect()
    }

    fn pages(&self, path: &str, items: &str) -> Vec<Value> {
        let (mut all, mut query) = (Vec::new(), String::new());
        loop {
            let page: Value = serde_json::from_slice(&self.fetch(&format!("{path}?limit=5{query}"))).expect("JSON");
            all.extend(page[items].as_array().expect("a list").iter().cloned());
            match page["continuationToken"].as_str() {
                Some(token) => query = format!("&continuationToken={token}"),
                None => return all,
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // That it has ended already is not this test's concern.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Task {
    fn from_list(item: &Value) -> Self {
        let (task, status) = (&item["task"], &item["status"]);
        let dependencies = task["dependencies"].as_array().into_iter().flatten();
        Self {
            name: text(&task["metadata"]["name"]),
            id: text(&status["taskId"]),
            state: text(&status["state"]),
            runs: status["runs"].as_array().map_or(0, Vec::len),
            dependencies: dependencies.map(text).collect(),
        }
    }
}

/// The task of that name.
pub(super) fn named<'a>(tasks: &'a [Task], name: &str) -> &'a Task {
    tasks.iter().find(|task| task.name == name).unwrap_or_else(|| panic!("no {name} in {tasks:?}"))
}

/// The names, in their order.
pub(super) fn names(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.name.as_str()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("it is text").to_owned()
}
