//! What the commands say: of mistakes, and of what they would do.

use std::fs;

use serde_json::Value;

use super::world::{Created, World, on};
use crate::support::Tree;

/// A history of four pushes; on the last one the Windows tests wait for a build that failed.
const SMALL: &str = "
tree: tree
pushes: 4
changes: [{from: 4, files: [src/main.txt]}]
results:
    - {label: test-linux-unit, from: 3, result: fail}
    - {label: build-windows, from: 4, result: fail}
";

fn small() -> (Tree, World) {
    let folder = Tree::copy_of(&crate::support::repository().join("tests/histories")).file("small.yml", SMALL);
    let world = World::of_file(&folder.path().join("small.yml"));
    (folder, world)
}

#[test]
fn commands_tell_what_is_wrong_and_what_they_would_do() {
    let (_folder, world) = small();
    misspelt_labels_have_a_nearest_one(&world);
    a_dry_run_changes_nothing(&world);
    what_a_failed_build_keeps_from_running_is_missing(&world);
    every_history_tells_the_same(&world);
    the_flags_of_old_mozci_mean_what_they_meant(&world);
    json_is_one_document_that_says_what_was_created(&world);
}

fn the_flags_of_old_mozci_mean_what_they_meant(world: &World) {
    let created = |flags: &str| {
        let arguments: Vec<&str> = flags.split_whitespace().collect();
        world.created(&[&["trigger", "--repo-name", "project", "--buildername"], &arguments[..]].concat())
    };
    let made = created("nightly-coverage,perf-memory --rev @3 --back-revisions 1 --times 2");
    assert_eq!(made, on(&[("", 2..=3, "nightly-coverage", 2), ("", 2..=3, "perf-memory", 2)]));
    assert_eq!(created("perf-memory --rev @3 --delta 1 --times 2"), on(&[("", 4..=4, "perf-memory", 1)]));
    let made = created("perf-startup --rev @3 --from-rev @1 --skips 2");
    assert_eq!(made, on(&[("", 3..=3, "perf-startup", 1)]));
    // It passed on push 2, and between that and push 4 there is nothing to run.
    let made = created("test-linux-unit --rev @4 --backfill --max-revisions 3");
    assert_eq!(made, Created::new());
    // Two of four failed: five runs show a failure of that rate, and one is there.
    let made = created("test-linux-unit --rev @4 --from-rev @1 --times auto");
    assert_eq!(made, on(&[("", 1..=4, "test-linux-unit", 4)]));
}

fn json_is_one_document_that_says_what_was_created(world: &World) {
    let json = |arguments: &[&str]| -> Value {
        let stdout = world.command(&[arguments, &["--json"]].concat()).ends_with(0).stdout();
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {stdout}"))
    };
    for arguments in [
        &["trigger", "-r", "@2", "-b", "perf-startup"][..],
        &["backfill", "@3", "--label", "perf-startup", "--depth", "1", "--retrigger"],
    ] {
        let told = json(arguments);
        assert_eq!(told["reports"][0]["pushes"][0]["run"], 1, "{told}");
        assert_eq!(told["actions"][0]["created"][0]["label"], "perf-startup", "{told}");
    }
    let labels = |told: &Value| -> Vec<String> {
        let created = told[0]["created"].as_array().expect("a list").iter();
        created.map(|task| task["label"].as_str().expect("a label").to_owned()).collect()
    };
    assert_eq!(labels(&json(&["retrigger", "@3", "--label", "perf-startup"])), ["perf-startup"]);
    assert_eq!(labels(&json(&["new-test", "tests/layout/new.txt", "-r", "@3", "--times", "1"])).len(), 2);
    assert!(labels(&json(&["fill", "@4"])).contains(&"build-windows".to_owned()));
    assert_eq!(json(&["cancel", &world.decision("project", 4), "--all"])[0]["state"], "completed");
    let told = json(&["trigger", "-r", "@2", "-b", "perf-memory", "--times", "9", "--dry-run"]);
    assert_eq!(told[0]["tasks"][0]["label"], "perf-memory", "{told}");
}

fn misspelt_labels_have_a_nearest_one(world: &World) {
    let expected = format!("push {} has no task `test-linux-unt`", world.revision("project", 4));
    for arguments in [
        &["trigger", "-r", "@4", "-b", "test-linux-unt"][..],
        &["backfill", "@4", "--label", "test-linux-unt"],
        &["retrigger", "@4", "--label", "test-linux-unt"],
    ] {
        let stderr = world.command(arguments).ends_with(1).stderr();
        assert!(stderr.contains(&expected) && stderr.contains("did you mean `test-linux-unit`?"), "{stderr}");
    }
    let stderr = world.command(&["trigger", "-r", "@4", "--query", "kind(nothing)"]).ends_with(1).stderr();
    assert!(stderr.contains("is meant by `kind(nothing)`") || stderr.contains("no task"), "{stderr}");
    let stderr = world.command(&["fill", "0123456789012345678901234567890123456789"]).ends_with(1).stderr();
    assert!(stderr.contains("has no decision task"), "{stderr}");
}

fn a_dry_run_changes_nothing(world: &World) {
    let decision = world.decision("project", 4);
    let before = world.group(&decision);
    let revision: String = world.revision("project", 4).chars().take(12).collect();
    let stdout = world.command(&["trigger", "-r", "@4", "--query", "kind(perf)", "--dry-run"]).ends_with(0).stdout();
    assert_eq!(stdout, format!("push {revision}: 2 tasks would be created\n  perf-memory\n  perf-startup\n"));
    let stdout = world.command(&["cancel", &decision, "--all", "--dry-run"]).ends_with(0).stdout();
    assert!(stdout.starts_with(&format!("push {revision}:\n  would be cancelled ")), "{stdout}");
    assert!(!stdout.contains("created"), "{stdout}");
    assert_eq!(world.group(&decision), before);
}

fn what_a_failed_build_keeps_from_running_is_missing(world: &World) {
    let stdout = world.command(&["fill", "@4", "--dry-run"]).ends_with(0).stdout();
    for label in ["build-windows", "test-windows-layout", "test-windows-unit", "test-linux-unit"] {
        assert!(stdout.contains(&format!("  {label}\n")), "{label} in {stdout}");
    }
    assert!(!stdout.contains("test-linux-layout"), "{stdout}");
}

/// Whoever is asked, the same pushes are found.
fn every_history_tells_the_same(world: &World) {
    let file = world.repository("project").with_file_name("pushlog.json");
    let pushlog = world.json("hg/project/json-pushes?version=2&full=1");
    fs::write(&file, pushlog.to_string()).expect("it can be written");
    let root = world.root_url();
    let addresses = [
        format!("git:{}#main", world.repository("project").display()),
        format!("hg:{root}/hg/project"),
        format!("treeherder:{root}/treeherder#project"),
        format!("github:{root}/github/example/project#main"),
        format!("file:{}", file.display()),
    ];
    for address in addresses {
        let arguments =
            ["backfill", "@4", "--label", "perf-memory", "--depth", "2", "--dry-run", "--pushlog", &address];
        let stdout = world.command(&arguments).ends_with(0).stdout();
        assert_eq!(stdout.matches(": 1 tasks would be created\n  perf-memory\n").count(), 2, "{address}: {stdout}");
    }
}
