//! The tree itself: its repository, its files, its refs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use gix::Repository;
use gix::progress::Discard;
use gix::refs::transaction::PreviousValue;

use super::Wanted;
use super::fail::{failed, refused};
use super::fetch::Fetched;
use super::git::{isolated, open};
use super::place::remove;
use crate::clients::git_objects::MADE_BY_US;
use crate::sources::{Error, without_credentials};

/// An empty repository in `directory`, which reads from `objects` as well, and says that it came from `origin`.
pub(super) fn repository(directory: &Path, origin: &str, objects: Option<PathBuf>) -> Result<Repository, Error> {
    let request = format!("make {}", directory.display());
    let unusable = |error: std::io::Error| refused(&request, error.to_string());
    remove(directory).map_err(unusable)?;
    let kind = gix::create::Kind::WithWorktree;
    gix::ThreadSafeRepository::init_opts(directory, kind, gix::create::Options::default(), isolated())
        .map_err(failed(&request))?;
    let git = directory.join(".git");
    if let Some(objects) = objects {
        fs::create_dir_all(git.join("objects/info")).map_err(unusable)?;
        let line = [objects.as_os_str().as_encoded_bytes(), b"\n"].concat();
        fs::write(git.join("objects/info/alternates"), line).map_err(unusable)?;
    }
    fs::write(git.join(MADE_BY_US), "").map_err(unusable)?;
    let config = git.join("config");
    let mut content = fs::read_to_string(&config).map_err(unusable)?;
    // A URL has no control characters, or it would not have been understood.
    let url = without_credentials(origin).replace('\\', r"\\").replace('"', r#"\""#);
    content += &format!("[remote \"origin\"]\n\turl = \"{url}\"\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n");
    fs::write(&config, content).map_err(unusable)?;
    open(directory)
}

/// Where the history of what was fetched ends, if it does.
pub(super) fn copy_boundary(from: &Repository, directory: &Path) -> Result<(), Error> {
    let request = format!("make {}", directory.display());
    let (boundary, target) = (from.shallow_file().map_err(failed(&request))?, directory.join(".git/shallow"));
    if boundary == target || !boundary.exists() {
        return Ok(());
    }
    fs::copy(boundary, target).map_err(failed(&request))?;
    Ok(())
}

/// Writes the files and refs of what was fetched.
pub(super) fn fill(directory: &Path, wanted: &Wanted, fetched: &Fetched) -> Result<(), Error> {
    let repository = open(directory)?;
    write_references(&repository, wanted, fetched)?;
    write_files(&repository, directory, fetched.revision)
}

fn write_references(repository: &Repository, wanted: &Wanted, fetched: &Fetched) -> Result<(), Error> {
    let write = |name: &str, target: gix::ObjectId| {
        let request = format!("write {name}");
        repository.reference(name, target, PreviousValue::Any, "checkout").map_err(failed(&request))
    };
    for reference in fetched.references.iter().filter(|reference| reference.name != "HEAD") {
        match reference.name.strip_prefix("refs/heads/") {
            Some(branch) => write(&format!("refs/remotes/origin/{branch}"), reference.object)?,
            None => write(&reference.name, reference.object)?,
        };
    }
    let head = match wanted.head_ref.as_deref().filter(|name| *name != "HEAD") {
        Some(name) => {
            let branch = format!("refs/heads/{}", short(name));
            write(&branch, fetched.revision)?;
            format!("ref: {branch}\n")
        }
        None => format!("{}\n", fetched.revision),
    };
    fs::write(repository.git_dir().join("HEAD"), head).map_err(failed("write HEAD"))
}

/// What a branch is called that is made for a ref.
fn short(name: &str) -> &str {
    ["refs/heads/", "refs/tags/"].iter().find_map(|folder| name.strip_prefix(folder)).unwrap_or(name)
}

fn write_files(repository: &Repository, directory: &Path, revision: gix::ObjectId) -> Result<(), Error> {
    let request = format!("write the files of {revision}");
    let write = || -> gix::Result<gix::worktree::state::checkout::Outcome> {
        let tree = repository.find_commit(revision)?.tree_id()?;
        let mut index = repository.index_from_tree(&tree)?;
        let attributes = gix::worktree::stack::state::attributes::Source::IdMapping;
        let mut options = repository.checkout_options(attributes)?;
        options.destination_is_initially_empty = true;
        let (objects, never) =
            (repository.objects.clone().into_arc().map_err(gix::Error::from_error)?, AtomicBool::new(false));
        let outcome =
            gix::worktree::state::checkout(&mut index, directory, objects, &Discard, &Discard, &never, options)?;
        index.write(gix::index::write::Options::default())?;
        Ok(outcome)
    };
    let outcome = write().map_err(failed(&request))?;
    if let Some(collision) = outcome.collisions.first() {
        return Err(refused(request, format!("`{}` is there twice", collision.path)));
    }
    Ok(())
}
