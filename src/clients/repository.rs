//! Which repository a directory is in.

use std::path::{Path, PathBuf};

use super::{Git, GitObjects, Hg};
use crate::environment::variables_of_process;
use crate::sources::Error;
use crate::sources::checkout::without_dots;
use crate::sources::repository::Repository;

/// The checkout a directory (absolute) is in: the nearest directory at or above it that has `.hg` or `.git`; of both,
/// `.hg`. As in the reference, `..` takes a part of the name away and does not follow links.
#[must_use]
pub fn repository_at(directory: &Path) -> Option<Box<dyn Repository>> {
    Some(match Found::at(directory)? {
        Found::Git(git) => Box::new(git),
        Found::GitObjects(git) => Box::new(git),
        Found::Hg(hg) => Box::new(hg),
    })
}

/// A checkout of either kind.
pub(super) enum Found {
    Git(Git),
    GitObjects(GitObjects),
    Hg(Hg),
}

impl Found {
    pub(super) fn at(directory: &Path) -> Option<Self> {
        let found = |root: &Path| {
            let root: PathBuf = root.into();
            if root.join(".hg").is_dir() {
                return Some(Self::Hg(Hg::new(root)));
            }
            // In a linked work tree `.git` is a file.
            root.join(".git").exists().then(|| Self::of_git(root))
        };
        without_dots(directory).ancestors().find_map(found)
    }

    /// Trees that `checkout` made are read without git, so that it makes no difference whether it is there.
    fn of_git(root: PathBuf) -> Self {
        let has_git = || {
            let path = variables_of_process(&["PATH"]).remove("PATH").unwrap_or_default();
            std::env::split_paths(&path).any(|folder| folder.join("git").is_file())
        };
        if GitObjects::made(&root) || !has_git() {
            return Self::GitObjects(GitObjects::new(root));
        }
        Self::Git(Git::new(root))
    }

    pub(super) fn tracked_files(&self, path: &Path) -> Result<Vec<String>, Error> {
        match self {
            Self::Git(git) => git.tracked_files(path),
            Self::GitObjects(git) => git.tracked_files(path),
            Self::Hg(hg) => hg.tracked_files(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::sources::repository::RepositoryKind;

    #[test]
    fn the_nearest_checkout_is_found_and_mercurial_wins() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir_all(at("outer/.hg")).unwrap();
        fs::create_dir_all(at("outer/inner/deep")).unwrap();
        fs::write(at("outer/.git"), "gitdir: elsewhere").unwrap();
        fs::write(at("outer/inner/.git"), "gitdir: elsewhere").unwrap();
        // A file of that name is no Mercurial repository.
        fs::write(at("outer/inner/.hg"), "").unwrap();
        let kind = |path: &str| repository_at(&at(path)).map(|found| (found.kind(), found.root().to_owned()));
        assert_eq!(kind("outer"), Some((RepositoryKind::Hg, at("outer"))));
        assert_eq!(kind("outer/inner/deep"), Some((RepositoryKind::Git, at("outer/inner"))));
        assert_eq!(kind("outer/inner/.."), Some((RepositoryKind::Hg, at("outer"))));
        assert_eq!(kind(""), None);
    }
}
