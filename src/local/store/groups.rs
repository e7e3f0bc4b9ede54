//! Task groups.

use rusqlite::{Row, params};
use serde_json::{Value, json};

use super::Db;
use crate::local::time::Time;

/// A group of tasks that one scheduler made.
#[derive(Clone, Debug)]
pub(crate) struct TaskGroup {
    pub(crate) task_group_id: String,
    pub(crate) scheduler_id: String,
    pub(crate) expires: Time,
    pub(crate) sealed: Option<Time>,
}

impl TaskGroup {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            task_group_id: row.get("task_group_id")?,
            scheduler_id: row.get("scheduler_id")?,
            expires: row.get("expires")?,
            sealed: row.get("sealed")?,
        })
    }

    /// As `queue.getTaskGroup` answers it.
    pub(crate) fn to_json(&self) -> Value {
        let mut group = json!({
            "taskGroupId": self.task_group_id,
            "schedulerId": self.scheduler_id,
            "expires": self.expires,
        });
        if let Some(sealed) = self.sealed {
            group["sealed"] = json!(sealed);
        }
        group
    }
}

impl Db<'_> {
    pub(crate) fn task_group(&self, id: &str) -> rusqlite::Result<Option<TaskGroup>> {
        self.one("SELECT * FROM task_groups WHERE task_group_id = ?", [id], TaskGroup::from_row)
    }

    /// Makes the group, or makes it last as long as its longest task.
    pub(crate) fn ensure_task_group(&self, id: &str, scheduler_id: &str, expires: Time) -> rusqlite::Result<()> {
        self.run(
            "INSERT INTO task_groups VALUES (?, ?, ?, NULL) \
             ON CONFLICT DO UPDATE SET expires = max(expires, excluded.expires)",
            params![id, scheduler_id, expires],
        )
        .map(drop)
    }

    pub(crate) fn seal_task_group(&self, id: &str, now: Time) -> rusqlite::Result<()> {
        let sql = "UPDATE task_groups SET sealed = ? WHERE task_group_id = ? AND sealed IS NULL";
        self.run(sql, params![now, id]).map(drop)
    }
}
