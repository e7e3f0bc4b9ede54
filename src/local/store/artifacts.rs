//! Artifacts of runs.

use rusqlite::{Row, params};
use serde_json::{Value, json};

use super::{Db, json as json_column};
use crate::local::time::Time;

/// What a run left behind, by name.
#[derive(Clone, Debug)]
pub(crate) struct Artifact {
    pub(crate) task_id: String,
    pub(crate) run_id: usize,
    pub(crate) name: String,
    pub(crate) storage_type: String,
    pub(crate) content_type: String,
    pub(crate) content_length: Option<u64>,
    /// Depends on the storage type: `url`, `artifact`, `reason` and `message`, `uploadId`.
    pub(crate) details: Value,
    /// Whether it may be downloaded.
    pub(crate) present: bool,
    pub(crate) expires: Time,
}

impl Artifact {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            task_id: row.get("task_id")?,
            run_id: row.get("run_id")?,
            name: row.get("name")?,
            storage_type: row.get("storage_type")?,
            content_type: row.get("content_type")?,
            content_length: row.get("content_length")?,
            details: json_column(row, "details")?,
            present: row.get("present")?,
            expires: row.get("expires")?,
        })
    }

    /// As `queue.artifactInfo` answers it.
    pub(crate) fn to_json(&self) -> Value {
        let mut artifact = json!({
            "storageType": self.storage_type,
            "name": self.name,
            "expires": self.expires,
            "contentType": self.content_type,
        });
        if let Some(length) = self.content_length {
            artifact["contentLength"] = json!(length);
        }
        artifact
    }

    pub(crate) fn save(&self, db: &Db<'_>) -> rusqlite::Result<()> {
        db.run(
            "INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                self.task_id,
                self.run_id,
                self.name,
                self.storage_type,
                self.content_type,
                self.content_length,
                self.details.to_string(),
                self.present,
                self.expires,
            ],
        )
        .map(drop)
    }
}

impl Db<'_> {
    pub(crate) fn artifact(&self, task_id: &str, run_id: usize, name: &str) -> rusqlite::Result<Option<Artifact>> {
        let sql = "SELECT * FROM artifacts WHERE task_id = ? AND run_id = ? AND name = ?";
        self.one(sql, params![task_id, run_id, name], Artifact::from_row)
    }

    /// The artifacts of a run in the order of their names, from a name on.
    pub(crate) fn artifacts(
        &self,
        (task_id, run_id): (&str, usize),
        from: &str,
        count: usize,
    ) -> rusqlite::Result<Vec<Artifact>> {
        let sql = "SELECT * FROM artifacts WHERE task_id = ? AND run_id = ? AND name >= ? ORDER BY name LIMIT ?";
        self.all(sql, params![task_id, run_id, from, count], Artifact::from_row)
    }
}
