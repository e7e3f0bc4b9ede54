//! Every variable of the environment that the reference reads is one of ours, or listed as not needed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use pushgraph::environment::VARIABLES;
use serde_json::Value;

use super::{Variable, both, both_succeed, checkout, commit, each, left, write};
use crate::reference::normal::with_labels_for_ids;
use crate::reference::programs::Program;
use crate::reference::reference_python;
use crate::support::{assert_file, repository};

/// Where the reference reads variables, as its source has it.
const READS: [&str; 4] = [
    r#"environ(?:\.get\(|\[)\s*"([A-Z_]+)""#,
    r#""([A-Z_]+)" (?:not )?in os\.environ"#,
    r#"os\.getenv\(\s*"([A-Z_]+)""#,
    r#"no_warn = "([A-Z_]+)""#,
];

/// What the reference reads and we do not, and why.
const NOT_READ: &[(&str, &str)] = &[
    ("DEBUG_TASKCLUSTER_CLIENT", "the reference's client prints its requests with it; no task depends on it"),
    ("RUN_ID", "the reference's client has a helper that nothing of the reference calls"),
    ("TASKGRAPH_SERIAL", "kinds are generated in one process, with the same result however many threads there are"),
    ("TASKGRAPH_USE_THREADS", "as above"),
];

/// Variables that others read on our behalf.
const BY_OTHERS: &[(&str, &str)] = &[
    ("HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY", "our HTTP client goes through the proxy they name"),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "our HTTP client trusts the certificates they name"),
    ("TMPDIR", "where `--diff` puts the graphs it compares"),
    ("TZ", "the times of log lines"),
    ("GIT_*, HG*, HOME, …", "git and hg are given the whole environment; hg is told `HGPLAIN=1`"),
];

/// The package's folder, and that of its client.
fn packages() -> [PathBuf; 2] {
    let script = "import taskgraph, taskcluster; print(taskgraph.__path__[0]); print(taskcluster.__path__[0])";
    let output = Command::new(reference_python()).args(["-c", script]).output().expect("Python runs");
    let text = String::from_utf8(output.stdout).expect("it prints text");
    let (package, client) = text.trim().split_once('\n').expect("it prints two folders");
    [package.into(), client.into()]
}

/// The variables the reference reads on this machine; the scripts it gives to workers read theirs there.
fn read_by_the_reference() -> BTreeSet<String> {
    let is_ours =
        |path: &Path| path.extension().is_some_and(|it| it == "py") && !path.to_string_lossy().contains("/run-task/");
    let files = packages().into_iter().flat_map(walkdir::WalkDir::new).filter_map(Result::ok);
    let files = files.filter(|entry| is_ours(entry.path()));
    let patterns = READS.map(|pattern| fancy_regex::Regex::new(pattern).expect("it is one"));
    let mut names = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(file.path()).expect("Python is text");
        for pattern in &patterns {
            names.extend(pattern.captures_iter(text.as_str()).map(|found| found.expect("it matches")[1].to_owned()));
        }
    }
    names
}

#[test]
fn every_variable_of_the_reference_is_known() {
    let theirs = read_by_the_reference();
    assert!(theirs.len() > 15, "{theirs:?}");
    let known: BTreeSet<String> = VARIABLES.iter().chain(NOT_READ).map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(&theirs - &known, BTreeSet::new(), "neither read nor listed as not needed");
    let gone: Vec<_> = NOT_READ.iter().filter(|(name, _)| !theirs.contains(*name)).collect();
    assert!(gone.is_empty(), "the reference does not read these: {gone:?}");
    let ours: BTreeSet<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
    let double: Vec<_> = NOT_READ.iter().filter(|(name, _)| ours.contains(name)).collect();
    assert!(double.is_empty(), "we read these: {double:?}");
}

