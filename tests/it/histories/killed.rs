//! An action task that is killed before, in the middle of or after creating tasks, and run again, creates each once.

use std::process::{Child, Stdio};
use std::time::Duration;

use super::world::{Created, World};
use crate::support::Tree;

/// What the push lacks or has, each so often: thirty-five tasks.
const INPUT: &str = r#"{"tasks": ["build-linux", "build-windows", "nightly-coverage", "perf-memory", "perf-startup",
    "test-linux-unit", "test-windows-unit"], "times": 5}"#;
const TASKS: usize = 35;

#[test]
fn each_task_is_created_once() {
    let folder =
        Tree::copy_of(&crate::support::repository().join("tests/histories")).file("one.yml", "{tree: tree, pushes: 4}");
    let world = World::of_file(&folder.path().join("one.yml"));
    for (push, tasks_before_the_kill) in [(1, 0), (2, 1), (3, TASKS / 2), (4, TASKS)] {
        let group = world.decision("project", push);
        let before = counts(&world, &group);
        let action = format!("f{push}y3l9dCSDKRYTxTQTZjGg");
        world.put_task(&action, &group);
        let created = |world: &World| total(&counts(world, &group)) - total(&before) - 1;
        let mut child = start(&world, &group, &action);
        while created(&world) < tasks_before_the_kill && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(created(&world) >= tasks_before_the_kill);
        assert!(start(&world, &group, &action).wait().unwrap().success(), "the second run ends well");
        let mut after = counts(&world, &group);
        assert_eq!(after.remove("an action"), Some(1));
        for (label, count) in &before {
            let made = after[label] - count;
            assert!(made == 0 || made == 5, "{made} times {label} on push {push}");
        }
        assert_eq!(total(&after) - total(&before), TASKS, "push {push}: {after:?}");
    }
}

fn start(world: &World, group: &str, action: &str) -> Child {
    let variables = [
        ("TASK_ID", action),
        ("TASKCLUSTER_ROOT_URL", world.root_url()),
        ("ACTION_TASK_GROUP_ID", group),
        ("ACTION_TASK_ID", "null"),
        ("ACTION_INPUT", INPUT),
        ("ACTION_CALLBACK", "add-new-jobs"),
    ];
    let mut command = world.pushgraph("action-callback").command();
    command.current_dir(world.repository("project")).envs(variables);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program can be run")
}

fn counts(world: &World, group: &str) -> Created {
    let mut counts = Created::new();
    for (name, _) in world.group(group) {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

fn total(counts: &Created) -> usize {
    counts.values().sum()
}
