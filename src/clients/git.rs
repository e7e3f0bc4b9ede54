//! A git repository, asked through the `git` command with the arguments the reference gives it.

use std::path::{Path, PathBuf};

use super::checkout::NULL_REVISION;
use super::command::{Tool, no_option};
use crate::sources::repository::{Repository, RepositoryKind};
use crate::sources::{Error, without_credentials};

/// The tree without files, which every repository has.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A checkout of a git repository.
#[derive(Clone, Debug)]
pub struct Git {
    root: PathBuf,
}

impl Git {
    /// The checkout whose root is this directory, absolute.
    #[must_use]
    pub const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn tool(&self) -> Tool<'_> {
        Tool { service: "git", program: "git", directory: &self.root, variables: &[] }
    }

    /// What git prints for these arguments, without white space around it.
    fn word(&self, arguments: &[&str]) -> Result<String, Error> {
        Ok(self.tool().text(arguments)?.trim().to_owned())
    }

    fn names(&self, arguments: &[&str]) -> Result<Vec<String>, Error> {
        let lines = self.tool().lines(arguments)?;
        Ok(lines.into_iter().filter(|line| !line.is_empty()).collect())
    }

    fn is_shallow(&self) -> Result<bool, Error> {
        Ok(self.word(&["rev-parse", "--is-shallow-repository"])? == "true")
    }

    /// Fetches a note's reference; tells whether the remote has it.
    fn fetch_note(&self, reference: &str, remote: &str) -> Result<bool, Error> {
        let fetched = self.tool().bytes(&["fetch", remote, &format!("{reference}:{reference}")]);
        let Err(failure) = fetched else { return Ok(true) };
        match self.tool().bytes(&["ls-remote", "--exit-code", remote, reference]) {
            // 2: the remote answers, and has no such reference.
            Err(listing) if listing.code == Some(2) => Ok(false),
            Err(listing) => Err(listing.into()),
            Ok(_) => Err(failure.into()),
        }
    }

    /// The files under `path` that the head revision tracks, as git prints them.
    ///
    /// # Errors
    /// If git fails.
    pub(super) fn tracked_files(&self, path: &Path) -> Result<Vec<String>, Error> {
        let arguments = ["ls-tree", "-r", "--name-only", "HEAD"].map(std::ffi::OsString::from);
        let arguments: Vec<_> = arguments.into_iter().chain([path.into()]).collect();
        Ok(self.tool().lines(&arguments)?)
    }
}

impl Repository for Git {
    fn kind(&self) -> RepositoryKind {
        RepositoryKind::Git
    }

    fn root(&self) -> &Path {
        &self.root
    }

    fn head_rev(&self) -> Result<String, Error> {
        self.word(&["rev-parse", "--verify", "HEAD"])
    }

    fn branch(&self) -> Result<Option<String>, Error> {
        Ok(Some(self.word(&["branch", "--show-current"])?).filter(|branch| !branch.is_empty()))
    }

    fn base_rev(&self) -> Result<String, Error> {
        let local = self.tool().lines(&["rev-list", "HEAD", "--topo-order", "--boundary", "--not", "--remotes"])?;
        // A boundary is printed with a dash before it. Without one nothing is public; there the reference takes
        // the first commit for a boundary, cuts its hash, and fails.
        match local.last().and_then(|oldest| oldest.strip_prefix('-')) {
            Some(boundary) => Ok(boundary.to_owned()),
            None => self.head_rev(),
        }
    }

    fn remote_url(&self) -> Result<String, Error> {
        Ok(without_credentials(&self.word(&["remote", "get-url", "origin"])?))
    }

    fn changed_in_work_tree(&self) -> Result<Vec<String>, Error> {
        self.names(&["diff", "--name-only", "--no-renames", "--diff-filter=AM"])
    }

    /// In a full clone the files of every revision in the range, newest first, so that a file may be listed twice;
    /// in a shallow one, or for a new branch, what differs between the two trees.
    fn changed_between(&self, base: &str, head: &str) -> Result<Vec<String>, Error> {
        no_option("git", base)?;
        no_option("git", head)?;
        let range = format!("{base}..{head}");
        let (command, revisions) = if base == NULL_REVISION {
            (vec!["diff"], vec![EMPTY_TREE, head])
        } else if self.is_shallow()? {
            (vec!["diff"], vec![base, head])
        } else {
            (vec!["log", "--format=format:"], vec![range.as_str()])
        };
        let options = ["--name-only", "--no-renames", "--diff-filter=ADM"];
        self.names(&[command, options.to_vec(), revisions, vec!["--"]].concat())
    }

    fn commit_message(&self) -> Result<String, Error> {
        let message = self.tool().bytes(&["log", "-n1", "--format=%B", "HEAD"])?;
        Ok(String::from_utf8(message).unwrap_or_default())
    }

