//! The server over real sockets, with the official client.

mod artifacts;
mod authentication;
mod durability;
mod faults;
mod hooks;
mod index;
mod loopback;
mod queue;

use std::sync::Arc;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};
use taskcluster::{ClientBuilder, Queue};

use super::*;
use crate::local::ids;

/// A server with its own folder and a clock that stands.
struct Fixture {
    _folder: tempfile::TempDir,
    running: Running,
    clock: Arc<ManualClock>,
    queue: Queue,
}

fn start_of_time() -> DateTime<Utc> {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(start_of_time()));
    let running = Server::start(options(folder.path(), &clock)).await.unwrap();
    let queue = Queue::new(client(&running)).unwrap();
    Fixture { _folder: folder, running, clock, queue }
}

fn options(folder: &std::path::Path, clock: &Arc<ManualClock>) -> Options {
    let wait = std::time::Duration::from_millis(50);
    Options { clock: Arc::clone(clock) as Arc<dyn Clock>, claim_work_wait: wait, ..Options::new(folder) }
}

fn client(running: &Running) -> ClientBuilder {
    let retry = taskcluster::Retry { retries: 0, ..taskcluster::Retry::default() };
    ClientBuilder::new(running.root_url()).retry(retry)
}

fn date(date: DateTime<Utc>) -> String {
    date.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn task(more: Value) -> Value {
    let mut task = json!({
        "taskQueueId": "prov/wt",
        "schedulerId": "sched",
        "created": date(start_of_time()),
        "deadline": date(start_of_time() + Duration::hours(1)),
        "payload": {"command": ["true"]},
        "metadata": {"name": "n", "description": "d", "owner": "o@example.com", "source": "https://example.com"},
    });
    let members = task.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    task
}

fn worker() -> Value {
    json!({"workerGroup": "wg", "workerId": "w", "tasks": 4})
}

/// The status that the service answered a failing request with.
fn status_of(error: &anyhow::Error) -> u16 {
    taskcluster::err_status_code(error).unwrap().as_u16()
}

impl Fixture {
    async fn create(&self, task: &Value) -> String {
        let id = ids::slug();
        self.queue.createTask(&id, task).await.unwrap();
        id
    }

    async fn claim(&self) -> Vec<Value> {
        let mut claims = self.queue.claimWork("prov/wt", &worker()).await.unwrap();
        serde_json::from_value(claims["tasks"].take()).unwrap()
    }

    /// Creates a task and takes its first run.
    async fn claimed(&self, task: &Value) -> String {
        let id = self.create(task).await;
        assert_eq!(self.claim().await.len(), 1);
        id
    }

    /// What the service says to a request that must fail.
    async fn refused(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = reqwest::Client::new().request(method, format!("{}/api{path}", self.running.root_url()));
        let response = match body {
            Some(body) => request.json(&body).send().await.unwrap(),
            None => request.send().await.unwrap(),
        };
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn state(&self, task_id: &str) -> Value {
        self.queue.status(task_id).await.unwrap()["status"]["state"].clone()
    }

    async fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
        self.running.sweep().await.unwrap();
    }
}
