//! What people want of a push history, each as one command.

use super::world::{Created, World, on};

#[test]
fn on_a_branch_in_git() {
    straight(&World::start("git.yml"));
}

#[test]
fn on_a_pushlog_of_mercurial() {
    straight(&World::start("hg.yml"));
}

#[test]
fn on_a_branch_that_merges_another_repository() {
    merging(&World::start("merges.yml"));
}

/// Units fail on Linux from push 18 on, 13 to 17 lack them; layout is lacked by 10 to 20; performance ran on 1, 12
/// and 28.
fn straight(world: &World) {
    // A failure that is permanent: the pushes between the last good one and the first bad one.
    let created = world.created(&["backfill", "@30", "--label", "test-linux-unit", "--until-good"]);
    assert_eq!(created, on(&[("", 13..=17, "test-linux-unit", 1)]));
    assert_eq!(world.created(&["trigger", "-r", "@30", "-b", "test-linux-unit", "--backfill"]), Created::new());

    one_push(world);

    // A performance regression: the push itself, back to the last one with a result, and one more.
    let created = world.created(&["trigger", "-r", "@28", "-b", "perf-startup", "--to-data-point", "--times", "3"]);
    let expected = [
        ("", 28..=28, "perf-startup", 2),
        ("", 13..=27, "perf-startup", 3),
        ("", 12..=12, "perf-startup", 2),
        ("", 11..=11, "perf-startup", 3),
    ];
    assert_eq!(created, on(&expected));

    // A failure that comes and goes: so many results on every push of a range.
    let created =
        world.created(&["trigger", "-r", "@29", "-b", "test-linux-layout", "--from-rev", "@8", "--times", "3"]);
    let expected = [
        ("", 8..=9, "test-linux-layout", 2),
        ("", 10..=20, "test-linux-layout", 3),
        ("", 21..=29, "test-linux-layout", 2),
    ];
    assert_eq!(created, on(&expected));
}

/// Pushes 20 and 25 merge four and two pushes; what fails from 20 on failed there from the third on.
fn merging(world: &World) {
    let other = format!("feature=git:{}#main", world.repository("feature").display());
    let through = |arguments: &[&str]| world.created(&[arguments, &["--through", &other]].concat());
    let created = through(&["backfill", "@30", "--label", "test-linux-unit", "--until-good"]);
    assert_eq!(created, on(&[("feature/", 2..=3, "test-linux-unit", 1)]));

    one_push(world);

    let created = through(&["trigger", "-r", "@4", "-b", "perf-startup", "--to-data-point", "--times", "3"]);
    assert_eq!(created, on(&[("", 2..=4, "perf-startup", 3), ("", 1..=1, "perf-startup", 2)]));

    let created = through(&["trigger", "-r", "@29", "-b", "test-linux-layout", "--from-rev", "@18", "--times", "3"]);
    assert_eq!(created, on(&[("", 18..=29, "test-linux-layout", 2), ("feature/", 1..=6, "test-linux-layout", 2)]));
}

/// What concerns one push only.
fn one_push(world: &World) {
    // Until it is hit: a task again and again.
    let created = world.created(&["retrigger", "@30", "--label", "test-linux-unit", "--times", "5"]);
    assert_eq!(created, on(&[("", 30..=30, "test-linux-unit", 5)]));

    // A new baseline: all performance tasks, so often.
    let created = world.created(&["trigger", "-r", "@5", "--query", "kind(perf)", "--times", "2"]);
    assert_eq!(created, on(&[("", 5..=5, "perf-memory", 2), ("", 5..=5, "perf-startup", 2)]));

    // A new test: every platform that runs it.
    let created = world.created(&["new-test", "tests/unit/test_new.txt", "-r", "@6", "--times", "4"]);
    assert_eq!(created, on(&[("", 6..=6, "test-linux-unit", 4), ("", 6..=6, "test-windows-unit", 4)]));

    // What is missing: everything of the target set that has no success, and that no timer runs.
    let group = world.group(&world.decision("project", 30));
    let has_passed = |label: &str| group.iter().any(|(name, state)| name == label && state == "completed");
    let wanted = [
        "perf-memory",
        "perf-startup",
        "test-linux-layout",
        "test-linux-unit",
        "test-windows-layout",
        "test-windows-unit",
    ];
    let missing = wanted.into_iter().filter(|label| !has_passed(label));
    let expected: Created = missing.map(|label| (format!("30 {label}"), 1)).collect();
    assert!(expected.len() >= 4, "{group:?}");
    assert_eq!(world.created(&["fill", "@30"]), expected);

    // More jobs for a push that ran a few.
    let created = world.created(&["trigger", "-r", "@9", "--query", "test-windows-*"]);
    assert_eq!(created, on(&[("", 9..=9, "test-windows-layout", 1), ("", 9..=9, "test-windows-unit", 1)]));
}
