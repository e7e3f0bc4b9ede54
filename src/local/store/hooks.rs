//! Hooks and when they were fired.

use rusqlite::{Row, params};
use serde_json::Value;

use super::{Db, json as json_column};
use crate::local::time::Time;

/// A hook.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) group: String,
    pub(crate) id: String,
    /// As `hooks.hook` answers it.
    pub(crate) definition: Value,
    pub(crate) trigger_token: String,
}

/// One time that a hook was fired.
#[derive(Clone, Debug)]
pub(crate) struct Fire {
    pub(crate) task_id: String,
    pub(crate) fired_by: String,
    pub(crate) fired: Time,
    /// `success` or `error`.
    pub(crate) result: String,
    pub(crate) error: String,
}

impl Hook {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            group: row.get("hook_group_id")?,
            id: row.get("hook_id")?,
            definition: json_column(row, "definition")?,
            trigger_token: row.get("trigger_token")?,
        })
    }

    pub(crate) fn save(&self, db: &Db<'_>) -> rusqlite::Result<()> {
        let row = params![self.group, self.id, self.definition.to_string(), self.trigger_token];
        db.run("INSERT OR REPLACE INTO hooks VALUES (?, ?, ?, ?)", row).map(drop)
    }
}

impl Fire {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            task_id: row.get("task_id")?,
            fired_by: row.get("fired_by")?,
            fired: row.get("fired")?,
            result: row.get("result")?,
            error: row.get("error")?,
        })
    }

    pub(crate) fn save(&self, db: &Db<'_>, (group, id): (&str, &str)) -> rusqlite::Result<()> {
        db.run(
            "INSERT INTO last_fires VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![group, id, self.task_id, self.fired_by, self.fired, self.result, self.error],
        )
        .map(drop)
    }
}

impl Db<'_> {
    pub(crate) fn hook(&self, (group, id): (&str, &str)) -> rusqlite::Result<Option<Hook>> {
        self.one("SELECT * FROM hooks WHERE hook_group_id = ? AND hook_id = ?", [group, id], Hook::from_row)
    }

    pub(crate) fn hooks(&self, group: &str) -> rusqlite::Result<Vec<Hook>> {
        self.all("SELECT * FROM hooks WHERE hook_group_id = ? ORDER BY hook_id", [group], Hook::from_row)
    }

    pub(crate) fn hook_groups(&self) -> rusqlite::Result<Vec<String>> {
        self.all("SELECT DISTINCT hook_group_id FROM hooks ORDER BY hook_group_id", [], |row| row.get(0))
    }

    pub(crate) fn delete_hook(&self, (group, id): (&str, &str)) -> rusqlite::Result<()> {
        self.run("DELETE FROM hooks WHERE hook_group_id = ? AND hook_id = ?", [group, id])?;
        self.run("DELETE FROM last_fires WHERE hook_group_id = ? AND hook_id = ?", [group, id]).map(drop)
    }

    /// When a hook was fired, the latest first, each with the state of its task if that exists.
    pub(crate) fn fires(
        &self,
        (group, id): (&str, &str),
        (count, skip): (usize, usize),
    ) -> rusqlite::Result<Vec<(Fire, Option<String>)>> {
        let sql = "SELECT last_fires.*, tasks.state FROM last_fires LEFT JOIN tasks USING (task_id) \
                   WHERE hook_group_id = ? AND hook_id = ? ORDER BY fired DESC, last_fires.rowid DESC LIMIT ? OFFSET ?";
        self.all(sql, params![group, id, count, skip], |row| Ok((Fire::from_row(row)?, row.get("state")?)))
    }
}
