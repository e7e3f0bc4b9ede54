//! The queue takes 10 000 dependencies, of which one is the decision task's.

use super::{Check, Verification, mistake};
use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::model::{Label, LabelGraph, Task};

pub(super) const VERIFICATION: Verification =
    Verification { name: "task_dependencies", check: Check::FullTaskGraph(verify) };

const MAX_DEPENDENCIES: usize = 9999;

fn verify(graph: &LabelGraph, _: &RunContext<'_>) -> Vec<Diagnostic> {
    let count =
        |task: &Task<Label>| task.dependencies.len() + task.if_dependencies.len() + task.soft_dependencies.len();
    let many = graph.iter().filter(|(_, task)| count(task) > MAX_DEPENDENCIES);
    let told = many.map(|(label, task)| {
        let message = format!("task `{label}` has too many dependencies ({} > {MAX_DEPENDENCIES})", count(task));
        mistake(task, task.span, message)
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use crate::generate::verifications::testing::{full_tasks, task};

    #[test]
    fn there_are_too_many_dependencies() {
        let mut task = task("a", "{}");
        task.soft_dependencies = vec!["b".into(); 9998];
        task.if_dependencies = vec!["b".into()];
        assert!(full_tasks(super::VERIFICATION, vec![task.clone()]).is_empty());
        task.if_dependencies.push("c".into());
        assert_eq!(full_tasks(super::VERIFICATION, vec![task]), ["task `a` has too many dependencies (10000 > 9999)"]);
    }
}
