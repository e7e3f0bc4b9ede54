//! Pushes on which something is gone or closed: each is named, the others go on, and the exit code tells.

use super::world::{World, on};
use crate::support::Tree;

/// Every test on Linux failed, so that it can be run again.
const SIX: &str = "
tree: tree
pushes: 6
results: [{label: test-linux-*, result: fail}]
";

#[test]
fn are_named_and_do_not_keep_the_others_from_it() {
    let folder = Tree::copy_of(&crate::support::repository().join("tests/histories")).file("six.yml", SIX);
    let mut world = World::of_file(&folder.path().join("six.yml"));
    let group = world.decision("project", 6);
    let late = world.task(&group, "test-linux-unit");
    let mut changes = gone_and_spoilt(&world);
    changes.push(format!("UPDATE tasks SET deadline = 1 WHERE task_id = '{late}'"));
    world.change(&changes);
    artifacts_that_are_gone_or_stand_for_an_error(&world);
    groups_that_are_sealed(&world);
    a_task_past_its_deadline(&world, &group, &late);
}

/// On push 3 the graph stands for an error of its upload (424), on push 4 it is gone (404), as are the actions of push 5.
fn gone_and_spoilt(world: &World) -> Vec<String> {
    let artifact =
        |push, name: &str| format!("task_id = '{}' AND name = 'public/{name}'", world.decision("project", push));
    let error = r#"{"reason": "file-missing-on-worker", "message": "there was no such file"}"#;
    let (graph, actions) = ("full-task-graph.json", "actions.json");
    vec![
        format!("UPDATE artifacts SET storage_type = 'error', details = '{error}' WHERE {}", artifact(3, graph)),
        format!("DELETE FROM artifacts WHERE {}", artifact(4, graph)),
        format!("DELETE FROM artifacts WHERE {}", artifact(5, actions)),
    ]
}

fn artifacts_that_are_gone_or_stand_for_an_error(world: &World) {
    // `perf-memory` ran on none of these, so each graph is asked for it.
    let before = world.tasks();
    let ran = world.command(&["trigger", "-r", "@6", "-b", "perf-memory", "--from-rev", "@2"]).ends_with(1);
    assert_eq!(world.created_since(before), on(&[("", 2..=2, "perf-memory", 1), ("", 6..=6, "perf-memory", 1)]));
    let stderr = ran.stderr();
    for push in [3, 4] {
        let line = line_of(world, push, &stderr);
        assert!(line.ends_with("perf-memory: its tasks or what its decision task left are gone"), "{line}");
    }
    let line = line_of(world, 5, &stderr);
    assert!(line.contains("has no artifact `public/actions.json`: it failed, or has expired"), "{line}");
    assert!(stderr.contains("3 of the pushes were left undone"), "{stderr}");
}

/// Nothing can be added to the group of push 2 any more.
fn groups_that_are_sealed(world: &World) {
    world.post(&format!("api/queue/v1/task-group/{}/seal", world.decision("project", 2)));
    let before = world.tasks();
    let ran = world.command(&["trigger", "-r", "@6", "-b", "perf-startup", "--from-rev", "@2"]).ends_with(1);
    assert_eq!(world.created_since(before), on(&[("", 6..=6, "perf-startup", 1)]));
    let line = line_of(world, 2, &ran.stderr());
    assert!(line.contains("sealed"), "{line}");
}

/// Nobody runs it any more; a new task has a deadline of its own.
fn a_task_past_its_deadline(world: &World, group: &str, task: &str) {
    let error = world.call(group, Some(task), "rerun", "{}").ends_with(1).stderr();
    let expected = format!("`test-linux-unit` cannot be run again: task {task} is past its deadline");
    assert!(error.contains(&expected) && error.contains("a new task has a deadline of its own"), "{error}");
    // There is nothing left to cancel, which is no mistake.
    world.call(group, Some(task), "cancel", "null").succeeds();
    let created = world.created(&["retrigger", task]);
    assert_eq!(created, on(&[("", 6..=6, "test-linux-unit", 1)]));
}

/// The last line that is told of a push.
fn line_of(world: &World, push: usize, stderr: &str) -> String {
    let revision: String = world.revision("project", push).chars().take(12).collect();
    let mut lines = stderr.lines().rev();
    lines.find(|line| line.contains(&revision)).unwrap_or_else(|| panic!("push {push} in {stderr}")).to_owned()
}
