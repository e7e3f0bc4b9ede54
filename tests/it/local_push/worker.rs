//! What the worker makes of payloads.

use super::*;

const GROUP: &str = "fzy3l9dCSDKRYTxTQTZjGg";

/// A task in the group [`GROUP`] with this payload.
async fn create(fixture: &Fixture, number: u8, payload: Value) -> String {
    let now = Now.now();
    let at = |hours| (now + chrono::Duration::hours(hours)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let task_id = pushgraph::model::TaskId::from_random_bits([number; 16]).as_str().to_owned();
    let definition = json!({
        "taskGroupId": GROUP, "schedulerId": "tests", "taskQueueId": "tests/worker",
        "created": at(0), "deadline": at(1), "expires": at(2), "retries": 1,
        "metadata": {"name": format!("task {number}"), "description": "d", "owner": "a@b.c", "source": "https://a.b/"},
        "payload": payload,
    });
    fixture.caller.put(Service::Queue, &["task", &task_id], &definition).await.unwrap();
    task_id
}

async fn settle(fixture: &Fixture) -> BTreeMap<String, (State, usize, Option<String>)> {
    let worker = Worker::new(fixture.caller.clone(), fixture.worker(Resolve::Execute), Arc::new(Silent));
    let settled = worker.settle(GROUP).await.unwrap();
    settled.tasks.into_iter().map(|task| (task.task_id, (task.state, task.runs, task.reason))).collect()
}

async fn log(fixture: &Fixture, task_id: &str) -> String {
    String::from_utf8(fixture.caller.artifact(task_id, "public/logs/live.log").await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn payloads_end_as_their_workers_would_end_them() {
    let fixture = Fixture::new().await;
    let shell = |script: &str| json!({"image": "x", "maxRunTime": 60, "command": ["sh", "-c", script]});
    let mut retried = shell("exit 4");
    retried["onExitStatus"] = json!({"retry": [4]});
    let retried = create(&fixture, 1, retried).await;
    let mut slow = shell("sleep 600");
    slow["maxRunTime"] = json!(1);
    let slow = create(&fixture, 2, slow).await;
    let malformed = create(&fixture, 3, json!({"image": "x", "maxRunTime": 60})).await;
    let mut missing = shell("true");
    missing["artifacts"] = json!({"public/none": {"type": "file", "path": "/builds/worker/none"}});
    let missing = create(&fixture, 4, missing).await;
    let strict = create(
        &fixture,
        5,
        json!({
            "command": [["sh", "-c", "mkdir -p out; echo 1 > out/a.json"], ["sh", "-c", "test -f out/a.json"]],
            "maxRunTime": 60,
            "artifacts": [
                {"type": "directory", "path": "out", "name": "public/out"},
                {"type": "file", "path": "none", "name": "public/none"},
            ],
        }),
    )
    .await;
    let states = settle(&fixture).await;
    let state = |id: &String| (states[id].0, states[id].1, states[id].2.as_deref());
    assert_eq!(state(&retried), (State::Exception, 2, Some("intermittent-task")));
    assert_eq!(state(&slow), (State::Failed, 1, Some("failed")));
    assert!(log(&fixture, &slow).await.contains("killed after 1 seconds, its `maxRunTime`"));
    assert_eq!(state(&malformed), (State::Exception, 1, Some("malformed-payload")));
    assert!(log(&fixture, &malformed).await.contains("has no `command`"));
    assert_eq!(state(&missing), (State::Completed, 1, Some("completed")));
    let error = fixture.caller.artifact(&missing, "public/none").await.unwrap_err();
    assert_eq!(error.status(), Some(424), "{error}");
    assert_eq!(state(&strict), (State::Failed, 1, Some("failed")));
    assert_eq!(fixture.caller.artifact(&strict, "public/out/a.json").await.unwrap(), b"1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_finds_its_variables_programs_and_checkout() {
    let fixture = Fixture::new().await;
    // Something that shows how it was called.
    let program = fixture.folder.path().join("program");
    std::fs::write(&program, "#!/bin/sh\necho called $0 with $*\npwd\nls\n").unwrap();
    let script = "echo id $TASK_ID run $RUN_ID root $TASKCLUSTER_ROOT_URL proxy $TASKCLUSTER_PROXY_URL; echo $HERE; pushgraph; taskgraph full";
    let env = json!({"HERE": "/builds/worker/here"});
    let task = create(
        &fixture,
        1,
        json!({"image": "x", "maxRunTime": 60, "command": ["sh", "-c", script], "env": env,
               "features": {"taskclusterProxy": true}}),
    )
    .await;
    let url = "https://github.com/fixture/fixture";
    let cloning = "git clone -q $URL x && cd x && git fetch -q $URL main && git log --format=%s";
    let cloning = create(
        &fixture,
        3,
        json!({"image": "x", "maxRunTime": 60, "command": ["sh", "-c", cloning], "env": {"URL": url}}),
    )
    .await;
    let built_in = create(
        &fixture,
        2,
        json!({"image": "x", "maxRunTime": 60, "env": {"VCS_HEAD_REPOSITORY": url, "VCS_HEAD_REF": "main"},
               "command": ["pushgraph", "decision", "--checkout=/builds/worker/checkouts/vcs"]}),
    )
    .await;
    make_executable(&program);
    let mut options = fixture.worker(Resolve::Execute);
    options.executable = program;
    options.sources = vec![Source { repository: url.to_owned(), checkout: fixture.checkout(), push: None }];
    let worker = Worker::new(fixture.caller.clone(), options, Arc::new(Silent));
    assert_eq!(worker.settle(GROUP).await.unwrap().counts().to_string(), "3 completed");
    let text = log(&fixture, &task).await;
    let root = fixture.caller.root_url();
    assert!(text.contains(&format!("id {task} run 0 root {root} proxy {}", fixture.proxy())), "{text}");
    let home = format!("{}/{task}/0/worker", fixture.folder.path().canonicalize().unwrap().join("work").display());
    assert!(text.contains(&format!("\n{home}/here\n")), "{text}");
    assert!(text.contains("/bin/pushgraph with\n") && text.contains("/bin/taskgraph with full\n"), "{text}");
    assert!(log(&fixture, &cloning).await.contains("\nall of it\n"));
    let text = log(&fixture, &built_in).await;
    assert!(text.contains("/bin/pushgraph with decision\n") && text.contains("/checkouts/vcs\n"), "{text}");
    assert!(text.contains("/checkouts/vcs\ndecide.py\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_gives_its_runs_back() {
    let fixture = Fixture::new().await;
    let mark = fixture.folder.path().join("mark");
    let script = format!("test -e {0} && exit 0; touch {0}; sleep 600", mark.display());
    let task = create(&fixture, 1, json!({"image": "x", "maxRunTime": 900, "command": ["sh", "-c", script]})).await;
    let options = fixture.worker(Resolve::Execute);
    let stop = options.stop.clone();
    let worker = Worker::new(fixture.caller.clone(), options, Arc::new(Silent));
    let stopping = async {
        while !mark.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        stop.now();
    };
    let (stopped, ()) = tokio::join!(worker.settle(GROUP), stopping);
    assert!(matches!(stopped, Err(WorkerError::Stopped)));
    let state = &settle(&fixture).await[&task];
    assert_eq!((state.0, state.1), (State::Completed, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_lets_go_of_a_task_that_is_cancelled() {
    let fixture = Fixture::new().await;
    let task = create(&fixture, 1, json!({})).await;
    let durations = vec!["*=600s".parse().unwrap()];
    let simulation = pushgraph::local::worker::simulate::Simulation { durations, ..Default::default() };
    let worker = Worker::new(fixture.caller.clone(), fixture.worker(Resolve::Simulate(simulation)), Arc::new(Silent));
    let cancelling = async {
        while !matches!(status(&fixture.caller, Some(GROUP)).await.unwrap()[0].tasks[0].state, State::Running) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        fixture.caller.post(Service::Queue, &["task", &task, "cancel"], &json!({})).await.unwrap();
    };
    let (settled, ()) = tokio::join!(worker.settle(GROUP), cancelling);
    assert_eq!(settled.unwrap().counts().to_string(), "1 exception");
}
