//! The history of the tree: revisions, branches, remotes, changed files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Error, ErrorKind};

/// The tool a repository is kept with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RepositoryKind {
    /// git
    Git,
    /// Mercurial
    Hg,
}

impl RepositoryKind {
    /// The tool's name, as parameters have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Hg => "hg",
        }
    }
}

/// Answers about a checkout's repository; the questions are those the reference asks of `git` and `hg`.
pub trait Repository: Send + Sync {
    /// The tool it is kept with.
    fn kind(&self) -> RepositoryKind;

    /// Its root directory, absolute.
    fn root(&self) -> &Path;

    /// The hash of the checked-out revision.
    ///
    /// # Errors
    /// If the tool fails.
    fn head_rev(&self) -> Result<String, Error>;

    /// The checked-out branch (git) or active bookmark (hg), if any.
    ///
    /// # Errors
    /// If the tool fails.
    fn branch(&self) -> Result<Option<String>, Error>;

    /// The newest revision that is already public, else the head.
    ///
    /// # Errors
    /// If the tool fails.
    fn base_rev(&self) -> Result<String, Error>;

    /// The URL of the default remote.
    ///
    /// # Errors
    /// If the tool fails or there is no remote.
    fn remote_url(&self) -> Result<String, Error>;

    /// Files changed in the work tree and not committed, added or modified only, in the tool's order.
    ///
    /// # Errors
    /// If the tool fails.
    fn changed_in_work_tree(&self) -> Result<Vec<String>, Error>;

    /// Files added, deleted or modified by the revisions after `base` up to `head`, as the reference lists them.
    ///
    /// # Errors
    /// If the tool fails or does not know a revision.
    fn changed_between(&self, base: &str, head: &str) -> Result<Vec<String>, Error>;

    /// The commit message of the checked-out revision, in whatever encoding.
    ///
    /// # Errors
    /// If the tool fails.
    fn raw_commit_message(&self) -> Result<Vec<u8>, Error>;

    /// The commit message of the checked-out revision; empty if it is not UTF-8.
    ///
    /// # Errors
    /// If the tool fails.
    fn commit_message(&self) -> Result<String, Error> {
        Ok(String::from_utf8(self.raw_commit_message()?).unwrap_or_default())
    }

    /// An extra field of the checked-out revision; git has none.
    ///
    /// # Errors
    /// If the tool fails.
    fn extra(&self, key: &str) -> Result<Option<String>, Error>;

    /// The note of the checked-out revision under `reference`, fetched from `remote` first; hg has none.
    ///
    /// # Errors
    /// If the tool fails otherwise than by not knowing the note.
    fn note(&self, reference: &str, remote: &str) -> Result<Option<String>, Error>;

    /// Whether no tracked file differs from the checked-out revision.
    ///
    /// # Errors
    /// If the tool fails.
    fn is_clean(&self) -> Result<bool, Error>;

    /// Checks out a revision, branch or bookmark.
    ///
    /// # Errors
    /// If the tool fails.
    fn update(&self, to: &str) -> Result<(), Error>;
}

/// A repository held in memory; its note is whoever's remote is asked.
#[derive(Clone, Debug)]
pub struct MemoryRepository {
    /// The tool it is said to be kept with.
    pub kind: RepositoryKind,
    /// Its root directory.
    pub root: PathBuf,
    /// The checked-out revision.
    pub head_rev: String,
    /// The checked-out branch.
    pub branch: Option<String>,
    /// The URL of the default remote; without one that question fails.
    pub remote_url: Option<String>,
    /// Files changed and not committed.
    pub changed_in_work_tree: Vec<String>,
    /// Files changed between any two revisions.
    pub changed_between: Vec<String>,
    /// The message of the checked-out revision.
    pub commit_message: String,
    /// The extra fields of the checked-out revision.
    pub extras: BTreeMap<String, String>,
    /// The note of the checked-out revision.
    pub note: Option<String>,
}

impl Default for MemoryRepository {
    fn default() -> Self {
        Self {
            kind: RepositoryKind::Git,
            root: "/tree".into(),
            head_rev: "b".repeat(40),
            branch: Some("main".into()),
            remote_url: Some("https://github.com/example/project".into()),
            changed_in_work_tree: Vec::new(),
            changed_between: Vec::new(),
            commit_message: "A change".into(),
            extras: BTreeMap::new(),
            note: None,
        }
    }
}

impl Repository for MemoryRepository {
    fn kind(&self) -> RepositoryKind {
        self.kind
    }

    fn root(&self) -> &Path {
        &self.root
    }

    fn head_rev(&self) -> Result<String, Error> {
        Ok(self.head_rev.clone())
    }

    fn branch(&self) -> Result<Option<String>, Error> {
        Ok(self.branch.clone())
    }

    fn base_rev(&self) -> Result<String, Error> {
        Ok(self.head_rev.clone())
    }

    fn remote_url(&self) -> Result<String, Error> {
        self.remote_url.clone().ok_or_else(|| Error {
            service: "git",
            request: "git remote get-url origin".into(),
            message: "no such remote".into(),
            kind: ErrorKind::NotFound,
        })
    }

    fn changed_in_work_tree(&self) -> Result<Vec<String>, Error> {
        Ok(self.changed_in_work_tree.clone())
    }

    fn changed_between(&self, _base: &str, _head: &str) -> Result<Vec<String>, Error> {
        Ok(self.changed_between.clone())
    }

    fn raw_commit_message(&self) -> Result<Vec<u8>, Error> {
        Ok(self.commit_message.clone().into_bytes())
    }

    fn extra(&self, key: &str) -> Result<Option<String>, Error> {
        Ok(self.extras.get(key).cloned())
    }

    fn note(&self, _reference: &str, _remote: &str) -> Result<Option<String>, Error> {
        Ok(self.note.clone())
    }

    fn is_clean(&self) -> Result<bool, Error> {
        Ok(self.changed_in_work_tree.is_empty())
    }

    fn update(&self, _to: &str) -> Result<(), Error> {
        Ok(())
    }
}
