//! What becomes of a graph where the package with the workers' scripts is not installed.

use std::path::Path;

use crate::reference::programs::{Checkout, Program};

/// A folder with git and nothing else, to be the `PATH`.
fn only_git() -> tempfile::TempDir {
    let programs = tempfile::tempdir().unwrap();
    let paths = std::env::var_os("PATH").unwrap();
    let git = std::env::split_paths(&paths).map(|folder| folder.join("git")).find(|git| git.is_file()).unwrap();
    std::os::unix::fs::symlink(git, programs.path().join("git")).unwrap();
    programs
}

const KIND: &str = "
tasks:
    it:
        description: a task with a cache
        worker-type: b-linux
        worker: {docker-image: 'debian:12', max-run-time: 600}
        run: {using: run-task, command: 'true', use-caches: [checkout]}
";

fn checkout(tree: &str) -> Checkout {
    Checkout::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees").join(tree))
}

/// The names of caches are those of the version that we are compared with.
#[test]
fn caches_are_named_as_with_the_package() {
    let tree = tempfile::tempdir().unwrap();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees/docker-images/taskcluster/config.yml");
    std::fs::create_dir_all(tree.path().join("taskcluster/kinds/test")).unwrap();
    std::fs::copy(config, tree.path().join("taskcluster/config.yml")).unwrap();
    std::fs::write(tree.path().join("taskcluster/kinds/test/kind.yml"), KIND).unwrap();
    let (checkout, programs) = (Checkout::of(tree.path()), only_git());
    let path = [("PATH", programs.path().to_str().unwrap())];
    let graph = |environment: &[(&str, &str)]| Program::Ours.output(&checkout, &["full", "-J"], environment);
    let with = graph(&[]);
    assert!(with.contains("-v3-b501540836ece0d08200"), "no task of this tree has a cache");
    assert_eq!(graph(&path), with);
}

#[test]
fn an_image_that_includes_them_is_refused_at_its_line() {
    let (checkout, programs) = (checkout("docker-images"), only_git());
    let path = [("PATH", programs.path().to_str().unwrap())];
    let ran = Program::Ours.run(&checkout, &["build-image", "child", "--context-only", "context"], &path);
    let told = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{told}");
    assert!(told.contains("cannot include `run-task` in an image: it comes with `taskcluster-taskgraph`"), "{told}");
    assert!(told.contains("taskcluster/docker/child/Dockerfile:5:1"), "{told}");
    assert!(!checkout.path().join("context").exists());
}
