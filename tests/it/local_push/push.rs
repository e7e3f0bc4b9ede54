//! A push becomes tasks, and an action extends it, with a decision task of a few lines of Python.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_decided_worked_on_and_extended() {
    let fixture = Fixture::new().await;
    let outcome = fixture.pushed(simulated(&["test-bad=1"])).await;
    assert_eq!(
        states(&outcome),
        BTreeMap::from([
            ("Decision Task (github-push)", State::Completed),
            ("after-bad", State::Unscheduled),
            ("build", State::Completed),
            ("complete", State::Completed),
            ("test-bad", State::Failed),
            ("test-good", State::Completed),
        ])
    );
    let decision = outcome.push.record.task_group_id.clone();
    assert_eq!(outcome.push.record.task_ids, std::slice::from_ref(&decision));
    assert_eq!(outcome.settled.stuck().map(|task| task.name.as_str()).collect::<Vec<_>>(), ["after-bad"]);
    assert_eq!(outcome.hooks.hooks.len(), 1);

    let labels = fixture.caller.json_artifact(&decision, "public/label-to-taskid.json").await.unwrap();
    assert_eq!(labels.as_object().unwrap().len(), 4);
    let log = fixture.caller.artifact(&decision, "public/logs/live.log").await.unwrap();
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("+ python3 decide.py") && log.contains("[taskcluster] successful after"), "{log}");

    let reporter: Arc<dyn Reporter> = Arc::new(Silent);
    let action = |name: &str, task: Option<&str>, input: Option<Value>| ActionOptions {
        name: name.to_owned(),
        task: task.map(str::to_owned),
        input,
        decision: None,
    };
    let again = action("again", Some("build"), Some(json!({"times": 2})));
    let done = act(&fixture.caller, &again, &fixture.worker(simulated(&[])), &reporter).await.unwrap();
    assert!(done.succeeded());
    let created: Vec<_> =
        done.created.iter().map(|task| (task.name.as_str(), task.state, &task.dependencies[..])).collect();
    let build = [labels["build"].as_str().unwrap().to_owned()];
    assert_eq!(created, [("again-0", State::Completed, &build[..]), ("again-1", State::Completed, &build[..])]);
    let done =
        act(&fixture.caller, &action("more", None, None), &fixture.worker(simulated(&[])), &reporter).await.unwrap();
    assert_eq!(done.created.len(), 1);

    let message = async |options: ActionOptions| fire(&fixture.caller, &options).await.unwrap_err().to_string();
    assert_eq!(message(action("agian", None, None)).await, "there is no action `agian`; did you mean `again`?");
    assert_eq!(
        message(action("again", None, None)).await,
        "action `again` does not apply here: it applies to tasks with the tags `retrigger=true`"
    );
    let message_of_task = message(action("again", Some("biuld"), None)).await;
    assert_eq!(message_of_task, format!("there is no task `biuld` in group `{decision}`; did you mean `build`?"));
    let refused = message(action("again", Some("build"), Some(json!({"times": 99})))).await;
    assert!(refused.starts_with("action `again` refuses its input: input `times`: `99` is more than"), "{refused}");

    let groups = status(&fixture.caller, None).await.unwrap();
    let group = groups.iter().find(|group| group.task_group_id == decision).unwrap();
    assert_eq!(group.push.as_ref(), Some(&outcome.push.record));
    assert_eq!(group.tasks.len(), 11);
    assert!(!fixture.folder.path().join("work").join(&decision).join("0").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_can_be_run_for_real() {
    let fixture = Fixture::new().await;
    let outcome = fixture.pushed(Resolve::Execute).await;
    let states = states(&outcome);
    assert_eq!((states["build"], states["test-bad"]), (State::Completed, State::Failed));
    let build = outcome.settled.tasks.iter().find(|task| task.name == "build").unwrap();
    let content = fixture.caller.artifact(&build.task_id, "public/out.txt").await.unwrap();
    assert_eq!(content, b"x\n");
    let log = fixture.caller.artifact(&build.task_id, "public/logs/live.log").await.unwrap();
    assert!(String::from_utf8(log).unwrap().contains("ran build in "));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_events_are_told_too() {
    let fixture = Fixture::new().await;
    let cron = EventKind::Cron { job_name: "nightly".into(), job_symbol: "N".into(), quoted_args: "--x".into() };
    let outcome = settled(fixture.push(cron, simulated(&[])).await);
    assert_eq!(states(&outcome)["Decision Task (cron)"], State::Completed);
    let pull_request = |by_collaborator| EventKind::PullRequest { number: 7, base: "main".into(), by_collaborator };
    let outcome = settled(fixture.push(pull_request(false), simulated(&[])).await);
    assert_eq!(states(&outcome)["Decision Task (github-pull-request-untrusted)"], State::Completed);
    let why = nothing(fixture.push(pull_request(true), simulated(&[])).await);
    assert_eq!(why.to_string(), "`.taskcluster.yml` has no task for `github-pull-request`");
    let why = nothing(fixture.push(EventKind::Release { tag: "v1".into() }, simulated(&[])).await);
    assert_eq!(why, NothingToDo::NoTask { tasks_for: "github-release" });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_fails_leaves_a_log_and_no_hooks() {
    let fixture = Fixture::new().await;
    std::fs::write(fixture.checkout().join("decide.py"), "import sys\nprint('no')\nsys.exit(4)\n").unwrap();
    fixture.commit("broken");
    let outcome = fixture.pushed(simulated(&[])).await;
    assert_eq!(states(&outcome)["Decision Task (github-push)"], State::Failed);
    assert!(outcome.hooks.hooks.is_empty());
    let decision = &outcome.push.record.task_group_id;
    let log = fixture.caller.artifact(decision, "public/logs/live_backing.log").await.unwrap();
    assert!(String::from_utf8(log).unwrap().ends_with("[taskcluster] unsuccessful: exit code 4\n"));
    let options = ActionOptions { name: "again".into(), ..Default::default() };
    let error = fire(&fixture.caller, &options).await.unwrap_err();
    assert!(matches!(error, ActionError::NoActions(_)), "{error}");
    let task = fixture.caller.get(Service::Queue, &["task", decision]).await.unwrap();
    assert_eq!(task["schedulerId"], "fixture-level-1");
    assert_eq!(task["routes"], json!(["statuses"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_pushed_is_refused() {
    let fixture = Fixture::new().await;
    std::fs::write(fixture.checkout().join(".taskcluster.yml"), "version: 0\ntasks: []\n").unwrap();
    fixture.commit("old");
    let error = fixture.push(EventKind::Push, simulated(&[])).await.unwrap_err();
    assert_eq!(error.to_string(), "version 0 is not supported");
    std::fs::remove_file(fixture.checkout().join(".taskcluster.yml")).unwrap();
    fixture.commit("none");
    let error = fixture.push(EventKind::Push, simulated(&[])).await.unwrap_err();
    assert!(error.to_string().ends_with("has no `.taskcluster.yml` in its top folder"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_are_enough_where_they_are_enforced() {
    let fixture = Fixture::enforced().await;
    let outcome = fixture.pushed(Resolve::Execute).await;
    assert_eq!(states(&outcome)["complete"], State::Completed);
    let reporter: Arc<dyn Reporter> = Arc::new(Silent);
    let again = ActionOptions { name: "again".into(), task: Some("build".into()), ..Default::default() };
    let done = act(&fixture.caller, &again, &fixture.worker(simulated(&[])), &reporter).await.unwrap();
    assert_eq!((done.succeeded(), done.created.len()), (true, 1));
    let anonymous = fixture.caller.with_credentials(None);
    let error = fire(&anonymous, &again).await.unwrap_err();
    assert!(matches!(&error, ActionError::Call(error) if error.status() == Some(403)), "{error}");
}

/// Shows what it was called with where the artifacts go.
const PROGRAM: &str = "#!/bin/sh\necho \"$@\" > artifacts/called.txt\ngit rev-parse HEAD >> artifacts/called.txt\n";

#[tokio::test(flavor = "multi_thread")]
async fn our_own_template_works_on_every_event() {
    let fixture = Fixture::new().await;
    let root = fixture.checkout();
    std::fs::write(root.join(".taskcluster.yml"), include_str!("../../../.taskcluster.yml")).unwrap();
    fixture.commit("ours");
    git(&root, &["checkout", "--quiet", "--detach"]);
    let program = fixture.folder.path().join("program");
    std::fs::write(&program, PROGRAM).unwrap();
    make_executable(&program);
    let mut options = fixture.worker(simulated(&[]));
    options.executable = program;
    let reporter: Arc<dyn Reporter> = Arc::new(Silent);
    let pull_request = |by_collaborator| EventKind::PullRequest { number: 7, base: "main".into(), by_collaborator };
    let cron = EventKind::Cron { job_name: "nightly".into(), job_symbol: "N".into(), quoted_args: String::new() };
    let release = EventKind::Release { tag: "v1".into() };
    for kind in [EventKind::Push, pull_request(true), pull_request(false), release, cron] {
        let push = fixture.options(kind.clone());
        let worked = push_and_work(&fixture.caller, &push, &options, &Files::default(), &reporter).await;
        let outcome = settled(worked);
        let decision = &outcome.push.record.task_group_id;
        let log = fixture.caller.artifact(decision, "public/logs/live.log").await.unwrap();
        let log = String::from_utf8(log).unwrap();
        assert_eq!(outcome.settled.counts().to_string(), "1 completed", "{kind:?}: {log}");
        let called = fixture.caller.artifact(decision, "public/called.txt").await.unwrap();
        let called = String::from_utf8(called).unwrap();
        let tasks_for = &outcome.push.record.tasks_for;
        assert!(called.starts_with("decision -r ") && called.contains(&format!("--tasks-for={tasks_for}")), "{called}");
        assert!(called.ends_with(&format!("\n{}\n", outcome.push.record.revision)), "{called}");
    }
}
