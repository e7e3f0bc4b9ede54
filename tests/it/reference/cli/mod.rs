//! The command line beside the reference's: the same words in the same checkout, and what both then print, write and
//! answer.

mod diff;
mod environment;
mod flags;
mod graphs;
mod init;
mod sets;
pub(super) mod tasks;

use std::collections::BTreeMap;
use std::path::Path;

use super::artifacts::OURS_ALONE;
use super::index::Taskcluster;
use super::programs::{Checkout, Program};

/// The reference, where nothing hangs on the order of its sets.
pub(super) const REFERENCE: Program<'static> = Program::Reference { seed: 0 };

/// What a run left: how it ended, what it printed, and the files that are new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) files: BTreeMap<String, String>,
}

/// A variable of the environment, and what it is set to.
pub(super) type Variable<'a> = (&'a str, &'a str);

/// A checkout of one of the trees, with what a decision needs.
pub(super) fn checkout(tree: &str) -> Checkout {
    let checkout = Checkout::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees").join(tree));
    write(&checkout, ".taskcluster.yml", "version: 1\ntasks: []\n");
    commit(&checkout, "Tasks");
    checkout
}

pub(super) fn write(checkout: &Checkout, path: &str, text: &str) {
    let path = checkout.path().join(path);
    std::fs::create_dir_all(path.parent().expect("it is below")).expect("directories can be made");
    std::fs::write(path, text).expect("files can be written");
}

pub(super) fn commit(checkout: &Checkout, message: &str) {
    checkout.git(&["add", "--all"]);
    checkout.git(&["commit", "--quiet", "--message", message]);
}

pub(super) fn left(
    program: &Program<'_>,
    checkout: &Checkout,
    arguments: &[&str],
    environment: &[Variable<'_>],
) -> Left {
    let output = program.run(checkout, arguments, environment);
    let stdout = String::from_utf8(output.stdout).expect("they print text");
    Left { code: output.status.code(), stdout, files: take_new_files(checkout) }
}

/// The files that git does not know, which are gone afterwards; without those that only we leave.
fn take_new_files(checkout: &Checkout) -> BTreeMap<String, String> {
    // The reference's logs of several sets, and what Python compiled.
    let is_left_over = |name: &str| name.starts_with(".cache/") || name.contains("__pycache__");
    let is_kept = |name: &&str| !is_left_over(name) && !OURS_ALONE.contains(name);
    let names = checkout.git(&["ls-files", "--others", "--full-name"]);
    let read = |name: &str| std::fs::read_to_string(checkout.path().join(name)).expect("they write text");
    let files = names.lines().filter(is_kept).map(|name| (name.to_owned(), read(name))).collect();
    checkout.git(&["clean", "-fdxq"]);
    files
}

/// Runs both, which must leave the same, and returns it.
pub(super) fn both(checkout: &Checkout, line: &str, environment: &[Variable<'_>]) -> Left {
    let (ours, theirs) = each(checkout, line, environment);
    assert_eq!(ours, theirs, "pushgraph {line}");
    ours
}

/// Runs both, and returns what each left: ours first.
pub(super) fn each(checkout: &Checkout, line: &str, environment: &[Variable<'_>]) -> (Left, Left) {
    let arguments: Vec<&str> = line.split_whitespace().collect();
    let theirs = left(&REFERENCE, checkout, &arguments, environment);
    (left(&Program::Ours, checkout, &arguments, environment), theirs)
}

/// Runs both, which must succeed alike, and returns what they left.
pub(super) fn both_succeed(checkout: &Checkout, line: &str, environment: &[Variable<'_>]) -> Left {
    let left = both(checkout, line, environment);
    assert_eq!(left.code, Some(0), "pushgraph {line}");
    assert!(!left.stdout.is_empty() || !left.files.is_empty(), "pushgraph {line} does nothing");
    left
}

/// Which runs the parameters' tree of a test may ask for.
pub(super) fn served() -> (Taskcluster, String) {
    let taskcluster = Taskcluster::start();
    let root_url = taskcluster.root_url().to_owned();
    (taskcluster, root_url)
}
