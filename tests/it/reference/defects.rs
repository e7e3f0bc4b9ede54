//! The reference's known defects, each shown: what it does, and what we do on purpose.
//!
//! The table in `docs/differences.md` names a test for each of them; the first test here reads it.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::cli::tasks::{decide, parameters};
use super::cli::{REFERENCE, both_succeed, checkout, commit, each, left, write};
use super::programs::{Checkout, Program, reference_python};
use crate::support::repository;

const KIND: &str = "taskcluster/kinds/hello/kind.yml";
const CONFIG: &str = "taskcluster/config.yml";

/// How many defects are decided on.
const DEFECTS: usize = 32;

/// Whether a test function, or a folder of `tests/mistakes/trees` or `tests/trees`, has that name.
fn exists(test: &str) -> bool {
    let function = format!("fn {test}()");
    let files = ["src", "tests/it"].into_iter().flat_map(|folder| walkdir::WalkDir::new(repository().join(folder)));
    let files = files.filter_map(Result::ok).filter(|entry| entry.path().extension().is_some_and(|it| it == "rs"));
    let has = |path: &Path| std::fs::read_to_string(path).is_ok_and(|text| text.contains(&function));
    let is_folder = |of: &&str| repository().join("tests").join(of).join(test).is_dir();
    ["mistakes/trees", "trees"].iter().any(is_folder) || files.into_iter().any(|it| has(it.path()))
}

#[test]
fn every_defect_is_decided_on_and_has_a_test() {
    let page = std::fs::read_to_string(repository().join("docs/differences.md")).expect("the page is there");
    let (_, table) = page.split_once("\n## The 32 defects").expect("it has the table");
    let rows = table.lines().filter(|line| line.starts_with("| ")).map(|line| line.split(" | ").collect::<Vec<_>>());
    let rows: Vec<Vec<&str>> = rows.filter(|row| row[0].trim_start_matches("| ").parse::<usize>().is_ok()).collect();
    let numbers: Vec<usize> = rows.iter().filter_map(|row| row[0].trim_start_matches("| ").parse().ok()).collect();
    assert_eq!(numbers, (1..=DEFECTS).collect::<Vec<_>>());
    for row in rows {
        let [_, _, decision, test] = row[..] else { panic!("{row:?} should have four columns") };
        assert!(decision.starts_with("kept") || decision.starts_with("mended"), "{row:?}");
        let test = test.trim_matches(|letter| "` |".contains(letter));
        assert!(exists(test), "there is no test `{test}`: {row:?}");
    }
}

/// A checkout of `hello` with these tasks, below defaults of a worker.
fn tasks(text: &str) -> Checkout {
    let defaults = "task-defaults:
    description: A task
    worker-type: b-linux
    worker: {docker-image: 'debian:12', max-run-time: 600, env: {}}
    run: {using: run-task, checkout: false, command: 'true'}
";
    with(KIND, &format!("{defaults}{text}"))
}

/// A checkout of `hello` with this file.
fn with(path: &str, text: &str) -> Checkout {
    let checkout = checkout("hello");
    write(&checkout, path, text);
    commit(&checkout, "A change");
    checkout
}

fn text_of(checkout: &Checkout, path: &str) -> String {
    std::fs::read_to_string(checkout.path().join(path)).expect("it is there")
}

/// The exit codes, ours first.
fn codes(checkout: &Checkout, line: &str) -> [Option<i32>; 2] {
    let (ours, theirs) = each(checkout, line, &[]);
    [ours.code, theirs.code]
}

/// Fails there and works here; returns what we print.
fn works_here_only(checkout: &Checkout, line: &str) -> String {
    let (ours, theirs) = each(checkout, line, &[]);
    assert_eq!((ours.code, theirs.code), (Some(0), Some(1)), "{line}");
    ours.stdout
}

fn of_label(graph: &str, label: &str) -> Value {
    let graph: Value = serde_json::from_str(graph).expect("it is JSON");
    let tasks = graph.as_object().expect("it is a graph").values();
    tasks.into_iter().find(|task| task["label"] == label).unwrap_or_else(|| panic!("no {label}")).clone()
}

#[test]
fn a_dependency_is_named_once() {
    let checkout = tasks("tasks:\n    a: {}\n    b: {dependencies: {one: hello-a, other: hello-a}}\n");
    let (ours, theirs) = each(&checkout, "optimized -J -p parameters/push.yml", &[]);
    let count = |graph: &str| of_label(graph, "hello-b")["task"]["dependencies"].as_array().map(Vec::len);
    assert_eq!((count(&ours.stdout), count(&theirs.stdout)), (Some(1), Some(2)));
}

#[test]
fn a_circle_of_soft_dependencies_is_told() {
    let checkout = tasks("tasks:\n    a: {soft-dependencies: [hello-b]}\n    b: {soft-dependencies: [hello-a]}\n");
    assert_eq!(decide(&checkout, &[]).map(|left| left.code), [Some(1), Some(0)]);
}

