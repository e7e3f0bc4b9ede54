//! The manual is right: every example in it selects what it says.

use std::collections::BTreeSet;

use super::function::FUNCTIONS;
use super::{Meaning, NoProject, Project, Query, REFERENCE, TargetOf, Universe, parse_text};
use crate::diagnostics::{Diagnostic, Files, Mistakes};
use crate::model::LabelGraph;
use crate::yaml::{self, Map, Node};

/// The blocks of code of a language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    REFERENCE.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

fn graph() -> LabelGraph {
    let loaded = yaml::load(&Files::default(), "reference.md", blocks("yaml")[0].as_bytes().to_vec()).unwrap();
    let task = |(label, task): &(Node, Node)| {
        let mut task = task.as_map().unwrap().clone();
        task.insert("label", label.clone());
        for key in ["attributes", "task", "dependencies"] {
            if !task.contains(key) {
                task.insert(key, Node::empty_map());
            }
        }
        (label.clone(), Node::new(task))
    };
    let tasks: Map = loaded.root.as_map().unwrap().iter().map(task).collect();
    LabelGraph::from_document(&Node::new(tasks)).unwrap()
}

/// The project that the manual's examples speak of.
struct Sample;

impl Project for Sample {
    fn target(&self, of: &TargetOf) -> Result<Meaning, Mistakes> {
        let is_main = of.project.as_deref() == Some("main");
        Ok(Meaning::Tasks(if is_main || of.project.is_none() {
            BTreeSet::from(["build-linux/opt".into()])
        } else {
            BTreeSet::new()
        }))
    }

    fn cron(&self, name: &str) -> Result<Meaning, Mistakes> {
        self.named(name).map(Meaning::Query)
    }

    fn named(&self, name: &str) -> Result<Query, Mistakes> {
        let config = yaml::load(&Files::default(), "config.yml", blocks("yaml")[1].as_bytes().to_vec()).unwrap();
        match config.root.get("queries").and_then(|queries| queries.get(name)?.as_str()) {
            Some(text) => parse_text(text),
            None => NoProject.named(name),
        }
    }
}

#[test]
fn every_example_selects_what_it_says() {
    let graph = graph();
    let universe = Universe::new(&graph);
    let mut examples = 0;
    for block in blocks("query") {
        let mut lines = block.lines();
        while let (Some(text), Some(expected)) = (lines.next(), lines.next()) {
            let query = parse_text(text).unwrap_or_else(|mistakes: Mistakes| panic!("{text}: {mistakes}"));
            let selected = universe.select(&query, &Sample).unwrap();
            let labels: Vec<&str> = selected.tasks.keys().map(crate::model::Label::as_str).collect();
            let expected = expected.trim().strip_prefix("→").expect("an arrow").trim();
            assert_eq!(labels.join(" "), expected, "{text}");
            let told: Vec<&Diagnostic> = selected.warnings.iter().collect();
            assert!(told.is_empty(), "{text}: {told:?}");
            examples += 1;
        }
    }
    assert!(examples > 30, "{examples}");
}

#[test]
fn every_function_is_explained() {
    let missing: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    let missing: Vec<&str> = missing.into_iter().filter(|name| !REFERENCE.contains(&format!("`{name}("))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
