//! The client over real sockets, against a server that answers as it is told and checks signatures as the real
//! services do: over the whole URL.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::*;
use crate::model::TaskId;
use crate::sources::ErrorKind;
use crate::sources::artifacts::Artifacts as _;
use crate::sources::hooks::Hooks as _;
use crate::sources::index::Index as _;
use crate::sources::queue::{Queue as _, TaskState};
use crate::yaml::{Map, Node};

const TOKEN: &str = "a secret of mine";

/// What the server answers, in order, by method and path with query; the last answer is given again and again.
type Answers = BTreeMap<&'static str, Vec<(u16, Value)>>;

#[derive(Default)]
struct Server {
    answers: Mutex<Answers>,
    /// Method, path with query, and body of each request.
    seen: Mutex<Vec<(String, Value)>>,
    signed: bool,
}

impl Server {
    fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(request, _)| request.clone()).collect()
    }

    fn body(&self, at: usize) -> Value {
        self.seen.lock().unwrap()[at].1.clone()
    }

    fn answer(&self, request: &str) -> (u16, Value) {
        let mut answers = self.answers.lock().unwrap();
        let Some(answers) = answers.get_mut(request) else { return (404, json!({"error": "Not found"})) };
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    }
}

async fn handle(State(server): State<Arc<Server>>, request: Request) -> Response {
    let target = request.uri().path_and_query().unwrap().to_string();
    let method = request.method().to_string();
    let authorization = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let host = request.headers()["host"].to_str().unwrap().to_owned();
    let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
    let line = format!("{method} {target}");
    let content = serde_json::from_slice(&body).unwrap_or_default();
    server.seen.lock().unwrap().push((line.clone(), content));
    if authorization.is_some() != server.signed
        || !authorization.is_none_or(|it| is_signed(&it, &method, &host, &target, &body))
    {
        let message = "Bad mac\n\n---\n\n* method: secret";
        return (StatusCode::UNAUTHORIZED, json!({"code": "AuthenticationFailed", "message": message}).to_string())
            .into_response();
    }
    let (status, answer) = server.answer(&line);
    let status = StatusCode::from_u16(status).unwrap();
    match (answer.get("location"), answer.get("gzip")) {
        (Some(location), _) => (status, [("location", location.as_str().unwrap().to_owned())], "{}").into_response(),
        (_, Some(text)) => (status, [("content-encoding", "gzip")], gzip(text.as_str().unwrap())).into_response(),
        _ => (status, answer.to_string()).into_response(),
    }
}

fn is_signed(authorization: &str, method: &str, host: &str, target: &str, body: &Bytes) -> bool {
    let header: hawk::Header = authorization.strip_prefix("Hawk ").unwrap().parse().unwrap();
    let (host, port) = host.split_once(':').unwrap();
    let hash = (!body.is_empty()).then(|| hawk::PayloadHasher::hash("application/json", hawk::SHA256, body).unwrap());
    let request = hawk::RequestBuilder::new(method, host, port.parse().unwrap(), target);
    let request = request.hash(hash.as_deref()).ext(header.ext.as_deref()).request();
    request.validate_header(&header, &hawk::Key::new(TOKEN, hawk::SHA256).unwrap(), Duration::from_secs(60))
}

