//! A Mercurial repository, asked through the `hg` command with the arguments the reference gives it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::command::{Tool, no_option};
use crate::sources::repository::{Repository, RepositoryKind};
use crate::sources::{Error, ErrorKind, without_credentials};

/// Prints the files a revision adds, deletes and modifies, each on a line.
const CHANGED_FILES: &str = r"{file_adds % '{file}\n'}{file_dels % '{file}\n'}{file_mods % '{file}\n'}";

/// A checkout of a Mercurial repository.
#[derive(Clone, Debug)]
pub struct Hg {
    root: PathBuf,
    program: String,
}

impl Hg {
    /// The checkout whose root is this directory, absolute.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self::with_program(root, "hg")
    }

    /// The same, asked through a `hg` that is not on `PATH`.
    #[must_use]
    pub fn with_program(root: PathBuf, program: impl Into<String>) -> Self {
        Self { root, program: program.into() }
    }

    /// The same program in another checkout.
    pub(super) fn beside(&self, root: PathBuf) -> Self {
        Self { root, program: self.program.clone() }
    }

    pub(super) fn tool(&self) -> Tool<'_> {
        Tool { service: "hg", program: &self.program, directory: &self.root, variables: &[("HGPLAIN", "1")] }
    }

    /// The files under `path` that the checked-out revision tracks.
    ///
    /// # Errors
    /// If hg fails; it does if there are none.
    pub(super) fn tracked_files(&self, path: &Path) -> Result<Vec<String>, Error> {
        let arguments = ["files", "-r", "."].map(OsString::from);
        let arguments: Vec<_> = arguments.into_iter().chain([path.into()]).collect();
        Ok(self.tool().lines(&arguments)?)
    }
}

impl Repository for Hg {
    fn kind(&self) -> RepositoryKind {
        RepositoryKind::Hg
    }

    fn root(&self) -> &Path {
        &self.root
    }

    fn head_rev(&self) -> Result<String, Error> {
        Ok(self.tool().text(&["log", "-r", ".", "-T", "{node}"])?.trim().to_owned())
    }

    /// The active bookmark, read from the file where Mercurial keeps it.
    fn branch(&self) -> Result<Option<String>, Error> {
        let path = self.root.join(".hg/bookmarks.current");
        match fs::read_to_string(&path) {
            Ok(bookmark) => Ok(Some(bookmark).filter(|bookmark| !bookmark.is_empty())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error {
                service: "hg",
                request: format!("read {}", path.display()),
                message: error.to_string(),
                kind: ErrorKind::Refused { status: 0 },
            }),
        }
    }

    fn base_rev(&self) -> Result<String, Error> {
        Ok(self.tool().text(&["log", "-r", "last(ancestors(.) and public())", "-T", "{node}"])?)
    }

    fn remote_url(&self) -> Result<String, Error> {
        Ok(without_credentials(self.tool().text(&["path", "-T", "{url}", "default"])?.trim()))
    }

    fn changed_in_work_tree(&self) -> Result<Vec<String>, Error> {
        Ok(self.tool().lines(&["status", "--no-status", "-am"])?)
    }

    fn changed_between(&self, base: &str, head: &str) -> Result<Vec<String>, Error> {
        Ok(self.tool().lines(&["log", "-r", &format!("{head} % {base}"), "-T", CHANGED_FILES])?)
    }

    fn raw_commit_message(&self) -> Result<Vec<u8>, Error> {
        Ok(self.tool().bytes(&["log", "-r", ".", "-T", "{desc}"])?)
    }

    fn extra(&self, key: &str) -> Result<Option<String>, Error> {
        let extra = self.tool().text(&["log", "-r", ".", "-T", &format!("{{get(extras, '{key}')}}")])?;
        Ok(Some(extra).filter(|extra| !extra.is_empty()))
    }

    /// Mercurial has no notes.
    fn note(&self, _reference: &str, _remote: &str) -> Result<Option<String>, Error> {
        Ok(None)
    }

    fn is_clean(&self) -> Result<bool, Error> {
        let changed = self.tool().text(&["status", "--modified", "--added", "--removed", "--deleted"])?;
        Ok(changed.trim().is_empty())
    }

    fn update(&self, to: &str) -> Result<(), Error> {
        no_option("hg", to)?;
        self.tool().bytes(&["update", "--check", to])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::testing::{Scratch, hg_program};

    fn repository() -> Option<(Scratch, Hg, [String; 2])> {
        let program = hg_program()?;
        let scratch = Scratch::hg(&program);
        let hg = Hg::with_program(scratch.path().into(), program);
        scratch.write("a", "1");
        scratch.write("dir/b", "1");
        let first = commit(&scratch, &hg, "first");
        scratch.write("a", "2");
        scratch.remove("dir/b");
        scratch.write("c", "1");
        let second = commit(&scratch, &hg, "second\n\nwith more to say");
        Some((scratch, hg, [first, second]))
    }

    fn commit(scratch: &Scratch, hg: &Hg, message: &str) -> String {
        scratch.run(&["addremove", "--quiet", "--similarity=0"]);
        scratch.run(&["commit", "--user=Someone", "--date=0 0", "--message", message]);
        hg.head_rev().unwrap()
    }

    #[test]
    fn history() {
        let Some((scratch, hg, [first, second])) = repository() else { return };
        assert_eq!((hg.kind(), first.len()), (RepositoryKind::Hg, 40));
        assert_eq!(hg.commit_message().unwrap(), "second\n\nwith more to say");
        assert_eq!(hg.changed_between(&first, &second).unwrap(), ["c", "dir/b", "a"]);
        assert_eq!(hg.tracked_files(scratch.path()).unwrap(), ["a", "c"]);
        assert_eq!(hg.branch().unwrap(), None);
        scratch.run(&["bookmark", "topic"]);
        assert_eq!(hg.branch().unwrap().as_deref(), Some("topic"));
        assert_eq!(hg.base_rev().unwrap(), "");
        scratch.run(&["phase", "--public", &first]);
        assert_eq!(hg.base_rev().unwrap(), first);
        assert_eq!(hg.note("refs/notes/x", "nowhere").unwrap(), None);
        hg.update(&first).unwrap();
        assert_eq!(hg.head_rev().unwrap(), first);
    }

    #[test]
    fn work_tree_and_remote() {
        let Some((scratch, hg, _)) = repository() else { return };
        assert!(hg.is_clean().unwrap());
        scratch.write("a", "3");
        scratch.write("new", "1");
        assert_eq!(hg.changed_in_work_tree().unwrap(), ["a"]);
        assert!(!hg.is_clean().unwrap());
        let nowhere = hg.remote_url().unwrap_err();
        assert!(nowhere.request.ends_with("path -T {url} default"), "{nowhere}");
        scratch.write(".hg/hgrc", "[paths]\ndefault = https://hg.mozilla.org/try\n");
        assert_eq!(hg.remote_url().unwrap(), "https://hg.mozilla.org/try");
        assert!(hg.changed_between("nope", "nope").unwrap_err().message.contains("unknown revision"));
    }
}
