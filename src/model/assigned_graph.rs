//! A graph whose tasks have their ids.

use std::collections::BTreeMap;

use super::{Label, TaskGraph, TaskId};

/// The tasks to create, and the ids that labels stand for; what optimization makes and morphs amend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssignedGraph {
    /// The tasks to create, by id.
    pub tasks: TaskGraph<TaskId>,
    /// The id of every task to create, and of every task that takes the place of another: `label-to-taskid.json`.
    pub label_to_task_id: BTreeMap<Label, TaskId>,
}
