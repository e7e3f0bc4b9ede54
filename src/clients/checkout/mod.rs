//! Checking out the revision of a push without another program: what `run-task` does before a decision.
//!
//! Source of what is fetched and how branches are called: `taskgraph/run-task/run-task`. What is new is that a revision
//! must be in the ref it is said to be in, and that a tree appears whole or not at all.

mod fail;
mod fetch;
mod git;
mod hg;
mod http;
mod place;
mod remote;
mod store;
mod submodules;
#[cfg(test)]
mod tests;
mod tree;

use std::path::Path;

use self::place::Place;
use self::store::Held;
use super::Patience;
use crate::sources::Error;
use crate::sources::repository::RepositoryKind;

pub(super) use self::fail::{failed, refused};
pub(super) use self::git::isolated;
pub(super) use self::remote::{Depth, Remote, Want};

/// The revision before all others: a push that has none before it says so with it.
pub(super) const NULL_REVISION: &str = "0000000000000000000000000000000000000000";

/// What to check out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The tool the repository is kept with.
    pub kind: RepositoryKind,
    /// URL of the repository that was pushed to.
    pub head_repository: String,
    /// The ref that was pushed: a full name, a branch or a tag.
    pub head_ref: Option<String>,
    /// The revision that was pushed: a hash, or the name of a ref. Without one, the newest of the ref.
    pub head_rev: Option<String>,
    /// URL of the repository that the push is based on.
    pub base_repository: Option<String>,
    /// The revision before the push: a hash, or the name of a ref.
    pub base_rev: Option<String>,
    /// Whether the history is left out.
    pub shallow: bool,
}

/// A tree that was checked out. While it is held, what it shares with other trees is not replaced.
#[derive(Debug)]
pub struct CheckedOut {
    /// The hash of its revision.
    pub revision: String,
    _held: Vec<Held>,
}

/// Checks `wanted` out into the directory `destination`, absolute, in place of the checkout that may be there.
///
/// With a `store`, a directory that tasks may share, what was fetched before is not fetched again.
///
/// # Errors
/// A revision that the ref does not contain; a repository that does not answer, is not trusted, or has no such thing;
/// a destination that cannot be written or that holds something else than a checkout. Then all is as it was.
pub fn check_out(
    wanted: &Wanted,
    destination: &Path,
    store: Option<&Path>,
    patience: Patience,
) -> Result<CheckedOut, Error> {
    let place = Place::take(destination)?;
    let checked_out = match wanted.kind {
        RepositoryKind::Git => git::check_out(wanted, &place, store, patience)?,
        RepositoryKind::Hg => hg::check_out(wanted, &place, store)?,
    };
    log::info!("checked out {} in {}", checked_out.revision, destination.display());
    Ok(checked_out)
}
