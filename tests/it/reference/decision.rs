//! The whole decision, by both programs on the same tree: every artifact, and the tasks that are in the queue after.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::artifacts::{Files, Names, files, json_file, readable, tasks, with_names};
use super::index::Taskcluster;
use super::normal::{explain, unstable_paths, without};
use super::programs::{Checkout, Program, copy};

/// Without it there are no actions.
const TEMPLATE: &str = "version: 1\ntasks: []\n";

/// The decision tasks of ours and of the reference's, one for each hash seed.
const OURS: &str = "fzy3l9dCSDKRYTxTQTZjGg";
const THEIRS: [&str; 3] = ["DDDDDDDDQDCDDDDDDDDDDA", "EEEEEEEEQECEEEEEEEEEEA", "FFFFFFFFQFCFFFFFFFFFFA"];

/// Files in which a task's id is a value at most, so that the very bytes can be compared.
const ORDERED: [&str; 4] = [
    "artifacts/parameters.yml",
    "artifacts/actions.json",
    "artifacts/full-task-graph.json",
    "artifacts/runnable-jobs.json",
];

/// A tree with what a decision needs beside the tree itself.
pub(super) fn tree(name: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees").join(name), directory.path());
    std::fs::write(directory.path().join(".taskcluster.yml"), TEMPLATE).expect("it can be written");
    directory
}

/// Runs a decision that must succeed, and returns the files it left.
pub(super) fn decide(program: &Program, checkout: &Checkout, environment: &[(&str, &str)]) -> Files {
    let (head, null) = (checkout.head(), "0".repeat(40));
    let head = format!("--head-rev={head}");
    let base = format!("--base-rev={null}");
    let arguments = [
        "decision",
        "--project=project",
        "--pushlog-id=0",
        "--pushdate=1700000000",
        "--owner=someone@example.com",
        "--level=1",
        "--tasks-for=github-push",
        "--repository-type=git",
        "--base-repository=https://github.com/example/project",
        "--base-ref=refs/heads/main",
        &base,
        "--head-repository=https://github.com/example/project",
        "--head-ref=refs/heads/main",
        &head,
    ];
    program.output(checkout, &arguments, environment);
    files(checkout.path())
}

/// The names of the decision and of the tasks it made.
pub(super) fn names(files: &Files, decision: &str) -> Names {
    let labels: BTreeMap<String, String> =
        serde_json::from_value(json_file(files, "artifacts/label-to-taskid.json")).expect("labels and ids");
    let mut names: Names = labels.into_iter().map(|(label, id)| (id, format!("<{label}>"))).collect();
    names.insert(decision.to_owned(), "<decision>".to_owned());
    names
}

/// What one decision made.
struct Made {
    files: Files,
    names: Names,
    document: Value,
}

fn make(program: &Program, tree: &Path, taskcluster: &Taskcluster, id: &str) -> Made {
    let checkout = Checkout::of(tree);
    taskcluster.start_task(id, id);
    let files = decide(program, &checkout, &[("TASKCLUSTER_ROOT_URL", taskcluster.root_url()), ("TASK_ID", id)]);
    let names = names(&files, id);
    let (mut documents, mut tasks) = (readable(&files, &names), tasks(taskcluster, id, &names));
    tasks.remove("<decision>");
    documents.insert("tasks".into(), tasks.into_iter().collect());
    Made { files, names, document: documents.into_iter().collect() }
}

fn compare(name: &str) {
    let (tree, taskcluster) = (tree(name), Taskcluster::start());
    taskcluster.fill(tree.path());
    let ours = make(&Program::Ours, tree.path(), &taskcluster, OURS);
    let reference = |(seed, id): (u32, &&str)| make(&Program::Reference { seed }, tree.path(), &taskcluster, id);
    let theirs: Vec<Made> = (0..).zip(&THEIRS).map(reference).collect();
    let documents: Vec<Value> = theirs.iter().map(|made| made.document.clone()).collect();
    let unstable = unstable_paths(&documents);
    let (one, other) = (without(ours.document.clone(), &unstable), without(documents[0].clone(), &unstable));
    assert!(one == other, "{name}: {}", explain(&one, &other));
    assert!(one["tasks"].as_object().is_some_and(|tasks| !tasks.is_empty()), "{name}: there are tasks");
    for file in ORDERED {
        let text = |made: &Made| with_names(&String::from_utf8_lossy(&made.files[file].0), &made.names);
        let texts: Vec<String> = theirs.iter().map(text).collect();
        let is_stable = texts.iter().all(|text| *text == texts[0]);
        assert!(!is_stable || text(&ours) == texts[0], "{name}: the bytes of {file} differ");
    }
}

#[test]
fn hello() {
    compare("hello");
}

#[test]
fn docker_images() {
    compare("docker-images");
}

#[test]
fn index_search() {
    compare("index-search");
}

#[test]
fn many_routes() {
    compare("many-routes");
}
