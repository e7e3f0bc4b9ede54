//! Verifications: rules that a finished graph must keep to.
//!
//! To add one: write `verifications/<name>.rs`, add its row to [`VERIFICATIONS`]. Source: `taskgraph.util.verify` of
//! the reference, but for `dependency_circles`, which is ours. Its `verify_caches_are_volumes` reads a key that
//! finished tasks never have, so it has no effect there and is not here.

mod always_optimized;
mod dependency_circles;
mod dependency_tiers;
mod index_route;
mod routes_notification_filters;
mod run_task_caches;
mod task_dependencies;
mod task_graph_symbol;
mod task_identifiers;
#[cfg(test)]
mod testing;
mod toolchain_alias;
mod trust_domain_v2_routes;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::context::RunContext;
use crate::diagnostics::{Diagnostic, Mistakes, Severity, Span};
use crate::model::{LabelGraph, Task, TaskGraph, TaskId};
use crate::yaml::Node;

/// A rule and the phase whose graph must keep to it.
#[derive(Clone, Copy, Debug)]
pub struct Verification {
    /// Its name: the reference's, without `verify_`.
    pub name: &'static str,
    /// What is wrong with a graph; warnings are among it.
    pub check: Check,
}

/// A rule for the graph of one phase.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// For the full task graph.
    FullTaskGraph(fn(&LabelGraph, &RunContext<'_>) -> Vec<Diagnostic>),
    /// For the optimized task graph.
    OptimizedTaskGraph(fn(&TaskGraph<TaskId>, &RunContext<'_>) -> Vec<Diagnostic>),
}

/// Every verification of ours, by name.
pub const VERIFICATIONS: &[Verification] = &[
    always_optimized::VERIFICATION,
    dependency_circles::VERIFICATION,
    dependency_tiers::VERIFICATION,
    index_route::VERIFICATION,
    routes_notification_filters::VERIFICATION,
    run_task_caches::VERIFICATION,
    task_dependencies::VERIFICATION,
    task_graph_symbol::VERIFICATION,
    task_identifiers::VERIFICATION,
    toolchain_alias::VERIFICATION,
    trust_domain_v2_routes::VERIFICATION,
];

/// Makes the verifications of the full task graph; warnings go to the run's.
///
/// # Errors
/// Everything that is wrong with it.
pub fn verify_full_task_graph(
    verifications: &[Verification],
    graph: &LabelGraph,
    run: &RunContext<'_>,
) -> Result<(), Mistakes> {
    let found = verifications.par_iter().map(|verification| match verification.check {
        Check::FullTaskGraph(check) => check(graph, run),
        Check::OptimizedTaskGraph(_) => Vec::new(),
    });
    told(found.collect(), run)
}

/// Makes the verifications of the optimized task graph; warnings go to the run's.
///
/// # Errors
/// Everything that is wrong with it.
pub fn verify_optimized_task_graph(
    verifications: &[Verification],
    graph: &TaskGraph<TaskId>,
    run: &RunContext<'_>,
) -> Result<(), Mistakes> {
    let found = verifications.par_iter().map(|verification| match verification.check {
        Check::OptimizedTaskGraph(check) => check(graph, run),
        Check::FullTaskGraph(_) => Vec::new(),
    });
    told(found.collect(), run)
}

/// What each verification has found, in their order.
fn told(found: Vec<Vec<Diagnostic>>, run: &RunContext<'_>) -> Result<(), Mistakes> {
    let found = found.into_iter().flatten();
    let (errors, warnings): (Vec<_>, Vec<_>) = found.partition(|found| found.severity == Severity::Error);
    warnings.into_iter().for_each(|warning| run.warnings.push(warning));
    Mistakes(errors).or(())
}

/// A mistake in a finished task: at what it is about if that was written, else at the task.
fn mistake<K>(task: &Task<K>, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(message).at(span.or(task.span)).in_task(task.label.as_str())
}

/// The task's routes, and where each was written.
fn routes<K>(task: &Task<K>) -> impl Iterator<Item = (&str, Span)> {
    let routes = task.definition.get("routes").and_then(Node::as_list).unwrap_or_default();
    routes.iter().filter_map(|route| Some((route.as_str()?, route.span)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_every_file() {
        let names: Vec<&str> = VERIFICATIONS.iter().map(|verification| verification.name).collect();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generate/verifications");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<String> = files.map(|file| file.trim_end_matches(".rs").to_owned()).collect();
        files.retain(|file| !["mod", "testing"].contains(&file.as_str()));
        files.sort();
        assert_eq!(names, files);
    }
}
