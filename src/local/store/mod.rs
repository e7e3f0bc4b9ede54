//! State on disk: SQLite for rows, files beside it for uploaded bytes.
//!
//! One connection does everything, one transaction at a time: a request is one transaction, so its answer is given
//! only once what it did is in the write-ahead log. A process that is killed loses nothing that was answered.

pub(crate) mod artifacts;
pub(crate) mod blobs;
pub(crate) mod dependencies;
pub(crate) mod groups;
pub(crate) mod hooks;
pub(crate) mod identities;
pub(crate) mod index;
pub(crate) mod objects;
pub(crate) mod runs;
pub(crate) mod tasks;
pub(crate) mod workers;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Params, Row};

/// The layout of the database; a later one would come with its migration.
const VERSION: i64 = 1;

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or a file in it cannot be used.
    #[error("cannot use `{path}`: {error}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// SQLite refused.
    #[error("cannot open the database in `{path}`: {error}")]
    Database {
        /// The folder.
        path: PathBuf,
        /// What SQLite said.
        error: rusqlite::Error,
    },
    /// Another process has the same data folder open.
    #[error("`{0}` is in use by another `pushgraph local serve`")]
    InUse(PathBuf),
    /// The folder was written by another version of this program.
    #[error("`{path}` was written by another version of pushgraph (layout {found}, this one reads {VERSION})")]
    Layout {
        /// The folder.
        path: PathBuf,
        /// The layout that was found.
        found: i64,
    },
}

/// An open data folder.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
    folder: PathBuf,
}

/// What a transaction leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Keep,
    Undo,
}

/// A transaction under way.
#[derive(Debug)]
pub(crate) struct Db<'c> {
    connection: &'c Connection,
    folder: &'c Path,
    became_pending: Cell<bool>,
}

impl Store {
    /// Opens the data in `folder`, making both if they are not there.
    ///
    /// # Errors
    /// If the folder cannot be written, is in use, or has another layout.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = || folder.to_owned();
        let unusable = |error| StoreError::Folder { path: folder.to_owned(), error };
        std::fs::create_dir_all(folder.join("blobs")).map_err(unusable)?;
        let connection = open(&folder.join("taskcluster.sqlite")).map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy) => StoreError::InUse(path()),
            _ => StoreError::Database { path: path(), error },
        })?;
        match layout(&connection) {
            Ok(VERSION) => {
                remove_partial_blobs(&folder.join("blobs")).map_err(unusable)?;
                Ok(Self { connection: Mutex::new(connection), folder: path() })
            }
            Ok(found) => Err(StoreError::Layout { path: path(), found }),
            Err(error) => Err(StoreError::Database { path: path(), error }),
        }
    }

    /// Runs `work` in a transaction; what it did stays if it says so. The flag tells whether a run became pending.
    ///
    /// # Errors
    /// If the transaction can't be begun or ended.
    pub(crate) fn transact<T>(&self, work: impl FnOnce(&Db<'_>) -> (T, Ending)) -> rusqlite::Result<(T, bool)> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let db = Db { connection: &transaction, folder: &self.folder, became_pending: Cell::new(false) };
        let (result, ending) = work(&db);
        let became_pending = db.became_pending.get() && ending == Ending::Keep;
        match ending {
            Ending::Keep => transaction.commit()?,
            Ending::Undo => transaction.rollback()?,
        }
        Ok((result, became_pending))
    }

    /// The folder of the uploaded bytes.
    pub(crate) fn blobs(&self) -> PathBuf {
        self.folder.join("blobs")
    }
}

/// Removes what a killed server was in the middle of receiving.
fn remove_partial_blobs(folder: &Path) -> std::io::Result<()> {
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "partial") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What is in the log survives a killed process; only a power cut may take the last moments.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(connection)
}

/// The layout of a database, after making the tables in an empty one.
fn layout(connection: &Connection) -> rusqlite::Result<i64> {
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version != 0 {
        return Ok(version);
    }
    let schema = include_str!("schema.sql");
    connection.execute_batch(&format!("BEGIN; {schema} PRAGMA user_version = {VERSION}; COMMIT;"))?;
    Ok(VERSION)
}

impl Db<'_> {
    /// The first row of a query, if there is one.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.connection.prepare_cached(sql)?.query_row(params, read).optional()
    }

    /// All rows of a query.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.connection.prepare_cached(sql)?.query_map(params, read)?.collect()
    }

    /// A number that a query counts.
    pub(crate) fn count(&self, sql: &str, params: impl Params) -> rusqlite::Result<i64> {
        self.connection.prepare_cached(sql)?.query_row(params, |row| row.get(0))
    }

    /// Changes rows; says how many.
    pub(crate) fn run(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute(params)
    }

    /// Runs `work`; if it fails, everything it did is undone, and what was done before stays.
    pub(crate) fn attempt<T, E: From<rusqlite::Error>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.connection.execute_batch("SAVEPOINT attempt")?;
        let result = work();
        let end = if result.is_ok() { "RELEASE attempt" } else { "ROLLBACK TO attempt; RELEASE attempt" };
        self.connection.execute_batch(end)?;
        result
    }

    /// A value that is kept for the server itself.
    pub(crate) fn setting(&self, name: &str) -> rusqlite::Result<Option<String>> {
        self.one("SELECT value FROM settings WHERE name = ?", [name], |row| row.get(0))
    }

    pub(crate) fn set_setting(&self, name: &str, value: &str) -> rusqlite::Result<()> {
        self.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", [name, value]).map(drop)
    }

    /// Notes that workers who wait for work should look again.
    pub(crate) fn note_pending(&self) {
        self.became_pending.set(true);
    }

    /// The file in which bytes are kept.
    pub(crate) fn blob_file(&self, name: &str) -> PathBuf {
        self.folder.join("blobs").join(name)
    }
}

/// A JSON document in a column.
pub(crate) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_there_after_reopening_and_what_was_undone_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.transact(|db| (db.set_setting("a", "1").unwrap(), Ending::Keep)).unwrap();
        store.transact(|db| (db.set_setting("b", "1").unwrap(), Ending::Undo)).unwrap();
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        let read = |name: &str| store.transact(|db| (db.setting(name).unwrap(), Ending::Keep)).unwrap().0;
        assert_eq!((read("a"), read("b")), (Some("1".to_owned()), None));
    }

    #[test]
    fn an_attempt_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let work = |db: &Db<'_>| {
            db.set_setting("before", "1").unwrap();
            let failed: Result<(), rusqlite::Error> = db.attempt(|| {
                db.set_setting("within", "1")?;
                Err(rusqlite::Error::InvalidQuery)
            });
            assert!(failed.is_err());
            ((db.setting("before").unwrap(), db.setting("within").unwrap()), Ending::Keep)
        };
        assert_eq!(store.transact(work).unwrap().0, (Some("1".to_owned()), None));
    }

    #[test]
    fn a_folder_has_one_server() {
        let folder = tempfile::tempdir().unwrap();
        let _store = Store::open(folder.path()).unwrap();
        assert!(matches!(Store::open(folder.path()), Err(StoreError::InUse(_))));
    }
}
