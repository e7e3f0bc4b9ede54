//! Queries: what is read is printed, and read again as the same; and whatever it says, tasks are selected or there are mistakes.

use super::Target;

use std::sync::LazyLock;

use pushgraph::model::LabelGraph;
use pushgraph::query::{NoProject, Query, Universe, parse_text};

pub(super) const TARGET: Target = Target { name: "query", run };

/// A graph like Firefox's.
pub(super) static GRAPH: LazyLock<LabelGraph> =
    LazyLock::new(|| LabelGraph::from_json(include_str!("../../tests/try/graph.json")).expect("it is a graph"));

fn run(data: &[u8]) {
    if let Ok(query) = parse_text(&String::from_utf8_lossy(data)) {
        check(&query);
    }
}

/// What is true of every query.
pub(super) fn check(query: &Query) {
    let printed = query.to_string();
    let again = parse_text(&printed).unwrap_or_else(|mistakes| panic!("{printed}: {mistakes}"));
    assert_eq!(again, *query, "{printed}");
    let _ = Universe::new(&GRAPH).select(query, &NoProject);
}
