//! What a decision or an action leaves: files, and tasks in the queue. Read, and freed of what is drawn or dated.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use chrono::DateTime;
use pushgraph::local::caller::Service;
use serde_json::{Value, json};

use super::index::{Taskcluster, at};

/// The folders that decisions and actions write to.
const FOLDERS: [&str; 2] = ["artifacts", "docker-contexts"];

/// The files left, by name, with their modes.
pub(super) type Files = BTreeMap<String, (Vec<u8>, u32)>;

/// What we leave beside what the reference leaves.
pub(super) const OURS_ALONE: [&str; 2] = ["artifacts/explain.json.gz", "artifacts/selection.json"];

/// Task id → what is written in its place.
pub(super) type Names = BTreeMap<String, String>;

/// The files left in a checkout.
pub(super) fn files(checkout: &Path) -> Files {
    let entries = FOLDERS.iter().flat_map(|folder| walkdir::WalkDir::new(checkout.join(folder)));
    let entries = entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    let file = |entry: walkdir::DirEntry| {
        let name = entry.path().strip_prefix(checkout).expect("it is below").display().to_string();
        let mode = entry.metadata().expect("it is there").permissions().mode();
        (name, (std::fs::read(entry.path()).expect("it can be read"), mode))
    };
    entries.map(file).collect()
}

/// A JSON file.
pub(super) fn json_file(files: &Files, name: &str) -> Value {
    let (content, _) = files.get(name).unwrap_or_else(|| panic!("there is no {name}"));
    serde_json::from_slice(content).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The files as values that can be compared: ids are names, what has no order is sorted, logs are without times.
pub(super) fn readable(files: &Files, names: &Names) -> BTreeMap<String, Value> {
    let compared = files.iter().filter(|(name, _)| !OURS_ALONE.contains(&name.as_str()));
    compared.map(|(name, (content, mode))| (name.clone(), value(name, content, *mode, names))).collect()
}

fn value(name: &str, content: &[u8], mode: u32, names: &Names) -> Value {
    let Ok(text) = std::str::from_utf8(content) else {
        return json!({"mode": mode, "bytes": format!("{content:02x?}")});
    };
    let text = with_names(text, names);
    let stem = name.trim_start_matches("artifacts/");
    if stem.ends_with(".log") {
        return sorted(text.lines().map(|line| line.split_once(" - ").map_or(line, |(_, line)| line).into()).collect());
    }
    if !stem.ends_with(".json") {
        return json!({"mode": mode, "text": text});
    }
    match serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}")) {
        Value::Array(items) if stem.starts_with("target-tasks") || stem.starts_with("to-run") => sorted(items),
        Value::Object(tasks) if stem.starts_with("task-graph") => {
            tasks.into_iter().map(|(id, task)| (id, with_sorted_dependencies(task, "/task/dependencies"))).collect()
        }
        document => document,
    }
}

fn sorted(mut items: Vec<Value>) -> Value {
    items.sort_by_key(ToString::to_string);
    items.into()
}

fn with_sorted_dependencies(mut task: Value, pointer: &str) -> Value {
    if let Some(dependencies) = task.pointer_mut(pointer) {
        *dependencies = sorted(dependencies.as_array().cloned().unwrap_or_default());
    }
    task
}

/// A text with every id as its name.
pub(super) fn with_names(text: &str, names: &Names) -> String {
    names.iter().fold(text.to_owned(), |text, (id, name)| text.replace(id, name))
}

/// The tasks of a group as values that can be compared, by name; those whose ids have no name are left out.
pub(super) fn tasks(taskcluster: &Taskcluster, group: &str, names: &Names) -> BTreeMap<String, Value> {
    let items = taskcluster.call(taskcluster.caller.list(Service::Queue, &["task-group", group, "list"], "tasks"));
    let named = |item: &Value| {
        let name = names.get(item["status"]["taskId"].as_str().expect("an id"))?;
        let created = item["task"]["created"].as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        let definition = since(&item["task"], created.expect("a date"));
        let definition = serde_json::from_str(&with_names(&definition.to_string(), names)).expect("it is JSON");
        Some((name.clone(), with_sorted_dependencies(definition, "/dependencies")))
    };
    items.iter().filter_map(named).collect()
}

/// A definition with every date as the time since another.
fn since(value: &Value, start: DateTime<chrono::FixedOffset>) -> Value {
    match value {
        Value::String(text) => match DateTime::parse_from_rfc3339(text) {
            Ok(date) => format!("{} ms later", (date - start).num_milliseconds()).into(),
            Err(_) => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| since(item, start)).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), since(value, start))).collect(),
        _ => value.clone(),
    }
}

impl Taskcluster {
    /// Creates a decision or action task, and claims it.
    pub(crate) fn start_task(&self, id: &str, group: &str) {
        let definition = json!({
            "taskGroupId": group, "schedulerId": "example-level-1", "provisionerId": "tests", "workerType": "tests",
            "created": at(0), "deadline": at(24), "expires": at(24 * 400), "payload": {},
            "metadata": {"name": id, "description": id, "owner": "someone@example.com", "source": "https://example.com"},
        });
        self.call(self.caller.put(Service::Queue, &["task", id], &definition));
        let worker = json!({"workerGroup": "tests", "workerId": "tests"});
        self.call(self.caller.post(Service::Queue, &["task", id, "runs", "0", "claim"], &worker));
    }

    /// Uploads what a task left as its public artifacts, and completes it.
    pub(super) fn finish_task(&self, id: &str, files: &Files) {
        for (name, (content, _)) in files {
            let name = format!("public/{}", name.trim_start_matches("artifacts/"));
            let content_type = if name.ends_with(".yml") { "text/yaml" } else { "application/json" };
            let body = json!({"storageType": "s3", "contentType": content_type, "expires": at(24)});
            let path = ["task", id, "runs", "0", "artifacts", &name];
            let answer = self.call(self.caller.post(Service::Queue, &path, &body));
            let url = answer["putUrl"].as_str().expect("a URL");
            self.call(self.caller.upload(url, content_type, content.clone()));
        }
        self.call(self.caller.post(Service::Queue, &["task", id, "runs", "0", "completed"], &json!({})));
    }

    /// Indexes a task.
    pub(super) fn index_task(&self, path: &str, id: &str) {
        let entry = json!({"taskId": id, "rank": 0, "data": {}, "expires": at(24)});
        self.call(self.caller.put(Service::Index, &["task", path], &entry));
    }

    /// Makes a client, and returns its access token.
    pub(super) fn make_client(&self, id: &str, scopes: &[&str]) -> String {
        let client = json!({"expires": at(24), "description": id, "scopes": scopes});
        let answer = self.call(self.caller.put(Service::Auth, &["clients", id], &client));
        answer["accessToken"].as_str().expect("a new client is told its token").to_owned()
    }
}
