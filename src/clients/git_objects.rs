//! A git repository read without the `git` command: in trees that `checkout` made, and where there is no git.
//!
//! It answers as [`super::Git`] does, which a test compares. What needs the files of the work tree, or changes them, is
//! left to git.

mod changes;

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice as _;
use gix::{ObjectId, Repository as Objects};

use self::changes::{Change, quoted};
use super::Patience;
use super::checkout::{Depth, NULL_REVISION, Remote, Want, failed, isolated, refused};
use crate::sources::repository::{Repository, RepositoryKind};
use crate::sources::{Error, without_credentials};

/// The file in the `.git` of a tree that `checkout` made.
pub(super) const MADE_BY_US: &str = "pushgraph";

/// A checkout of a git repository, by its objects.
#[derive(Clone, Debug)]
pub struct GitObjects {
    root: PathBuf,
}

impl GitObjects {
    /// The checkout whose root is this directory, absolute.
    #[must_use]
    pub const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Whether `checkout` made the tree there.
    pub(super) fn made(root: &Path) -> bool {
        root.join(".git").join(MADE_BY_US).exists()
    }

    fn objects(&self) -> Result<Objects, Error> {
        gix::open_opts(&self.root, isolated()).map_err(failed(&format!("open {}", self.root.display())))
    }

    /// The commit that a hash or a name means.
    fn commit(objects: &Objects, name: &str) -> Result<ObjectId, Error> {
        let request = format!("look for the revision `{name}`");
        let id = match ObjectId::from_hex(name.as_bytes()) {
            Ok(id) => id,
            Err(_) => {
                let name = if name.is_empty() { "HEAD" } else { name };
                let of_origin = || objects.try_find_reference(&format!("refs/remotes/origin/{name}"));
                let found = objects.try_find_reference(name).and_then(|found| match found {
                    Some(found) => Ok(Some(found)),
                    None => of_origin(),
                });
                let found = found.map_err(failed(&request))?;
                let mut found = found.ok_or_else(|| refused(&request, "there is no such revision"))?;
                found.peel_to_id().map_err(failed(&request))?.detach()
            }
        };
        let object = objects.find_object(id).map_err(|error| {
            let shallow = if objects.is_shallow().unwrap_or(false) { "; the history was left out" } else { "" };
            refused(&request, format!("{error}{shallow}"))
        })?;
        Ok(object.peel_to_commit().map_err(failed(&request))?.id)
    }

    fn head(objects: &Objects) -> Result<ObjectId, Error> {
        Ok(objects.head_id().map_err(failed("look at HEAD"))?.detach())
    }

    /// The files under `path`, absolute, that the head revision tracks, as git prints them.
    ///
    /// # Errors
    /// If the repository cannot be read.
    pub(super) fn tracked_files(&self, path: &Path) -> Result<Vec<String>, Error> {
        let objects = self.objects()?;
        let tree = changes::tree_of(&objects, Self::head(&objects)?)?;
        let all = changes::between(&objects, None, Some(tree))?;
        let under = path.strip_prefix(&self.root).unwrap_or(path).as_os_str().as_encoded_bytes();
        let under = under.strip_suffix(b"/").unwrap_or(under);
        let is_under = |name: &[u8]| {
            under.is_empty() || name.strip_prefix(under).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        };
        Ok(all.iter().filter(|(name, _)| is_under(name)).map(|(name, _)| quoted(name)).collect())
    }

    fn needs_git<T>(question: &str) -> Result<T, Error> {
        Err(refused(question, "this needs the program git, which is not installed or did not make this tree"))
    }
}

/// The files that a diff names, without those whose kind alone has changed.
fn names(changes: Vec<(Vec<u8>, Change)>) -> impl Iterator<Item = String> {
    changes.into_iter().filter(|(_, change)| *change != Change::Kind).map(|(name, _)| quoted(&name))
}

impl Repository for GitObjects {
    fn kind(&self) -> RepositoryKind {
        RepositoryKind::Git
    }

    fn root(&self) -> &Path {
        &self.root
    }

    fn head_rev(&self) -> Result<String, Error> {
        Ok(Self::head(&self.objects()?)?.to_string())
    }

