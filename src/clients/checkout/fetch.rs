//! Which objects a push needs, and that its revision is where it is said to be.

use std::num::NonZeroU32;

use gix::{ObjectId, Repository};
use sha2::{Digest as _, Sha256};

use super::fail::{failed, refused};
use super::remote::{Depth, Reference, Remote, Want};
use super::{NULL_REVISION, Wanted};
use crate::clients::Patience;
use crate::sources::Error;

/// The note that a push may carry its parameters in.
const NOTES: &str = "refs/notes/decision-parameters";

/// How many commits are looked through, one after the other, for a revision that is no longer the newest of its ref.
const DEPTHS: [u32; 3] = [50, 500, 5000];

/// What was fetched.
#[derive(Clone, Debug)]
pub(super) struct Fetched {
    /// The commit to check out.
    pub(super) revision: ObjectId,
    /// The refs that it, its base and its notes were found by.
    pub(super) references: Vec<Reference>,
}

/// Fetches what `wanted` needs into `repository`, as far as it is not there.
///
/// # Errors
/// A repository that does not answer; a ref or a revision that it does not have.
pub(super) fn fetch(wanted: &Wanted, repository: &Repository, patience: Patience) -> Result<Fetched, Error> {
    let head = Source { remote: Remote::new(&wanted.head_repository, patience)?, repository, wanted };
    let (of_ref, of_rev) = (wanted.head_ref.as_deref(), wanted.head_rev.as_deref());
    let names = [of_ref, of_rev].into_iter().flatten().flat_map(candidates).chain([NOTES.to_owned()]);
    let listed = head.remote.references(repository, &names.collect::<Vec<_>>())?;
    let tip = of_ref.map(|name| head.named(name, &listed)).transpose()?;
    let named = of_rev.filter(|rev| hash(rev).is_none()).map(|name| head.named(name, &listed)).transpose()?;
    let revision = of_rev.and_then(hash).or_else(|| named.as_ref().map(|named| named.commit));
    let revision = match (&tip, revision) {
        (Some(tip), revision) => head.within(tip, revision)?,
        (None, Some(revision)) => head.alone(revision)?,
        (None, None) => return Err(refused(format!("check out {}", head.remote.shown()), NEITHER)),
    };
    let base = wanted.base_repository.as_ref().unwrap_or(&wanted.head_repository);
    let base = Source { remote: Remote::new(base, patience)?, repository, wanted }.base()?;
    let notes = listed.iter().find(|listed| listed.name == NOTES).cloned();
    if let Some(notes) = &notes {
        head.get(notes.object, NOTES, head.depth())?;
    }
    Ok(Fetched { revision, references: [tip, named, base, notes].into_iter().flatten().collect() })
}

const NEITHER: &str = "neither a ref nor a revision is given";

/// A repository to fetch from, and where to.
struct Source<'a> {
    remote: Remote,
    repository: &'a Repository,
    wanted: &'a Wanted,
}

impl Source<'_> {
    fn depth(&self) -> Depth {
        if self.wanted.shallow { Depth::ONE } else { Depth::Whole }
    }

    /// The ref that is meant by a name.
    fn named(&self, name: &str, listed: &[Reference]) -> Result<Reference, Error> {
        let found = candidates(name).into_iter().find_map(|full| listed.iter().find(|listed| listed.name == full));
        let request = || format!("look for `{name}` in {}", self.remote.shown());
        found.cloned().ok_or_else(|| refused(request(), "it has no branch, tag or ref of that name"))
    }

    /// Fetches an object that is not there yet.
    fn get(&self, id: ObjectId, name: &str, depth: Depth) -> Result<(), Error> {
        if matches!(depth, Depth::Whole) && self.repository.has_object(id) {
            return Ok(());
        }
        let whose = hex::encode(&Sha256::digest(self.remote.shown())[..4]);
        let want = Want { id, keep_as: format!("refs/kept/{whose}/{}", name.trim_start_matches("refs/")) };
        log::info!("fetching {name} ({id}) from {}", self.remote.shown());
        self.remote.fetch(self.repository, &[want], depth)
    }

    /// The revision, or the newest one, of a ref that must contain it.
    fn within(&self, tip: &Reference, revision: Option<ObjectId>) -> Result<ObjectId, Error> {
        self.get(tip.object, &tip.name, self.depth())?;
        let Some(revision) = revision.filter(|revision| *revision != tip.commit) else { return Ok(tip.commit) };
        if contains(self.repository, tip.commit, revision)? {
            return Ok(revision);
        }
        // In a part of the history it may be further back.
        let depths = DEPTHS.into_iter().filter_map(NonZeroU32::new).map(Depth::Commits).chain([Depth::Unshallow]);
        for depth in depths.filter(|_| self.wanted.shallow) {
            self.get(tip.object, &tip.name, depth)?;
            if contains(self.repository, tip.commit, revision)? {
                return Ok(revision);
            }
        }
        let request = format!("check out {revision} of {}", self.remote.shown());
        let moved = format!("`{}` does not contain it: it is at {}", tip.name, tip.commit);
        Err(refused(request, format!("{moved}; was it pushed over, or is the ref another one?")))
    }

    /// A revision that nothing is said about but its hash.
    fn alone(&self, revision: ObjectId) -> Result<ObjectId, Error> {
        self.get(revision, &format!("revisions/{revision}"), self.depth())?;
        Ok(revision)
    }

    /// Fetches the revision before the push; returns its ref, if it was given by one.
    fn base(&self) -> Result<Option<Reference>, Error> {
        let Some(base) = self.wanted.base_rev.as_deref().filter(|base| *base != NULL_REVISION) else {
            return Ok(None);
        };
        if let Some(id) = hash(base) {
            if !self.repository.has_object(id) {
                self.alone(id)?;
            }
            return Ok(None);
        }
        let listed = self.remote.references(self.repository, &candidates(base))?;
        let reference = self.named(base, &listed)?;
        self.get(reference.object, &reference.name, self.depth())?;
        Ok(Some(reference))
    }
}

/// The full names that a name may stand for, in the order in which git tries them.
fn candidates(name: &str) -> Vec<String> {
    if name.starts_with("refs/") || name == "HEAD" {
        return vec![name.to_owned()];
    }
    ["refs/", "refs/tags/", "refs/heads/"].iter().map(|folder| format!("{folder}{name}")).collect()
}

fn hash(text: &str) -> Option<ObjectId> {
    ObjectId::from_hex(text.as_bytes()).ok()
}

/// Whether `revision` is in the history of `tip`, as far as that is here.
fn contains(repository: &Repository, tip: ObjectId, revision: ObjectId) -> Result<bool, Error> {
    if !repository.has_object(revision) {
        return Ok(false);
    }
    let request = format!("look for {revision} in the history of {tip}");
    for commit in repository.rev_walk([tip]).all().map_err(failed(&request))? {
        if commit.map_err(failed(&request))?.id == revision {
            return Ok(true);
        }
    }
    Ok(false)
}
