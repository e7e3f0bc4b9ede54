//! Uploaded bytes: a row that names the file, and the file.

use std::path::{Path, PathBuf};

use rusqlite::{Row, params};

use super::{Db, Store};
use crate::local::ids;

/// Uploaded bytes by name.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) content_type: String,
    pub(crate) content_encoding: Option<String>,
    pub(crate) length: u64,
}

impl Blob {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            name: row.get("name")?,
            file: row.get("file")?,
            content_type: row.get("content_type")?,
            content_encoding: row.get("content_encoding")?,
            length: row.get("length")?,
        })
    }

    /// Notes that the bytes under this name are in this file now; gives the name of the file they were in before.
    pub(crate) fn save(&self, db: &Db<'_>) -> rusqlite::Result<Option<String>> {
        let before = db.blob(&self.name)?.map(|blob| blob.file);
        db.run(
            "INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?, ?)",
            params![self.name, self.file, self.content_type, self.content_encoding, self.length],
        )?;
        Ok(before.filter(|file| *file != self.file))
    }
}

impl Db<'_> {
    pub(crate) fn blob(&self, name: &str) -> rusqlite::Result<Option<Blob>> {
        self.one("SELECT * FROM blobs WHERE name = ?", [name], Blob::from_row)
    }
}

impl Store {
    /// A new file's name, and where it is written until it is whole.
    pub(crate) fn new_blob_file(&self) -> (String, PathBuf) {
        let file = ids::slug();
        let partial = self.blobs().join(format!("{file}.partial"));
        (file, partial)
    }

    /// Gives a whole file its name.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn finish_blob_file(&self, file: &str, partial: &Path) -> std::io::Result<()> {
        std::fs::rename(partial, self.blobs().join(file))
    }
}
