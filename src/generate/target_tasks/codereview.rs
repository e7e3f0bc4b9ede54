//! `codereview`: the tasks of the default method that have something to say in a review.

use std::collections::BTreeSet;

use super::Method;
use super::standard::runs_on;
use crate::diagnostics::{Mistakes, collect};
use crate::model::{GraphConfig, Label, LabelGraph, Parameters};
use crate::yaml::Node;

pub(super) const METHOD: Method = Method { name: "codereview", select };

fn select(graph: &LabelGraph, parameters: &Parameters, _: &GraphConfig) -> Result<BTreeSet<Label>, Mistakes> {
    let reviewing = graph.iter().filter(|(_, task)| task.attribute("code-review").is_some_and(Node::is_truthy));
    let chosen = collect(reviewing, |(label, task)| Ok(runs_on(task, parameters)?.then(|| label.clone())))?;
    Ok(chosen.into_iter().flatten().collect())
}
