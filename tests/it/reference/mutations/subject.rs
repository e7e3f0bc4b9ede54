//! Trees that can be changed, and a change of one.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use pushgraph::diagnostics::Files;
use pushgraph::yaml::{self, DumpOptions, Node};

use super::super::index::Taskcluster;
use super::super::programs::{Checkout, Program};
use super::super::random::draw::Draw;
use super::super::trees::{Tree, sorted};
use super::super::verdict::{self, SEEDS, Verdict};
use super::mutate::{Mutated, mutate};
use crate::support::repository;

/// The phases, and whether their tasks are named by task id.
const PHASES: [(&str, bool); 2] = [("full", false), ("morphed", true)];

/// How many parts of [`SEEDS`] are worth it.
const SEEDS_TRIED: usize = 2;

/// The trees met so far, ready to be changed.
#[derive(Default)]
pub(super) struct Subjects {
    ready: BTreeMap<String, Subject>,
    names: Vec<String>,
    /// For trees that look nothing up.
    empty: Option<Taskcluster>,
}

/// A tree as a checkout, with what it looks up.
struct Subject {
    tree: Tree,
    checkout: Checkout,
    /// Its YAML files, relative to the checkout.
    files: Vec<PathBuf>,
    own: Option<Taskcluster>,
}

impl Subjects {
    /// The trees without Python of their own, which is run as it is by both.
    fn names(&mut self) -> &[String] {
        if self.names.is_empty() {
            let is_plain = |path: &PathBuf| path.is_dir() && !has_python(path);
            let folders = sorted(&repository().join("tests/trees")).into_iter().filter(is_plain);
            self.names = folders.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
        }
        &self.names
    }

    fn get(&mut self, name: &str) -> &Subject {
        self.empty.get_or_insert_with(Taskcluster::start);
        self.ready.entry(name.to_owned()).or_insert_with(|| Subject::new(name))
    }

    fn taskcluster<'a>(&'a self, subject: &'a Subject) -> &'a Taskcluster {
        subject.own.as_ref().or(self.empty.as_ref()).expect("started with the first subject")
    }
}

fn has_python(tree: &Path) -> bool {
    walkdir::WalkDir::new(tree).into_iter().flatten().any(|entry| entry.path().extension().is_some_and(|it| it == "py"))
}

impl Subject {
    fn new(name: &str) -> Self {
        let tree = Tree::named(name);
        let checkout = tree.checkout();
        let own = tree.files.join("index.yml").exists().then(|| tree.taskcluster());
        let files = |folder: &str| {
            let all = walkdir::WalkDir::new(checkout.path().join(folder)).sort_by_file_name().into_iter().flatten();
            let all = all.filter(|entry| entry.path().extension().is_some_and(|it| it == "yml"));
            all.filter_map(|entry| Some(entry.path().strip_prefix(checkout.path()).ok()?.to_owned()))
                .collect::<Vec<_>>()
        };
        let files = files(&tree.settings.root);
        Self { tree, checkout, files, own }
    }
}

/// A change of a tree.
pub(super) struct Mutation {
    tree: String,
    /// The changed file.
    file: PathBuf,
    text: String,
    parameters: PathBuf,
    phase: usize,
    pub(super) mutated: Mutated,
}

impl Mutation {
    /// The change of a seed.
    pub(super) fn new(seed: u64, subjects: &mut Subjects) -> Self {
        let mut draw = Draw::new(seed);
        let names = subjects.names();
        let tree = names[draw.below(names.len())].clone();
        let subject = subjects.get(&tree);
        let parameters = draw.one_of(&subject.tree.parameters);
        let parameters = parameters.strip_prefix(&subject.tree.files).expect("it is of the tree").to_owned();
        let phase = usize::from(draw.chance(30));
        let file = if draw.chance(6) { parameters.clone() } else { draw.one_of(&subject.files) };
        let document = read(&subject.checkout.path().join(&file));
        let mutated = mutate(&document, &mut draw);
        let text = yaml::dump(&mutated.document, DumpOptions::PARAMETERS);
        Self { tree, file, text, parameters, phase, mutated }
    }

    /// What both programs make of it.
    pub(super) fn judge(&self, subjects: &mut Subjects) -> Verdict {
        subjects.get(&self.tree);
        let subject = &subjects.ready[&self.tree];
        let (checkout, tree) = (&subject.checkout, &subject.tree);
        let changed = Changed::make(checkout.path().join(&self.file), &self.text);
        let (phase, by_id) = PHASES[self.phase];
        let mut arguments = tree.arguments(phase, &self.parameters);
        arguments.push("-J");
        let environment = tree.environment(subjects.taskcluster(subject));
        let ours = Program::Ours.run(checkout, &arguments, &environment);
        let theirs = |seed| Program::Reference { seed }.run(checkout, &arguments, &environment);
        let verdict = verdict::compare(&ours, theirs, by_id, &SEEDS[..SEEDS_TRIED]);
        drop(changed);
        verdict
    }
}

impl fmt::Display for Mutation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, parameters) = (self.file.display(), self.parameters.display());
        let (tree, path, change) = (&self.tree, self.mutated.path.join(" / "), &self.mutated.change);
        write!(formatter, "tree {tree}, {parameters}, {}: {file}: {path} {change}", PHASES[self.phase].0)
    }
}

fn read(path: &Path) -> Node {
    let text = std::fs::read(path).expect("it can be read");
    yaml::load(&Files::default(), path, text).expect("trees are YAML").root
}

/// A file with other content for as long as this value lives.
struct Changed {
    path: PathBuf,
    before: Vec<u8>,
}

impl Changed {
    fn make(path: PathBuf, text: &str) -> Self {
        let before = std::fs::read(&path).expect("it can be read");
        std::fs::write(&path, text).expect("it can be written");
        Self { path, before }
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        let _ = std::fs::write(&self.path, &self.before);
    }
}
