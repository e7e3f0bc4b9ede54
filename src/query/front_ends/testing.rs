//! A graph like Firefox's, for the tests of front ends; `tests/try/expectations.py` writes it.

use std::collections::BTreeMap;

use super::{Compiled, Context, front_end};
use crate::json;
use crate::model::{Label, LabelGraph, Task};
use crate::query::{Atom, Field, Pattern, Query};
use crate::yaml::Node;

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
    let context = Context { graph, ridealong_builds, presets: &BTreeMap::new(), history: &[] };
    (front_end(name).expect("there is one").compile)(text, &context)
}

type Holds = Box<dyn Fn(&Task<Label>) -> bool>;

/// The labels that a query selects, of those queries that front ends make.
pub(super) fn selected(query: &Query, graph: &LabelGraph) -> Vec<String> {
    let holds = holds(query);
    graph.iter().filter(|(_, task)| holds(task)).map(|(label, _)| label.to_string()).collect()
}

fn holds(query: &Query) -> Holds {
    let each = |parts: &[Query]| parts.iter().map(holds).collect::<Vec<_>>();
    match query {
        Query::Not(inner) => {
            let inner = holds(inner);
            Box::new(move |task| !inner(task))
        }
        Query::And(parts) => {
            let parts = each(parts);
            Box::new(move |task| parts.iter().all(|part| part(task)))
        }
        Query::Or(parts) => {
            let parts = each(parts);
            Box::new(move |task| parts.iter().any(|part| part(task)))
        }
        Query::Term(term) => term_holds(&term.atom),
    }
}

fn term_holds(atom: &Atom) -> Holds {
    match atom {
        Atom::All => Box::new(|_| true),
        Atom::None => Box::new(|_| false),
        Atom::Field(field, patterns) => {
            let (field, matchers) = (*field, patterns.iter().map(Pattern::matcher).collect::<Vec<_>>());
            Box::new(move |task| matchers.iter().any(|matcher| matcher.matches(&field_text(field, task))))
        }
        Atom::Attribute(name, patterns) => {
            let (name, matchers) = (name.clone(), patterns.iter().map(Pattern::matcher).collect::<Vec<_>>());
            Box::new(move |task| {
                let texts = task.attribute(&name).map(texts);
                texts.is_some_and(|texts| {
                    matchers.is_empty() || texts.iter().any(|text| matchers.iter().any(|matcher| matcher.matches(text)))
                })
            })
        }
        other => panic!("no front end tested with this graph makes {other}"),
    }
}

fn field_text(field: Field, task: &Task<Label>) -> String {
    let tier = || task.definition.get("extra")?.get("treeherder")?.get("tier")?.as_i64();
    match field {
        Field::Label => task.label.to_string(),
        Field::Kind => task.kind.to_string(),
        _ => tier().unwrap_or(1).to_string(),
    }
}

fn texts(value: &Node) -> Vec<String> {
    match (value.as_list(), value.as_str()) {
        (Some(items), _) => items.iter().flat_map(texts).collect(),
        (None, Some(text)) => vec![text.to_owned()],
        (None, None) => vec![value.is_truthy().to_string()],
    }
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
