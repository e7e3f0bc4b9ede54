//! One mistake a case: a change of the tree `tests/mistakes/base`, and a command that is to find it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pushgraph::diagnostics::Files;
use pushgraph::yaml;
use serde::Deserialize;

use crate::support::{Tree, repository};

/// The command of a case that names none.
const ARGUMENTS: &str = "full -p parameters.yml";

/// The place of what is to be repeated in a text.
const FILLING: &str = "<filling>";

/// A file of cases.
pub(super) struct Theme {
    /// Its name, without the extension.
    pub(super) name: String,
    /// Its cases, in the order written.
    pub(super) cases: Vec<Case>,
}

/// A mistake.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// What is wrong, for people.
    pub(super) wrong: String,
    /// The file to change, below the root of the tree's configuration.
    #[serde(rename = "in")]
    file: Option<PathBuf>,
    /// What to replace in it; it must be there once.
    #[serde(default)]
    old: String,
    /// What to replace it by.
    #[serde(default)]
    new: String,
    /// What takes the place of `<filling>` in `new`.
    filling: Option<Filling>,
    /// A second replacement in the same file.
    also: Option<Replacement>,
    /// Files to write.
    #[serde(default)]
    write: BTreeMap<PathBuf, String>,
    /// Files to remove.
    #[serde(default)]
    remove: Vec<PathBuf>,
    /// The only kind that is kept.
    only: Option<String>,
    /// The command after the program's name.
    #[serde(default = "arguments")]
    pub(super) arguments: String,
    /// Why the report names no place although a file is to blame.
    pub(super) placeless: Option<String>,
    /// Why the reference refuses nothing here.
    pub(super) accepted: Option<String>,
    /// Why we refuse nothing here.
    pub(super) warned: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filling {
    text: String,
    times: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replacement {
    old: String,
    new: String,
}

fn arguments() -> String {
    ARGUMENTS.into()
}

impl Case {
    /// Whether the mistake is in a file, and the report must say where.
    pub(super) fn is_in_a_file(&self) -> bool {
        self.placeless.is_none() && (self.file.is_some() || !self.write.is_empty())
    }

    /// A copy of `base` with the mistake in it.
    pub(super) fn tree(&self, base: &Tree) -> Tree {
        let tree = Tree::copy_of(base.path());
        if let Some(file) = &self.file {
            let path = tree.path().join("taskcluster").join(file);
            let new = match &self.filling {
                Some(filling) => self.new.replace(FILLING, &filling.text.repeat(filling.times)),
                None => self.new.clone(),
            };
            self.replace(&path, &self.old, &new);
            if let Some(also) = &self.also {
                self.replace(&path, &also.old, &also.new);
            }
        }
        if let Some(only) = &self.only {
            let kinds = fs::read_dir(tree.path().join("taskcluster/kinds")).unwrap().map(|entry| entry.unwrap());
            kinds.filter(|kind| kind.file_name() != **only).for_each(|kind| fs::remove_dir_all(kind.path()).unwrap());
        }
        for path in &self.remove {
            fs::remove_file(tree.path().join(path)).unwrap();
        }
        self.write.iter().fold(tree, |tree, (path, text)| tree.file(&path.to_string_lossy(), text))
    }

    fn replace(&self, path: &Path, old: &str, new: &str) {
        let text = fs::read_to_string(path).unwrap();
        let times = text.matches(old).count();
        assert_eq!(times, 1, "case `{}`: {old:?} is {times} times in {}", self.wrong, path.display());
        fs::write(path, text.replacen(old, new, 1)).unwrap();
    }
}

/// The tree that all mistakes are made in, committed to git.
pub(super) fn base() -> Tree {
    Tree::copy_of(&repository().join("tests/mistakes/base")).committed()
}

/// All cases, by theme.
pub(super) fn themes() -> Vec<Theme> {
    let folder = repository().join("tests/mistakes/cases");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| theme(path)).collect()
}

fn theme(path: &Path) -> Theme {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let document = yaml::load(&Files::default(), path, fs::read(path).unwrap()).unwrap();
    let cases = yaml::read(&document.root).unwrap_or_else(|mistakes| panic!("{name}.yml: {mistakes}"));
    Theme { name, cases }
}
