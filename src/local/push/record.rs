//! What `local push` remembers of a push, so that status and actions find it again.
//!
//! Taskcluster has no list of groups. Each push is therefore indexed below [`NAMESPACE`], with what an action needs
//! later (where the checkout is) as its data: kept by the services, seen by every client.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::local::caller::{CallError, Caller, Service};

/// Where pushes are indexed.
pub const NAMESPACE: &str = "pushgraph.local.pushes";

/// How long a push is remembered.
const REMEMBERED: Duration = Duration::days(365);

/// One push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushRecord {
    /// The group; with one task rendered, also the id of the decision task.
    pub task_group_id: String,
    /// The tasks that the push itself created.
    pub task_ids: Vec<String>,
    /// `tasks_for` of the event, such as `github-push`.
    pub tasks_for: String,
    /// The web address of the repository.
    pub repository: String,
    /// The commit.
    pub revision: String,
    /// The full name of the ref that the event is about.
    pub reference: String,
    /// The branch that the commit is on.
    pub branch: String,
    /// The checkout that was pushed.
    pub checkout: String,
    /// When.
    pub pushed: DateTime<Utc>,
}

impl PushRecord {
    /// Stores the record.
    ///
    /// # Errors
    /// If the index refuses.
    pub(super) async fn store(&self, caller: &Caller) -> Result<(), CallError> {
        let path = format!("{NAMESPACE}.{}", self.task_group_id);
        let body = json!({
            "taskId": self.task_group_id,
            "rank": self.pushed.timestamp(),
            "data": self,
            "expires": (self.pushed + REMEMBERED).to_rfc3339_opts(SecondsFormat::Millis, true),
        });
        caller.put(Service::Index, &["task", &path], &body).await.map(drop)
    }
}

/// All pushes, oldest first. What others put into the namespace is passed over.
///
/// # Errors
/// If the index cannot be asked.
pub async fn pushes(caller: &Caller) -> Result<Vec<PushRecord>, CallError> {
    let items = match caller.list(Service::Index, &["tasks", NAMESPACE], "tasks").await {
        Err(error) if error.is_not_found() => Vec::new(),
        answer => answer?,
    };
    let read = |item: &Value| serde_json::from_value::<PushRecord>(item["data"].clone()).ok();
    let mut pushes: Vec<PushRecord> = items.iter().filter_map(read).collect();
    pushes.sort_by(|one, two| (one.pushed, &one.task_group_id).cmp(&(two.pushed, &two.task_group_id)));
    pushes.dedup();
    Ok(pushes)
}
