//! Checking out a revision of a git repository.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use gix::{ObjectId, Repository};

use super::fail::{failed, refused};
use super::fetch::{Fetched, fetch};
use super::place::Place;
use super::store::{Released, Store};
use super::{CheckedOut, Wanted, submodules, tree};
use crate::clients::Patience;
use crate::sources::{Error, ErrorKind};

/// How repositories are opened: nothing but what is in them counts, whoever they belong to.
pub(in crate::clients) fn isolated() -> gix::open::Options {
    let options = gix::open::Options::isolated().with(gix::sec::Trust::Full);
    // A reflog would want to know who we are.
    options.config_overrides(["core.logAllRefUpdates=false"])
}

pub(super) fn check_out(
    wanted: &Wanted,
    place: &Place,
    store: Option<&Path>,
    patience: Patience,
) -> Result<CheckedOut, Error> {
    let job = Job { wanted, directory: &place.new_tree(), stores: store, patience };
    let (revision, store) = job.run()?;
    // Only now, as a submodule may be a revision of the same repository.
    let stores = submodules::check_out(&job)?.into_iter().chain(store);
    let held = stores.map(Released::hold).collect::<Result<_, _>>()?;
    place.put()?;
    Ok(CheckedOut { revision: revision.to_string(), _held: held })
}

/// A tree to be made.
pub(super) struct Job<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) directory: &'a Path,
    pub(super) stores: Option<&'a Path>,
    pub(super) patience: Patience,
}

impl Job<'_> {
    /// Where its repository is said to have come from.
    pub(super) fn origin(&self) -> &str {
        self.wanted.base_repository.as_ref().unwrap_or(&self.wanted.head_repository)
    }

    /// Makes the tree, but for its submodules.
    pub(super) fn run(&self) -> Result<(ObjectId, Option<Released>), Error> {
        let store = self.stores.and_then(|stores| Store::take(stores, self.origin(), self.wanted.shallow));
        let Some(store) = store else {
            return Ok((self.make(None)?, None));
        };
        let repository = store.repository()?;
        let revision = match self.make(Some((&store, repository.clone()))) {
            Err(error) if error.kind == (ErrorKind::Refused { status: 0 }) && !is_sound(&repository) => {
                log::warn!("what was fetched before is broken, and all is fetched anew: {error}");
                drop(repository);
                self.make(Some((&store, store.anew()?)))?
            }
            made => made?,
        };
        Ok((revision, Some(store.release()?)))
    }

    fn make(&self, store: Option<(&Store, Repository)>) -> Result<ObjectId, Error> {
        let own = tree::repository(self.directory, self.origin(), store.as_ref().map(|(store, _)| store.objects()))?;
        let kept_in = store.map_or(own, |(_, repository)| repository);
        let fetched: Fetched = fetch(self.wanted, &kept_in, self.patience)?;
        tree::copy_boundary(&kept_in, self.directory)?;
        tree::fill(self.directory, self.wanted, &fetched)?;
        Ok(fetched.revision)
    }
}

/// Whether what is kept in a repository is what was once fetched: its packs by their sums, its refs by what they name.
fn is_sound(repository: &Repository) -> bool {
    let packs = repository.objects.store_ref().path().join("pack");
    let Ok(entries) = fs::read_dir(packs) else { return false };
    let sums = entries.map(|entry| is_summed(&entry?.path())).collect::<std::io::Result<Vec<bool>>>();
    let targets = || -> Option<bool> {
        let references = repository.references().ok()?;
        let all = references.all().ok()?;
        Some(all.flatten().all(|reference| reference.try_id().is_some_and(|id| repository.has_object(id.detach()))))
    };
    sums.is_ok_and(|sums| sums.into_iter().all(|sum| sum)) && targets().unwrap_or(false)
}

/// Whether a file ends with the hash of what is before it, as packs and their indices do.
fn is_summed(path: &Path) -> std::io::Result<bool> {
    let kind = gix::hash::Kind::Sha1;
    let mut file = fs::File::open(path)?;
    let Some(mut left) = file.metadata()?.len().checked_sub(kind.len_in_bytes() as u64) else { return Ok(false) };
    let (mut hasher, mut piece) = (gix::hash::hasher(kind), vec![0; 1 << 16]);
    while left > 0 {
        let most = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = file.read(&mut piece[..most])?;
        if read == 0 {
            return Ok(false);
        }
        hasher.update(&piece[..read]);
        left -= read as u64;
    }
    let mut sum = Vec::new();
    file.read_to_end(&mut sum)?;
    Ok(hasher.try_finalize().is_ok_and(|found| found.as_slice() == sum))
}

/// Opens the repository of a tree.
pub(super) fn open(directory: &Path) -> Result<Repository, Error> {
    let request = format!("open {}", directory.display());
    let repository = gix::open_opts(directory, isolated()).map_err(failed(&request))?;
    if repository.workdir().is_none() {
        return Err(refused(request, "it has no work tree"));
    }
    Ok(repository)
}
