//! Pushes, actions and the local worker, over real sockets.

mod push;
mod worker;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use pushgraph::diagnostics::Files;
use pushgraph::local::Auth;
use pushgraph::local::action::{ActionError, ActionOptions, act, fire};
use pushgraph::local::caller::{Caller, Credentials, Service};
use pushgraph::local::push::checkout::Given;
use pushgraph::local::push::event::{EventKind, Project};
use pushgraph::local::push::{NothingToDo, PushError, PushOptions, PushOutcome, Worked, push_and_work};
use pushgraph::local::report::{Reporter, Silent};
use pushgraph::local::server::{Options, Running, Server};
use pushgraph::local::status::{State, status};
use pushgraph::local::worker::{PASSED_ON, Resolve, Source, Worker, WorkerError, WorkerOptions};
use pushgraph::sources::clock::Clock;
use serde_json::{Value, json};

struct Now;

impl Clock for Now {
    #[expect(clippy::disallowed_methods, reason = "the services compare what they are told with the real time")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A Taskcluster, a repository and a folder to work in.
struct Fixture {
    #[expect(dead_code, reason = "it serves until it is dropped")]
    server: Running,
    caller: Caller,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        Self::with(Auth::Open, None).await
    }

    /// The same, with signatures and scopes enforced.
    async fn enforced() -> Self {
        let (client_id, access_token) = ("root".to_owned(), "a secret of the tests".to_owned());
        let credentials =
            Credentials { client_id: client_id.clone(), access_token: access_token.clone(), certificate: None };
        Self::with(Auth::Enforced { client_id, access_token }, Some(credentials)).await
    }

    async fn with(auth: Auth, credentials: Option<Credentials>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { auth, ..Options::new(folder.path().join("taskcluster")) };
        let server = Server::start(options).await.unwrap();
        let caller = Caller::new(server.root_url(), credentials).unwrap();
        let fixture = Self { server, caller, folder };
        let root = fixture.checkout();
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join(".taskcluster.yml"), include_str!("taskcluster.yml")).unwrap();
        std::fs::write(root.join("decide.py"), include_str!("decide.py")).unwrap();
        git(&root, &["init", "--quiet", "--initial-branch=main"]);
        fixture.commit("all of it");
        fixture
    }

    fn checkout(&self) -> PathBuf {
        self.folder.path().join("fixture")
    }

    fn commit(&self, message: &str) {
        git(&self.checkout(), &["add", "--all"]);
        let me = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgSign=false"];
        git(&self.checkout(), &[&me[..], &["commit", "--quiet", "--message", message]].concat());
    }

    /// What a task with the feature `taskclusterProxy` is told to call.
    fn proxy(&self) -> &str {
        self.caller.root_url()
    }

    fn options(&self, kind: EventKind) -> PushOptions {
        PushOptions {
            folder: self.checkout(),
            given: Given::default(),
            kind,
            project: Project::default(),
            now: Now.now(),
        }
    }

    fn worker(&self, resolve: Resolve) -> WorkerOptions {
        let mut options = WorkerOptions::new("/nonexistent/pushgraph", self.folder.path().join("work"), Arc::new(Now));
        options.resolve = resolve;
        options.environment = passed_on();
        options
    }

    async fn push(&self, kind: EventKind, resolve: Resolve) -> Result<Worked, PushError> {
        let reporter: Arc<dyn Reporter> = Arc::new(Silent);
        push_and_work(&self.caller, &self.options(kind), &self.worker(resolve), &Files::default(), &reporter).await
    }

    async fn pushed(&self, resolve: Resolve) -> PushOutcome {
        settled(self.push(EventKind::Push, resolve).await)
    }
}

#[expect(clippy::disallowed_methods, reason = "what the command line passes on is read in its place")]
fn passed_on() -> BTreeMap<String, String> {
    PASSED_ON.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))).collect()
}

fn git(folder: &Path, arguments: &[&str]) {
    assert!(Command::new("git").arg("-C").arg(folder).args(arguments).status().unwrap().success(), "{arguments:?}");
}

fn make_executable(program: &Path) {
    assert!(Command::new("chmod").arg("+x").arg(program).status().unwrap().success());
}

fn simulated(failures: &[&str]) -> Resolve {
    let failures = failures.iter().map(|rule| rule.parse().unwrap()).collect();
    Resolve::Simulate(pushgraph::local::worker::simulate::Simulation { failures, ..Default::default() })
}

fn states(outcome: &PushOutcome) -> BTreeMap<&str, State> {
    outcome.settled.tasks.iter().map(|task| (task.name.as_str(), task.state)).collect()
}

fn settled(worked: Result<Worked, PushError>) -> PushOutcome {
    match worked.unwrap() {
        Worked::Settled(outcome) => *outcome,
        Worked::Nothing(why) => panic!("{why}"),
    }
}

fn nothing(worked: Result<Worked, PushError>) -> NothingToDo {
    match worked.unwrap() {
        Worked::Nothing(why) => why,
        Worked::Settled(outcome) => panic!("{:?}", outcome.settled),
    }
}
