//! What is to be run on other pushes, and where it comes from.

use serde_json::Value;

use crate::error::Error;
use crate::model::{Label, TaskId};
use crate::sources::queue::Queue;
use crate::yaml::Node;

/// The environment variable that says what a test task runs.
const MANIFESTS: &str = "MOZHARNESS_TEST_PATHS";

/// What is to be run on other pushes, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The label.
    pub label: Label,
    /// The revision the question comes from.
    pub revision: String,
    /// The symbol of the label's task on Treeherder; empty if it is not known.
    pub symbol: String,
    /// Which test manifests it ran there, as `MOZHARNESS_TEST_PATHS` says it.
    pub manifests: Option<Value>,
    /// Whether it is run again on a push that has it.
    pub retrigger: bool,
}

impl Subject {
    /// A label of which no task is known.
    #[must_use]
    pub fn of_label(label: &Label, revision: &str, retrigger: bool) -> Self {
        let (label, revision) = (label.clone(), revision.to_owned());
        Self { label, revision, symbol: String::new(), manifests: None, retrigger }
    }
}

/// What a task runs, so that it can be run elsewhere.
///
/// # Errors
/// If there is no such task, it has no name, or the queue does not answer.
pub async fn describe(queue: &dyn Queue, task_id: &TaskId, revision: &str, retrigger: bool) -> Result<Subject, Error> {
    let definition = Node::new(queue.task(task_id).await?);
    let at = |path: &[&str]| path.iter().try_fold(&definition, |node, key| node.get(key)).and_then(Node::as_str);
    let label = at(&["metadata", "name"]).map(Label::from);
    let label = label.ok_or_else(|| Error::refused(format!("task {task_id} has no name")))?;
    let manifests = at(&["payload", "env", MANIFESTS]).and_then(|text| serde_json::from_str(text).ok());
    let symbol = at(&["extra", "treeherder", "symbol"]).unwrap_or_default().to_owned();
    Ok(Subject { symbol, manifests, ..Subject::of_label(&label, revision, retrigger) })
}
