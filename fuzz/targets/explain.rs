//! The artifact that says why tasks run: what is read is written, and read again as the same.

use super::Target;

use pushgraph::explain::read;
use pushgraph::json;

pub(super) const TARGET: Target = Target { name: "explain", run };

fn run(data: &[u8]) {
    let Ok(document) = json::parse(&String::from_utf8_lossy(data)) else { return };
    if let Ok(explanations) = read(&document) {
        assert_eq!(read(&explanations.to_document()), Ok(explanations));
    }
}
