//! The repositories that are pushed.

use std::fs;
use std::process::Command;

use crate::reference::reference_python;
use crate::support::{Run, Tree, repository};

/// A kind whose task `hello-pushed` a push runs, whose `hello-top` it does not, and neither what that needs.
const KIND: &str = include_str!("kind.yml");

/// This repository as it is on the disk, its changes included; the last commit touches only `src/main.rs`.
pub(super) fn own() -> Tree {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(repository()).output().expect("git runs");
    assert!(output.status.success(), "the tests of a whole push need a git checkout");
    let tree = Tree::empty();
    for path in String::from_utf8(output.stdout).expect("our paths are text").split_terminator('\0') {
        let (source, target) = (repository().join(path), tree.path().join(path));
        fs::create_dir_all(target.parent().expect("a file has a directory")).expect("directories can be made");
        if let Ok(link) = fs::read_link(&source) {
            std::os::unix::fs::symlink(link, target).expect("links can be made");
        } else if source.exists() {
            // What is tracked but deleted on the disk is gone.
            fs::copy(source, target).expect("files can be copied");
        }
    }
    let tree = tree.committed();
    tree.git(&["remote", "set-url", "origin", "https://github.com/example/pushgraph"]);
    let main = fs::read_to_string(tree.path().join("src/main.rs")).expect("it is there");
    with_commit(tree, "src/main.rs", &(main + "// Touched.\n"))
}

/// A small tree, with the `.taskcluster.yml` of this repository.
pub(super) fn small() -> Tree {
    let template = fs::read_to_string(repository().join(".taskcluster.yml")).expect("it is there");
    let template = template.replace("-r taskgraph", "-r taskcluster");
    Tree::copy_of(&repository().join("tests/trees/hello"))
        .file(".taskcluster.yml", &template.replace("trustDomain: pushgraph", "trustDomain: example"))
        .file("taskcluster/kinds/hello/kind.yml", KIND)
        .committed()
}

/// One more commit, of one file.
pub(super) fn with_commit(tree: Tree, path: &str, text: &str) -> Tree {
    let tree = tree.file(path, text);
    tree.git(&["commit", "--quiet", "--all", "--message=A change"]);
    tree
}

/// The program in a tree, with the package of workers' scripts at hand.
pub(super) fn pushgraph(tree: &Tree, arguments: &str) -> Run {
    let python = reference_python();
    let path = format!("{}:{}", python.parent().expect("it is in a directory").display(), env!("PATH"));
    tree.pushgraph(arguments).env("PATH", &path)
}
