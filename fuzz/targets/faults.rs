//! Files of faults.

use super::Target;

use std::path::Path;

use pushgraph::diagnostics::Files;
use pushgraph::local::faults::Faults;

pub(super) const TARGET: Target = Target { name: "faults", run };

fn run(data: &[u8]) {
    let _ = Faults::read(&Files::default(), Path::new("faults.yml"), &String::from_utf8_lossy(data));
}
