//! What a pushed tree must not be able to do.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::Tree;

const KIND: &str = "taskcluster/kinds/hello/kind.yml";

/// A tree beside a file that is not its own, and what a kind of it says.
fn beside_a_secret(kind: &str) -> Tree {
    let tree = Tree::small().file("inside/key.asc", "inside").file(KIND, kind);
    fs::write(tree.path().with_extension("secret"), "PLANTED: {description: PLANTED}").unwrap();
    tree
}

/// The name of the secret as seen from a folder of the tree so deep.
fn secret(tree: &Tree, up: usize) -> String {
    format!("{}{}.secret", "../".repeat(up), tree.path().file_name().unwrap().to_string_lossy())
}

#[test]
fn no_path_of_a_tree_leads_out_of_it() {
    let fetch = |key: &str| {
        format!(
            "transforms: [taskgraph.transforms.fetch, taskgraph.transforms.task]\ntasks:\n    a:\n        description: d\n        \
             fetch:\n            type: static-url\n            url: https://example.com/a\n            size: 1\n            \
             sha256: '{}'\n            gpg-signature: {{sig-url: '{{url}}.asc', key-path: '{key}'}}\n",
            "a".repeat(64)
        )
    };
    let tree = beside_a_secret("tasks: {}\n");
    symlink(secret(&tree, 1), tree.path().join("link")).unwrap();
    symlink("inside/key.asc", tree.path().join("inner")).unwrap();
    let absolute = tree.path().with_extension("secret").display().to_string();
    let refused = [
        (format!("tasks-from: ['{}']\n", secret(&tree, 4)), "secret"),
        (format!("tasks-from: ['{absolute}']\n"), "secret"),
        (fetch(&secret(&tree, 1)), "it is outside of the repository"),
        (fetch("link"), "it is outside of the repository"),
        (fetch(&absolute), "it is outside of the repository"),
    ];
    let tree = tree.committed();
    for (kind, told) in refused {
        fs::write(tree.path().join(KIND), &kind).unwrap();
        let ran = tree.pushgraph("full -J").run().ends_with(1);
        assert!(ran.stderr().contains(told), "{kind}{}", ran.stderr());
        assert!(!ran.stdout().contains("PLANTED") && !ran.stderr().contains("PLANTED"), "{kind}{}", ran.stderr());
    }
    fs::write(tree.path().join(KIND), fetch("inner")).unwrap();
    let told = tree.pushgraph("full -J").run().stderr();
    assert!(!told.contains("outside of the repository"), "a link within the tree is none of this: {told}");
    fs::remove_file(absolute).unwrap();
}
