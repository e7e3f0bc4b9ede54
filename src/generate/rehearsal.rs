//! All that can be wrong with a tree, as far as it shows without asking any service.

use std::collections::BTreeSet;

use super::whole::{self, Way};
use super::{
    Error, Inputs, Phase, PhaseGraph, Target, full_task_graph, full_task_set, generate, morphed, optimized, request,
    selection, target,
};
use crate::diagnostics::Mistakes;
use crate::model::{Label, LabelGraph, Parameters};
use crate::sources::index::MemoryIndex;
use crate::sources::queue::MemoryQueue;
use crate::yaml::Node;

/// The mistakes of all phases. Where the tasks of all kinds are right, every one of them is taken for a target, so that
/// its strategies and references are read too; the index is empty.
///
/// # Errors
/// The parameters cannot be changed to that.
pub async fn rehearse(inputs: &Inputs<'_>) -> Result<Mistakes, Mistakes> {
    let kinds = match whole::way(inputs, Phase::TargetTaskGraph) {
        Ok(Way::Native(kinds)) => kinds,
        // The tree's own code tells what it finds wrong.
        Ok(Way::Whole) => return Ok(of_whole(inputs).await),
        Err(error) => return Ok(told(Err(error))),
    };
    let tasks = match full_task_set(inputs, &kinds) {
        Ok(tasks) => tasks,
        Err(error) => return Ok(told(Err(error))),
    };
    let full = match full_task_graph(inputs, tasks) {
        Ok(full) => full,
        Err(mistakes) => return Ok(mistakes),
    };
    let mut mistakes = of_queries(inputs, &full);
    mistakes.extend(told(target(inputs, &full).map(drop)).0);
    // Once as strategies would have it, and once with every task kept.
    for keeps_targets in [false, true] {
        let parameters = inputs.run.parameters.with([("optimize_target_tasks", Node::new(!keeps_targets))])?;
        mistakes.extend(of_all_tasks(inputs, &parameters, &full).await.0);
    }
    Ok(mistakes)
}

/// What the tree's own code finds wrong, and what is wrong with the queries of `config.yml`.
async fn of_whole(inputs: &Inputs<'_>) -> Mistakes {
    let mut mistakes = told(generate(inputs, Phase::TargetTaskGraph).await.map(drop));
    if let Ok(PhaseGraph::Labels(full)) = generate(inputs, Phase::FullTaskGraph).await {
        mistakes.extend(of_queries(inputs, &full).0);
    }
    mistakes
}

/// What is wrong with the queries of `config.yml`.
fn of_queries(inputs: &Inputs<'_>, full: &LabelGraph) -> Mistakes {
    let mut mistakes = selection::rehearse(&inputs.run, full);
    mistakes.extend(request::rehearse(&inputs.run, full).0);
    mistakes
}

async fn of_all_tasks(inputs: &Inputs<'_>, parameters: &Parameters, full: &LabelGraph) -> Mistakes {
    let labels: BTreeSet<Label> = full.keys().cloned().collect();
    let target = Target { set: labels.clone(), requested: labels, graph: full.clone(), chosen: None };
    let (mut inputs, index, queue) = (*inputs, MemoryIndex::default(), MemoryQueue::default());
    (inputs.run.parameters, inputs.index, inputs.queue, inputs.verify) = (parameters, &index, &queue, false);
    let made = match optimized(&inputs, &target).await {
        Ok(optimized) => morphed(&inputs, &optimized.graph).map(drop).map_err(Error::from),
        Err(error) => Err(error),
    };
    told(made)
}

/// The mistakes, if that is how it failed.
fn told(made: Result<(), Error>) -> Mistakes {
    match made {
        Ok(()) | Err(Error::Source(_)) => Mistakes::default(),
        Err(Error::Mistakes(mistakes)) => mistakes,
    }
}
