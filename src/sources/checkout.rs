//! The files of the tree.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::Error;

/// What a path in the tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file, or a link to one.
    File,
    /// A directory that is not a link.
    Directory,
    /// A link to a directory.
    DirectoryLink,
    /// Anything else: a socket, a broken link, …
    Other,
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without the directory.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
}

/// Reads files. Relative paths start where the program runs, as the reference's do.
pub trait Checkout: Send + Sync {
    /// The directory the program runs in, absolute.
    fn current_directory(&self) -> &Path;

    /// The content of a file.
    ///
    /// # Errors
    /// As [`std::fs::read`].
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// What a path is, or nothing if there is nothing.
    fn kind(&self, path: &Path) -> Option<FileKind>;

    /// The entries of a directory, by name.
    ///
    /// # Errors
    /// As [`std::fs::read_dir`].
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>>;

    /// The absolute path of what is there, with all links followed.
    ///
    /// # Errors
    /// As [`std::fs::canonicalize`].
    fn real_path(&self, path: &Path) -> io::Result<PathBuf>;

    /// The permission bits of a file (links followed), set-id and sticky bits included.
    ///
    /// # Errors
    /// As [`std::fs::metadata`].
    fn mode(&self, path: &Path) -> io::Result<u32>;

    /// The files under `directory` that the head revision tracks, as paths relative to the repository's root,
    /// sorted. New uncommitted files are not among them.
    ///
    /// # Errors
    /// If the repository cannot be asked.
    fn tracked_files(&self, directory: &Path) -> Result<Vec<String>, Error>;
}

/// The path without `.` and `..`, as it is spelled: links are not followed.
#[must_use]
pub fn without_dots(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(clean.pop()),
            Component::CurDir => {}
            part => clean.push(part),
        }
    }
    clean
}

/// A tree held in memory, at `/tree`; every file is tracked.
#[derive(Clone, Debug, Default)]
pub struct MemoryCheckout {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl MemoryCheckout {
    /// A tree of these files, by path relative to its root.
    pub fn new<P: AsRef<Path>, B: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, B)>) -> Self {
        let absolute = |(path, content): (P, B)| (Path::new("/tree").join(path), content.into());
        Self { files: files.into_iter().map(absolute).collect() }
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        without_dots(&self.current_directory().join(path))
    }
}

impl Checkout for MemoryCheckout {
    fn current_directory(&self) -> &Path {
        Path::new("/tree")
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files.get(&self.absolute(path)).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn kind(&self, path: &Path) -> Option<FileKind> {
        let path = self.absolute(path);
        if self.files.contains_key(&path) {
            return Some(FileKind::File);
        }
        self.files.keys().any(|file| file.starts_with(&path)).then_some(FileKind::Directory)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        if self.kind(directory) != Some(FileKind::Directory) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let directory = self.absolute(directory);
        let below = self.files.keys().filter_map(|file| file.strip_prefix(&directory).ok());
        let mut names: Vec<String> = below
            .filter_map(|file| Some(file.components().next()?.as_os_str().to_string_lossy().into_owned()))
            .collect();
        names.dedup();
        let entry = |name: String| {
            let kind = self.kind(&directory.join(&name)).unwrap_or(FileKind::Other);
            Entry { name, kind }
        };
        Ok(names.into_iter().map(entry).collect())
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        let path = self.absolute(path);
        self.kind(&path).map(|_| path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        self.read(path).map(|_| 0o644)
    }

    fn tracked_files(&self, directory: &Path) -> Result<Vec<String>, Error> {
        let directory = self.absolute(directory);
        let below = self.files.keys().filter(|file| file.starts_with(&directory));
        let relative = below.filter_map(|file| file.strip_prefix("/tree").ok());
        Ok(relative.map(|file| file.to_string_lossy().into_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_in_memory_answers_like_one_on_disk() {
        let tree = MemoryCheckout::new([("a/b.txt", "b"), ("a/c/d.txt", "d"), ("e", "e")]);
        assert_eq!(tree.read(Path::new("a/../a/b.txt")).unwrap(), b"b");
        let names: Vec<String> = tree.list(Path::new("a")).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["b.txt", "c"]);
        assert_eq!(tree.kind(Path::new("a/c")), Some(FileKind::Directory));
        assert_eq!(tree.tracked_files(Path::new("a")).unwrap(), ["a/b.txt", "a/c/d.txt"]);
        assert!(tree.read(Path::new("nope")).is_err());
    }
}
