//! The whole decision, by both programs on the same tree: every artifact, and the tasks that are in the queue after.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::artifacts::{Files, Names, files, json_file, readable, tasks, with_names};
use super::index::Taskcluster;
use super::normal::{explain, unstable_paths, without};
use super::programs::{Checkout, Program, copy};
use super::trees::{Settings, Tree};

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
pub(super) fn with_template(files: &Path) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    copy(files, directory.path());
    std::fs::write(directory.path().join(".taskcluster.yml"), TEMPLATE).expect("it can be written");
    directory
}

/// Runs a decision that must succeed (or fail, where the tree says that it must), and returns the files it left.
pub(super) fn decide(
    program: &Program<'_>,
    checkout: &Checkout,
    settings: &Settings,
    environment: &[(&str, &str)],
) -> Files {
    let (head, null) = (checkout.head(), "0".repeat(40));
    let mut options = BTreeMap::from([
        ("root", settings.root.as_str()),
        ("project", "project"),
        ("pushlog-id", "0"),
        ("pushdate", "1700000000"),
        ("owner", "someone@example.com"),
        ("level", "1"),
        ("tasks-for", "github-push"),
        ("repository-type", "git"),
        ("base-repository", "https://github.com/example/project"),
        ("base-ref", "refs/heads/main"),
        ("base-rev", checkout.base().unwrap_or(&null)),
        ("head-repository", "https://github.com/example/project"),
        ("head-ref", "refs/heads/main"),
        ("head-rev", &head),
    ]);
    options.extend(settings.decision.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let options: Vec<String> = options.into_iter().map(|(name, value)| format!("--{name}={value}")).collect();
    let arguments: Vec<&str> = std::iter::once("decision").chain(options.iter().map(String::as_str)).collect();
    if settings.refused_by_the_queue {
        assert!(!program.run(checkout, &arguments, environment).status.success(), "the queue takes all tasks");
    } else if settings.reference_cannot_decide && matches!(program, Program::Reference { .. }) {
        assert!(!program.run(checkout, &arguments, environment).status.success(), "the reference can decide");
    } else {
        program.output(checkout, &arguments, environment);
    }
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

fn make(program: &Program<'_>, files: &Path, tree: &Tree, taskcluster: &Taskcluster, id: &str) -> Made {
    let checkout = Checkout::of(files).with(&tree.settings.commits);
    taskcluster.start_task(id, id);
    let mut environment = tree.environment(taskcluster);
    environment.push(("TASK_ID", id));
    let files = decide(program, &checkout, &tree.settings, &environment);
    let names = names(&files, id);
    let mut documents = readable(&files, &names);
    // Which tasks were created before one is refused is a matter of time.
    if !tree.settings.refused_by_the_queue {
        let mut tasks = tasks(taskcluster, id, &names);
        tasks.remove("<decision>");
        documents.insert("tasks".into(), tasks.into_iter().collect());
    }
    Made { files, names, document: documents.into_iter().collect() }
}

/// Compares every file and task that both programs make for a push of a tree. The reference is run with more than one
/// hash seed only where ours is not what the first gives.
pub(super) fn compare(tree: &Tree) {
    let (files, taskcluster) = (with_template(&tree.files), tree.taskcluster());
    let make = |program: &Program<'_>, id: &str| make(program, files.path(), tree, &taskcluster, id);
    let ours = make(&Program::Ours, OURS);
    if tree.settings.reference_cannot_decide {
        let mut environment = tree.environment(&taskcluster);
        environment.push(("TASK_ID", THEIRS[0]));
        decide(&Program::Reference { seed: 0 }, &Checkout::of(files.path()), &tree.settings, &environment);
        return;
    }
    let mut theirs = Vec::new();
    let mut outcome = Ok(());
    for (seed, id) in (0..).zip(THEIRS) {
        theirs.push(make(&Program::Reference { seed }, id));
        outcome = equal(&ours, &theirs);
        if outcome.is_ok() {
            break;
        }
    }
    outcome.unwrap_or_else(|difference| panic!("{}: {difference}", tree.name));
}

/// Whether ours is what the reference's decisions agree on.
fn equal(ours: &Made, theirs: &[Made]) -> Result<(), String> {
    let documents: Vec<Value> = theirs.iter().map(|made| made.document.clone()).collect();
    let unstable = unstable_paths(&documents);
    let (one, other) = (without(ours.document.clone(), &unstable), without(documents[0].clone(), &unstable));
    if one != other {
        return Err(explain(&one, &other));
    }
    for file in ORDERED {
        let text = |made: &Made| with_names(&String::from_utf8_lossy(&made.files[file].0), &made.names);
        let texts: Vec<String> = theirs.iter().map(text).collect();
        let is_stable = texts.iter().all(|text| *text == texts[0]);
        if is_stable && text(ours) != texts[0] {
            return Err(format!("the bytes of {file} differ"));
        }
    }
    Ok(())
}
