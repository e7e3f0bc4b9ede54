//! Soft dependencies may close a circle that no other check sees. Its tasks could never be created, as each must be
//! there before the next; the reference leaves them out without a word.

use super::{Check, Verification, mistake};
use crate::diagnostics::{Diagnostic, quoted};
use crate::generate::context::RunContext;
use crate::model::{TaskGraph, TaskId};

pub(super) const VERIFICATION: Verification =
    Verification { name: "dependency_circles", check: Check::OptimizedTaskGraph(verify) };

fn verify(graph: &TaskGraph<TaskId>, _: &RunContext<'_>) -> Vec<Diagnostic> {
    let Err(circle) = graph.edges().postorder() else { return Vec::new() };
    let tasks: Vec<_> = circle.into_iter().filter_map(|id| graph.get(id)).collect();
    let labels: Vec<&str> = tasks.iter().map(|task| task.label.as_str()).collect();
    let message = format!("tasks depend on one another in a circle, soft dependencies counted: {}", quoted(&labels));
    let Some((first, others)) = tasks.split_first() else { return Vec::new() };
    let told = mistake(first, first.span, message);
    vec![others.iter().fold(told, |told, task| told.related(task.span, format!("`{}` is here", task.label)))]
}

#[cfg(test)]
mod tests {
    use crate::generate::verifications::testing::{optimized_tasks, task};

    #[test]
    fn a_circle_is_named() {
        let mut one = task("a", "{}");
        one.dependencies = vec![("b".into(), "b".into())];
        let mut two = task("b", "{}");
        two.dependencies = vec![("a".into(), "a".into())];
        assert_eq!(
            optimized_tasks(super::VERIFICATION, vec![one, two]),
            ["tasks depend on one another in a circle, soft dependencies counted: `a`, `b`"]
        );
    }
}
