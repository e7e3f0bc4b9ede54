//! `--diff`: two revisions compared, and the checkout as it was afterwards.

use crate::support::{Tree, repository};

const KIND: &str = "taskcluster/kinds/hello/kind.yml";

/// A tree whose second commit greets somebody else too.
fn two_commits() -> Tree {
    let tree = Tree::small().committed();
    let text = std::fs::read_to_string(repository().join("tests/trees/hello").join(KIND)).unwrap();
    let again = text.split_once("    world:\n").unwrap().1;
    let tree = tree.file(KIND, &format!("{text}    moon:\n{again}"));
    tree.git(&["commit", "--quiet", "--all", "--message=Greet the moon"]);
    tree
}

#[test]
fn another_revision_is_compared_and_the_branch_is_checked_out_again() {
    let tree = two_commits();
    let ran = tree.pushgraph("full --diff HEAD~1").run().ends_with(0);
    let base: String = tree.git(&["rev-parse", "HEAD~1"]).chars().take(12).collect();
    let expected = format!(
        "--- full_task_graph@{base}\n+++ full_task_graph@main\n@@ -1,2 +1,3 @@\n+hello-moon\n hello-world\n \n\n\n"
    );
    assert_eq!(ran.stdout(), expected);
    assert_eq!(tree.git(&["rev-parse", "--abbrev-ref", "HEAD"]), "main");
}

#[test]
fn a_revision_that_cannot_be_generated_leaves_the_branch_checked_out_too() {
    let tree = two_commits().file(KIND, "tasks: 3\n");
    tree.git(&["commit", "--quiet", "--all", "--message=Break it"]);
    let ran = tree.pushgraph("full --diff HEAD~1").run().ends_with(1);
    assert!(ran.stderr().contains("Diff skipped for the following generation due to failures:"), "{}", ran.stderr());
    assert_eq!(tree.git(&["rev-parse", "--abbrev-ref", "HEAD"]), "main");
}

#[test]
fn uncommitted_changes_are_not_lost() {
    let tree = two_commits().file(KIND, "tasks: 3\n");
    let ran = tree.pushgraph("full --diff").run().ends_with(1);
    assert!(ran.stderr().contains("can't diff taskgraph with dirty working directory"), "{}", ran.stderr());
    assert_eq!(std::fs::read_to_string(tree.path().join(KIND)).unwrap(), "tasks: 3\n");
}
