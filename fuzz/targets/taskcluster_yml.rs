//! `.taskcluster.yml`: whatever it says, decisions and actions are rendered from it or there are mistakes.

use super::Target;

use std::path::Path;

use futures::executor::block_on;
use pushgraph::diagnostics::Files;
use pushgraph::local::push::rehearsal::rehearse;

pub(super) const TARGET: Target = Target { name: "taskcluster_yml", run };

fn run(data: &[u8]) {
    let now = "2026-01-01T00:00:00Z".parse().expect("it is a time");
    let _ = block_on(rehearse(Path::new("/nonexistent"), data, "https://tc.example.com", now, &Files::default()));
}
