//! `index-search`: a finished task found at one of these index paths takes the task's place.

use chrono::{DateTime, Utc};
use serde::Deserialize;

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
    /// still running will do.
    pub(super) fn replacement(
        &self,
        task: &Task<Label>,
        deadline: Option<DateTime<Utc>>,
        facts: &Facts,
        log: &mut Log,
    ) -> Verdict {
        let found = self.0.iter().filter_map(|path| facts.find(path));
        for status in found {
            match objection(status, deadline) {
                None => return Verdict::Replace(status.task_id.clone()),
                Some(why) => log.debug(format!("not replacing {} with {} because {why}", task.label, status.task_id)),
            }
        }
        Verdict::Keep
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
