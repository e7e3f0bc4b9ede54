//! The phases from a tree to a graph, each a function from a value to a new value. Pure: what they know of the
//! world comes in as values or through [`crate::sources`] and [`crate::script`].
//!
//! [`kind_graph`] → [`full_task_set`] → [`full_task_graph`] → [`target`] → [`optimized`] → [`morphed`]; only
//! [`optimized`] asks anybody anything. [`generate`] runs them up to the one asked for; where the tree has code of its
//! own, it is the reference that runs them (`whole.rs`).

pub mod config;
pub mod context;
#[cfg(test)]
mod growth_tests;
pub mod kept;
pub mod kinds;
pub mod memo;
pub mod morphs;
pub mod optimization;
pub mod payloads;
mod phase;
pub mod rehearsal;
pub mod request;
pub mod run_using;
pub mod selection;
pub mod shared;
pub mod siblings;
pub mod starlark;
pub mod summary;
pub mod target_tasks;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod transforms;
pub mod verifications;
mod whole;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::context::RunContext;
use self::kinds::Kinds;
use self::morphs::{MORPHS, MorphContext};
use self::optimization::strategies::{Definition, Strategies};
use self::optimization::{Ids, Optimized, Request, UnknownStrategies};
pub use self::phase::{Error, Graphs, Inputs, Phase, PhaseGraph, Target};
use self::target_tasks::TARGET_TASKS_METHODS;
use self::verifications::VERIFICATIONS;
use self::whole::Way;
pub use self::whole::{KindMaker, kind_makers};
use crate::diagnostics::{Diagnostic, Mistakes, nearest, quoted};
use crate::model::{AssignedGraph, Label, LabelGraph, Task};

/// The id that stands for the decision task where there is none.
pub const DECISION_TASK: &str = "DECISION-TASK";

/// Runs the phases up to `until` and returns what that one made. Nothing is looked up before
/// [`Phase::OptimizedTaskGraph`], and then only if a task asks for it.
///
/// # Errors
/// All mistakes of the first phase that has any; or a service that did not answer.
pub async fn generate(inputs: &Inputs<'_>, until: Phase) -> Result<PhaseGraph, Error> {
    let kinds = match whole::way(inputs, until)? {
        Way::Native(kinds) => kinds,
        Way::Whole => return whole::phase(inputs, until),
    };
    if until == Phase::KindGraph {
        return Ok(PhaseGraph::Kinds(kinds.mistakes.or(kinds.graph)?));
    }
    let full = full_task_set(inputs, &kinds)?;
    if until == Phase::FullTaskSet {
        return Ok(PhaseGraph::Labels(full));
    }
    let full = request::applied(&inputs.run, full_task_graph(inputs, full)?)?;
    if until == Phase::FullTaskGraph {
        return Ok(PhaseGraph::Labels(full));
    }
    let target = target(inputs, &full)?;
    if until == Phase::TargetTaskSet {
        return Ok(PhaseGraph::Labels(full.filter(|label, _| target.set.contains(label))));
    }
    if until == Phase::TargetTaskGraph {
        return Ok(PhaseGraph::Labels(target.graph));
    }
    let optimized = optimized(inputs, &target).await?;
    if until == Phase::OptimizedTaskGraph {
        return Ok(PhaseGraph::TaskIds(optimized.graph.tasks));
    }
    Ok(PhaseGraph::TaskIds(morphed(inputs, &optimized.graph)?.tasks))
}

/// The full task graph.
///
/// # Errors
/// As [`generate`].
pub async fn generate_full(inputs: &Inputs<'_>) -> Result<LabelGraph, Error> {
    match generate(inputs, Phase::FullTaskGraph).await? {
        PhaseGraph::Labels(full) => Ok(full),
        PhaseGraph::Kinds(_) | PhaseGraph::TaskIds(_) => unreachable!("the full task graph has labels"),
    }
}

/// Runs every phase and returns what each made.
///
/// # Errors
/// As [`generate`].
pub async fn generate_all(inputs: &Inputs<'_>) -> Result<Graphs, Error> {
    let kinds = match whole::way(inputs, Phase::MorphedTaskGraph)? {
        Way::Native(kinds) => kinds,
        Way::Whole => return whole::all(inputs),
    };
    let full = request::applied(&inputs.run, full_task_graph(inputs, full_task_set(inputs, &kinds)?)?)?;
    let target = target(inputs, &full)?;
    let optimized = optimized(inputs, &target).await?;
    let morphed = morphed(inputs, &optimized.graph)?;
    Ok(Graphs { full, target, optimized, morphed })
}

