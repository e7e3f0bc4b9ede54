//! The tree as it is on disk.

use std::fs::{self, FileType};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::repository::Found;
use crate::sources::checkout::{Checkout, Entry, FileKind};
use crate::sources::{Error, ErrorKind};

/// The bits of a file's mode that are permissions.
const PERMISSIONS: u32 = 0o7777;

/// Files on disk; relative paths start at a directory that is fixed once.
#[derive(Clone, Debug)]
pub struct Disk {
    current: PathBuf,
}

impl Disk {
    /// The tree seen from this directory, absolute.
    #[must_use]
    pub const fn new(current: PathBuf) -> Self {
        Self { current }
    }

    /// The tree seen from the directory this process runs in.
    ///
    /// # Errors
    /// If that directory was removed.
    pub fn of_process() -> io::Result<Self> {
        std::env::current_dir().map(Self::new)
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        self.current.join(path)
    }
}

impl Checkout for Disk {
    fn current_directory(&self) -> &Path {
        &self.current
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(self.absolute(path))
    }

    fn kind(&self, path: &Path) -> Option<FileKind> {
        let path = self.absolute(path);
        fs::symlink_metadata(&path).ok().map(|itself| kind_of(&path, itself.file_type()))
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.absolute(directory))? {
            let entry = entry?;
            let name = entry.file_name().into_string().map_err(|name| {
                let message = format!("the name of `{}` is not UTF-8", directory.join(name).display());
                io::Error::new(io::ErrorKind::InvalidData, message)
            })?;
            entries.push(Entry { name, kind: kind_of(&entry.path(), entry.file_type()?) });
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::canonicalize(self.absolute(path))
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Ok(fs::metadata(self.absolute(path))?.permissions().mode() & PERMISSIONS)
    }

    fn tracked_files(&self, directory: &Path) -> Result<Vec<String>, Error> {
        let repository = Found::at(&self.current).ok_or_else(|| Error {
            service: "repository",
            request: format!("the files tracked under {}", directory.display()),
            message: format!("`{}` is neither in a git nor in a hg repository", self.current.display()),
            kind: ErrorKind::NotFound,
        })?;
        let mut files = repository.tracked_files(&self.absolute(directory))?;
        files.sort();
        Ok(files)
    }
}

/// What a path is whose own type, before following links, is known.
fn kind_of(path: &Path, itself: FileType) -> FileKind {
    let target =
        if itself.is_symlink() { fs::metadata(path).ok().map(|target| target.file_type()) } else { Some(itself) };
    match target {
        Some(target) if target.is_file() => FileKind::File,
        Some(target) if target.is_dir() && itself.is_symlink() => FileKind::DirectoryLink,
        Some(target) if target.is_dir() => FileKind::Directory,
        _ => FileKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn entries_tell_what_they_are() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::write(at("file"), "content").unwrap();
        fs::create_dir(at("directory")).unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink(at("directory"), at("directory-link")).unwrap();
        symlink(at("nothing"), at("broken")).unwrap();
        fs::set_permissions(at("file"), fs::Permissions::from_mode(0o4755)).unwrap();

        let disk = Disk::new(directory.path().into());
        let entries = disk.list(Path::new("")).unwrap();
        let kinds: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.kind)).collect();
        let expected = [
            ("broken", FileKind::Other),
            ("directory", FileKind::Directory),
            ("directory-link", FileKind::DirectoryLink),
            ("file", FileKind::File),
            ("link", FileKind::File),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(disk.kind(Path::new("link")), Some(FileKind::File));
        assert_eq!(disk.kind(Path::new("nothing")), None);
        assert_eq!(disk.mode(Path::new("file")).unwrap(), 0o4755);
        assert_eq!(disk.read(Path::new("link")).unwrap(), b"content");
        assert!(disk.tracked_files(Path::new("")).unwrap_err().is_not_found());
    }
}
