//! The official Python client against the embedded Taskcluster.

use std::process::Command;

use pushgraph::local::server::{Options, Server};

use crate::reference::reference_python;
use crate::support::repository;

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_finds_everything_as_in_a_real_deployment() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let server = Server::start(Options::new(folder.path())).await.expect("the server starts");
    let mut client = Command::new(reference_python());
    client.arg(repository().join("tests/python/local_serve.py")).arg(server.root_url());
    let run = tokio::task::spawn_blocking(move || client.output().expect("Python runs"));
    let output = run.await.expect("the run does not panic");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
