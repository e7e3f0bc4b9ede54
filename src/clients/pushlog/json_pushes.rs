//! The document `json-pushes`, version 2, as Mercurial's pushlog extension writes it; and a file of that form.
//!
//! `{"lastpushid": 3, "pushes": {"1": {"changesets": […], "date": 1700000000, "user": "…"}, …}}`, where a changeset is
//! a hash, or with `full=1` an object with `node` and `parents`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::time;
use crate::sources::pushlog::{Commit, MemoryPushlog, Push};
use crate::sources::{Error, ErrorKind};

/// The document.
#[derive(Debug, Deserialize)]
pub(super) struct JsonPushes {
    /// The pushes by number. JSON sorts the numbers as texts.
    pushes: BTreeMap<String, JsonPush>,
}

#[derive(Debug, Deserialize)]
struct JsonPush {
    changesets: Vec<Changeset>,
    date: i64,
    #[serde(default)]
    user: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Changeset {
    Hash(String),
    Full {
        node: String,
        #[serde(default)]
        parents: Vec<String>,
    },
}

impl From<Changeset> for Commit {
    fn from(changeset: Changeset) -> Self {
        match changeset {
            Changeset::Hash(revision) => Self { revision, parents: Vec::new() },
            Changeset::Full { node, parents } => Self { revision: node, parents },
        }
    }
}

impl JsonPushes {
    /// The pushes with what they brought, oldest first. A push whose changesets are gone is left out.
    pub(super) fn pushes(self) -> Vec<(Push, Vec<Commit>)> {
        let mut pushes: Vec<(Push, Vec<Commit>)> =
            self.pushes.into_iter().filter_map(|(number, push)| push.read(&number)).collect();
        pushes.sort_by_key(|(push, _)| push.number);
        pushes
    }
}

impl JsonPush {
    fn read(self, number: &str) -> Option<(Push, Vec<Commit>)> {
        let commits: Vec<Commit> = self.changesets.into_iter().map(Commit::from).collect();
        let user = if self.user.contains('@') { self.user } else { format!("{}@noreply.mozilla.org", self.user) };
        let revision = commits.last()?.revision.clone();
        Some((Push { revision, number: Some(number.parse().ok()?), date: time(self.date), user }, commits))
    }
}

/// The pushes that a file tells, in the form of `json-pushes`.
///
/// # Errors
/// A file that cannot be read, or is of another form.
pub fn read_file(path: &Path) -> Result<MemoryPushlog, Error> {
    let failed = |message: String| Error {
        service: "file",
        request: format!("pushes of `{}`", path.display()),
        message,
        kind: ErrorKind::Refused { status: 0 },
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let read: JsonPushes = serde_json::from_str(&text).map_err(|error| {
        failed(format!("expected `{{\"pushes\": {{\"1\": {{\"changesets\": …, \"date\": …}}}}}}`: {error}"))
    })?;
    Ok(MemoryPushlog(read.pushes()))
}
