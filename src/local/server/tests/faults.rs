//! What is spoilt on purpose, as a caller meets it.

use std::path::Path;

use super::*;
use crate::diagnostics::Files;
use crate::local::faults::Faults;

struct Spoilt {
    fixture: Fixture,
    http: reqwest::Client,
}

impl Spoilt {
    async fn start(rules: &str) -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(ManualClock::new(start_of_time())));
        let faults = Faults::read(&Files::default(), Path::new("faults.yml"), &format!("faults: [{rules}]")).unwrap();
        let options = Options { faults: Arc::new(faults), ..options(folder.path(), &clock) };
        let running = Server::start(options).await.unwrap();
        let queue = Queue::new(client(&running)).unwrap();
        Self { fixture: Fixture { _folder: folder, running, clock, queue }, http: reqwest::Client::new() }
    }

    async fn put(&self, id: &str) -> Result<reqwest::Response, reqwest::Error> {
        let url = format!("{}/api/queue/v1/task/{id}", self.fixture.running.root_url());
        self.http.put(url).json(&task(json!({}))).send().await
    }

    async fn is_there(&self, id: &str) -> bool {
        self.fixture.queue.task(id).await.is_ok()
    }
}

const PUT: &str = "route: PUT /api/queue/v1/task/*, count: 1";

#[tokio::test]
async fn a_status_stands_in_place_of_the_answer_before_or_after_the_effect() {
    for (when, is_there) in [("before", false), ("after", true)] {
        let spoilt = Spoilt::start(&format!("{{{PUT}, status: 503, retry-after: 2, when: {when}}}")).await;
        let id = ids::slug();
        let answer = spoilt.put(&id).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].as_bytes()), (503, &b"2"[..]));
        assert!(answer.text().await.unwrap().starts_with("<html>"));
        assert_eq!(spoilt.is_there(&id).await, is_there);
        assert_eq!(spoilt.put(&id).await.unwrap().status().as_u16(), 200);
        assert_eq!(spoilt.fixture.running.faults().struck(), [("PUT /api/queue/v1/task/*", 1)]);
    }
}

#[tokio::test]
async fn a_connection_ends_before_or_after_the_effect() {
    for (when, is_there) in [("before", false), ("after", true)] {
        let spoilt = Spoilt::start(&format!("{{{PUT}, drop: {when}}}")).await;
        let id = ids::slug();
        let error = spoilt.put(&id).await.unwrap_err();
        assert!(error.is_request(), "{error:?}");
        assert_eq!(spoilt.is_there(&id).await, is_there);
        assert_eq!(spoilt.put(&id).await.unwrap().status().as_u16(), 200);
    }
}

#[tokio::test]
async fn bodies_are_spoilt() {
    for (body, is_whole, is_json) in
        [("truncated", false, false), ("half", true, false), ("html", true, false), ("slow, delay: 0.01", true, true)]
    {
        let spoilt = Spoilt::start(&format!("{{{PUT}, body: {body}}}")).await;
        let answer = spoilt.put(&ids::slug()).await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{body}");
        let text = answer.text().await;
        assert_eq!(text.is_ok(), is_whole, "{body}: {text:?}");
        let parsed = serde_json::from_str::<Value>(&text.unwrap_or_default());
        assert_eq!(parsed.is_ok(), is_json, "{body}");
    }
}

#[tokio::test]
async fn the_clock_is_wrong() {
    let spoilt = Spoilt::start(&format!("{{{PUT}, clock: 16}}")).await;
    let id = ids::slug();
    let answer = spoilt.put(&id).await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    let body: Value = answer.json().await.unwrap();
    assert!(body["message"].as_str().unwrap().starts_with("`created` cannot be in the past"), "{body}");
    assert_eq!(spoilt.put(&id).await.unwrap().status().as_u16(), 200);
}
