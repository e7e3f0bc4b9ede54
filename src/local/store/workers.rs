//! Task queues and the workers that were seen on them.

use std::collections::BTreeMap;

use chrono::Duration;
use rusqlite::{Row, params};
use serde_json::{Value, json};

use super::{Db, json as json_column};
use crate::local::time::Time;

/// Tasks of a worker that are remembered.
const RECENT: usize = 20;

/// A queue that a worker asked for work on, or that was declared.
#[derive(Clone, Debug)]
pub(crate) struct TaskQueue {
    pub(crate) task_queue_id: String,
    pub(crate) expires: Time,
    pub(crate) last_active: Time,
}

/// A worker that asked for work.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    pub(crate) task_queue_id: String,
    pub(crate) worker_group: String,
    pub(crate) worker_id: String,
    pub(crate) first_claim: Time,
    pub(crate) last_active: Time,
    pub(crate) expires: Time,
    pub(crate) quarantine_until: Time,
    pub(crate) quarantine_details: Vec<Value>,
    /// `{taskId, runId}`, the latest last.
    pub(crate) recent_tasks: Vec<Value>,
}

impl TaskQueue {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            task_queue_id: row.get("task_queue_id")?,
            expires: row.get("expires")?,
            last_active: row.get("last_active")?,
        })
    }
}

impl Worker {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            task_queue_id: row.get("task_queue_id")?,
            worker_group: row.get("worker_group")?,
            worker_id: row.get("worker_id")?,
            first_claim: row.get("first_claim")?,
            last_active: row.get("last_active")?,
            expires: row.get("expires")?,
            quarantine_until: row.get("quarantine_until")?,
            quarantine_details: json_column(row, "quarantine_details")?,
            recent_tasks: json_column(row, "recent_tasks")?,
        })
    }

    /// A worker that is seen for the first time.
    pub(crate) fn new((queue, group, id): (&str, &str, &str), now: Time) -> Self {
        Self {
            task_queue_id: queue.to_owned(),
            worker_group: group.to_owned(),
            worker_id: id.to_owned(),
            first_claim: now,
            last_active: now,
            expires: now + Duration::days(1),
            quarantine_until: Time::from(chrono::DateTime::UNIX_EPOCH),
            quarantine_details: Vec::new(),
            recent_tasks: Vec::new(),
        }
    }

    /// Notes that the worker was here, and what it took.
    pub(crate) fn seen(&mut self, tasks: impl IntoIterator<Item = (String, usize)>, now: Time) {
        self.last_active = now;
        self.expires = self.expires.max(now + Duration::days(1));
        let taken = tasks.into_iter().map(|(task_id, run_id)| json!({"taskId": task_id, "runId": run_id}));
        self.recent_tasks.extend(taken);
        self.recent_tasks.drain(..self.recent_tasks.len().saturating_sub(RECENT));
    }

    pub(crate) fn save(&self, db: &Db<'_>) -> rusqlite::Result<()> {
        db.run(
            "INSERT OR REPLACE INTO workers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                self.task_queue_id,
                self.worker_group,
                self.worker_id,
                self.first_claim,
                self.last_active,
                self.expires,
                self.quarantine_until,
                json!(self.quarantine_details).to_string(),
                json!(self.recent_tasks).to_string(),
            ],
        )
        .map(drop)
    }
}

impl Db<'_> {
    /// Notes that a queue is in use.
    pub(crate) fn task_queue_seen(&self, task_queue_id: &str, now: Time) -> rusqlite::Result<()> {
        self.run(
            "INSERT INTO task_queues VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET expires = ?2, last_active = ?3",
            params![task_queue_id, now + Duration::days(5), now],
        )
        .map(drop)
    }

    /// The queues in which runs are pending, and how many.
    pub(crate) fn pending_pools(&self) -> rusqlite::Result<BTreeMap<String, usize>> {
        let sql = "SELECT task_queue_id, count(*) FROM tasks WHERE pending_since IS NOT NULL GROUP BY task_queue_id";
        self.all(sql, [], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?))).map(|rows: Vec<(String, i64)>| {
            rows.into_iter().map(|(id, count)| (id, usize::try_from(count).unwrap_or(0))).collect()
        })
    }

    /// The queues in use, by id.
    pub(crate) fn task_queues(&self, now: Time) -> rusqlite::Result<Vec<TaskQueue>> {
        let sql = "SELECT * FROM task_queues WHERE expires > ? ORDER BY task_queue_id";
        self.all(sql, [now], TaskQueue::from_row)
    }

    pub(crate) fn worker(&self, (queue, group, id): (&str, &str, &str)) -> rusqlite::Result<Option<Worker>> {
        let sql = "SELECT * FROM workers WHERE task_queue_id = ? AND worker_group = ? AND worker_id = ?";
        self.one(sql, [queue, group, id], Worker::from_row)
    }

    pub(crate) fn workers(
        &self,
        queue: &str,
        now: Time,
        (count, skip): (usize, usize),
    ) -> rusqlite::Result<Vec<Worker>> {
        let sql = "SELECT * FROM workers WHERE task_queue_id = ? AND (expires >= ?2 OR quarantine_until >= ?2) \
                   ORDER BY worker_group, worker_id LIMIT ? OFFSET ?";
        self.all(sql, params![queue, now, count, skip], Worker::from_row)
    }
}
