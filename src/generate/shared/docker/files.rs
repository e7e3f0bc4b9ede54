//! Which files a context consists of.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::dockerfile::{self, Include};
use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::sources::checkout::{Checkout, FileKind, without_dots};
use crate::sources::scripts::Script;

const SCRIPTS: &[&str] = &["run-task", "fetch-content", "hgrc", "robustcheckout.py"];
const SET_ID: u32 = 0o6000;

/// Where a file of the archive comes from.
pub(super) enum Source {
    /// The tree.
    Tree(PathBuf),
    /// This run.
    Made(Script),
}

impl Source {
    /// The file's content and permission bits.
    pub(super) fn open(self, run: &RunContext<'_>) -> Result<Script, Diagnostic> {
        let path = match self {
            Self::Made(file) => return Ok(file),
            Self::Tree(path) => path,
        };
        let read = || Ok(Script { mode: run.checkout.mode(&path)?, content: run.checkout.read(&path)? });
        let file = read().map_err(|error| unreadable(&path.display().to_string(), &error))?;
        match file.mode & SET_ID {
            0 => Ok(file),
            _ => Err(Diagnostic::error(format!(
                "`{}` cannot be part of an image: it has its setuid or setgid bit set",
                path.display()
            ))),
        }
    }
}

pub(super) fn unreadable(path: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(format!("cannot read `{path}`: {error}"))
}

/// Every file of the context in `directory`, by its name in the archive.
///
/// # Errors
/// No Dockerfile, or one that asks for something in vain.
pub(super) fn gather(
    run: &RunContext<'_>,
    directory: &str,
    arguments: &[(&str, &str)],
) -> Result<BTreeMap<String, Source>, Diagnostic> {
    let root = &run.graph_config.vcs_root;
    let context = root.join(directory);
    let dockerfile = Dockerfile::read(run, &context.join("Dockerfile"))?;
    let expanded = dockerfile::expand(&dockerfile.text, arguments);
    let expanded = expanded
        .map_err(|(name, range)| dockerfile.mistake(run, dockerfile::missing_argument(&name, arguments), range))?;
    let mut archive = BTreeMap::new();
    walk(run.checkout, &context, &mut |name, path| drop(archive.insert(name.to_owned(), Source::Tree(path))))?;
    for (include, range) in expanded.includes {
        let added = match include {
            Include::RunTask => add_scripts(run, &mut archive),
            Include::Path(path) => add_path(run, &path, &mut archive),
        };
        added.map_err(|mistake| dockerfile.mistake(run, mistake, range))?;
    }
    let content = expanded.content.into_bytes();
    archive.insert("Dockerfile".into(), Source::Made(Script { content, mode: 0o644 }));
    Ok(archive)
}

/// A Dockerfile as it is in the tree.
pub(super) struct Dockerfile {
    path: PathBuf,
    pub(super) text: String,
}

impl Dockerfile {
    pub(super) fn read(run: &RunContext<'_>, path: &Path) -> Result<Self, Diagnostic> {
        let shown = path.display().to_string();
        let content = run.checkout.read(path).map_err(|error| unreadable(&shown, &error))?;
        let text = String::from_utf8(content)
            .map_err(|_| Diagnostic::error(format!("cannot read `{shown}`: it is not UTF-8")))?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// The mistake at its place; the file joins the run's files only now that there is something to show of it.
    pub(super) fn mistake(
        &self,
        run: &RunContext<'_>,
        mistake: Diagnostic,
        range: std::ops::Range<usize>,
    ) -> Diagnostic {
        let shown = crate::diagnostics::shown(&self.path, run.checkout.current_directory());
        match run.files.add(shown, self.text.clone()) {
            Ok(file) => mistake.at(file.span(range)),
            Err(_) => mistake,
        }
    }
}

fn add_scripts(run: &RunContext<'_>, archive: &mut BTreeMap<String, Source>) -> Result<(), Diagnostic> {
    for name in SCRIPTS {
        let script = run.scripts.read(name).map_err(|error| Diagnostic::error(error.to_string()))?;
        let script = script.ok_or_else(|| {
            Diagnostic::error(format!("cannot include `{name}` in an image: it comes with `taskcluster-taskgraph`"))
                .help("install that package from PyPI")
        })?;
        archive.insert(format!("run-task/{name}"), Source::Made(script));
    }
    Ok(())
}

fn add_path(run: &RunContext<'_>, path: &str, archive: &mut BTreeMap<String, Source>) -> Result<(), Diagnostic> {
    let root = &run.graph_config.vcs_root;
    if path.starts_with('/') {
        return Err(Diagnostic::error(format!("the path `{path}` to include must be relative to the repository")));
    }
    let on_disk = without_dots(&root.join(path));
    if !on_disk.starts_with(root) {
        return Err(Diagnostic::error(format!("the path `{path}` to include is outside of the repository")));
    }
    match run.checkout.kind(&on_disk) {
        None => Err(Diagnostic::error(format!("the path `{path}` to include does not exist"))),
        Some(FileKind::Directory | FileKind::DirectoryLink) => walk(run.checkout, &on_disk, &mut |below, source| {
            archive.insert(joined(&joined("topsrcdir", path), below), Source::Tree(source));
        }),
        Some(FileKind::File | FileKind::Other) => {
            archive.insert(joined("topsrcdir", path), Source::Tree(on_disk));
            Ok(())
        }
    }
}

/// Tells every file below a directory, with its path from there. Links to directories are not followed.
fn walk(checkout: &dyn Checkout, top: &Path, found: &mut dyn FnMut(&str, PathBuf)) -> Result<(), Diagnostic> {
    let mut pending = vec![String::new()];
    while let Some(directory) = pending.pop() {
        let here = top.join(&directory);
        let entries = checkout.list(&here).map_err(|error| unreadable(&here.display().to_string(), &error))?;
        for entry in entries {
            let below = joined(&directory, &entry.name);
            match entry.kind {
                FileKind::Directory if entry.name == "__pycache__" => {}
                FileKind::Directory => pending.push(below),
                FileKind::DirectoryLink => {}
                FileKind::File | FileKind::Other => found(&below, top.join(&below)),
            }
        }
    }
    Ok(())
}

/// As `posixpath.join`, for a second part that is not absolute.
fn joined(base: &str, path: &str) -> String {
    if base.is_empty() || base.ends_with('/') { format!("{base}{path}") } else { format!("{base}/{path}") }
}
