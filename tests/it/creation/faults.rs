//! Decisions against a Taskcluster that fails on purpose.

use std::path::Path;
use std::sync::Arc;

use pushgraph::diagnostics::Files;
use pushgraph::local::faults::Faults;

use super::*;

impl Deployment {
    /// A Taskcluster that knows the decision task, and spoils what is asked of it afterwards.
    async fn spoilt(rules: &str) -> Self {
        let text = format!("{{seed: 1, faults: [{rules}]}}");
        let faults = Faults::read(&Files::default(), Path::new("faults.yml"), &text).expect("they are good");
        let deployment = Self::start_spoilt(Auth::Open, Arc::new(faults)).await;
        deployment.put_decision("example-level-1").await;
        deployment
    }

    fn struck(&self) -> u64 {
        self.running.faults().struck().iter().map(|(_, times)| times).sum()
    }

    /// Runs the decision until it is done; each run that is not must say that another may help.
    async fn until_done(&self, tree: &Tree) -> usize {
        for runs in 1..20 {
            let ran = finish(self.decision(tree)).await;
            if ran.code() == Some(0) {
                return runs;
            }
            let ran = ran.ends_with(75);
            assert!(ran.stderr().contains("nothing is doubled"), "{}", ran.stderr());
        }
        panic!("it never ends");
    }
}

/// The decision task itself is put first.
const PUT: &str = "route: PUT /api/queue/v1/task/*, skip: 1";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_queue_does_every_task_is_there_once() {
    let tree = chain();
    let undisturbed = Deployment::with_decision().await;
    finish(undisturbed.decision(&tree)).await.succeeds();
    let expected = undisturbed.tasks().await;
    for fault in [
        "drop: before",
        "drop: after",
        "status: 500",
        "status: 502, when: after",
        "status: 429, retry-after: 0",
        "body: truncated",
        "body: half",
        "body: html",
        "body: slow, delay: 0.01",
        "delay: 0.2",
    ] {
        let posts = format!("{{route: POST /api/queue/v1/**, count: 1, {fault}}}");
        let deployment = Deployment::spoilt(&format!("{{{PUT}, chance: 0.3, {fault}}}, {posts}")).await;
        deployment.until_done(&tree).await;
        assert_eq!(deployment.tasks().await, expected, "{fault}");
        assert!(deployment.struck() >= 2, "{fault}: {:?}", deployment.running.faults().struck());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_goes_away_leaves_a_list_and_a_second_run_finishes() {
    let tree = chain();
    let away = format!("{{{}, count: 1, status: 503, retry-after: 9999}}", PUT.replace("skip: 1", "skip: 6"));
    let deployment = Deployment::spoilt(&away).await;
    let stderr = finish(deployment.decision(&tree)).await.ends_with(75).stderr();
    assert!(stderr.contains("error: task `hello-t05`"), "{stderr}");
    assert!(stderr.contains("queue: PUT /task/"), "{stderr}");
    assert!(stderr.contains("503 Service Unavailable (another try in 9999 s would be too late)"), "{stderr}");
    assert!(stderr.contains("6 tasks were not created because they depend on `hello-t05`"), "{stderr}");
    assert_eq!(deployment.tasks().await.len(), 5);
    finish(deployment.decision(&tree)).await.succeeds();
    assert_eq!(deployment.tasks().await.len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_decisions_at_once_create_every_task_once() {
    let tree = chain();
    let other = chain();
    let deployment = Deployment::spoilt(&format!("{{{PUT}, delay: 0.05}}")).await;
    let (one, two) = tokio::join!(finish(deployment.decision(&tree)), finish(deployment.decision(&other)));
    one.succeeds();
    two.succeeds();
    assert_eq!(deployment.tasks().await.len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_is_told() {
    let tree = chain();
    let deployment = Deployment::spoilt(&format!("{{{PUT}, clock: 20}}")).await;
    let stderr = finish(deployment.decision(&tree)).await.ends_with(1).stderr();
    assert!(stderr.contains("`created` cannot be in the past"), "{stderr}");
    assert!(stderr.contains("set the clock of this machine"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_group_takes_nothing_new_and_keeps_what_it_has() {
    let tree = chain();
    let seal = async |deployment: &Deployment| {
        let url = deployment.url(&format!("task-group/{DECISION}/seal"));
        let answer = deployment.client.post(url).send().await.expect("the server answers");
        assert!(answer.status().is_success());
    };
    let deployment = Deployment::with_decision().await;
    finish(deployment.decision(&tree)).await.succeeds();
    seal(&deployment).await;
    finish(deployment.decision(&tree)).await.succeeds();
    let empty = Deployment::with_decision().await;
    seal(&empty).await;
    let stderr = finish(empty.decision(&tree)).await.ends_with(1).stderr();
    assert!(stderr.contains("is sealed and does not accept new tasks"), "{stderr}");
    assert!(stderr.contains("its group may be sealed"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_whose_priority_was_changed_are_the_same_tasks() {
    let tree = chain();
    let deployment = Deployment::with_decision().await;
    finish(deployment.decision(&tree)).await.succeeds();
    let expected = deployment.tasks().await;
    for (_, id) in &expected {
        let url = deployment.url(&format!("task/{id}/priority"));
        let answer = deployment.client.post(url).json(&json!({"newPriority": "high"})).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }
    finish(deployment.decision(&tree)).await.succeeds();
    assert_eq!(deployment.tasks().await, expected);
}
