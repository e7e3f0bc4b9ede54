//! Both programs on one tree.

use std::sync::Mutex;

use super::super::index::Taskcluster;
use super::super::programs::{Checkout, Program};
use super::super::verdict::{self, SEEDS, Seeds, Verdict};
use super::task::index_entries;
use super::tree::Tree;
use super::yaml;
use crate::support::repository;

/// The phases, and whether their tasks are named by task id. What lies between them shows in the second. Each is compared
/// under one of the parameter sets: more trees tell more than more runs of one.
const PHASES: [(&str, bool); 2] = [("full", false), ("morphed", true)];

/// How many of these are worth it while a tree shrinks.
const SEEDS_TO_SHRINK: usize = 2;

/// What became of one parameter set of a tree.
pub(super) enum Outcome {
    /// Both programs gave the same graphs.
    Equal,
    /// Neither gave one.
    Refused,
    /// The reference gave none, as `docs/differences.md` says.
    Documented,
    Different(Difference),
}

impl Outcome {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Refused => "refused by both",
            Self::Documented => "refused by the reference, and documented",
            Self::Different(_) => "different",
        }
    }
}

/// A difference, and where it was found.
pub(super) struct Difference {
    /// The parameter set, by number.
    pub(super) parameters: usize,
    /// The phase, as a number.
    phase: usize,
    /// What makes it the same difference when the tree has changed.
    signature: String,
    pub(super) text: String,
}

/// The two programs and the Taskcluster they ask.
pub(super) struct Programs {
    taskcluster: Taskcluster,
    /// Checkouts that nobody is using.
    idle: Mutex<Vec<Checkout>>,
}

impl Programs {
    /// Fills an index with what trees look for.
    pub(super) fn new() -> Self {
        let taskcluster = Taskcluster::start();
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(directory.path().join("index.yml"), yaml::text(&index_entries()))
            .expect("a file can be written");
        taskcluster.fill(directory.path());
        Self { taskcluster, idle: Mutex::default() }
    }

    /// What becomes of each parameter set of the tree.
    pub(super) fn compare(&self, tree: &Tree) -> Vec<Outcome> {
        self.in_checkout(tree, |checkout| {
            let sets = 0..tree.parameters.len();
            sets.map(|number| self.compare_phase(checkout, number, number % PHASES.len(), &SEEDS)).collect()
        })
    }

    /// Whether a tree still shows the difference.
    pub(super) fn still_shows(&self, tree: &Tree, difference: &Difference) -> bool {
        let seeds = &SEEDS[..SEEDS_TO_SHRINK];
        let outcome = self
            .in_checkout(tree, |checkout| self.compare_phase(checkout, difference.parameters, difference.phase, seeds));
        matches!(outcome, Outcome::Different(found) if found.signature == difference.signature)
    }

    /// The same, in words.
    pub(super) fn text(&self, tree: &Tree, difference: &Difference) -> Option<String> {
        let outcome = self.in_checkout(tree, |checkout| {
            self.compare_phase(checkout, difference.parameters, difference.phase, &SEEDS)
        });
        match outcome {
            Outcome::Different(found) => Some(found.text),
            _ => None,
        }
    }

    /// Does something in a checkout of the tree.
    fn in_checkout<T>(&self, tree: &Tree, act: impl FnOnce(&Checkout) -> T) -> T {
        let idle = || self.idle.lock().expect("whoever holds it does not panic");
        let taken = idle().pop();
        let checkout = taken.unwrap_or_else(|| Checkout::of(&repository().join("tests/trees/hello")));
        checkout.refill(|directory| tree.write(directory));
        let made = act(&checkout);
        idle().push(checkout);
        made
    }

    fn compare_phase(&self, checkout: &Checkout, parameters: usize, phase: usize, seeds: &[Seeds]) -> Outcome {
        let (name, by_id) = PHASES[phase];
        let path = Tree::parameters_path(parameters);
        let arguments = [name, "-J", "-p", path.as_str()];
        let environment = [("TASKCLUSTER_ROOT_URL", self.taskcluster.root_url())];
        let ours = Program::Ours.run(checkout, &arguments, &environment);
        let theirs = |seed| Program::Reference { seed }.run(checkout, &arguments, &environment);
        match verdict::compare(&ours, theirs, by_id, seeds) {
            Verdict::Equal => Outcome::Equal,
            Verdict::Refused => Outcome::Refused,
            Verdict::Documented => Outcome::Documented,
            Verdict::Different(verdict::Difference { signature, text, .. }) => {
                Outcome::Different(Difference { parameters, phase, signature, text: format!("{arguments:?}: {text}") })
            }
        }
    }
}