#[test]
fn the_page_lists_them() {
    let theirs = read_by_the_reference();
    let row = |(name, what): &(&str, &str)| {
        let same = if theirs.contains(*name) { "yes" } else { "–" };
        format!("| `{name}` | {} | {same} |\n", what.trim())
    };
    let two = |(name, why): &(&str, &str)| format!("| `{name}` | {why} |\n");
    let page = format!(
        "# Variables of the environment\n\nMade from `src/environment.rs` and from the source of \
         `taskcluster-taskgraph` 24.5.1 by `tests/it/reference/cli/environment.rs`\n(`PUSHGRAPH_BLESS=1` writes it \
         anew). A variable that is empty counts as unset.\n\n| variable | what it is | taskgraph reads it too \
         |\n|---|---|---|\n{}\n## What others read on our behalf\n\n| variables | what for |\n|---|---|\n{}\n## What \
         taskgraph reads and pushgraph does not need\n\n| variable | why |\n|---|---|\n{}",
        VARIABLES.iter().map(row).collect::<String>(),
        BY_OTHERS.iter().map(two).collect::<String>(),
        NOT_READ.iter().map(two).collect::<String>(),
    );
    assert_file(&repository().join("docs/environment.md"), &page).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn how_the_reference_spreads_its_work_changes_nothing() {
    let checkout = checkout("from-deps");
    let plain = both_succeed(&checkout, "full -J -p parameters/push.yml", &[]);
    for variables in
        [[("TASKGRAPH_SERIAL", ""), ("TASKGRAPH_USE_THREADS", "1")], [("TASKGRAPH_SERIAL", "1"), ("RUN_ID", "3")]]
    {
        assert_eq!(both_succeed(&checkout, "full -J -p parameters/push.yml", &variables), plain);
    }
}

#[test]
fn tasks_know_the_task_that_makes_them() {
    let checkout = checkout("generic-worker");
    let line = "full -J -p parameters/push.yml";
    let root: Variable<'_> = ("TASKCLUSTER_ROOT_URL", "https://tc.example.com");
    let own: Variable<'_> = ("TASK_ID", "DDDDDDDDQDCDDDDDDDDDDA");
    let left = both_succeed(&checkout, line, &[root, own]);
    assert!(left.stdout.contains(own.1) && left.stdout.contains(root.1), "{}", left.stdout);
    assert_eq!(both_succeed(&checkout, line, &[root, own, ("MOZ_AUTOMATION", "1")]), left);
    assert_eq!(both(&checkout, line, &[root, ("MOZ_AUTOMATION", "1")]).code, Some(1));
    assert_eq!(both(&checkout, line, &[own]).code, Some(1), "generic-worker tasks name the services");
}

#[test]
fn tasks_made_by_morphs_name_their_source() {
    let checkout = checkout("hello");
    let kind = "taskcluster/kinds/hello/kind.yml";
    let text = std::fs::read_to_string(checkout.path().join(kind)).expect("it is there");
    let reviewed = "    world:\n        attributes: {code-review: true}\n";
    write(&checkout, kind, &text.replace("    world:\n", reviewed));
    let push = std::fs::read_to_string(checkout.path().join("parameters/push.yml")).expect("it is there");
    write(&checkout, "review.yml", &(push + "code-review: {phabricator-build-target: PHID-HMBT-0}\n"));
    commit(&checkout, "Review it");
    let source: [Variable<'_>; 2] =
        [("TASKGRAPH_HEAD_REPOSITORY", "https://example.com/taskgraph"), ("TASKGRAPH_HEAD_REV", "of-the-test")];
    for environment in [&source[..], &source[..1], &[]] {
        let (ours, theirs) = each(&checkout, "morphed -J -p review.yml", environment);
        let (ours, theirs): (Value, Value) = (with_labels_for_ids(&ours.stdout), with_labels_for_ids(&theirs.stdout));
        assert_eq!(ours, theirs);
        let is_told = environment.iter().all(|(_, value)| ours.to_string().contains(value));
        assert!(is_told && ours.to_string().contains("morph.py"), "{ours}");
    }
}

/// A variable that is set to nothing: the reference takes it for a root URL and fails.
#[test]
fn an_empty_variable_is_no_variable() {
    let checkout = checkout("hello");
    let line = "morphed -p parameters/push.yml";
    let empty = VARIABLES.iter().filter(|(name, _)| *name != "PATH").map(|(name, _)| (*name, ""));
    let empty: Vec<Variable<'_>> = empty.collect::<BTreeMap<_, _>>().into_iter().collect();
    let arguments: Vec<&str> = line.split(' ').collect();
    assert_eq!(left(&Program::Ours, &checkout, &arguments, &empty), both_succeed(&checkout, line, &[]));
}