#[test]
fn any_forge_can_be_used() {
    let checkout = checkout("hello");
    for remote in ["https://gitlab.com/example/project.git", "ssh://git@forge.example.com/a/b/project", "/srv/project"]
    {
        checkout.git(&["remote", "set-url", "origin", remote]);
        assert!(works_here_only(&checkout, "full -J").contains("hello-world"), "{remote}");
    }
}

#[test]
fn every_alias_of_a_toolchain_can_be_fetched() {
    let toolchain = "loader: taskgraph.loader.transform:loader
transforms: ['taskgraph.transforms.run:transforms', 'taskgraph.transforms.cached_tasks:transforms', 'taskgraph.transforms.task:transforms']
tasks:
    gcc:
        description: A compiler
        worker-type: b-linux
        worker: {docker-image: {indexed: a.b}, max-run-time: 600, env: {}}
        run: {using: toolchain-script, script: gcc.sh, toolchain-artifact: public/gcc.tar, toolchain-alias: ALIAS}
";
    let of = |toolchain_alias: &str, used: &str| {
        let fetches = format!("kind-dependencies: [toolchain]\ntasks:\n    a: {{fetches: {{toolchain: [{used}]}}}}\n");
        let checkout = tasks(&fetches);
        write(&checkout, "taskcluster/kinds/toolchain/kind.yml", &toolchain.replace("ALIAS", toolchain_alias));
        write(&checkout, "taskcluster/scripts/toolchain/gcc.sh", "make\n");
        commit(&checkout, "A toolchain");
        checkout
    };
    assert_eq!(codes(&of("gcc", "gcc"), "full -J -p parameters/push.yml"), [Some(0); 2]);
    for alias in ["c", "cc"] {
        let checkout = of("[c, cc]", alias);
        assert!(works_here_only(&checkout, "full -J -p parameters/push.yml").contains("gcc.tar"), "{alias}");
    }
}

#[test]
fn chunks_need_no_substitution_fields() {
    let kind = "transforms: ['taskgraph.transforms.chunking:transforms']\ntasks:\n    a: {chunk: {total-chunks: 1}}\n";
    assert_eq!(works_here_only(&tasks(kind), "full"), "hello-a\n\n");
}

/// The schema allows `by-level`; only `default` of it ever counts.
#[test]
fn the_priority_of_a_level_is_the_default_and_we_warn() {
    let config = text_of(&checkout("hello"), CONFIG);
    let by_level = "task-priority: {by-level: {'1': low, '3': highest, default: very-low}}\n";
    let checkout = with(CONFIG, &config.replace("task-priority: low\n", by_level));
    let left = both_succeed(&checkout, "full -J -p parameters/cron.yml", &[]);
    assert_eq!(of_label(&left.stdout, "hello-world")["task"]["priority"], "very-low");
    let output = Program::Ours.run(&checkout, &["full"], &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("warning") && said.contains("by-level") && said.contains("config.yml:3:"), "{said}");
}

#[test]
fn what_may_be_left_out_and_keyed_is_checked_too() {
    let plain = text_of(&checkout("hello"), CONFIG);
    let checkout = with(CONFIG, &(plain + "task-deadline-after: {by-project: {other: 5, default: 1 day}}\n"));
    assert_eq!(codes(&checkout, "full"), [Some(1), Some(0)]);
}

/// `docker-image-kind` says where the images' volumes are looked up, and nothing else.
#[test]
fn images_of_another_kind_keep_their_labels() {
    let checkout = checkout("docker-images");
    checkout.git(&["mv", "taskcluster/kinds/docker-image", "taskcluster/kinds/images"]);
    let config = text_of(&checkout, CONFIG);
    write(&checkout, CONFIG, &(config + "docker-image-kind: images\n"));
    let uses = "taskcluster/kinds/use/kind.yml";
    let kind = text_of(&checkout, uses);
    write(&checkout, uses, &kind.replace("kind-dependencies: [docker-image]", "kind-dependencies: [images]"));
    commit(&checkout, "Another name");
    let left = both_succeed(&checkout, "full -J -p parameters/push.yml", &[]);
    assert_eq!(of_label(&left.stdout, "docker-image-base")["kind"], "images");
    assert!(works_here_only(&checkout, "full -k use").contains("docker-image-base"));
}

#[test]
fn checkouts_of_several_repositories_have_one_cache() {
    let checkout = checkout("several-repositories");
    let arguments = ["full", "-J", "-p", "parameters/push.yml"];
    let run = |program: &Program<'_>| left(program, &checkout, &arguments, &[]).stdout;
    let theirs: BTreeSet<String> = (0..6).map(|seed| run(&Program::Reference { seed })).collect();
    assert!(theirs.len() > 1, "the hash seed shows in the name of the cache");
    assert!(theirs.contains(&run(&Program::Ours)), "ours is one of them, always the same");
}

