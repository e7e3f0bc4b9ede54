//! `default`: the tasks whose attributes say that they run on this push.

use std::collections::BTreeSet;

use super::Method;
use super::standard::runs_on;
use crate::diagnostics::{Mistakes, collect};
use crate::model::{GraphConfig, Label, LabelGraph, Parameters};

pub(super) const METHOD: Method = Method { name: "default", select };

fn select(graph: &LabelGraph, parameters: &Parameters, _: &GraphConfig) -> Result<BTreeSet<Label>, Mistakes> {
    let chosen = collect(graph.iter(), |(label, task)| Ok(runs_on(task, parameters)?.then(|| label.clone())))?;
    Ok(chosen.into_iter().flatten().collect())
}
