//! Runs of a task.

use serde::{Deserialize, Serialize};

use crate::local::time::Time;
pub(crate) use crate::sources::queue::TaskState as State;

/// Why a run was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Created {
    Scheduled,
    Retry,
    TaskRetry,
    Rerun,
    Exception,
}

/// Why a run was resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reason {
    Completed,
    Failed,
    DeadlineExceeded,
    Canceled,
    ClaimExpired,
    WorkerShutdown,
    MalformedPayload,
    ResourceUnavailable,
    InternalError,
    IntermittentTask,
}

/// One run, as it is kept and (with its number) answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Run {
    pub(crate) state: State,
    pub(crate) reason_created: Created,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason_resolved: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) worker_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) worker_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) taken_until: Option<Time>,
    pub(crate) scheduled: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved: Option<Time>,
}

impl Run {
    /// A run that waits for a worker.
    pub(crate) fn pending(reason_created: Created, now: Time) -> Self {
        Self {
            state: State::Pending,
            reason_created,
            reason_resolved: None,
            worker_group: None,
            worker_id: None,
            taken_until: None,
            scheduled: now,
            started: None,
            resolved: None,
        }
    }

    pub(crate) fn resolve(&mut self, state: State, reason: Reason, now: Time) {
        self.state = state;
        self.reason_resolved = Some(reason);
        self.resolved = Some(now);
    }
}
