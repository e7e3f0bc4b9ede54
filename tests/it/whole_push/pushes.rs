//! What a push of this repository makes.

use super::repository::{own, pushgraph, with_commit};
use super::served::{Served, named, names};
use super::{action, group_of, push};

/// Every artifact of a decision of this repository.
const ARTIFACTS: [&str; 15] = [
    "public/actions.json",
    "public/docker-contexts/ci.tar.gz",
    "public/explain.json.gz",
    "public/fetch-content",
    "public/full-task-graph.json",
    "public/label-to-taskid.json",
    "public/logs/live.log",
    "public/logs/live_backing.log",
    "public/optimizations.log",
    "public/parameters.yml",
    "public/run-task",
    "public/runnable-jobs.json",
    "public/selection.json",
    "public/target-tasks.json",
    "public/task-graph.json",
];

/// What a change of the sources runs.
const TASKS: [&str; 12] = [
    "Decision Task",
    "complete-complete",
    "docker-image-ci",
    "docs-rustdoc",
    "lint-clippy",
    "lint-format",
    "lint-schemas",
    "test-integration-debug-1",
    "test-integration-debug-2",
    "test-integration-debug-3",
    "test-unit-debug",
    "test-unit-release",
];

#[test]
fn a_push_says_what_it_made_and_all_of_it_can_be_fetched() {
    let tree = own();
    let ran = pushgraph(&tree, "local push").run().ends_with(0);
    let (stdout, group) = (ran.stdout(), group_of(&ran));
    assert!(stdout.contains("github-push of https://github.com/example/pushgraph refs/heads/main at "), "{stdout}");
    assert!(stdout.contains("  12 completed\n"), "{stdout}");
    assert!(stdout.contains(&format!("api/queue/v1/task/{group}/artifacts; state: <tree>/.pushgraph\n")), "{stdout}");
    assert_eq!(tree.git(&["status", "--porcelain"]), "", "a push leaves the checkout as it was");

    let served = Served::start(&tree);
    let tasks = served.group(&group);
    assert_eq!(names(&tasks), TASKS);
    assert!(tasks.iter().all(|task| task.state == "completed" && stdout.contains(&task.id)), "{tasks:?}");
    assert_eq!(served.artifacts(&group), ARTIFACTS);
    for name in ARTIFACTS {
        let content = served.fetch(&format!("task/{group}/artifacts/{name}"));
        assert!(!content.is_empty() || name == "public/optimizations.log", "{name}");
    }
    let labels = served.json(&group, "public/label-to-taskid.json");
    assert_eq!(labels["lint-clippy"], named(&tasks, "lint-clippy").id.as_str());
    assert_eq!(labels.as_object().map(serde_json::Map::len), Some(TASKS.len() - 1));
    let image = named(&tasks, "docker-image-ci");
    assert_eq!(image.dependencies, [group].into());
    assert_eq!(named(&tasks, "test-unit-debug").dependencies, [image.id.clone()].into());
    let must_pass = |name: &str| ["docs-", "lint-", "test-"].iter().any(|kind| name.starts_with(kind));
    let waited_for = tasks.iter().filter(|task| must_pass(&task.name)).map(|task| task.id.clone());
    assert_eq!(named(&tasks, "complete-complete").dependencies, waited_for.collect());
}

#[test]
fn a_second_push_is_a_push_of_its_own() {
    let tree = own();
    let served = Served::start(&tree);
    let first = push(&tree, "");
    // The image that the first one built is in the index now.
    let without_image: Vec<&str> = TASKS.into_iter().filter(|name| *name != "docker-image-ci").collect();
    let second = push(&tree, "");
    assert_ne!(first, second);
    assert_eq!(names(&served.group(&first)), TASKS);
    assert_eq!(names(&served.group(&second)), without_image);
    let status = pushgraph(&tree, "local status").run().ends_with(0).stdout();
    assert_eq!(status.matches("github-push of ").count(), 2, "{status}");
}

#[test]
fn a_pull_request_is_a_push_that_is_not_indexed() {
    let tree = own();
    tree.git(&["switch", "--quiet", "--create=feature"]);
    let tree = with_commit(tree, "clippy.toml", "# Only what is linted.\n");
    let served = Served::start(&tree);
    let group = push(&tree, "--event pull-request");
    let tasks = served.group(&group);
    let linted =
        ["Decision Task", "complete-complete", "docker-image-ci", "lint-clippy", "lint-format", "lint-schemas"];
    assert_eq!(names(&tasks), linted);
    let parameters = String::from_utf8(served.fetch(&format!("task/{group}/artifacts/public/parameters.yml"))).unwrap();
    assert!(parameters.contains("\ntasks_for: github-pull-request\n"), "{parameters}");
    // Pull requests are not indexed: an action finds the decision by the group.
    action(&tree, r#"add-new-jobs --input {"tasks":["benchmark-full-graph-100"]}"#).run().succeeds();
    assert_eq!(names(&served.added(&group, &tasks)), ["Action: Add new jobs", "benchmark-full-graph-100"]);
}

#[test]
fn a_push_that_nothing_watches_runs_nothing() {
    let tree = with_commit(own(), "README.md", "Only what is read.\n");
    let served = Served::start(&tree);
    let tasks = served.group(&push(&tree, ""));
    assert_eq!(names(&tasks), ["Decision Task", "complete-complete", "docker-image-ci"]);
}

#[test]
fn a_cron_job_runs_the_benchmarks() {
    let tree = own();
    let served = Served::start(&tree);
    let tasks = served.group(&push(&tree, "--event cron --project pushgraph"));
    let benchmarks = names(&tasks).into_iter().filter(|name| name.starts_with("benchmark-"));
    assert_eq!(benchmarks.collect::<Vec<_>>(), ["benchmark-full-graph-100", "benchmark-full-graph-1000"]);
    assert!(tasks.iter().all(|task| task.state == "completed"), "{tasks:?}");
}

/// A link of that name is enough for a `.taskcluster.yml` that calls `taskgraph`.
#[test]
fn the_program_answers_to_the_name_taskgraph() {
    let tree = own();
    let link = tree.path().join("bin/taskgraph");
    std::fs::create_dir(tree.path().join("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_pushgraph"), &link).unwrap();
    let arguments = ["full", "-J", "-r", "taskgraph"];
    let ours = tree.pushgraph(&arguments.join(" ")).run().ends_with(0).stdout();
    let output = std::process::Command::new(&link).args(arguments).current_dir(tree.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let linked: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // The tasks hold the time of the run.
    let labels = |graph: serde_json::Value| graph.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let ours = labels(serde_json::from_str(&ours).unwrap());
    assert!(ours.iter().any(|label| label == "test-unit-debug"), "{ours:?}");
    assert_eq!(labels(linked), ours);
}
