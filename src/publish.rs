//! The files a decision or an action leaves for the worker to upload: each is there whole, or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::diagnostics::Diagnostic;
use crate::json::{self, WriteError};
use crate::model::{GraphKey, TaskGraph};
use crate::yaml::{self, Node};

/// The directory that the worker uploads, relative to where the program runs.
pub const ARTIFACTS: &str = "artifacts";

/// A directory of files to upload.
#[derive(Clone, Debug)]
pub struct Publisher {
    directory: PathBuf,
}

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk, or whatever is in its place, refused.
    #[error("cannot write `{}`: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why it could not be written.
        #[source]
        error: io::Error,
    },
    /// The document holds a value that the format cannot say.
    #[error("cannot write `{name}`: {}", mistake.message)]
    Value {
        /// The file.
        name: String,
        /// The value, where it was written.
        mistake: Box<Diagnostic>,
    },
}

impl Publisher {
    /// Publishes in `directory`, which is made when the first file is written.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Writes a JSON document as the reference writes artifacts: keys sorted, two spaces, no newline at the end.
    ///
    /// # Errors
    /// If the file cannot be written, or the document holds what JSON cannot say.
    pub fn json(&self, name: &str, document: &Node) -> Result<(), Error> {
        self.write(name, 0o666, |file| json::write(file, document, json::Format::ARTIFACT))
    }

    /// Writes a JSON document without white space, packed by gzip; the same document always gives the same bytes.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub fn packed_json(&self, name: &str, document: &Node) -> Result<(), Error> {
        self.write(name, 0o666, |file| {
            let mut packed = GzEncoder::new(file, Compression::default());
            json::write(&mut packed, document, json::Format::COMPACT)?;
            packed.finish()?;
            Ok(())
        })
    }

    /// Writes a graph, as [`Self::json`] would write its document.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub fn graph<K: GraphKey>(&self, name: &str, graph: &TaskGraph<K>) -> Result<(), Error> {
        self.write(name, 0o666, |file| graph.write_json(file, json::Format::ARTIFACT))
    }

    /// Writes a YAML document as the reference writes artifacts.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn yaml(&self, name: &str, document: &Node) -> Result<(), Error> {
        self.bytes(name, yaml::dump(document, yaml::DumpOptions::PARAMETERS).as_bytes())
    }

    /// Writes a file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn bytes(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        self.write(name, 0o666, |file| Ok(file.write_all(content)?))
    }

    /// Writes a file that can be run.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn script(&self, name: &str, content: &[u8], mode: u32) -> Result<(), Error> {
        self.write(name, mode, |file| Ok(file.write_all(content)?))
    }

    /// Gives a file another name.
    ///
    /// # Errors
    /// If there is no such file.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        let (from, to) = (self.directory.join(from), self.directory.join(to));
        fs::rename(from, &to).map_err(|error| Error::Io { path: to, error })
    }

    /// Takes a file of an earlier run away, so that it cannot be taken for one of this run.
    ///
    /// # Errors
    /// If it is there and cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.directory.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::Io { path, error }),
            _ => Ok(()),
        }
    }

    /// The file of that name; a name may come from the tree, and must not lead out of the directory.
    fn inside(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.directory.join(name);
        if !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            return Ok(path);
        }
        let error = io::Error::new(io::ErrorKind::InvalidInput, "it would be outside of the folder of artifacts");
        Err(Error::Io { path, error })
    }

    /// Writes beside the file and then gives it its name, so that nobody sees half of it. `mode` is subject to the
    /// umask.
    fn write(
        &self,
        name: &str,
        mode: u32,
        content: impl FnOnce(&mut fs::File) -> Result<(), WriteError>,
    ) -> Result<(), Error> {
        let path = self.inside(name)?;
        log::info!("writing artifact file `{name}`");
        write_whole(&path, mode, content).map_err(|error| match error {
            WriteError::Io(error) => Error::Io { path, error },
            WriteError::Value(mistake) => Error::Value { name: name.to_owned(), mistake },
        })
    }
}

fn write_whole(
    path: &Path,
    mode: u32,
    content: impl FnOnce(&mut fs::File) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::Builder::new().permissions(permissions(mode)).tempfile_in(directory)?;
    content(file.as_file_mut())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn permissions(mode: u32) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_and_replaces_an_older_one() {
        let directory = tempfile::tempdir().unwrap();
        let publisher = Publisher::new(directory.path().join("artifacts"));
        publisher.bytes("a/b.txt", b"one").unwrap();
        publisher.bytes("a/b.txt", b"two").unwrap();
        publisher.rename("a/b.txt", "c.txt").unwrap();
        assert_eq!(fs::read(directory.path().join("artifacts/c.txt")).unwrap(), b"two");
        assert_eq!(fs::read_dir(directory.path().join("artifacts/a")).unwrap().count(), 0);
        publisher.remove("c.txt").unwrap();
        publisher.remove("c.txt").unwrap();
    }

    #[test]
    fn no_name_leads_out_of_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let publisher = Publisher::new(directory.path().join("artifacts"));
        let absolute = directory.path().join("c").display().to_string();
        for name in ["../a", "b/../../a", &absolute, "", "..", "/"] {
            let error = publisher.bytes(name, b"x").unwrap_err().to_string();
            assert!(error.ends_with("it would be outside of the folder of artifacts"), "{name}: {error}");
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let error = Publisher::new("/proc/nowhere").bytes("a", b"").unwrap_err();
        assert!(error.to_string().starts_with("cannot write `/proc/nowhere/a`"), "{error}");
    }
}
