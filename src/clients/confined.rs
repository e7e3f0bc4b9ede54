//! The tree, and nothing but the tree: what a push may make us read.

use std::io;
use std::path::{Path, PathBuf};

use super::Disk;
use crate::sources::Error;
use crate::sources::checkout::{Checkout, Entry, FileKind};

/// Files on disk below certain directories. A path that leads elsewhere, by `..`, from the root or over a link, leads
/// to nothing: a tree names its files itself, and what it reads may be published.
#[derive(Clone, Debug)]
pub struct Confined {
    disk: Disk,
    /// As the system spells them, links resolved.
    within: Vec<PathBuf>,
}

impl Confined {
    /// The files below `directories`, which are there; relative paths start where those of `disk` do.
    #[must_use]
    pub fn new(disk: Disk, directories: &[&Path]) -> Self {
        let real = |directory: &&Path| disk.current_directory().join(directory).canonicalize().ok();
        let within = directories.iter().filter_map(real).collect();
        Self { disk, within }
    }

    /// # Errors
    /// A path that leads elsewhere, or to nothing.
    fn check(&self, path: &Path) -> io::Result<()> {
        let real = self.disk.current_directory().join(path).canonicalize()?;
        if self.within.iter().any(|directory| real.starts_with(directory)) {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is outside of the repository"))
    }
}

impl Checkout for Confined {
    fn current_directory(&self) -> &Path {
        self.disk.current_directory()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.check(path)?;
        self.disk.read(path)
    }

    fn kind(&self, path: &Path) -> Option<FileKind> {
        let kind = self.disk.kind(path);
        // A broken link is there, and leads nowhere.
        if kind == Some(FileKind::Other) { kind } else { kind.filter(|_| self.check(path).is_ok()) }
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        self.check(directory)?;
        self.disk.list(directory)
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        self.check(path)?;
        self.disk.real_path(path)
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        self.check(path)?;
        self.disk.mode(path)
    }

    fn tracked_files(&self, directory: &Path) -> Result<Vec<String>, Error> {
        self.disk.tracked_files(directory)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_outside_is_read_whatever_leads_there() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir_all(at("tree/sub")).unwrap();
        fs::create_dir_all(at("tree-beside")).unwrap();
        fs::write(at("secret"), "secret").unwrap();
        fs::write(at("tree-beside/secret"), "secret").unwrap();
        fs::write(at("tree/file"), "content").unwrap();
        symlink("../file", at("tree/sub/link")).unwrap();
        symlink("../secret", at("tree/out")).unwrap();
        symlink("../tree-beside", at("tree/folder")).unwrap();
        let confined = Confined::new(Disk::new(at("tree")), &[Path::new("")]);
        for inside in ["file", "sub/link", "sub/../file", "./file"] {
            assert_eq!(confined.read(Path::new(inside)).unwrap(), b"content", "{inside}");
            assert_eq!(confined.kind(Path::new(inside)), Some(FileKind::File), "{inside}");
        }
        let absolute = at("secret").display().to_string();
        for outside in ["../secret", "sub/../../secret", "out", "folder/secret", "../tree-beside/secret", &absolute] {
            let error = confined.read(Path::new(outside)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{outside}: {error}");
            assert_eq!(confined.kind(Path::new(outside)), None, "{outside}");
            assert!(confined.mode(Path::new(outside)).is_err(), "{outside}");
        }
        assert!(confined.list(Path::new("..")).is_err() && confined.list(Path::new("folder")).is_err());
    }
}
