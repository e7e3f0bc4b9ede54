//! Objects of the object service.

use rusqlite::{Row, params};
use serde_json::{Map, Value};

use super::{Db, json as json_column};
use crate::local::time::Time;

/// An object; its bytes are a blob.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) name: String,
    pub(crate) project_id: String,
    /// Set until the upload is finished.
    pub(crate) upload_id: Option<String>,
    pub(crate) expires: Time,
    /// Hash in hexadecimal by algorithm.
    pub(crate) hashes: Map<String, Value>,
}

impl Object {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            name: row.get("name")?,
            project_id: row.get("project_id")?,
            upload_id: row.get("upload_id")?,
            expires: row.get("expires")?,
            hashes: json_column(row, "hashes")?,
        })
    }

    pub(crate) fn save(&self, db: &Db<'_>) -> rusqlite::Result<()> {
        let hashes = Value::Object(self.hashes.clone()).to_string();
        db.run(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)",
            params![self.name, self.project_id, self.upload_id, self.expires, hashes],
        )
        .map(drop)
    }
}

impl Db<'_> {
    pub(crate) fn object(&self, name: &str) -> rusqlite::Result<Option<Object>> {
        self.one("SELECT * FROM objects WHERE name = ?", [name], Object::from_row)
    }
}
