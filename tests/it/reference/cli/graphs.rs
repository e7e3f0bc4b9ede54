//! The subcommands that show a graph: formats, what is selected, and what is refused.

use super::{Left, both, both_succeed, checkout, each, write};

const PHASES: [&str; 6] = ["tasks", "full", "target", "target-graph", "optimized", "morphed"];
const PUSH: &str = "-p parameters/push.yml";

#[test]
fn every_phase_in_every_format() {
    let checkout = checkout("hello");
    for phase in PHASES {
        for format in ["", "-L", "-Y -L"] {
            both_succeed(&checkout, &format!("{phase} {format} {PUSH}"), &[]);
        }
        // The reference draws the ids that later graphs are keyed by.
        if !["optimized", "morphed"].contains(&phase) {
            for format in ["--json", "--yaml", "-Y -J", "--lab --yam"] {
                both_succeed(&checkout, &format!("{phase} {format} {PUSH}"), &[]);
            }
        }
    }
}

#[test]
fn defaults_are_those_of_the_checkout() {
    let checkout = checkout("hello");
    let left = both_succeed(&checkout, "full --json", &[]);
    assert!(left.stdout.contains(&checkout.head()), "{}", left.stdout);
}

#[test]
fn tasks_are_chosen_by_the_start_of_their_labels() {
    let checkout = checkout("matrix-and-chunks");
    let all = both_succeed(&checkout, "full", &[]).stdout;
    for regex in ["test", "[a-t]", ".*1$", ".*-(a|b)", "T", "nothing"] {
        let chosen = both(&checkout, &format!("full --tasks {regex}"), &[]);
        assert_eq!(chosen.code, Some(0), "{regex}");
        assert!(chosen.stdout.len() <= all.len(), "{regex}");
    }
    // Of the edges those stay whose both ends do; in tasks as they are printed that shows nowhere.
    both_succeed(&checkout, &format!("full -J --tasks-regex=test {PUSH}"), &[]);
    both_succeed(&checkout, "target-graph --tasks-r .*", &[]);
}

#[test]
fn keys_are_left_out_by_their_paths() {
    let checkout = checkout("hello");
    let everything = both_succeed(&checkout, &format!("full -J {PUSH}"), &[]);
    for keys in [
        "--exclude-key task.payload.env --exclude-key task.metadata.name",
        "--exclude-key task.payload --exclude-key task.payload.env",
        "--exclude-key description",
        "--exclude-key dependencies --exclude-key soft_dependencies --exclude-key if_dependencies",
        "--exclude-key attributes.kind --exclude-key attributes.run_on_projects",
        "--exclude-key task.routes.0 --exclude-key nothing --exclude-key label.x",
    ] {
        let left = both(&checkout, &format!("full -J {PUSH} {keys}"), &[]);
        assert_eq!(left.code, Some(0), "{keys}");
        assert!(left.stdout.len() <= everything.stdout.len(), "{keys}");
    }
}

/// The reference ends in a KeyError.
#[test]
fn a_key_that_every_task_has_can_be_left_out() {
    let checkout = checkout("hello");
    for key in ["kind", "label", "attributes", "task", "optimization"] {
        let (ours, theirs) = each(&checkout, &format!("full -J {PUSH} --exclude-key {key}"), &[]);
        assert_eq!((ours.code, theirs.code), (Some(0), Some(1)), "{key}");
        let graph: serde_json::Value = serde_json::from_str(&ours.stdout).expect("it is JSON");
        assert!(graph["hello-world"].get(key).is_none(), "{key}");
    }
}

#[test]
fn kinds_are_chosen_with_what_they_need() {
    let checkout = checkout("docker-images");
    let whole = both_succeed(&checkout, "kind-graph", &[]);
    for kinds in ["-k docker-image", "-k use", "--target-kind=use -k docker-image"] {
        both_succeed(&checkout, &format!("full {kinds}"), &[]);
        both_succeed(&checkout, &format!("target -L {kinds} {PUSH}"), &[]);
        let some = both_succeed(&checkout, &format!("kind-graph {kinds}"), &[]);
        assert!(some.stdout.len() <= whole.stdout.len(), "{kinds}");
    }
    let left = both_succeed(&checkout, &format!("kind-graph {PUSH} -v -q -o kinds.mmd"), &[]);
    assert_eq!(left.files["kinds.mmd"], whole.stdout);
    assert_eq!(both(&checkout, "full -k nothing", &[]).code, Some(1));
}

