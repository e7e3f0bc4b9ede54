//! `index-search`: a finished task found at one of these index paths takes the task's place.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::diagnostics::quoted;
use crate::generate::optimization::Verdict;
use crate::generate::optimization::facts::Facts;
use crate::generate::optimization::log::Log;
use crate::generate::shared::relative_time::spelled;
use crate::model::{Label, Task};
use crate::sources::queue::{TaskState, TaskStatus};

/// Index paths, the preferred ones first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct IndexSearch(Vec<String>);

impl IndexSearch {
    pub(super) fn paths(&self) -> &[String] {
        &self.0
    }

    /// The first task found that has not failed and is kept until everything that needs it is done. One that is
    /// still running will do. Also why it is, or why there is none.
    pub(super) fn replacement(
        &self,
        task: &Task<Label>,
        deadline: Option<DateTime<Utc>>,
        facts: &Facts,
        log: &mut Log,
    ) -> (Verdict, String) {
        let mut objections = Vec::new();
        let found = self.0.iter().filter_map(|path| Some((path, facts.find(path)?)));
        for (path, status) in found {
            let id = &status.task_id;
            match objection(status, deadline) {
                None => return (Verdict::Replace(id.clone()), format!("{id} is at `{path}`")),
                Some(why) => {
                    log.debug(format!("not replacing {} with {id} because {why}", task.label));
                    objections.push(format!("{id} is at `{path}`, but {why}"));
                }
            }
        }
        match objections.as_slice() {
            [] => (Verdict::Keep, format!("there is no task at {}", quoted(&self.0))),
            _ => (Verdict::Keep, objections.join("; ")),
        }
    }
}

/// Why a task that was found will not do.
fn objection(status: &TaskStatus, deadline: Option<DateTime<Utc>>) -> Option<String> {
    match status.state {
        TaskState::Failed | TaskState::Exception => Some("it is in failed or exception state".into()),
        TaskState::Unscheduled | TaskState::Pending | TaskState::Running | TaskState::Completed => deadline
            .filter(|deadline| status.expires < *deadline)
            .map(|deadline| format!("it expires before {}", spelled(deadline))),
    }
}
