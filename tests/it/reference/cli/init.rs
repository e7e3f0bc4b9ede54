//! What `init` writes is a tree of the reference too.

use super::{both_succeed, commit, served};
use crate::reference::programs::{Checkout, Program};

#[test]
fn a_new_project_is_the_same_to_both() {
    let empty = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(empty.path().join("README.md"), "A project.\n").expect("it can be written");
    let parameters = crate::support::repository().join("tests/trees/hello/parameters/push.yml");
    std::fs::copy(parameters, empty.path().join("push.yml")).expect("it can be copied");
    let checkout = Checkout::of(empty.path());
    let output = Program::Ours.run(&checkout, &["init"], &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    commit(&checkout, "A project");
    let (_taskcluster, root_url) = served();
    for subcommand in ["full -J", "target -J", "target-graph -Y", "optimized", "kind-graph", "actions"] {
        let line = &format!("{subcommand} -p push.yml");
        let left = both_succeed(&checkout, line, &[("TASKCLUSTER_ROOT_URL", &root_url)]);
        assert!(subcommand == "actions" || left.stdout.contains("hello"), "{line}: {left:?}");
    }
}