#[test]
fn json_is_ascii() {
    let checkout = tasks("tasks:\n    a: {description: 'Grüße aus dem Schnee ☃ 𝄞'}\n");
    let left = both_succeed(&checkout, "full -J -p parameters/push.yml", &[]);
    assert!(left.stdout.is_ascii() && left.stdout.contains("\\u2603 \\ud834\\udd1e"), "{}", left.stdout);
}

#[test]
fn a_signature_is_checked_with_a_key_of_the_repository() {
    let checkout = checkout("fetches");
    let path = "taskcluster/kinds/fetch/kind.yml";
    let signed = "    signed:
        description: a signed file
        fetch: {type: static-url, url: 'https://example.com/a', sha256: 'AA', size: 1, gpg-signature: {sig-url: '{url}.asc', key-path: keys/a.asc}}
";
    let kind = text_of(&checkout, path);
    write(&checkout, path, &(kind + &signed.replace("AA", &"2".repeat(64))));
    write(&checkout, "keys/a.asc", "the key of somebody\n");
    commit(&checkout, "Sign it");
    let graph = works_here_only(&checkout, "full -J -p parameters/push.yml");
    assert!(of_label(&graph, "fetch-signed").to_string().contains("the key of somebody"), "{graph}");
}

#[test]
fn dontbuild_is_looked_for_in_what_is_checked_out() {
    let checkout = checkout("hello");
    let before = checkout.head();
    write(&checkout, "README.md", "Changed.\n");
    commit(&checkout, "A change DONTBUILD");
    let decided = parameters(&checkout, &[&format!("--head-rev={before}")]);
    assert!(decided.contains("target_tasks_method: nothing\n"), "{decided}");
    checkout.git(&["checkout", "--quiet", "--detach", &before]);
    let decided = parameters(&checkout, &[]);
    assert!(decided.contains("target_tasks_method: default\n"), "{decided}");
}

/// All strategies with names; what combines several has none until in-tree Python gives it one.
#[test]
fn strategies_that_combine_others_have_no_names() {
    let script = "import taskgraph.optimize; from taskgraph.optimize.base import registry; print(*sorted(registry))";
    let output = Command::new(reference_python()).args(["-c", script]).output().expect("Python runs");
    let names = String::from_utf8(output.stdout).expect("it prints text");
    assert_eq!(names.trim(), "always index-search never skip-unless-changed");
    let task = |optimization: &str| tasks(&format!("tasks:\n    a: {{optimization: {optimization}}}\n"));
    for known in ["{always: null}", "{never: null}", "{index-search: [a.b]}", "{skip-unless-changed: ['a']}"] {
        let line = if known.contains("index") { "full" } else { "optimized" };
        assert_eq!(codes(&task(known), line), [Some(0); 2], "{known}");
    }
    for unknown in ["{all: [always, never]}", "{any: null}", "{not: never}", "{build: null}"] {
        assert_eq!(codes(&task(unknown), "optimized"), [Some(1); 2], "{unknown}");
    }
}

#[test]
fn files_changed_and_changed_back_count() {
    let checkout = checkout("hello");
    let base = format!("--base-rev={}", checkout.head());
    for text in ["One.\n", "Two.\n", ""] {
        write(&checkout, "README.md", text);
        commit(&checkout, "A change");
    }
    checkout.git(&["rm", "--quiet", "README.md"]);
    commit(&checkout, "As it was");
    let decided = parameters(&checkout, &[&base]);
    assert!(decided.contains("files_changed:\n- README.md\n"), "{decided}");
}

/// One report, where the reference prints the traceback twice.
#[test]
fn a_failure_is_told_once() {
    let checkout = tasks("tasks:\n    a: {run: {using: nothing}}\n");
    let said = |program: &Program<'_>| {
        let output = program.run(&checkout, &["full"], &[]);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).expect("they print text")
    };
    assert_eq!(said(&REFERENCE).matches("Traceback (most recent call last)").count(), 2);
    assert_eq!(said(&Program::Ours).matches("error: ").count(), 1);
}

#[test]
fn an_invalid_configuration_is_told() {
    let config = text_of(&checkout("hello"), CONFIG);
    let checkout = with(CONFIG, &config.replace("trust-domain: example", "trust-domain: [example]"));
    let said = |program: &Program<'_>| {
        let output = program.run(&checkout, &["full"], &[]);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).expect("they print text")
    };
    assert!(!said(&REFERENCE).contains("trust-domain"), "{}", said(&REFERENCE));
    assert!(said(&Program::Ours).contains("config.yml:2:"), "{}", said(&Program::Ours));
}

/// What is in an image says so with its modes, on both sides.
#[test]
fn modes_of_files_are_part_of_an_image() {
    let checkout = checkout("docker-images");
    let plain = both_succeed(&checkout, "full -J -p parameters/push.yml", &[]);
    let script = checkout.path().join("taskcluster/docker/base/setup.sh");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    let changed = both_succeed(&checkout, "full -J -p parameters/push.yml", &[]);
    let digest = |graph: &str| of_label(graph, "docker-image-base")["attributes"]["cached_task"]["digest"].clone();
    assert_ne!(digest(&plain.stdout), digest(&changed.stdout));
}