/// The kinds and what they depend on. Mistakes in them are kept, so that those in their tasks are told as well.
#[must_use]
pub fn kind_graph(inputs: &Inputs<'_>) -> Kinds {
    kinds::load_kinds(&inputs.run)
}

/// All tasks of all kinds.
///
/// # Errors
/// What is wrong with the kinds, and everything the loaders and transforms refuse; or nobody to run in-tree code.
pub fn full_task_set(inputs: &Inputs<'_>, kinds: &Kinds) -> Result<LabelGraph, Error> {
    whole::full_task_set(inputs, kinds)
}

/// The same tasks, known to depend on tasks that are there, and on none in a circle.
///
/// # Errors
/// Dependencies that do not exist, a circle, and what the verifications find.
pub fn full_task_graph(inputs: &Inputs<'_>, tasks: LabelGraph) -> Result<LabelGraph, Mistakes> {
    refuse_missing_dependencies(&tasks)?;
    tasks.edges().postorder().map_err(|circle| told_circle(&tasks, &circle))?;
    if inputs.verify {
        verifications::verify_full_task_graph(VERIFICATIONS, &tasks, &inputs.run)?;
        starlark::verify(&inputs.run, &tasks)?;
    }
    Ok(tasks)
}

/// What is chosen to run, and all that needs.
///
/// # Errors
/// A selection that is wrong; unknown filters or methods, and what they refuse.
pub fn target(inputs: &Inputs<'_>, full: &LabelGraph) -> Result<Target, Error> {
    let asked = request::selection(&inputs.run, full)?;
    let chosen = selection::chosen(&inputs.run, asked.as_ref(), full)?;
    let (set, changed) = match &chosen {
        Some(chosen) => (chosen.labels().cloned().collect(), LabelGraph::default()),
        None => own_target_set(inputs, full)?,
    };
    let always = target_tasks::always_targets(&overlaid(full, &changed), inputs.run.parameters);
    let requested: BTreeSet<Label> = set.union(&always).cloned().collect();
    let graph = overlaid(&closure(full, &requested), &changed);
    Ok(Target { set, requested, graph, chosen })
}

/// What the filters leave, the tree's own or ours, and the tasks that the tree's own changed.
fn own_target_set(inputs: &Inputs<'_>, full: &LabelGraph) -> Result<(BTreeSet<Label>, LabelGraph), Error> {
    if let Some(own) = whole::own_targets(inputs, full)? {
        return Ok(own);
    }
    let set = target_tasks::target_task_set(TARGET_TASKS_METHODS, full, &inputs.run)?;
    Ok((set, LabelGraph::default()))
}

/// A graph with some of its tasks changed.
fn overlaid(graph: &LabelGraph, changed: &LabelGraph) -> LabelGraph {
    let task = |(label, task): (&Label, &Arc<Task<Label>>)| (label.clone(), changed.get(label).unwrap_or(task).clone());
    graph.iter().map(task).collect()
}

/// The part of a graph that `labels` need: themselves and everything they depend on.
#[must_use]
pub fn closure(graph: &LabelGraph, labels: &BTreeSet<Label>) -> LabelGraph {
    let needed = graph.edges().closure(labels);
    graph.filter(|label, _| needed.contains(label))
}

