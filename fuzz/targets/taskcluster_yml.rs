//! `.taskcluster.yml`: whatever it says, decisions and actions are rendered from it or there are mistakes.

use super::Target;

use std::path::Path;
use std::sync::LazyLock;

use pushgraph::diagnostics::Files;
use pushgraph::local::push::rehearsal::rehearse;
use tokio::runtime::{Builder, Runtime};

pub(super) const TARGET: Target = Target { name: "taskcluster_yml", run };

/// The folder is asked for its repository, by a process.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("there are threads"));

fn run(data: &[u8]) {
    let now = "2026-01-01T00:00:00Z".parse().expect("it is a time");
    let _ = RUNTIME.block_on(rehearse(Path::new("/"), data, "https://tc.example.com", now, &Files::default()));
}
