//! Where a tree goes: it is made beside its place, and takes it when it is whole.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::fail::refused;
use crate::sources::Error;

/// The place of a tree, locked: nobody else makes one there.
#[derive(Debug)]
pub(super) struct Place {
    destination: PathBuf,
    _lock: File,
}

impl Place {
    /// Takes the place, waiting for whoever has it. What a checkout that was killed has left is removed.
    ///
    /// # Errors
    /// If it holds something that is no checkout, or nothing can be written beside it.
    pub(super) fn take(destination: &Path) -> Result<Self, Error> {
        let request = || format!("make {}", destination.display());
        let (Some(parent), Some(_)) = (destination.parent(), destination.file_name()) else {
            return Err(refused(request(), "it has no name"));
        };
        let writable = |error: io::Error| refused(request(), error.to_string());
        fs::create_dir_all(parent).map_err(writable)?;
        let lock = lock(&beside(destination, "lock"), &destination.display().to_string()).map_err(writable)?;
        let place = Self { destination: destination.into(), _lock: lock };
        if !place.may_be_replaced().map_err(writable)? {
            return Err(refused(request(), "it is there, not empty, and no checkout: remove it or name another"));
        }
        for left in [place.new_tree(), place.old_tree()] {
            remove(&left).map_err(writable)?;
        }
        Ok(place)
    }

    fn may_be_replaced(&self) -> io::Result<bool> {
        let itself = match fs::symlink_metadata(&self.destination) {
            Ok(itself) => itself,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(error),
        };
        let is_checkout = || [".git", ".hg"].iter().any(|name| self.destination.join(name).exists());
        Ok(itself.is_dir() && (is_checkout() || fs::read_dir(&self.destination)?.next().is_none()))
    }

    /// Where the tree is made.
    pub(super) fn new_tree(&self) -> PathBuf {
        beside(&self.destination, "new")
    }

    fn old_tree(&self) -> PathBuf {
        beside(&self.destination, "old")
    }

    /// Gives the place to the tree that was made, instead of the one that is there.
    ///
    /// # Errors
    /// If it cannot be moved; then the old one is in its place.
    pub(super) fn put(&self) -> Result<(), Error> {
        let request = || format!("put the tree into {}", self.destination.display());
        let moved = |error: io::Error| refused(request(), error.to_string());
        let is_there = self.destination.exists();
        if is_there {
            fs::rename(&self.destination, self.old_tree()).map_err(moved)?;
        }
        if let Err(error) = fs::rename(self.new_tree(), &self.destination) {
            if is_there {
                fs::rename(self.old_tree(), &self.destination).map_err(moved)?;
            }
            return Err(moved(error));
        }
        remove(&self.old_tree()).map_err(moved)
    }
}

/// A tree that was not put into its place goes away.
impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed now is when the place is taken next.
        let _ = remove(&self.new_tree());
    }
}

/// A file of ours next to the tree.
fn beside(destination: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(destination.file_name().unwrap_or_default());
    name.push(format!(".pushgraph-{what}"));
    destination.with_file_name(name)
}

pub(super) fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Holds the lock at `path` alone; says so when it has to wait for it.
pub(super) fn lock(path: &Path, of: &str) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            log::info!("waiting for another checkout that uses {of}");
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names.into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn a_tree_takes_its_place_whole_or_not_at_all() {
        let parent = tempfile::tempdir().unwrap();
        let destination = parent.path().join("deep/src");
        let make = |name: &str, put: bool| {
            let place = Place::take(&destination).unwrap();
            fs::create_dir_all(place.new_tree().join(".git")).unwrap();
            fs::write(place.new_tree().join(name), "1").unwrap();
            if put {
                place.put().unwrap();
            }
        };
        make("a", false);
        assert!(!destination.exists());
        make("a", true);
        assert_eq!(content(&destination), [".git", "a"]);
        make("b", false);
        assert_eq!(content(&destination), [".git", "a"]);
        make("b", true);
        assert_eq!(content(&destination), [".git", "b"]);
        assert_eq!(content(destination.parent().unwrap()), [".src.pushgraph-lock", "src"]);
    }

    #[test]
    fn what_is_no_checkout_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let destination = parent.path().join("src");
        fs::create_dir(&destination).unwrap();
        drop(Place::take(&destination).unwrap());
        fs::write(destination.join("precious"), "1").unwrap();
        let refusal = Place::take(&destination).unwrap_err().to_string();
        assert!(refusal.contains("no checkout"), "{refusal}");
        assert!(Place::take(&destination.join("precious/src")).is_err());
    }
}
