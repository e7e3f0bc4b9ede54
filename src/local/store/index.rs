//! Indexed tasks.

use chrono::Duration;
use rusqlite::{Row, params};
use serde_json::{Value, json};

use super::{Db, json as json_column};
use crate::local::time::Time;

/// A task under an index path.
#[derive(Clone, Debug)]
pub(crate) struct IndexedTask {
    /// The path without its last name.
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) rank: f64,
    pub(crate) task_id: String,
    pub(crate) data: Value,
    pub(crate) expires: Time,
}

/// The path before the last dot, and the name after it.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

fn join(namespace: &str, name: &str) -> String {
    if namespace.is_empty() || name.is_empty() { format!("{namespace}{name}") } else { format!("{namespace}.{name}") }
}

impl IndexedTask {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            namespace: row.get("namespace")?,
            name: row.get("name")?,
            rank: row.get("rank")?,
            task_id: row.get("task_id")?,
            data: json_column(row, "data")?,
            expires: row.get("expires")?,
        })
    }

    /// As `index.findTask` answers it.
    pub(crate) fn to_json(&self) -> Value {
        let mut rank = json!(self.rank);
        crate::local::numbers::as_javascript(&mut rank);
        json!({
            "namespace": join(&self.namespace, &self.name),
            "taskId": self.task_id,
            "rank": rank,
            "data": self.data,
            "expires": self.expires,
        })
    }
}

impl Db<'_> {
    pub(crate) fn indexed_task(&self, path: &str) -> rusqlite::Result<Option<IndexedTask>> {
        let (namespace, name) = split(path);
        let sql = "SELECT * FROM indexed_tasks WHERE namespace = ? AND name = ?";
        self.one(sql, [namespace, name], IndexedTask::from_row)
    }

    /// Puts a task under its path unless one of a higher rank is there; gives what is there afterwards.
    pub(crate) fn index_task(&self, task: IndexedTask) -> rusqlite::Result<IndexedTask> {
        let path = join(&task.namespace, &task.name);
        if let Some(present) = self.indexed_task(&path)?.filter(|present| present.rank > task.rank) {
            return Ok(present);
        }
        self.run(
            "INSERT OR REPLACE INTO indexed_tasks VALUES (?, ?, ?, ?, ?, ?)",
            params![task.namespace, task.name, task.rank, task.task_id, task.data.to_string(), task.expires],
        )?;
        self.ensure_namespace(&task.namespace, task.expires)?;
        Ok(task)
    }

    /// Makes a namespace and those it is in last a day longer than what is in them.
    fn ensure_namespace(&self, path: &str, expires: Time) -> rusqlite::Result<()> {
        let expires =
            Time::from(expires.date().date_naive().and_time(chrono::NaiveTime::MIN).and_utc()) + Duration::days(1);
        let mut path = path;
        while !path.is_empty() {
            let (parent, name) = split(path);
            self.run(
                "INSERT INTO index_namespaces VALUES (?, ?, ?) \
                 ON CONFLICT DO UPDATE SET expires = max(expires, excluded.expires)",
                params![parent, name, expires],
            )?;
            path = parent;
        }
        Ok(())
    }

    pub(crate) fn unindex_task(&self, path: &str) -> rusqlite::Result<()> {
        let (namespace, name) = split(path);
        self.run("DELETE FROM indexed_tasks WHERE namespace = ? AND name = ?", [namespace, name]).map(drop)
    }

    /// The tasks in a namespace, by name.
    pub(crate) fn indexed_tasks(
        &self,
        namespace: &str,
        now: Time,
        (count, skip): (usize, usize),
    ) -> rusqlite::Result<Vec<IndexedTask>> {
        let sql = "SELECT * FROM indexed_tasks WHERE namespace = ? AND expires > ? ORDER BY name LIMIT ? OFFSET ?";
        self.all(sql, params![namespace, now, count, skip], IndexedTask::from_row)
    }

    /// The namespaces in a namespace, by name, as `index.listNamespaces` answers them.
    pub(crate) fn namespaces(
        &self,
        parent: &str,
        now: Time,
        (count, skip): (usize, usize),
    ) -> rusqlite::Result<Vec<Value>> {
        let sql = "SELECT * FROM index_namespaces WHERE parent = ? AND expires > ? ORDER BY name LIMIT ? OFFSET ?";
        self.all(sql, params![parent, now, count, skip], |row| {
            let (name, expires): (String, Time) = (row.get("name")?, row.get("expires")?);
            Ok(json!({"namespace": join(parent, &name), "name": name, "expires": expires}))
        })
    }
}
