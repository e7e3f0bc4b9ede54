//! JSON, as artifacts and the environment have it: what was read is written as JSON that reads the same.

use super::Target;

use pushgraph::json::{Format, parse, to_string};

pub(super) const TARGET: Target = Target { name: "json", run };

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(node) = parse(text) else { return };
    let written = to_string(&node, Format::ARTIFACT).unwrap_or_else(|mistake| panic!("{}", mistake.message));
    let again = parse(&written).unwrap_or_else(|mistake| panic!("{}\n{written}", mistake.message));
    assert_eq!(to_string(&again, Format::ARTIFACT).ok().as_deref(), Some(written.as_str()));
}
