//! `--diff`: two revisions compared, and the checkout as it was afterwards.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

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

/// Interrupted while the other revision is checked out: its parameters never arrive, and the server tells when they
/// are asked for.
fn is_restored_after(signal: &str) {
    let tree = two_commits();
    let base = tree.git(&["rev-parse", "HEAD~1"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/push.yml", listener.local_addr().unwrap());
    let mut command = tree.pushgraph(&format!("full --diff HEAD~1 -p {url}")).command();
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let answer = |text: &str| {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    drop(answer("HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\nlevel: '3'\n"));
    let _held = answer("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n");
    assert_eq!(tree.git(&["rev-parse", "HEAD"]), base, "it is at the other revision");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("error: interrupted"), "{said}");
    assert_eq!(
        (tree.git(&["rev-parse", "--abbrev-ref", "HEAD"]), tree.git(&["status", "--porcelain"])),
        ("main".into(), String::new())
    );
    assert!(output.stdout.is_empty(), "nothing is compared");
}

#[test]
fn an_interruption_checks_the_branch_out_again() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        is_restored_after(signal);
    }
}
