//! What was fetched before, kept for the next task: a bare repository for each that is asked.
//!
//! A store is changed by one process at a time, under a lock that ends with the process. It is only ever added to, and
//! its trees read from it; so it is replaced, when it is broken or has become many small pieces, only when no process
//! that made a tree from it still runs.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use gix::Repository;
use sha2::{Digest as _, Sha256};

use super::fail::{failed, refused};
use super::git::isolated;
use super::place::{lock, remove};
use crate::sources::{Error, ErrorKind, without_credentials};

/// As many packs as a store may have; then it is made anew, in one.
const MOST_PACKS: usize = 50;

/// A store that this process alone may change.
#[derive(Debug)]
pub(super) struct Store {
    directory: PathBuf,
    _lock: File,
}

/// A store that a tree was made from.
#[derive(Debug)]
pub(super) struct Released {
    directory: PathBuf,
    inode: u64,
}

/// A store that stays as it is while this value lives.
#[derive(Debug)]
pub(super) struct Held {
    _lock: File,
}

impl Store {
    /// The store for the repository at `url` in the shared directory, waiting for whoever has it; none, with a warning,
    /// where that directory cannot be written to.
    pub(super) fn take(shared: &Path, url: &str, shallow: bool) -> Option<Self> {
        match Self::open(shared, url, shallow) {
            Ok(store) => Some(store),
            Err(error) => {
                log::warn!("nothing is kept in {}, and all is fetched: {error}", shared.display());
                None
            }
        }
    }

    fn open(shared: &Path, url: &str, shallow: bool) -> io::Result<Self> {
        fs::create_dir_all(shared)?;
        let name = name(url, shallow);
        let lock = lock(&shared.join(format!("{name}.lock")), &shared.display().to_string())?;
        Ok(Self { directory: shared.join(name), _lock: lock })
    }

    /// Its repository, made if there is none that can be used.
    ///
    /// # Errors
    /// If none can be made.
    pub(super) fn repository(&self) -> Result<Repository, Error> {
        self.tidy().map_err(failed(&format!("tidy {}", self.directory.display())))?;
        match gix::open_opts(&self.directory, isolated()) {
            Ok(repository) if repository.is_bare() => Ok(repository),
            _ => self.anew(),
        }
    }

    /// Its repository, empty, in place of one that is broken.
    ///
    /// # Errors
    /// If none can be made.
    pub(super) fn anew(&self) -> Result<Repository, Error> {
        let request = format!("make {}", self.directory.display());
        let unusable = |error: io::Error| refused(&request, error.to_string());
        // Made beside and renamed, so that there never is half a repository.
        let fresh = self.directory.with_extension("new");
        remove(&fresh).map_err(unusable)?;
        let options = gix::create::Options::default();
        gix::ThreadSafeRepository::init_opts(&fresh, gix::create::Kind::Bare, options, isolated())
            .map_err(failed(&request))?;
        remove(&self.directory).map_err(unusable)?;
        fs::rename(&fresh, &self.directory).map_err(unusable)?;
        gix::open_opts(&self.directory, isolated()).map_err(failed(&request))
    }

    /// Removes what fetches that were killed have left, and all of a store of too many pieces.
    fn tidy(&self) -> io::Result<()> {
        let entries = match fs::read_dir(self.directory.join("objects/pack")) {
            Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let is = |path: &Path, extension: &str| path.extension().is_some_and(|found| found == extension);
        let paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        if paths.iter().filter(|path| is(path, "pack")).count() > MOST_PACKS {
            return remove(&self.directory);
        }
        let is_kept = |path: &&PathBuf| ["pack", "idx"].iter().any(|extension| is(path, extension));
        paths.iter().filter(|path| !is_kept(path)).try_for_each(fs::remove_file)?;
        // Locks of refs and the like: no ref has such a name, and nobody but us is at work here.
        let outside = |entry: &walkdir::DirEntry| entry.depth() != 1 || entry.file_name() != "objects";
        let entries = walkdir::WalkDir::new(&self.directory).into_iter().filter_entry(outside);
        let mut locks = entries.filter(|entry| entry.as_ref().map_or(true, |entry| is(entry.path(), "lock")));
        locks.try_for_each(|entry| fs::remove_file(entry?.path()))
    }

    /// Lets others change the store.
    ///
    /// # Errors
    /// If it is not there.
    pub(super) fn release(self) -> Result<Released, Error> {
        let inode = inode(&self.directory).map_err(failed(&format!("share {}", self.directory.display())))?;
        Ok(Released { directory: self.directory, inode })
    }

    /// Where its objects are.
    pub(super) fn objects(&self) -> PathBuf {
        self.directory.join("objects")
    }
}

impl Released {
    /// Sees to it that the store stays as it is.
    ///
    /// # Errors
    /// If it has been replaced meanwhile, which is rare: then it is as if it had not been there.
    pub(super) fn hold(self) -> Result<Held, Error> {
        let request = format!("share {}", self.directory.display());
        let path = self.directory.with_extension("git.lock");
        let lock = File::options().write(true).open(path).map_err(failed(&request))?;
        lock.lock_shared().map_err(failed(&request))?;
        if inode(&self.directory).ok() != Some(self.inode) {
            let replaced = refused(request, "another task has replaced it in this moment");
            return Err(Error { kind: ErrorKind::Unavailable, ..replaced });
        }
        Ok(Held { _lock: lock })
    }
}

fn inode(directory: &Path) -> io::Result<u64> {
    Ok(fs::metadata(directory)?.ino())
}

/// A name for the store of a repository: its last part, and a hash of all.
fn name(url: &str, shallow: bool) -> String {
    let url = without_credentials(url);
    let url = url.trim_end_matches('/').trim_end_matches(".git");
    let last = url.rsplit('/').next().unwrap_or_default().replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let hash = hex::encode(&Sha256::digest(url)[..8]);
    format!("{last}-{hash}{}.git", if shallow { "-shallow" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_one_store_however_it_is_written() {
        let one = name("https://example.com/a/my.project", false);
        assert!(one.starts_with("my-project-") && one.ends_with(".git"), "{one}");
        assert_eq!(one, name("https://me:secret@example.com/a/my.project.git", false));
        assert_ne!(one, name("https://example.com/a/my.project", true));
        assert_ne!(one, name("https://example.com/b/my.project", false));
    }

    #[test]
    fn what_is_broken_is_made_anew_and_leftovers_go() {
        let shared = tempfile::tempdir().unwrap();
        let store = Store::take(shared.path(), "https://example.com/a", false).unwrap();
        store.repository().unwrap();
        let packs = store.objects().join("pack");
        fs::write(packs.join(".tmp1234"), "half").unwrap();
        let lock = store.directory.join("refs/heads/main.lock");
        fs::write(&lock, "").unwrap();
        store.repository().unwrap();
        assert!(!lock.exists());
        assert_eq!(fs::read_dir(&packs).unwrap().count(), 0);
        for number in 0..=MOST_PACKS {
            fs::write(packs.join(format!("pack-{number}.pack")), "").unwrap();
        }
        store.repository().unwrap();
        assert_eq!(fs::read_dir(&packs).unwrap().count(), 0);
        fs::remove_file(store.directory.join("HEAD")).unwrap();
        store.repository().unwrap();
        assert!(store.directory.join("HEAD").exists());
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_done_without() {
        assert!(Store::take(Path::new("/proc/nothing"), "https://example.com/a", false).is_none());
    }
}
