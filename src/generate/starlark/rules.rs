//! What a tree registered for finished tasks: strategies, verifications and morphs.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::hook::{Argument, hook, names};
use crate::diagnostics::{Diagnostic, Mistakes, Span, collect, suggest};
use crate::generate::context::RunContext;
use crate::model::{AssignedGraph, Label, LabelGraph};
use crate::script::Point;
use crate::yaml::{Map, Node};

/// The strategies that the tree registered, each with the tasks that it would leave out, of those that name it.
///
/// # Errors
/// What they fail with.
pub fn removable(run: &RunContext<'_>, graph: &LabelGraph) -> Result<Vec<(String, BTreeSet<Label>)>, Mistakes> {
    collect(names(run, Point::Strategy)?, |name| {
        let Some(own) = hook(run, Point::Strategy, name, Span::NONE)? else {
            return Ok((name.to_owned(), BTreeSet::new()));
        };
        let asked = graph.iter().filter_map(|(label, task)| {
            let (strategy, argument) = task.optimization.as_ref()?.strategy()?;
            let is_asked = strategy.as_str() == Some(name);
            is_asked.then(|| (label.clone(), Node::new(task.to_document(label)), argument.clone()))
        });
        Ok((name.to_owned(), own.decide(&asked.collect::<Vec<_>>())?))
    })
}

/// Checks the full task graph by the rules that the tree registered.
///
/// # Errors
/// What they find.
pub fn verify(run: &RunContext<'_>, graph: &LabelGraph) -> Result<(), Mistakes> {
    let mut found = Mistakes::default();
    for name in names(run, Point::Verification)? {
        let Some(rule) = hook(run, Point::Verification, name, Span::NONE)? else { continue };
        let answer = rule.call(&[Argument::Graph(graph), Argument::Parameters, Argument::GraphConfig])?;
        let told = answer.returned.as_list().unwrap_or_default().iter().filter_map(Node::as_str);
        found.extend(told.map(|message| Diagnostic::error(format!("{name}: {message}"))));
    }
    found.or(())
}

/// The graph as the morphs that the tree registered leave it, one after another.
///
/// # Errors
/// What they fail with, and anything returned that is not the definition of a task of the graph.
pub fn morphed(run: &RunContext<'_>, graph: AssignedGraph) -> Result<AssignedGraph, Mistakes> {
    names(run, Point::Morph)?.into_iter().try_fold(graph, |graph, name| {
        let Some(own) = hook(run, Point::Morph, name, Span::NONE)? else { return Ok(graph) };
        let tasks: Vec<Node> = graph.tasks.iter().map(|(id, task)| Node::new(task.to_document(id))).collect();
        let answer = own.call(&[Argument::Tasks(&tasks), Argument::Parameters, Argument::GraphConfig])?;
        match &answer.returned {
            nothing if nothing.is_null() => Ok(graph),
            changed => redefined(name, graph, changed.as_map().ok_or_else(|| no_definitions(name, changed))?),
        }
    })
}

fn no_definitions(morph: &str, found: &Node) -> Diagnostic {
    Diagnostic::error(format!(
        "morph `{morph}` is to return definitions by the labels of their tasks, and returned {}",
        found.type_name()
    ))
}

/// The graph with other definitions.
fn redefined(morph: &str, graph: AssignedGraph, changed: &Map) -> Result<AssignedGraph, Mistakes> {
    let AssignedGraph { mut tasks, label_to_task_id } = graph;
    let unknown = |label: &str| {
        let mut told = Diagnostic::error(format!("morph `{morph}` changes `{label}`, which is not among the tasks"));
        told.help = suggest(label, tasks.iter().map(|(_, task)| task.label.as_str()));
        told
    };
    let definitions: Vec<(Label, Map)> = collect(changed.text_entries(), |(label, definition)| {
        if !tasks.iter().any(|(_, task)| task.label.as_str() == label) {
            return Err(unknown(label).into());
        }
        let definition = definition.as_map().ok_or_else(|| no_definitions(morph, definition))?;
        Ok((Label::from(label), definition.clone()))
    })?;
    let changed = definitions.into_iter().filter_map(|(label, definition)| {
        let (id, task) = tasks.iter().find(|(_, task)| task.label == label)?;
        let mut task = Arc::unwrap_or_clone(Arc::clone(task));
        task.definition = definition;
        Some((id.clone(), Arc::new(task)))
    });
    let changed: Vec<_> = changed.collect();
    tasks = tasks.iter().map(|(id, task)| (id.clone(), Arc::clone(task))).chain(changed).collect();
    Ok(AssignedGraph { tasks, label_to_task_id })
}
