//! Actions on a push, fired as Treeherder fires them.

use std::process::{Child, Stdio};
use std::time::Duration;

use super::repository::{own, pushgraph, small};
use super::served::{Served, Task, named, names};
use super::{action, push};
use crate::support::Tree;

#[test]
fn a_retrigger_puts_the_task_twice_into_the_group() {
    let tree = own();
    let served = Served::start(&tree);
    let group = push(&tree, "");
    let before = served.group(&group);
    let stdout = action(&tree, r#"retrigger --task test-unit-debug --input {"times":2}"#).run().ends_with(0).stdout();
    assert!(stdout.starts_with(&format!("group {group}\n")), "{stdout}");
    assert!(stdout.contains("action `retrigger` created 2 tasks\n"), "{stdout}");
    let added = served.added(&group, &before);
    assert_eq!(names(&added), ["Action: Retrigger", "test-unit-debug", "test-unit-debug"]);
    // As the original, after the action; and after the decision, as all that depends on no new task.
    let mut expected = named(&before, "test-unit-debug").dependencies.clone();
    expected.extend([added[0].id.clone(), group]);
    assert!(added[1..].iter().all(|task| task.dependencies == expected), "{added:?}");
    assert!(added.iter().all(|task| task.state == "completed"), "{added:?}");
    let artifacts = served.artifacts(&added[0].id);
    for name in ["public/task-graph.json", "public/label-to-taskid.json", "public/to-run.json"] {
        assert!(artifacts.iter().any(|artifact| artifact == name), "{artifacts:?}");
    }
}

#[test]
fn add_new_jobs_adds_what_is_missing_too() {
    let tree = small();
    let served = Served::start(&tree);
    let group = push(&tree, "");
    let before = served.group(&group);
    assert_eq!(names(&before), ["Decision Task", "hello-pushed"]);
    let add = || action(&tree, r#"add-new-jobs --input {"tasks":["hello-top"]}"#);
    add().run().succeeds();
    let added = served.added(&group, &before);
    assert_eq!(names(&added), ["Action: Add new jobs", "hello-base", "hello-middle", "hello-top"]);
    let (base, middle) = (named(&added, "hello-base"), named(&added, "hello-middle"));
    let of_action = added[0].id.clone();
    assert_eq!(base.dependencies, [of_action.clone(), group.clone()].into());
    assert_eq!(middle.dependencies, [of_action.clone(), base.id.clone()].into());
    let pushed = named(&before, "hello-pushed").id.clone();
    assert_eq!(named(&added, "hello-top").dependencies, [of_action, middle.id.clone(), pushed].into());
    assert!(added.iter().all(|task| task.state == "completed"), "{added:?}");

    // Once more: what the first action added is no longer missing.
    let before = served.group(&group);
    add().run().succeeds();
    assert_eq!(names(&served.added(&group, &before)), ["Action: Add new jobs", "hello-top"]);
}

#[test]
fn a_label_that_is_not_in_the_graph_is_not_added() {
    let tree = small();
    let served = Served::start(&tree);
    let group = push(&tree, "");
    let before = served.group(&group);
    let run = action(&tree, r#"add-new-jobs --input {"tasks":["hello-topp"]}"#);
    let stderr = run.run().ends_with(1).stderr();
    assert!(stderr.contains("the action did not succeed: task "), "{stderr}");
    let added = served.added(&group, &before);
    assert_eq!((names(&added), added[0].state.as_str()), (vec!["Action: Add new jobs"], "failed"));
    let log = served.fetch(&format!("task/{}/artifacts/public/logs/live.log", added[0].id));
    let log = String::from_utf8_lossy(&log);
    assert!(log.contains("hello-topp") && log.contains("hello-top`"), "{log}");
}

#[test]
fn a_rerun_runs_a_failed_task_again() {
    let tree = small();
    let served = Served::start(&tree);
    let group = push(&tree, "--fail hello-pushed=1");
    let before = served.group(&group);
    assert_eq!(named(&before, "hello-pushed").state, "failed");
    action(&tree, "rerun --task hello-pushed").run().succeeds();
    let after = served.group(&group);
    let task = named(&after, "hello-pushed");
    assert_eq!((&task.id, task.runs), (&named(&before, "hello-pushed").id, 2));
    assert_eq!((task.state.as_str(), after.len()), ("completed", before.len() + 1));
}

#[test]
fn a_running_task_is_cancelled() {
    let tree = small();
    let served = Served::start(&tree);
    let pushing = Pushing::start(&tree, "--duration hello-pushed=600s");
    let group = wait_for(&tree, &served, "hello-pushed", "running");
    action(&tree, "cancel --task hello-pushed").run().succeeds();
    let tasks = served.group(&group);
    assert_eq!(named(&tasks, "hello-pushed").state, "exception");
    pushing.assert_success();
}

#[test]
fn cancel_all_cancels_whatever_is_left() {
    let tree = own();
    let served = Served::start(&tree);
    let pushing = Pushing::start(&tree, "--duration docker-image-ci=600s");
    let group = wait_for(&tree, &served, "docker-image-ci", "running");
    action(&tree, "cancel-all").run().succeeds();
    let tasks = served.group(&group);
    for task in &tasks {
        let expected =
            if ["Decision Task", "Action: Cancel All"].contains(&&*task.name) { "completed" } else { "exception" };
        assert_eq!(task.state, expected, "{}", task.name);
    }
    pushing.assert_success();
}

/// A push that goes on beside the test; ended with this value.
struct Pushing(Child);

impl Pushing {
    fn start(tree: &Tree, arguments: &str) -> Self {
        let mut command = pushgraph(tree, &format!("local push {arguments}")).command();
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().expect("the program can be run"))
    }

    fn assert_success(mut self) {
        assert!(self.0.wait().expect("it can be waited for").success(), "the decision of that push has succeeded");
    }
}

impl Drop for Pushing {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until a task of the only push is in a state, and returns the group.
fn wait_for(tree: &Tree, served: &Served, name: &str, state: &str) -> String {
    let is_it = |task: &Task| task.name == name && task.state == state;
    for _ in 0..300 {
        let status = pushgraph(tree, "local status").run().ends_with(0).stdout();
        let group = status.lines().find_map(|line| line.strip_prefix("group ")?.split(' ').next().map(str::to_owned));
        if let Some(group) = group.filter(|group| served.group(group).iter().any(is_it)) {
            return group;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    panic!("{name} is never {state}");
}
