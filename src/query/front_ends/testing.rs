//! A graph like Firefox's, for the tests of front ends; `tests/try/expectations.py` writes it.

use std::collections::BTreeMap;

use super::{Compiled, Context, front_end};
use crate::json;
use crate::model::LabelGraph;
use crate::query::{NoProject, Query, Universe};

/// The graph.
pub(super) fn firefox_like() -> LabelGraph {
    let text = include_str!("../../../tests/try/graph.json");
    LabelGraph::from_document(&json::parse(text).expect("it is JSON")).expect("it is a graph")
}

/// What a text of a front end becomes.
pub(super) fn compiled(name: &str, text: &str, graph: &LabelGraph) -> Compiled {
    compile(name, text, graph, &BTreeMap::new()).unwrap_or_else(|mistakes| panic!("{text}: {mistakes}"))
}

/// Why a text is refused: messages and helps.
pub(super) fn refused(name: &str, text: &str, graph: &LabelGraph) -> Vec<(String, Option<String>)> {
    let mistakes = compile(name, text, graph, &BTreeMap::new()).expect_err(text);
    mistakes.0.into_iter().map(|mistake| (mistake.message, mistake.help)).collect()
}

/// The same, with platforms that ride along.
pub(super) fn compile(
    name: &str,
    text: &str,
    graph: &LabelGraph,
    ridealong_builds: &BTreeMap<String, Vec<String>>,
) -> Result<Compiled, crate::diagnostics::Mistakes> {
    let context = Context { graph, ridealong_builds, presets: &BTreeMap::new() };
    (front_end(name).expect("there is one").compile)(text, &context)
}

/// The labels that a query selects.
pub(super) fn selected(query: &Query, graph: &LabelGraph) -> Vec<String> {
    let selected = Universe::new(graph).select(query, &NoProject).expect("no front end names anything");
    selected.tasks.keys().map(ToString::to_string).collect()
}

/// A table of texts and indented lines under each.
pub(super) fn blocks(table: &str) -> Vec<(String, Vec<String>)> {
    let blocks = table.split("\n\n").map(str::trim_end).filter(|block| !block.is_empty());
    let block = |block: &str| {
        let mut lines = block.lines();
        let first = lines.next().unwrap_or_default().to_owned();
        (first, lines.map(|line| line.trim().to_owned()).collect())
    };
    blocks.map(block).collect()
}
