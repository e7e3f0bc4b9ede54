//! YAML: what was read is written as YAML that reads the same.

use super::Target;

use pushgraph::diagnostics::Files;
use pushgraph::yaml::{DumpOptions, dump, load};

pub(super) const TARGET: Target = Target { name: "yaml", run };

fn run(data: &[u8]) {
    let Ok(loaded) = load(&Files::default(), "a.yml", data) else { return };
    let written = dump(&loaded.root, DumpOptions::PARAMETERS);
    let again = load(&Files::default(), "b.yml", written.as_bytes());
    let again = again.unwrap_or_else(|mistakes| panic!("{mistakes}\n{written}")).root;
    assert_eq!(dump(&again, DumpOptions::PARAMETERS), written);
}
