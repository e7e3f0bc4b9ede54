//! A backfill onto pushes whose builds failed or were cancelled: they are made again, whoever made the decisions.

use super::world::{Created, World, on};
use crate::support::Tree;

/// On push 2 the build is cancelled, on push 3 it fails; a later run of the former succeeds.
const LOST: &str = "
tree: tree
pushes: 4
decisions: PROGRAM
style: STYLE
results:
    - {label: build-linux, from: 2, to: 2, result: missing}
    - {label: build-linux, from: 3, to: 3, result: fail}
    - {label: test-linux-unit, from: 4, result: fail}
";

#[test]
fn are_made_again_by_our_action() {
    let (_folder, world) = lost("pushgraph", "git");
    let stderr = world.command(&["backfill", "@4", "--label", "test-linux-unit", "--dry-run"]).ends_with(0).stderr();
    assert_eq!(stderr.matches("; made again, since it did not end well: `build-linux`").count(), 2, "{stderr}");
    backfill(&world, &["--times", "2"], &[("", 2..=3, "build-linux", 1), ("", 2..=3, "test-linux-unit", 2)]);
}

#[test]
fn are_made_again_by_the_references_action() {
    let (_folder, world) = lost("taskgraph", "hg");
    backfill(&world, &[], &[("", 2..=3, "build-linux", 1), ("", 2..=3, "test-linux-unit", 1)]);
    other_things(&world);
}

/// What else people want of a push, by the reference's actions.
fn other_things(world: &World) {
    let created = world.created(&["retrigger", "@4", "--label", "test-linux-unit", "--times", "2"]);
    assert_eq!(created, on(&[("", 4..=4, "test-linux-unit", 2)]));
    let created = world.created(&["trigger", "-r", "@4", "--query", "kind(perf)", "--times", "2"]);
    assert_eq!(created, on(&[("", 4..=4, "perf-memory", 2), ("", 4..=4, "perf-startup", 2)]));
    let created = world.created(&["new-test", "tests/unit/new.txt", "-r", "@4", "--times", "2"]);
    assert_eq!(created, on(&[("", 4..=4, "test-linux-unit", 2), ("", 4..=4, "test-windows-unit", 2)]));
    // On push 3 the build has never succeeded; what a timer runs is left out.
    let created = world.created(&["fill", "@3"]);
    let lacking = ["build-linux", "perf-memory", "perf-startup", "test-linux-layout", "test-linux-unit"];
    let expected = lacking.into_iter().chain(["test-windows-layout", "test-windows-unit"]);
    assert_eq!(created, expected.map(|label| (format!("3 {label}"), 1)).collect());
}

fn lost(program: &str, style: &str) -> (Tree, World) {
    let folder = Tree::copy_of(&crate::support::repository().join("tests/histories"))
        .file("lost.yml", &LOST.replace("PROGRAM", program).replace("STYLE", style));
    let world = World::of_file(&folder.path().join("lost.yml"));
    (folder, world)
}

fn backfill(world: &World, more: &[&str], expected: &[(&str, std::ops::RangeInclusive<usize>, &str, usize)]) {
    let created = world.created(&[&["backfill", "@4", "--label", "test-linux-unit"], more].concat());
    assert_eq!(created, on(expected));
    // Where the build succeeds now, the test runs; push 1 has a result of its own.
    world.until_idle();
    let states = |push| -> Vec<String> {
        let tasks = world.group(&world.decision("project", push)).into_iter();
        tasks.filter(|(name, _)| name == "test-linux-unit").map(|(_, state)| state).collect()
    };
    assert!(states(2).contains(&"completed".to_owned()), "{:?}", states(2));
    assert!(!states(3).contains(&"completed".to_owned()), "{:?}", states(3));
    // Now push 2 has its result, and push 3 still has none.
    let again = world.created(&["backfill", "@4", "--label", "test-linux-unit"]);
    assert_eq!(again, on(&[("", 3..=3, "build-linux", 1), ("", 3..=3, "test-linux-unit", 1)]));
    assert_eq!(world.created(&["backfill", "@2", "--label", "test-linux-unit"]), Created::new());
}
