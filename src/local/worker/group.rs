//! Whether something is left to happen in a group.

use std::collections::BTreeMap;

use crate::local::caller::{CallError, Caller, Service};
use crate::local::status::{State, TaskStatus};

/// Whether nothing in the group is left to happen, as far as its own tasks tell.
///
/// That is more often than "all resolved": a task whose dependency failed stays unscheduled until its deadline.
#[must_use]
pub fn is_settled(tasks: &[TaskStatus]) -> bool {
    let is_moving = tasks.iter().any(|task| matches!(task.state, State::Pending | State::Running));
    !is_moving && ready(tasks).is_empty()
}

/// Unscheduled tasks whose dependencies within the group let them run.
fn ready(tasks: &[TaskStatus]) -> Vec<&TaskStatus> {
    let states: BTreeMap<&str, State> = tasks.iter().map(|task| (task.task_id.as_str(), task.state)).collect();
    let is_ready = |task: &&TaskStatus| {
        let mut states = task.dependencies.iter().filter_map(|id| states.get(id.as_str()));
        task.state == State::Unscheduled && states.all(|state| lets_run(task, *state))
    };
    tasks.iter().filter(is_ready).collect()
}

fn lets_run(task: &TaskStatus, dependency: State) -> bool {
    dependency == State::Completed || (task.requires_all_resolved && dependency.is_resolved())
}

/// Whether nothing is left to happen, asking also for dependencies in other groups.
///
/// # Errors
/// If the queue cannot be asked.
pub(super) async fn has_settled(caller: &Caller, tasks: &[TaskStatus]) -> Result<bool, CallError> {
    if is_settled(tasks) {
        return Ok(true);
    }
    if tasks.iter().any(|task| matches!(task.state, State::Pending | State::Running)) {
        return Ok(false);
    }
    let own: Vec<&str> = tasks.iter().map(|task| task.task_id.as_str()).collect();
    for task in ready(tasks) {
        let mut is_held = false;
        for id in task.dependencies.iter().filter(|id| !own.contains(&id.as_str())) {
            is_held |= !state(caller, id).await?.is_some_and(|state| lets_run(task, state));
        }
        if !is_held {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The state of any task; nothing for one that does not exist.
pub(super) async fn state(caller: &Caller, task_id: &str) -> Result<Option<State>, CallError> {
    match caller.get(Service::Queue, &["task", task_id, "status"]).await {
        Ok(answer) => Ok(answer["status"]["state"].as_str().and_then(State::parse)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: &str, state: State, dependencies: &[&str]) -> TaskStatus {
        TaskStatus {
            task_id: id.into(),
            name: id.into(),
            task_queue_id: "a/b".into(),
            state,
            runs: 0,
            begun: 0,
            reason: None,
            dependencies: dependencies.iter().map(|id| (*id).to_owned()).collect(),
            requires_all_resolved: false,
        }
    }

    #[test]
    fn a_group_settles_with_tasks_that_can_never_run() {
        let failed = task("a", State::Failed, &[]);
        let after = task("b", State::Unscheduled, &["a"]);
        let later = task("c", State::Unscheduled, &["b"]);
        assert!(is_settled(&[failed.clone(), after.clone(), later.clone()]));
        assert!(!is_settled(&[task("a", State::Completed, &[]), after.clone(), later.clone()]));
        assert!(!is_settled(&[task("a", State::Running, &[]), after.clone()]));
        assert!(!is_settled(&[failed, TaskStatus { requires_all_resolved: true, ..after }, later]));
        assert!(is_settled(&[task("a", State::Unscheduled, &["a"])]));
        assert!(is_settled(&[]));
    }
}
