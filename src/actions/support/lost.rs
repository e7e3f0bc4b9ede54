//! Tasks of a push that nothing can wait for any more: they ended without success, or wait for one that did.

use std::collections::{BTreeMap, BTreeSet};

use super::{Call, Error};
use crate::model::{Label, LabelGraph, Task, TaskId};
use crate::sources::queue::TaskState;
use crate::yaml::{Map, Node};

/// Those of the tasks that nothing can wait for any more: what depends on them would never run.
///
/// # Errors
/// If the queue does not answer.
pub(in crate::actions) async fn lost(call: &Call<'_>, tasks: Vec<TaskId>) -> Result<BTreeSet<TaskId>, Error> {
    let (mut lost, mut waiting) = (BTreeSet::new(), BTreeMap::new());
    let (mut seen, mut ahead) = (BTreeSet::new(), tasks);
    loop {
        ahead.retain(|task| seen.insert(task.clone()));
        if ahead.is_empty() {
            break;
        }
        let statuses = call.services.queue.statuses(&ahead).await?;
        let of_state =
            |state| statuses.values().filter(move |status| status.state == state).map(|status| status.task_id.clone());
        lost.extend(of_state(TaskState::Failed).chain(of_state(TaskState::Exception)));
        let unscheduled: Vec<TaskId> = of_state(TaskState::Unscheduled).collect();
        let definitions =
            if unscheduled.is_empty() { BTreeMap::new() } else { call.services.queue.tasks(&unscheduled).await? };
        let needed: BTreeMap<TaskId, Vec<TaskId>> =
            definitions.into_iter().map(|(task, definition)| (task, needed_by(&definition))).collect();
        ahead = needed.values().flatten().cloned().collect();
        waiting.extend(needed);
    }
    spread(&mut lost, waiting);
    Ok(lost)
}

/// What has to succeed before the task runs.
fn needed_by(definition: &Map) -> Vec<TaskId> {
    if waits_for_failures(definition) {
        return Vec::new();
    }
    let dependencies = definition.get("dependencies").and_then(Node::as_list).unwrap_or_default();
    dependencies.iter().filter_map(Node::as_str).map(TaskId::new).collect()
}

/// Whether it runs after what it depends on, however that ends.
fn waits_for_failures(definition: &Map) -> bool {
    definition.get("requires").and_then(Node::as_str) == Some("all-resolved")
}

/// What waits for something lost is lost as well.
fn spread(lost: &mut BTreeSet<TaskId>, mut waiting: BTreeMap<TaskId, Vec<TaskId>>) {
    loop {
        let before = waiting.len();
        waiting.retain(|task, needed| {
            let is_lost = needed.iter().any(|needed| lost.contains(needed));
            if is_lost {
                lost.insert(task.clone());
            }
            !is_lost
        });
        if waiting.len() == before {
            return;
        }
    }
}

/// The labels that have to be made again, so that new tasks of `to_run` can run: what those need, directly or through
/// others, as far as the push has it and it is `lost`.
pub(in crate::actions) fn made_again(
    graph: &LabelGraph,
    to_run: &BTreeSet<Label>,
    existing: &BTreeMap<Label, TaskId>,
    is_lost: impl Fn(&Label, &TaskId) -> bool,
) -> BTreeSet<Label> {
    let mut again = BTreeSet::new();
    let mut seen: BTreeSet<&Label> = to_run.iter().collect();
    let mut ahead: Vec<&Label> = to_run.iter().collect();
    let needs = |task: &&Task<Label>| !waits_for_failures(&task.definition);
    while let Some(task) = ahead.pop().map(|label| graph.get(label).map(AsRef::as_ref)) {
        for (_, needed) in task.filter(needs).iter().flat_map(|task| &task.dependencies) {
            if !seen.insert(needed) {
                continue;
            }
            match existing.get(needed) {
                // What is there, or will be, is waited for.
                Some(task) if !is_lost(needed, task) => {}
                Some(_) => {
                    again.insert(needed.clone());
                    ahead.push(needed);
                }
                None => ahead.push(needed),
            }
        }
    }
    again
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAPH: &str = r#"{
        "toolchain": {"kind": "k", "label": "toolchain", "attributes": {}, "dependencies": {}, "task": {}},
        "build": {"kind": "k", "label": "build", "attributes": {}, "dependencies": {"t": "toolchain"}, "task": {}},
        "package": {"kind": "k", "label": "package", "attributes": {}, "dependencies": {"b": "build"}, "task": {}},
        "test": {"kind": "k", "label": "test", "attributes": {}, "dependencies": {"p": "package"}, "task": {}},
        "notice": {"kind": "k", "label": "notice", "attributes": {}, "dependencies": {"p": "package"},
            "task": {"requires": "all-resolved"}}
    }"#;

    /// What is made again for a label where the push has these, of which some are lost.
    fn again(label: &str, existing: &[&str], lost: &[&str]) -> Vec<String> {
        let graph = LabelGraph::from_json(GRAPH).unwrap();
        let existing = existing.iter().map(|name| (Label::new(*name), TaskId::new(*name))).collect();
        let again = made_again(&graph, &BTreeSet::from([Label::new(label)]), &existing, |_, task| {
            lost.contains(&task.as_str())
        });
        again.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_what_keeps_the_task_from_running_is_made_again() {
        let all = ["toolchain", "build", "package", "test"];
        assert_eq!(again("test", &all, &["build", "package", "test"]), ["build", "package"]);
        // What something that succeeded was made from is not needed any more.
        assert_eq!(again("test", &all, &["toolchain"]), [""; 0]);
        // What the push lacks is made anyway; what that needs has to be good.
        assert_eq!(again("test", &["toolchain", "build"], &["build"]), ["build"]);
        assert_eq!(again("notice", &all, &["package"]), [""; 0]);
    }

    #[test]
    fn what_waits_for_something_lost_is_lost() {
        let on = |ids: &[&str]| ids.iter().map(|id| TaskId::new(*id)).collect::<Vec<_>>();
        let mut lost = BTreeSet::from([TaskId::new("build")]);
        let waiting = [("signed", on(&["tested"])), ("tested", on(&["build"])), ("other", on(&["elsewhere"]))];
        spread(&mut lost, waiting.into_iter().map(|(task, needed)| (TaskId::new(task), needed)).collect());
        assert_eq!(lost, ["build", "signed", "tested"].map(TaskId::new).into());
    }
}
