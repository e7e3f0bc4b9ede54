//! Checking out a revision of a Mercurial repository with the `hg` program.

use std::fs;
use std::path::Path;

use super::fail::{failed, refused};
use super::place::{Place, lock};
use super::{CheckedOut, Wanted};
use crate::clients::command::{Failure, Tool, no_option};
use crate::sources::Error;

pub(super) fn check_out(wanted: &Wanted, place: &Place, store: Option<&Path>) -> Result<CheckedOut, Error> {
    check_out_with("hg", wanted, place, store)
}

pub(super) fn check_out_with(
    program: &str,
    wanted: &Wanted,
    place: &Place,
    store: Option<&Path>,
) -> Result<CheckedOut, Error> {
    let directory = &place.new_tree();
    let hg = Program { program, directory };
    let base = wanted.base_repository.as_ref().unwrap_or(&wanted.head_repository);
    hg.clone_from(base, store)?;
    let asked = wanted.head_rev.as_deref().or(wanted.head_ref.as_deref());
    let asked = asked.ok_or_else(|| refused(format!("check out {base}"), "neither a ref nor a revision is given"))?;
    for part in [wanted.head_ref.as_deref(), wanted.head_rev.as_deref(), Some(&*wanted.head_repository)] {
        no_option("hg", part.unwrap_or_default())?;
    }
    hg.run(directory, &["pull", "--rev", asked, "--", &wanted.head_repository])?;
    let revision = hg.node(&quoted(asked)?)?;
    let revision = revision.ok_or_else(|| refused(format!("check out {asked}"), "there is no such revision"))?;
    if let Some(reference) = wanted.head_ref.as_deref().filter(|reference| *reference != asked) {
        let within = format!("{} and ::{}", quoted(asked)?, quoted(reference)?);
        if hg.node(&within)?.is_none() {
            let request = format!("check out {asked} of {}", wanted.head_repository);
            return Err(refused(request, format!("`{reference}` does not contain it")));
        }
    }
    hg.run(directory, &["update", "--clean", "--rev", &revision])?;
    place.put()?;
    Ok(CheckedOut { revision, _held: Vec::new() })
}

struct Program<'a> {
    program: &'a str,
    directory: &'a Path,
}

impl Program<'_> {
    fn run(&self, directory: &Path, arguments: &[&str]) -> Result<String, Error> {
        let tool = Tool { service: "hg", program: self.program, directory, variables: &[("HGPLAIN", "1")] };
        tool.text(arguments).map_err(|failure: Failure| {
            if failure.is_missing() {
                let why = "Mercurial is not installed, and this repository is kept with it: the full image has it";
                return refused(format!("run {}", self.program), why);
            }
            failure.into()
        })
    }

    /// Clones without files; with a store, the history is kept there for the next time. One process at a time does so.
    fn clone_from(&self, url: &str, store: Option<&Path>) -> Result<(), Error> {
        no_option("hg", url)?;
        let target = self.directory.to_string_lossy();
        let parent = self.directory.parent().unwrap_or(Path::new("/"));
        let Some(store) = store else {
            self.run(parent, &["clone", "--noupdate", "--", url, &target])?;
            return Ok(());
        };
        let request = format!("use {}", store.display());
        fs::create_dir_all(store).map_err(failed(&request))?;
        let _lock = lock(&store.join("hg.lock"), &store.display().to_string()).map_err(failed(&request))?;
        let pool = format!("share.pool={}", store.join("hg").display());
        let share = ["--config", "extensions.share=", "--config", &pool];
        self.run(parent, &[&["clone", "--noupdate"], &share[..], &["--", url, &target]].concat())?;
        Ok(())
    }

    /// The hash of the revision that is meant.
    fn node(&self, which: &str) -> Result<Option<String>, Error> {
        let found = self.run(self.directory, &["log", "--rev", which, "--template", "{node}"])?;
        Ok(Some(found.trim().to_owned()).filter(|node| !node.is_empty()))
    }
}

/// A name in a query of Mercurial's.
fn quoted(name: &str) -> Result<String, Error> {
    if name.contains(['\'', '\\']) {
        return Err(refused(format!("look for {name}"), "a revision has no quotes and no backslashes"));
    }
    Ok(format!("'{name}'"))
}
