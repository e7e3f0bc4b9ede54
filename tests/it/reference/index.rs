//! An embedded Taskcluster whose index holds what a tree's `index.yml` says, served to both programs.

use std::path::Path;

use chrono::{Duration, SecondsFormat, Utc};
use pushgraph::local::Auth;
use pushgraph::local::caller::{CallError, Caller, Credentials};
use pushgraph::local::server::{Options, Running, Server};
use pushgraph::model::TaskId;
use serde_json::{Value, json};

/// A server on a port of its own, its state in a folder that goes with this value.
pub(crate) struct Taskcluster {
    runtime: tokio::runtime::Runtime,
    server: Option<Running>,
    pub(super) caller: Caller,
    _data: tempfile::TempDir,
}

impl Taskcluster {
    /// Starts with an empty store.
    pub(crate) fn start() -> Self {
        Self::with(Auth::Open, None)
    }

    /// The same, with signatures and scopes enforced.
    pub(crate) fn enforced() -> Self {
        let (client_id, access_token) = ("root".to_owned(), "a secret of the tests".to_owned());
        let root = Credentials { client_id: client_id.clone(), access_token: access_token.clone(), certificate: None };
        Self::with(Auth::Enforced { client_id, access_token }, Some(root))
    }

    fn with(auth: Auth, credentials: Option<Credentials>) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let data = tempfile::tempdir().expect("a temporary directory");
        let server =
            runtime.block_on(Server::start(Options { auth, ..Options::new(data.path()) })).expect("the server starts");
        let caller = Caller::new(server.root_url(), credentials).expect("this is a URL");
        Self { runtime, server: Some(server), caller, _data: data }
    }

    pub(crate) fn root_url(&self) -> &str {
        self.server.as_ref().expect("runs until it is dropped").root_url()
    }

    /// Creates and indexes the tasks that `index.yml` of `tree` lists, if it has one.
    pub(crate) fn fill(&self, tree: &Path) {
        let Ok(text) = std::fs::read_to_string(tree.join("index.yml")) else { return };
        let entries: serde_yaml::Mapping = serde_yaml::from_str(&text).expect("index.yml is a mapping");
        for (number, (path, entry)) in (0_u8..).zip(&entries) {
            let text = |key: &str| entry[key].as_str().expect("index.yml gives state and expiry").to_owned();
            let (path, state, expires) = (path.as_str().expect("a path"), text("state"), text("expires"));
            self.runtime.block_on(self.put(number, path, &state, hours(&expires)));
        }
    }

    async fn put(&self, number: u8, path: &str, state: &str, hours: i64) {
        let task_id = TaskId::from_random_bits([number; 16]);
        let definition = json!({
            "provisionerId": "tests", "workerType": "tests", "schedulerId": "tests", "created": at(0),
            "deadline": at(1), "expires": at(hours.max(1)), "payload": {},
            "metadata": {"name": path, "description": path, "owner": "someone@example.com", "source": "https://example.com"},
        });
        self.send(reqwest::Method::PUT, &format!("queue/v1/task/{task_id}"), definition).await;
        if state != "pending" {
            let worker = json!({"workerGroup": "tests", "workerId": "tests"});
            self.send(reqwest::Method::POST, &format!("queue/v1/task/{task_id}/runs/0/claim"), worker).await;
            // A worker that reports an exception says why.
            let report = if state == "exception" { json!({"reason": "malformed-payload"}) } else { json!({}) };
            self.send(reqwest::Method::POST, &format!("queue/v1/task/{task_id}/runs/0/{state}"), report).await;
        }
        let entry = json!({"taskId": task_id.as_str(), "rank": 0, "data": {}, "expires": at(hours.max(1))});
        self.send(reqwest::Method::PUT, &format!("index/v1/task/{path}"), entry).await;
    }

    /// Calls a service, and waits for the answer.
    pub(super) fn call<T>(&self, answer: impl Future<Output = Result<T, CallError>>) -> T {
        self.runtime.block_on(answer).expect("the service does as it is told")
    }

    async fn send(&self, method: reqwest::Method, route: &str, body: Value) {
        let url = format!("{}/api/{route}", self.root_url());
        let answer = reqwest::Client::new().request(method, &url).json(&body).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{url}: {}", answer.text().await.unwrap_or_default());
    }
}

impl Drop for Taskcluster {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.shutdown());
        }
    }
}

/// So many hours from now, as the services write it.
pub(super) fn at(hours: i64) -> String {
    (Utc::now() + Duration::hours(hours)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// `1 hour`, `1 year`.
fn hours(text: &str) -> i64 {
    match text {
        "1 hour" => 1,
        "1 year" => 24 * 365,
        other => panic!("index.yml says `{other}`; it may say `1 hour` or `1 year`"),
    }
}
