//! What is remembered of the pushes that were made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The file in a data folder.
const FILE: &str = "history.json";

/// The pushes of every project, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Recorded(pub BTreeMap<String, Vec<RecordedPush>>);

/// One push.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RecordedPush {
    /// Its number in the pushlog, from 1.
    pub number: u64,
    /// When it landed, in seconds.
    pub date: i64,
    /// Who pushed.
    pub user: String,
    /// What it brought, oldest first; the last one names the push.
    pub commits: Vec<RecordedCommit>,
    /// Its decision task, which is its task group too.
    pub decision: String,
}

/// One revision.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct RecordedCommit {
    /// Its hash.
    pub revision: String,
    /// What it was made on.
    pub parents: Vec<String>,
}

impl RecordedPush {
    /// Its last revision.
    #[must_use]
    pub fn revision(&self) -> &str {
        self.commits.last().map_or("", |commit| &commit.revision)
    }
}

impl Recorded {
    /// What is remembered in a data folder; nothing if no history was made.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(folder: &Path) -> std::io::Result<Self> {
        match std::fs::read(file(folder)) {
            Ok(content) => Ok(serde_json::from_slice(&content)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Remembers it; nobody sees half of it.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut new, self)?;
        new.persist(file(folder)).map_err(|error| error.error)?;
        Ok(())
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join(FILE)
}