    fn branch(&self) -> Result<Option<String>, Error> {
        let name = self.objects()?.head_name().map_err(failed("look at HEAD"))?;
        Ok(name.map(|name| name.shorten().to_string()))
    }

    /// Of several revisions where what is public and what is not meet, the oldest.
    fn base_rev(&self) -> Result<String, Error> {
        let (objects, request) = (self.objects()?, "look for the newest public revision");
        let head = Self::head(&objects)?;
        let references = objects.references().map_err(failed(request))?;
        let remote = references.prefixed("refs/remotes/").map_err(failed(request))?;
        let public: Vec<ObjectId> =
            remote.flatten().filter_map(|mut reference| Some(reference.peel_to_id().ok()?.detach())).collect();
        let walk = objects.rev_walk([head]).with_hidden(public).all().map_err(failed(request))?;
        let local = walk.collect::<gix::Result<Vec<_>>>().map_err(failed(request))?;
        let is_local = |id: &ObjectId| local.iter().any(|commit| commit.id == *id);
        let meeting = local.iter().flat_map(|commit| commit.parent_ids.iter().copied()).filter(|id| !is_local(id));
        let age = |id: &ObjectId| objects.find_commit(*id).ok().and_then(|commit| commit.time().ok()?.seconds.into());
        Ok(meeting.min_by_key(|id| age(id).unwrap_or(i64::MAX)).unwrap_or(head).to_string())
    }

    fn remote_url(&self) -> Result<String, Error> {
        let objects = self.objects()?;
        let url = objects.config_snapshot().string("remote.origin.url").map(|url| url.to_string());
        url.map(|url| without_credentials(&url)).ok_or_else(|| refused("look at origin", "there is no remote `origin`"))
    }

    fn changed_in_work_tree(&self) -> Result<Vec<String>, Error> {
        Self::needs_git("look for files that were changed and not committed")
    }

    fn changed_between(&self, base: &str, head: &str) -> Result<Vec<String>, Error> {
        let objects = self.objects()?;
        let head = Self::commit(&objects, head)?;
        let tree = Some(changes::tree_of(&objects, head)?);
        if base == NULL_REVISION {
            return Ok(names(changes::between(&objects, None, tree)?).collect());
        }
        let base = Self::commit(&objects, base)?;
        let request = "look at the history";
        if objects.is_shallow().map_err(failed(request))? {
            let before = Some(changes::tree_of(&objects, base)?);
            return Ok(names(changes::between(&objects, before, tree)?).collect());
        }
        let newest_first =
            gix::revision::walk::Sorting::ByCommitTime(gix::traverse::commit::simple::CommitTimeOrder::NewestFirst);
        let walk = objects.rev_walk([head]).with_hidden([base]).sorting(newest_first).all().map_err(failed(request))?;
        let mut found = Vec::new();
        for commit in walk {
            let commit = commit.map_err(failed(request))?;
            let before = match commit.parent_ids.as_slice() {
                [] => None,
                [parent] => Some(changes::tree_of(&objects, *parent)?),
                // What a merge changes is in the commits that it joins.
                _ => continue,
            };
            found.extend(names(changes::between(&objects, before, Some(changes::tree_of(&objects, commit.id)?))?));
        }
        Ok(found)
    }

    fn commit_message(&self) -> Result<String, Error> {
        let (objects, request) = (self.objects()?, "look at the commit message");
        let commit = objects.find_commit(Self::head(&objects)?).map_err(failed(request))?;
        let message = commit.message_raw().map_err(failed(request))?;
        Ok(message.to_str().map(|message| format!("{message}\n")).unwrap_or_default())
    }

    fn note(&self, reference: &str, remote: &str) -> Result<Option<String>, Error> {
        let full = if reference.starts_with("refs/notes/") { String::new() } else { "refs/notes/".into() } + reference;
        let objects = self.objects()?;
        let remote = Remote::new(remote, Patience::default())?;
        let listed = remote.references(&objects, std::slice::from_ref(&full))?;
        let Some(notes) = listed.first() else { return Ok(None) };
        if !objects.has_object(notes.object) {
            let depth = if objects.is_shallow().unwrap_or(false) { Depth::ONE } else { Depth::Whole };
            remote.fetch(&objects, &[Want { id: notes.object, keep_as: full }], depth)?;
        }
        let objects = self.objects()?;
        let tree = changes::tree_of(&objects, notes.commit)?;
        let note = changes::note_of(&objects, tree, Self::head(&objects)?)?;
        let Some(note) = note else { return Ok(None) };
        let text = String::from_utf8(note).map_err(|_| refused("look at the note", "it is not UTF-8"))?;
        Ok(Some(text.trim().to_owned()))
    }