/// The reference demands the kind `docker-image` as soon as kinds are chosen.
#[test]
fn kinds_can_be_chosen_without_docker_images() {
    let checkout = checkout("hello");
    for subcommand in ["full", "kind-graph"] {
        let (ours, theirs) = each(&checkout, &format!("{subcommand} -k hello"), &[]);
        assert_eq!((ours.code, theirs.code), (Some(0), Some(1)));
        assert!(ours.stdout.contains("hello"), "{}", ours.stdout);
    }
}

#[test]
fn flags_that_only_change_what_is_logged_or_nothing() {
    let checkout = checkout("hello");
    let plain = both_succeed(&checkout, &format!("full -J {PUSH}"), &[]);
    for flags in ["-q", "-v", "-qv", "--quiet --verbose", "--no-optimize", "--no-optimize -q"] {
        assert_eq!(both_succeed(&checkout, &format!("full -J {PUSH} {flags}"), &[]), plain, "{flags}");
    }
    let last = both_succeed(&checkout, "target -p parameters/cron.yml", &[]);
    // Where an option takes one value, the last one counts.
    assert_eq!(both_succeed(&checkout, "target --tasks x --tasks hello -p parameters/cron.yml", &[]), last);
}

#[test]
fn fast_graphs_are_those_of_the_reference() {
    for tree in ["hello", "docker-images", "fetches", "index-search"] {
        let checkout = checkout(tree);
        let slow = both_succeed(&checkout, &format!("full -J {PUSH}"), &[]);
        let fast = both_succeed(&checkout, &format!("full -J --fast {PUSH}"), &[]);
        assert_eq!(slow == fast, ["hello", "index-search"].contains(&tree), "{tree}");
        both_succeed(&checkout, &format!("target -F -L {PUSH}"), &[]);
    }
}

/// What the reference does not look at under `--fast` we do: a tree that is wrong is wrong quickly.
#[test]
fn fast_refuses_a_wrong_tree_too() {
    let checkout = checkout("hello");
    let kind = "taskcluster/kinds/hello/kind.yml";
    let text = std::fs::read_to_string(checkout.path().join(kind)).expect("it is there");
    write(&checkout, kind, &text.replace("max-run-time: 600", "max-run-time: 600\n            priority: 7"));
    let wrong =
        text.replace("description: Greets the world", "description: Greets the world\n        always-target: 3");
    write(&checkout, kind, &wrong);
    let codes = |line: &str| {
        let (ours, theirs) = each(&checkout, line, &[]);
        (ours.code, theirs.code)
    };
    assert_eq!(codes("full"), (Some(1), Some(1)));
    assert_eq!(codes("full --fast"), (Some(1), Some(0)));
}

#[test]
fn what_cannot_be_understood_ends_alike() {
    let checkout = checkout("hello");
    for line in [
        "nothing",
        "full nothing",
        "full --nothing",
        "full -j",
        "full -j x",
        "full -p",
        "full --ta x",
        "kind-graph -J",
        "kind-graph -p",
        "decision",
        "decision --project=x",
        "actions --task-id x",
        "test-action-callback",
        "action-callback x",
        "init x",
    ] {
        assert_eq!(both(&checkout, line, &[]), refused(2), "{line}");
    }
    for line in [
        "full -r nothing",
        "full -p nothing.yml",
        "full -p README",
        "full --diff nothing",
        "target -p parameters/nothing.json",
        "kind-graph -r nothing",
        "actions -p nothing.yml",
        "actions -r nothing",
        "test-action-callback nothing",
        "test-action-callback retrigger --input nothing.txt",
        "action-callback",
    ] {
        assert_eq!(both(&checkout, line, &[]), refused(1), "{line}");
    }
}

fn refused(code: i32) -> Left {
    Left { code: Some(code), stdout: String::new(), files: std::collections::BTreeMap::new() }
}

/// What only shows when it is put to use is still the command line's fault.
#[test]
fn some_usage_errors_have_the_code_of_usage_errors_here_only() {
    let checkout = checkout("hello");
    for line in ["full --tasks h(", "full -o {nothing}.json", "full -j 0 -p parameters", "full -j -1 -p parameters"] {
        let (ours, theirs) = each(&checkout, line, &[]);
        assert_eq!((ours.code, theirs.code), (Some(2), Some(1)), "{line}");
    }
}

#[test]
fn help_is_no_failure_and_nothing_is() {
    let checkout = checkout("hello");
    for (line, code) in [("", 1), ("-h", 0), ("--help", 0), ("full -h", 0), ("decision --help", 0)] {
        let (ours, theirs) = each(&checkout, line, &[]);
        assert_eq!((ours.code, theirs.code), (Some(code), Some(code)), "{line}");
        assert!(!ours.stdout.is_empty() && !theirs.stdout.is_empty(), "{line}");
    }
}