/// What remains to create, with ids; the only phase that asks the index and the queue.
///
/// # Errors
/// Strategies or references that mean nothing, what the verifications find, or a service that did not answer.
pub async fn optimized(inputs: &Inputs<'_>, target: &Target) -> Result<Optimized, Error> {
    let RunContext { parameters, surroundings, .. } = inputs.run;
    refuse_foreign_strategies(inputs)?;
    let mut do_not_optimize: BTreeSet<Label> =
        parameters.do_not_optimize.iter().map(|label| Label::from(label.as_str())).collect();
    if !parameters.optimize_target_tasks {
        do_not_optimize.extend(target.set.iter().cloned());
    }
    let existing = parameters.existing_tasks.iter();
    let existing_tasks = existing.map(|(label, id)| (label.as_str().into(), id.as_str().into())).collect();
    let mut strategies = Strategies::default();
    for (name, removable) in starlark::removable(&inputs.run, &target.graph)? {
        strategies.register(&name, Definition::own(&name, removable));
    }
    let plan = optimization::plan(Request {
        target: &target.graph,
        requested: &target.requested,
        do_not_optimize: &do_not_optimize,
        existing_tasks: &existing_tasks,
        parameters,
        now: inputs.now,
        ids: Ids { creator: inputs.decision_task_id, decision: inputs.decision_task_id, ordinal: 0 },
        root_url: surroundings.root_url.as_deref(),
        proxy_url: surroundings.proxy_url.as_deref(),
        strategies: &strategies,
        unknown_strategies: UnknownStrategies::Refuse,
    })?;
    let facts = plan.look_up(inputs.index, inputs.queue).await?;
    let optimized = plan.optimize(&facts)?;
    if inputs.verify {
        verifications::verify_optimized_task_graph(VERIFICATIONS, &optimized.graph.tasks, &inputs.run)?;
    }
    Ok(optimized)
}

/// The optimized graph amended to what Taskcluster takes.
///
/// # Errors
/// What a morph refuses.
pub fn morphed(inputs: &Inputs<'_>, optimized: &AssignedGraph) -> Result<AssignedGraph, Mistakes> {
    let context = MorphContext { run: &inputs.run, creator: inputs.decision_task_id };
    // As in the reference, the tree's own come after ours.
    starlark::morphed(&inputs.run, morphs::morph(MORPHS, &context, optimized)?)
}

/// How many mistakes get a suggestion; finding one takes a look at every label.
const SUGGESTIONS: usize = 20;

fn refuse_missing_dependencies(tasks: &LabelGraph) -> Result<(), Mistakes> {
    let edges = tasks.iter().flat_map(|(_, task)| task.dependencies.iter().map(move |edge| (task, edge)));
    let missing = edges.filter(|(_, (_, on))| !tasks.contains(on));
    let told = missing.enumerate().map(|(at, (task, (edge, on)))| {
        let message = format!("task `{}` depends on `{on}` as `{edge}`, which does not exist", task.label);
        let mut told = Diagnostic::error(message).at(task.span).in_task(task.label.as_str());
        let near = (at < SUGGESTIONS).then(|| nearest(on.as_str(), tasks.keys().map(Label::as_str))).flatten();
        told.help = near.map(|near| format!("did you mean `{near}`?"));
        told
    });
    Mistakes(told.collect()).or(())
}

fn told_circle(tasks: &LabelGraph, circle: &[&Label]) -> Mistakes {
    let names: Vec<&str> = circle.iter().map(|label| label.as_str()).collect();
    let written = |label: &&Label| tasks.get(label).map(|task| task.span).unwrap_or_default();
    let message = match names.as_slice() {
        [only] => format!("task `{only}` depends on itself"),
        _ => format!("tasks depend on one another in a circle: {}", quoted(&names)),
    };
    let told = Diagnostic::error(message).at(circle.first().map(written).unwrap_or_default());
    let others = circle.iter().skip(1);
    others.fold(told, |told, label| told.related(written(label), format!("`{label}` is here"))).into()
}

/// `optimize_strategies` names an object of Python; to go on without it would run the wrong tasks.
fn refuse_foreign_strategies(inputs: &Inputs<'_>) -> Result<(), Mistakes> {
    let RunContext { parameters, surroundings, .. } = inputs.run;
    let refusal = |named: &str| {
        Diagnostic::error(format!("cannot use the optimization strategies `{named}`: they are written in Python"))
    };
    // As in the reference, the variable counts before the parameter.
    if let Some(named) = &surroundings.optimize_strategies {
        return Err(refusal(named).help("unset the environment variable `TASKGRAPH_OPTIMIZE_STRATEGIES`").into());
    }
    let Some(named) = parameters.optimize_strategies.as_ref().filter(|named| !named.is_empty()) else { return Ok(()) };
    let span = parameters.get("optimize_strategies").map(|written| written.span).unwrap_or_default();
    Err(refusal(named).at(span).help("unset parameter `optimize_strategies`").into())
}