    fn is_clean(&self) -> Result<bool, Error> {
        Self::needs_git("look whether files were changed")
    }

    fn update(&self, to: &str) -> Result<(), Error> {
        Self::needs_git(&format!("check out `{to}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::Git;
    use crate::clients::testing::Scratch;

    /// A history with a merge, a new kind of a file, deletions, and names that git quotes.
    fn repository() -> Scratch {
        let scratch = Scratch::git();
        let commit = |message: &str| {
            scratch.run(&["add", "--all"]);
            scratch.run(&["commit", "--quiet", "--allow-empty", "--message", message]);
        };
        scratch.write("a", "1");
        scratch.write("dir/b", "1");
        scratch.write("dir/deep/c", "1");
        scratch.write("dir.txt", "1");
        commit("first");
        scratch.run(&["checkout", "--quiet", "-b", "side"]);
        scratch.write("grün \"x\"", "1");
        scratch.remove("dir/deep/c");
        commit("on the side\n\nwith more to say");
        scratch.run(&["checkout", "--quiet", "main"]);
        scratch.remove("a");
        std::os::unix::fs::symlink("dir.txt", scratch.path().join("a")).unwrap();
        scratch.write("dir/b", "2");
        commit("another kind");
        scratch.run(&["merge", "--quiet", "--no-edit", "side"]);
        scratch.remove("dir/b");
        scratch.write("dir/b/now-a-folder", "1");
        commit("last");
        scratch.run(&["tag", "v1"]);
        scratch
    }

    #[test]
    fn it_answers_as_git_does() {
        let scratch = repository();
        scratch.run(&["remote", "add", "origin", "https://me:secret@example.com/a"]);
        let shallow = scratch.shallow_clone(2);
        let parents = ["HEAD~1", "HEAD~2", "side", "main~2"].map(|name| scratch.run(&["rev-parse", name]));
        let bases = parents.iter().map(|base| base.trim()).chain([NULL_REVISION, "side", ""]);
        for scratch in [&scratch, &shallow] {
            let (git, objects) = (Git::new(scratch.path().into()), GitObjects::new(scratch.path().into()));
            assert_eq!(objects.head_rev(), git.head_rev());
            assert_eq!(objects.branch(), git.branch());
            assert_eq!(objects.commit_message(), git.commit_message());
            assert_eq!(objects.base_rev(), git.base_rev());
            for path in ["", "dir", "dir/deep", "dir.txt", "d"] {
                let path = scratch.path().join(path);
                assert_eq!(objects.tracked_files(&path), git.tracked_files(&path), "{}", path.display());
            }
        }
        let (git, objects) = (Git::new(scratch.path().into()), GitObjects::new(scratch.path().into()));
        assert_eq!(objects.remote_url(), git.remote_url());
        for base in bases {
            for head in ["v1", "main", git.head_rev().unwrap().as_str()] {
                assert_eq!(objects.changed_between(base, head), git.changed_between(base, head), "{base}..{head}");
            }
        }
        let unknown = objects.changed_between(&"1".repeat(40), "v1").unwrap_err().to_string();
        assert!(unknown.contains(&"1".repeat(40)), "{unknown}");
        let shallow = (Git::new(shallow.path().into()), GitObjects::new(shallow.path().into()));
        let base = shallow.0.base_rev().unwrap();
        assert_eq!(shallow.1.changed_between(&base, "HEAD"), shallow.0.changed_between(&base, "HEAD"));
    }

    #[test]
    fn what_needs_git_says_so() {
        let scratch = repository();
        let objects = GitObjects::new(scratch.path().into());
        assert!(objects.is_clean().unwrap_err().to_string().contains("needs the program git"));
        assert!(objects.update("main").is_err() && objects.changed_in_work_tree().is_err());
    }
}
