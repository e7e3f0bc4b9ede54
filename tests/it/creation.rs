//! Decisions and actions against an embedded Taskcluster: rejected, killed, and run again.

mod faults;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use pushgraph::local::Auth;
use pushgraph::local::faults::Faults;
use pushgraph::local::server::{Options, Running, Server};
use serde_json::{Value, json};

use crate::support::{Ran, Run, Tree};

const DECISION: &str = "fzy3l9dCSDKRYTxTQTZjGg";

const ARGUMENTS: &str = "decision --project=project --pushlog-id=0 --pushdate=0 --owner=someone@example.com --level=1 \
    --tasks-for=github-push --repository-type=git --base-repository=https://github.com/example/project \
    --head-repository=https://github.com/example/project --head-ref=main --head-rev=HEAD";

/// Twelve tasks, each depending on the one before.
fn chain() -> Tree {
    let task = |at: usize| {
        let needs = if at == 0 { String::new() } else { format!("dependencies: {{before: hello-t{:02}}}, ", at - 1) };
        format!(
            "    t{at:02}: {{description: d, worker-type: b-linux, {needs}worker: {{docker-image: a, max-run-time: 1}}, \
             run: {{using: run-task, checkout: false, command: a}}}}\n"
        )
    };
    let tasks: String = (0..12).map(task).collect();
    Tree::small().file("taskcluster/kinds/hello/kind.yml", &format!("tasks:\n{tasks}")).committed()
}

/// A Taskcluster that knows the decision task.
struct Deployment {
    running: Running,
    _folder: tempfile::TempDir,
    client: reqwest::Client,
}

impl Deployment {
    async fn start(auth: Auth) -> Self {
        Self::start_spoilt(auth, Arc::default()).await
    }

    async fn start_spoilt(auth: Auth, faults: Arc<Faults>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let options = Options { auth, faults, ..Options::new(folder.path()) };
        let running = Server::start(options).await.expect("the server starts");
        Self { running, _folder: folder, client: reqwest::Client::new() }
    }

    async fn with_decision() -> Self {
        let deployment = Self::start(Auth::Open).await;
        deployment.put_decision("example-level-1").await;
        deployment
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/queue/v1/{path}", self.running.root_url())
    }

    #[expect(clippy::disallowed_methods, reason = "the queue compares what it is told with the real time")]
    async fn put_decision(&self, scheduler_id: &str) {
        let at = |days| (chrono::Utc::now() + chrono::TimeDelta::days(days)).to_rfc3339();
        let task = json!({
            "taskGroupId": DECISION, "schedulerId": scheduler_id, "provisionerId": "a", "workerType": "b",
            "created": at(0), "deadline": at(1), "expires": at(400), "payload": {}, "retries": 5,
            "metadata": {"name": "d", "description": "d", "owner": "a@example.com", "source": "https://example.com"},
        });
        let answer = self
            .client
            .put(self.url(&format!("task/{DECISION}")))
            .json(&task)
            .send()
            .await
            .expect("the server answers");
        assert!(answer.status().is_success(), "{}", answer.text().await.expect("it has a text"));
    }

    /// The names of the group's tasks but the decision, with their ids.
    async fn tasks(&self) -> BTreeSet<(String, String)> {
        let answer =
            self.client.get(self.url(&format!("task-group/{DECISION}/list"))).send().await.expect("the server answers");
        let list: Value = answer.json().await.expect("it is JSON");
        let text = |value: &Value| value.as_str().expect("it is text").to_owned();
        let tasks = list["tasks"].as_array().expect("it is a list").iter();
        let tasks = tasks.map(|item| (text(&item["task"]["metadata"]["name"]), text(&item["status"]["taskId"])));
        tasks.filter(|(_, id)| id != DECISION).collect()
    }

    fn decision(&self, tree: &Tree) -> Run {
        tree.pushgraph(ARGUMENTS).env("TASK_ID", DECISION).env("TASKCLUSTER_ROOT_URL", self.running.root_url())
    }
}

async fn finish(run: Run) -> Ran {
    tokio::task::spawn_blocking(|| run.run()).await.expect("the run does not panic")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_killed_anywhere_and_run_again_ends_with_the_same_tasks() {
    let tree = chain();
    let undisturbed = Deployment::with_decision().await;
    let ran = finish(undisturbed.decision(&tree)).await.ends_with(0);
    assert!(ran.artifacts().contains_key("task-graph.json"));
    let expected = undisturbed.tasks().await;
    assert_eq!(expected.len(), 12);
    for tasks_before_the_kill in [1, 5, 11] {
        let deployment = Deployment::with_decision().await;
        let mut child = deployment.decision(&tree).start();
        while deployment.tasks().await.len() < tasks_before_the_kill && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let present = deployment.tasks().await;
        assert!(present.is_subset(&expected) && present.len() >= tasks_before_the_kill);
        let again = finish(deployment.decision(&tree)).await.ends_with(0);
        assert!(again.artifacts().contains_key("label-to-taskid.json"));
        assert_eq!(deployment.tasks().await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_told_and_nothing_is_created() {
    let (client_id, access_token) = ("root".to_owned(), "a secret of the tests".to_owned());
    let deployment = Deployment::start(Auth::Enforced { client_id, access_token }).await;
    let tree = chain();
    let wrong =
        deployment.decision(&tree).env("TASKCLUSTER_CLIENT_ID", "root").env("TASKCLUSTER_ACCESS_TOKEN", "guess");
    let stderr = finish(wrong).await.ends_with(1).stderr();
    assert!(stderr.contains("the credentials were refused: Unauthorized: Bad mac"), "{stderr}");
    let anonymous = finish(deployment.decision(&tree)).await.ends_with(1).stderr();
    assert!(anonymous.contains("hello-t00"), "{anonymous}");
    assert!(anonymous.contains("requires Taskcluster credentials that satisfy"), "{anonymous}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_the_queue_rejects_is_told_with_those_that_depend_on_it() {
    let deployment = Deployment::with_decision().await;
    // Too long for the queue, and nothing the reference's schemas mind.
    let owner = ARGUMENTS.replace("someone@example.com", &format!("{}@example.com", "a".repeat(300)));
    let tree = chain();
    let run = tree.pushgraph(&owner).env("TASK_ID", DECISION);
    let stderr = finish(run.env("TASKCLUSTER_ROOT_URL", deployment.running.root_url())).await.ends_with(1).stderr();
    assert!(stderr.contains("error: task `hello-t00`"), "{stderr}");
    assert!(stderr.contains("11 tasks were not created because they depend on `hello-t00`"), "{stderr}");
    assert!(deployment.tasks().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_another_scheduler_is_a_conflict() {
    let deployment = Deployment::start(Auth::Open).await;
    deployment.put_decision("another-level-3").await;
    let tree = chain();
    let stderr = finish(deployment.decision(&tree)).await.ends_with(1).stderr();
    assert!(stderr.contains("contains tasks with a schedulerId other"), "{stderr}");
    assert!(stderr.contains("its group may be sealed or belong to another scheduler"), "{stderr}");
    assert!(deployment.tasks().await.is_empty());
}
