//! Our client of Taskcluster against our embedded Taskcluster, which checks signatures and scopes.

use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use pushgraph::clients::{Patience, Taskcluster};
use pushgraph::environment::Environment;
use pushgraph::local::Auth;
use pushgraph::local::server::{Options, Running, Server};
use pushgraph::model::TaskId;
use pushgraph::sources::ErrorKind;
use pushgraph::sources::index::Index as _;
use pushgraph::sources::queue::{Queue as _, TaskState};
use pushgraph::yaml::Node;
use serde_json::json;

const CLIENT: &str = "tests";
const TOKEN: &str = "a secret of at least twenty-two characters";

struct Deployment {
    _folder: tempfile::TempDir,
    running: Running,
}

impl Deployment {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let auth = Auth::Enforced { client_id: CLIENT.into(), access_token: TOKEN.into() };
        let running = Server::start(Options { auth, ..Options::new(folder.path()) }).await.expect("the server starts");
        Self { _folder: folder, running }
    }

    /// A client with this access token, or without credentials.
    fn client(&self, token: Option<&str>) -> Taskcluster {
        let environment = Environment {
            root_url: Some(self.running.root_url().into()),
            client_id: token.map(|_| CLIENT.into()),
            access_token: token.map(str::to_owned),
            ..Environment::default()
        };
        let quick = Patience { pause: Duration::from_millis(1), ..Patience::default() };
        Taskcluster::with_patience(&environment, quick)
    }
}

fn id(ordinal: u32) -> TaskId {
    TaskId::derive(&TaskId::new("creator"), &"label".into(), ordinal)
}

#[expect(clippy::disallowed_methods, reason = "the queue compares a task's dates with the time")]
fn definition(name: &str) -> Node {
    let date = |hours| (Utc::now() + chrono::Duration::hours(hours)).to_rfc3339_opts(SecondsFormat::Millis, true);
    let definition = json!({
        "taskQueueId": "provisioner/worker", "schedulerId": "tests", "taskGroupId": id(0).as_str(),
        "created": date(0), "deadline": date(1), "expires": date(48), "payload": {},
        "metadata": {"name": name, "description": "d", "owner": "o@example.com", "source": "https://example.com"},
    });
    pushgraph::json::parse(&definition.to_string()).expect("this is JSON")
}

#[tokio::test]
async fn tasks_are_created_found_and_acted_on() {
    let deployment = Deployment::start().await;
    let client = deployment.client(Some(TOKEN));
    let ids: Vec<TaskId> = (0..3).map(id).collect();
    let task = definition("a");
    for task_id in &ids {
        assert_eq!(client.create_task(task_id, &task).await.expect("it is created").state, TaskState::Pending);
    }
    client.create_task(&ids[1], &task).await.expect("the same again is no mistake");
    let conflict = client.create_task(&ids[1], &definition("b")).await.expect_err("another one is");
    assert_eq!(conflict.kind, ErrorKind::Refused { status: 409 });
    assert!(conflict.message.len() < 1100, "{conflict}");

    let asked = [ids.clone(), vec![id(9)]].concat();
    assert_eq!(client.statuses(&asked).await.expect("an answer").len(), 3);
    let definitions = client.tasks(&asked).await.expect("an answer");
    let name = definitions[&ids[2]].get("metadata").and_then(|metadata| metadata.get("name"));
    assert_eq!((definitions.len(), name.and_then(Node::as_str)), (3, Some("a")));
    assert_eq!(client.list_group(&id(0)).await.expect("an answer").len(), 3);
    client.cancel(&ids[1]).await.expect("it is cancelled");
    assert_eq!(client.status(&ids[1]).await.expect("an answer").state, TaskState::Exception);
    client.rerun(&ids[1]).await.expect("it is run again");
    assert_eq!(client.status(&ids[1]).await.expect("an answer").state, TaskState::Pending);
    assert!(client.status(&id(9)).await.expect_err("there is none").is_not_found());
}

#[tokio::test]
async fn the_index_says_what_is_not_there() {
    let deployment = Deployment::start().await;
    for client in [deployment.client(Some(TOKEN)), deployment.client(None)] {
        assert_eq!(client.find_task("a.b").await.expect("an answer"), None);
        assert!(client.find_tasks(&["a.b".into()]).await.expect("an answer").is_empty());
        assert!(client.list_tasks("a").await.expect("an answer").is_empty());
    }
}

#[tokio::test]
async fn what_is_not_allowed_is_refused() {
    let deployment = Deployment::start().await;
    let wrong = deployment.client(Some("not the secret of this client")).status(&id(1)).await;
    let wrong = wrong.expect_err("the signature is wrong");
    assert_eq!(wrong.kind, ErrorKind::Refused { status: 401 });
    assert!(wrong.message.starts_with("the credentials were refused: "), "{wrong}");
    let anonymous = deployment.client(None).create_task(&id(1), &definition("a")).await;
    assert_eq!(anonymous.expect_err("scopes are missing").kind, ErrorKind::Refused { status: 403 });
}
