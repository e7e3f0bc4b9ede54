//! What a tree registered for finished tasks: strategies and verifications.

use std::collections::BTreeSet;

use super::hook::{Argument, hook, names};
use crate::diagnostics::{Diagnostic, Mistakes, Span, collect};
use crate::generate::context::RunContext;
use crate::model::{Label, LabelGraph};
use crate::script::Point;
use crate::yaml::Node;

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
