//! A shelf in the folder where the user's programs keep what can be worked out again.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::SystemClock;
use crate::environment::Environment;
use crate::sources::clock::Clock as _;
use crate::sources::shelf::Shelf;

/// The folder among those of other programs.
const FOLDER: &str = "pushgraph/graphs";

/// How many contents are kept; of more, those that were longest untouched go.
const KEPT: usize = 12;

/// Files in a folder; whatever fails there is as if nothing was kept.
#[derive(Clone, Debug)]
pub struct DiskShelf {
    folder: Option<PathBuf>,
    /// What this program is told from others by: what another made may mean something else.
    program: String,
}

impl DiskShelf {
    /// The shelf of the user: below `XDG_CACHE_HOME`, or `.cache` in `HOME`. None where there is neither.
    #[must_use]
    pub fn of_user(environment: &Environment) -> Self {
        let cache = environment.cache_home.as_ref().map(PathBuf::from);
        let cache = cache.or_else(|| Some(PathBuf::from(environment.home.as_ref()?).join(".cache")));
        Self { folder: cache.map(|cache| cache.join(FOLDER)), program: program() }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{}-{name}", self.program)))
    }

    fn try_put(&self, path: &Path, content: &[u8]) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(path);
        fs::create_dir_all(folder)?;
        // Another run sees all of it or nothing.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.persist(path)?;
        tidy(folder)
    }
}

/// Version, length and age of the program.
fn program() -> String {
    let itself = std::env::current_exe().and_then(fs::metadata);
    let (length, changed) = itself.map_or((0, SystemTime::UNIX_EPOCH), |itself| {
        (itself.len(), itself.modified().unwrap_or(SystemTime::UNIX_EPOCH))
    });
    let age = changed.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{}-{length:x}-{age:x}", env!("CARGO_PKG_VERSION"))
}

/// Removes what was longest untouched, and what an interrupted run left.
fn tidy(folder: &Path) -> std::io::Result<()> {
    let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.push((entry.metadata()?.modified()?, entry.path()));
    }
    files.sort();
    let surplus = files.len().saturating_sub(KEPT);
    files.iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
}

impl Shelf for DiskShelf {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.path(name)?;
        let content = fs::read(&path).ok()?;
        // What is used stays. If its time cannot be set it goes earlier.
        let _ = fs::File::open(&path).and_then(|file| file.set_modified(SystemClock.now().into()));
        Some(content)
    }

    fn put(&self, name: &str, content: &[u8]) {
        if let Some(path) = self.path(name)
            && let Err(error) = self.try_put(&path, content)
        {
            log::debug!("{} is not kept: {error}", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_kept_until_there_are_too_many() {
        let cache = tempfile::tempdir().unwrap();
        let cache_home = Some(cache.path().to_string_lossy().into_owned());
        let shelf = DiskShelf::of_user(&Environment { cache_home, ..Environment::default() });
        for number in 0..KEPT + 3 {
            shelf.put(&number.to_string(), format!("content {number}").as_bytes());
            // The first is used again and again.
            assert_eq!(shelf.get("0").as_deref(), Some(b"content 0".as_slice()));
        }
        assert_eq!(fs::read_dir(cache.path().join(FOLDER)).unwrap().count(), KEPT);
        assert_eq!(shelf.get("1"), None);
        assert_eq!(shelf.get(&(KEPT + 2).to_string()).unwrap(), format!("content {}", KEPT + 2).as_bytes());
    }

    #[test]
    fn nowhere_nothing_is_kept() {
        let shelf = DiskShelf::of_user(&Environment::default());
        shelf.put("a", b"b");
        assert_eq!(shelf.get("a"), None);
        let unusable = Environment { cache_home: Some("/dev/null".into()), ..Environment::default() };
        let shelf = DiskShelf::of_user(&unusable);
        shelf.put("a", b"b");
        assert_eq!(shelf.get("a"), None);
    }
}