    fn note(&self, reference: &str, remote: &str) -> Result<Option<String>, Error> {
        no_option("git", remote)?;
        let full = if reference.starts_with("refs/notes/") { String::new() } else { "refs/notes/".into() } + reference;
        if !self.fetch_note(&full, remote)? {
            return Ok(None);
        }
        match self.tool().text(&["notes", &format!("--ref={full}"), "show", "HEAD"]) {
            Ok(note) => Ok(Some(note.trim().to_owned())),
            Err(failure) if failure.code == Some(1) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    fn is_clean(&self) -> Result<bool, Error> {
        Ok(self.word(&["status", "--porcelain", "--untracked-files=no"])?.is_empty())
    }

    fn update(&self, to: &str) -> Result<(), Error> {
        no_option("git", to)?;
        self.tool().bytes(&["checkout", to])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::testing::Scratch;

    fn repository() -> (Scratch, Git, [String; 2]) {
        let scratch = Scratch::git();
        let git = Git::new(scratch.path().into());
        scratch.write("a", "1");
        scratch.write("dir/b", "1");
        let first = commit(&scratch, "first");
        scratch.write("a", "2");
        scratch.remove("dir/b");
        scratch.write("c", "1");
        commit(&scratch, "second");
        scratch.write("c", "2");
        let third = commit(&scratch, "third\n\nwith more to say");
        (scratch, git, [first, third])
    }

    fn commit(scratch: &Scratch, message: &str) -> String {
        scratch.run(&["add", "--all"]);
        scratch.run(&["commit", "--quiet", "--message", message]);
        scratch.run(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    #[test]
    fn history() {
        let (scratch, git, [first, third]) = repository();
        assert_eq!(git.head_rev().unwrap(), third);
        assert_eq!(git.commit_message().unwrap(), "third\n\nwith more to say\n\n");
        assert_eq!(git.branch().unwrap().as_deref(), Some("main"));
        assert_eq!(git.base_rev().unwrap(), third);
        scratch.run(&["update-ref", "refs/remotes/origin/main", &first]);
        assert_eq!(git.base_rev().unwrap(), first);
        assert_eq!(git.tracked_files(scratch.path()).unwrap(), ["a", "c"]);
        git.update(&first).unwrap();
        assert_eq!((git.branch().unwrap(), git.head_rev().unwrap()), (None, first));
    }

    #[test]
    fn changes_between_revisions() {
        let (scratch, git, [first, third]) = repository();
        assert_eq!(git.changed_between(&first, &third).unwrap(), ["c", "a", "c", "dir/b"]);
        assert_eq!(git.changed_between(NULL_REVISION, &third).unwrap(), ["a", "c"]);
        assert!(git.changed_between("", &third).unwrap().is_empty());
        for (base, head) in [("--output=taken", "x"), ("x", "--output=taken"), (NULL_REVISION, "--output=taken")] {
            assert!(git.changed_between(base, head).unwrap_err().message.contains("is an option"), "{base} {head}");
        }
        assert!(git.note("a", "--upload-pack=touch taken").is_err() && git.update("--detach").is_err());
        assert!(!scratch.path().join("taken").exists());
        let unknown = git.changed_between(&"1".repeat(40), &third).unwrap_err();
        assert!(unknown.request.starts_with("git log --format=format: --name-only"), "{unknown}");
        let shallow = scratch.shallow_clone(2);
        let git = Git::new(shallow.path().into());
        assert_eq!(git.changed_between(&format!("{third}~1"), &third).unwrap(), ["c"]);
    }

    #[test]
    fn work_tree_and_remote() {
        let (scratch, git, _) = repository();
        assert!(git.is_clean().unwrap() && git.changed_in_work_tree().unwrap().is_empty());
        scratch.write("new", "1");
        assert!(git.is_clean().unwrap());
        scratch.write("a", "3");
        assert_eq!(git.changed_in_work_tree().unwrap(), ["a"]);
        assert!(!git.is_clean().unwrap());
        assert!(git.remote_url().unwrap_err().message.contains("origin"));
        scratch.run(&["remote", "add", "origin", "https://github.com/example/project"]);
        assert_eq!(git.remote_url().unwrap(), "https://github.com/example/project");
        scratch.run(&["remote", "set-url", "origin", "https://x:secret@github.com/example/project"]);
        assert_eq!(git.remote_url().unwrap(), "https://github.com/example/project");
    }

    #[test]
    fn notes_come_from_the_remote() {
        let (scratch, _, _) = repository();
        let clone = scratch.shallow_clone(1);
        let git = Git::new(clone.path().into());
        let remote = scratch.path().to_str().unwrap();
        assert_eq!(git.note("refs/notes/decision-parameters", remote).unwrap(), None);
        scratch.run(&["notes", "--ref=decision-parameters", "add", "--message", "{}", "HEAD~1"]);
        assert_eq!(git.note("decision-parameters", remote).unwrap(), None);
        scratch.run(&["notes", "--ref=decision-parameters", "add", "--message", " {\"a\": 1} "]);
        assert_eq!(git.note("refs/notes/decision-parameters", remote).unwrap().as_deref(), Some("{\"a\": 1}"));
        let nowhere = git.note("refs/notes/decision-parameters", "/no/such/remote").unwrap_err();
        assert!(nowhere.request.contains("ls-remote"), "{nowhere}");
    }

    #[test]
    fn names_are_as_git_prints_them() {
        let (scratch, git, [_, third]) = repository();
        scratch.write("grün", "1");
        let head = commit(&scratch, "fourth");
        assert_eq!(git.changed_between(&third, &head).unwrap(), [r#""gr\303\274n""#]);
    }
}