fn gzip(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A server and a client for it, with or without credentials.
async fn deployment(signed: bool, answers: Answers) -> (Arc<Server>, Taskcluster) {
    let server = Arc::new(Server { answers: Mutex::new(answers), signed, ..Server::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root_url = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().fallback(handle).with_state(Arc::clone(&server));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (server, client(&root_url, signed))
}

fn client(root_url: &str, signed: bool) -> Taskcluster {
    let secret = |text: &str| signed.then(|| text.to_owned());
    let environment = Environment {
        root_url: Some(root_url.into()),
        client_id: secret("me"),
        access_token: secret(TOKEN),
        certificate: secret(r#"{"version": 1}"#),
        ..Environment::default()
    };
    let quick = Patience { pause: Duration::from_millis(1), ..Patience::default() };
    Taskcluster::with_patience(&environment, quick)
}

fn id(ordinal: u32) -> TaskId {
    TaskId::derive(&TaskId::new("creator"), &"label".into(), ordinal)
}

fn status(task: &TaskId, state: &str) -> Value {
    json!({"status": {
        "taskId": task, "taskGroupId": id(0), "state": state, "expires": "2030-01-01T00:00:00.000Z", "runs": [],
    }})
}

fn leak(text: String) -> &'static str {
    text.leak()
}

#[tokio::test]
async fn a_task_is_created_with_and_without_credentials() {
    for signed in [true, false] {
        let put = leak(format!("PUT /api/queue/v1/task/{}", id(1)));
        let answers = Answers::from([(put, vec![(200, status(&id(1), "unscheduled"))])]);
        let (server, client) = deployment(signed, answers).await;
        let definition = Node::new(Map::from([("payload", Node::new(Map::from([("a", 1_i64)])))]));
        let created = client.create_task(&id(1), &definition).await.unwrap();
        assert_eq!((created.state, created.task_group_id), (TaskState::Unscheduled, id(0)));
        assert_eq!(server.body(0), json!({"payload": {"a": 1}}));
    }
}

#[tokio::test]
async fn every_page_of_a_group_is_read_and_each_task_told_once() {
    for signed in [true, false] {
        let list = format!("GET /api/queue/v1/task-group/{}/list", id(0));
        let next = leak(format!("{list}?continuationToken=a%2Bb"));
        let first =
            json!({"tasks": [status(&id(1), "running"), status(&id(2), "pending")], "continuationToken": "a+b"});
        let second = json!({"tasks": [status(&id(2), "pending"), status(&id(3), "completed")]});
        let answers = Answers::from([(leak(list), vec![(200, first)]), (next, vec![(200, second)])]);
        let (_, client) = deployment(signed, answers).await;
        let members: Vec<TaskId> = client.list_group(&id(0)).await.unwrap().into_iter().map(|it| it.task_id).collect();
        assert_eq!(members, [id(1), id(2), id(3)]);
    }
}

#[tokio::test]
async fn pages_in_a_circle_are_an_error() {
    let list = format!("GET /api/queue/v1/task-group/{}/list", id(0));
    let next = leak(format!("{list}?continuationToken=a"));
    let page = vec![(200, json!({"tasks": [], "continuationToken": "a"}))];
    let (_, client) = deployment(false, Answers::from([(leak(list), page.clone()), (next, page)])).await;
    assert!(client.list_group(&id(0)).await.unwrap_err().message.contains("circle"));
}

#[tokio::test]
async fn questions_about_many_come_in_batches() {
    let found = json!({"statuses": [{"taskId": id(1), "status": status(&id(1), "failed")["status"]}]});
    let definitions = json!({"tasks": [{"taskId": id(1), "task": {"metadata": {"name": "a"}}}]});
    let indexed = json!({"tasks": [
        {"namespace": "a.b", "taskId": id(1), "rank": 0, "data": {}, "expires": "2030-01-01T00:00:00.000Z"},
    ]});
    let answers = Answers::from([
        ("POST /api/queue/v1/tasks/status", vec![(200, found), (200, json!({"statuses": []}))]),
        ("POST /api/queue/v1/tasks", vec![(200, definitions), (200, json!({"tasks": []}))]),
        ("POST /api/index/v1/tasks/indexes", vec![(200, indexed), (200, json!({"tasks": []}))]),
    ]);
    let (server, client) = deployment(true, answers).await;
    let ids: Vec<TaskId> = (0..1500).map(id).collect();
    assert_eq!(client.statuses(&ids).await.unwrap()[&id(1)].state, TaskState::Failed);
    let tasks = client.tasks(&ids).await.unwrap();
    assert_eq!(tasks[&id(1)].get("metadata").and_then(|it| it.get("name")).and_then(Node::as_str), Some("a"));
    let paths: Vec<String> = (0..1500).map(|at| format!("path.{at}")).collect();
    assert_eq!(client.find_tasks(&paths).await.unwrap(), BTreeMap::from([("a.b".to_owned(), id(1))]));
    let sizes: Vec<usize> = (0..6)
        .map(|at| server.body(at).as_object().unwrap().values().next().unwrap().as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [1000, 500, 1000, 500, 1000, 500]);
    assert!(client.statuses(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_index_is_asked_for_one_path_and_for_a_namespace() {
    let task = |at: u32, year: u32| json!({"namespace": "n", "taskId": id(at), "expires": format!("{year}-01-01T00:00:00.000Z")});
    let answers = Answers::from([
        ("GET /api/index/v1/task/a.b", vec![(200, task(1, 2030))]),
        ("GET /api/index/v1/tasks/a", vec![(200, json!({"tasks": [task(1, 2031), task(2, 2030)]}))]),
    ]);
    let (_, client) = deployment(true, answers).await;
    assert_eq!(client.find_task("a.b").await.unwrap(), Some(id(1)));
    assert_eq!(client.find_task("a.c").await.unwrap(), None);
    assert_eq!(client.list_tasks("a").await.unwrap(), [id(2), id(1)]);
}

#[tokio::test]
async fn failures_of_the_server_are_tried_again_but_not_for_ever() {
    for signed in [true, false] {
        let get = leak(format!("GET /api/queue/v1/task/{}/status", id(1)));
        let (fails, works) = ((503, json!("upstream")), (200, status(&id(1), "running")));
        let answers = Answers::from([(get, vec![fails.clone(), fails.clone(), works])]);
        let (server, client) = deployment(signed, answers).await;
        assert_eq!(client.status(&id(1)).await.unwrap().state, TaskState::Running);
        assert_eq!(server.requests().len(), 3);

        let (server, client) = deployment(signed, Answers::from([(get, vec![fails])])).await;
        let error = client.status(&id(1)).await.unwrap_err();
        assert_eq!(
            (error.kind, error.message.as_str()),
            (ErrorKind::Unavailable, "503 Service Unavailable (tried 6 times)")
        );
        assert_eq!(server.requests().len(), 6);
    }
}

#[tokio::test]
async fn a_hook_is_not_fired_twice_when_its_answer_is_lost() {
    let post = "POST /api/hooks/v1/hooks/g/h/trigger";
    for (status, tries) in [(503, 1), (429, 6)] {
        let (server, client) = deployment(true, Answers::from([(post, vec![(status, json!("busy"))])])).await;
        let error = client.trigger("g", "h", &Node::empty_map()).await.unwrap_err();
        assert_eq!((error.kind, server.requests().len()), (ErrorKind::Unavailable, tries), "{error}");
    }
}

#[tokio::test]
async fn refusals_are_told_in_short_and_not_tried_again() {
    for signed in [true, false] {
        let put = leak(format!("PUT /api/queue/v1/task/{}", id(1)));
        let message = "taskId was already used\n\n---\n\n* method:     createTask\n* payload: …";
        let body = json!({"code": "RequestConflict", "message": message, "requestInfo": {"payload": "x".repeat(9999)}});
        let (server, client) = deployment(signed, Answers::from([(put, vec![(409, body)])])).await;
        let error = client.create_task(&id(1), &Node::empty_map()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Refused { status: 409 });
        assert_eq!(error.to_string(), format!("queue: PUT /task/{}: taskId was already used", id(1)));
        assert_eq!(server.requests().len(), 1);
        assert!(client.task(&id(2)).await.unwrap_err().is_not_found());
    }
}

#[tokio::test]
async fn refused_credentials_and_unreachable_services_are_different_errors() {
    let (_, theirs) = deployment(false, Answers::new()).await;
    let root_url = theirs.transport.as_ref().unwrap().root_url();
    // This server takes no credentials, and so refuses ours.
    let refused = client(root_url, true).current_scopes().await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Refused { status: 401 });
    assert_eq!(refused.message, "the credentials were refused: Bad mac");

    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    for signed in [true, false] {
        let unreachable = client(&format!("http://127.0.0.1:{port}"), signed).current_scopes().await.unwrap_err();
        assert_eq!(unreachable.kind, ErrorKind::Unavailable);
        let start = format!("cannot reach http://127.0.0.1:{port}: Connection refused");
        assert!(unreachable.message.starts_with(&start), "{unreachable}");
    }
}

#[tokio::test]
async fn a_deployment_that_is_none_is_told_when_it_is_asked() {
    let message = client("not a url", true).current_scopes().await.unwrap_err().message;
    assert!(message.contains("`not a url` is not the URL of a Taskcluster"), "{message}");
    let nowhere = Taskcluster::new(&Environment::default()).current_scopes().await.unwrap_err();
    assert!(nowhere.message.contains("set `TASKCLUSTER_ROOT_URL`"));
}

#[tokio::test]
async fn artifacts_are_fetched_from_where_they_are_kept() {
    let artifact = |name: &str| leak(format!("GET /api/queue/v1/task/{}/artifacts/{name}", id(1)));
    let answers = Answers::from([
        (artifact("public%2Fa.json"), vec![(303, json!({"location": "/storage/a?signed=1"}))]),
        (
            artifact("public%2Ferror"),
            vec![(424, json!({"reason": "file-missing", "message": "there was no such file"}))],
        ),
        ("GET /storage/a?signed=1", vec![(503, json!(null)), (200, json!({"gzip": "{\"packed\": true}"}))]),
    ]);
    let (server, client) = deployment(false, answers).await;
    assert_eq!(client.fetch(&id(1), "public/a.json").await.unwrap(), b"{\"packed\": true}");
    // The queue is asked again: a URL that is signed is good for some time only.
    assert_eq!(server.requests().len(), 4);
    let error = client.fetch(&id(1), "public/error").await.unwrap_err();
    assert_eq!(error.message, "there was no such file");
    assert_eq!(error.request, format!("artifact public/error of task {}", id(1)));
    assert!(client.fetch(&id(1), "public/none").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn actions_on_tasks_hooks_and_scopes() {
    let act = |action: &str| leak(format!("POST /api/queue/v1/task/{}/{action}", id(1)));
    let answers = Answers::from([
        (act("cancel"), vec![(200, status(&id(1), "exception"))]),
        (act("rerun"), vec![(200, status(&id(1), "pending"))]),
        (
            "POST /api/hooks/v1/hooks/project-x/in-tree%2Faction/trigger",
            vec![(200, json!({"taskId": id(4)})), (200, json!({}))],
        ),
        ("GET /api/auth/v1/scopes/current", vec![(200, json!({"scopes": ["a", "b:*"]}))]),
    ]);
    let (server, client) = deployment(true, answers).await;
    client.cancel(&id(1)).await.unwrap();
    client.rerun(&id(1)).await.unwrap();
    let payload = Node::new(Map::from([("input", Node::default())]));
    assert_eq!(client.trigger("project-x", "in-tree/action", &payload).await.unwrap(), Some(id(4)));
    assert_eq!(client.trigger("project-x", "in-tree/action", &payload).await.unwrap(), None);
    assert_eq!(server.body(2), json!({"input": null}));
    assert_eq!(client.current_scopes().await.unwrap(), ["a", "b:*"]);
}
