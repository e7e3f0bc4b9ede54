//! Both programs on one tree.

use std::process::Output;

use serde_json::Value;

use super::super::index::Taskcluster;
use super::super::normal::{explain, unstable_paths, with_labels_for_ids, without};
use super::super::programs::{Checkout, Program};
use super::task::index_entries;
use super::tree::Tree;
use super::yaml;

/// The phases, and whether their tasks are named by task id. What lies between them shows in the second.
const PHASES: [(&str, bool); 2] = [("full", false), ("morphed", true)];

/// Some hash seeds.
type Seeds = std::ops::Range<u32>;

/// The hash seeds the reference is run with: more of them only where the ones before do not explain a difference.
const SEEDS: [Seeds; 3] = [0..1, 1..6, 6..24];

/// How many of these are worth it while a tree shrinks.
const SEEDS_TO_SHRINK: usize = 2;

/// What the reference says where it fails and we do not, on purpose: see `docs/differences.md`.
const REFUSED_ON_PURPOSE: [&str; 2] = [
    // Pruning is repeated until nothing changes.
    "Exception: Optimization error: ",
    // A toolchain may name its image.
    "image = taskdesc[\"worker\"].get(\"docker-image\", {}).get(\"in-tree\")",
];

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
}

impl Programs {
    /// Fills an index with what trees look for.
    pub(super) fn new() -> Self {
        let taskcluster = Taskcluster::start();
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(directory.path().join("index.yml"), yaml::text(&index_entries()))
            .expect("a file can be written");
        taskcluster.fill(directory.path());
        Self { taskcluster }
    }

    /// What becomes of each parameter set of the tree.
    pub(super) fn compare(&self, tree: &Tree) -> Vec<Outcome> {
        let checkout = checkout(tree);
        (0..tree.parameters.len()).map(|number| self.compare_parameters(&checkout, number)).collect()
    }

    /// Whether a tree still shows the difference.
    pub(super) fn still_shows(&self, tree: &Tree, difference: &Difference) -> bool {
        let seeds = &SEEDS[..SEEDS_TO_SHRINK];
        let outcome = self.compare_phase(&checkout(tree), difference.parameters, difference.phase, seeds);
        matches!(outcome, Outcome::Different(found) if found.signature == difference.signature)
    }

    /// The same, in words.
    pub(super) fn text(&self, tree: &Tree, difference: &Difference) -> Option<String> {
        match self.compare_phase(&checkout(tree), difference.parameters, difference.phase, &SEEDS) {
            Outcome::Different(found) => Some(found.text),
            _ => None,
        }
    }

    fn compare_parameters(&self, checkout: &Checkout, parameters: usize) -> Outcome {
        for phase in 0..PHASES.len() {
            match self.compare_phase(checkout, parameters, phase, &SEEDS) {
                Outcome::Equal => {}
                other => return other,
            }
        }
        Outcome::Equal
    }

    fn compare_phase(&self, checkout: &Checkout, parameters: usize, phase: usize, seeds: &[Seeds]) -> Outcome {
        let (name, by_id) = PHASES[phase];
        let path = Tree::parameters_path(parameters);
        let arguments = [name, "-J", "-p", path.as_str()];
        let environment = [("TASKCLUSTER_ROOT_URL", self.taskcluster.root_url())];
        let ours = Program::Ours.run(checkout, &arguments, &environment);
        let mut theirs = Vec::new();
        let mut outcome = Outcome::Refused;
        for seeds in seeds {
            theirs
                .extend(seeds.clone().map(|seed| Program::Reference { seed }.run(checkout, &arguments, &environment)));
            outcome = judge(&ours, &theirs, by_id, |signature, text| {
                Outcome::Different(Difference { parameters, phase, signature, text: format!("{arguments:?}: {text}") })
            });
            if !matches!(outcome, Outcome::Different(_)) {
                break;
            }
        }
        outcome
    }
}

/// The tree as a git checkout.
fn checkout(tree: &Tree) -> Checkout {
    let directory = tempfile::tempdir().expect("a temporary directory");
    tree.write(directory.path());
    Checkout::of(directory.path())
}

/// Compares our run with those of the reference.
fn judge(ours: &Output, theirs: &[Output], by_id: bool, different: impl Fn(String, String) -> Outcome) -> Outcome {
    let (our_words, their_words) = (said(ours), said(&theirs[0]));
    if !ours.status.success() && ours.status.code() != Some(1) {
        return different("exit code".to_owned(), format!("ours ended with {}:\n{our_words}", ours.status));
    }
    let accepted: Vec<&Output> = theirs.iter().filter(|output| output.status.success()).collect();
    match (ours.status.success(), accepted.is_empty()) {
        (false, true) => Outcome::Refused,
        (true, true) if REFUSED_ON_PURPOSE.iter().any(|it| their_words.contains(it)) => Outcome::Documented,
        // The hash seed decides whether it fails.
        (false, false) if accepted.len() < theirs.len() => Outcome::Refused,
        (true, true) => {
            different(last_line(&their_words), format!("only the reference refuses it:\n{}", tail(&their_words)))
        }
        (false, false) => different(first_line(&our_words), format!("only ours refuses it:\n{our_words}")),
        (true, false) => match equal(&text(ours), &accepted, by_id) {
            Ok(()) => Outcome::Equal,
            Err((signature, difference)) => different(signature, difference),
        },
    }
}

/// Whether ours is what the reference's runs agree on, or where it is not.
fn equal(ours: &str, theirs: &[&Output], by_id: bool) -> Result<(), (String, String)> {
    if !by_id && theirs.iter().any(|it| text(it) == ours) {
        return Ok(());
    }
    let read = |text: &str| -> Value {
        if by_id { with_labels_for_ids(text) } else { serde_json::from_str(text).expect("JSON") }
    };
    let documents: Vec<Value> = theirs.iter().map(|it| once(read(&text(it)))).collect();
    let unstable = unstable_paths(&documents);
    let (ours_read, theirs_read) = (without(read(ours), &unstable), without(documents[0].clone(), &unstable));
    if ours_read == theirs_read {
        // The same values in other bytes: only where nothing was taken out and nothing renamed can that be seen.
        if unstable.is_empty() && !by_id {
            return Err(("bytes".to_owned(), "the documents are equal, but not their bytes".to_owned()));
        }
        return Ok(());
    }
    let text = explain(&ours_read, &theirs_read);
    let path = text.lines().next().unwrap_or_default();
    let signature = path.rsplit(" / ").find(|step| step.parse::<usize>().is_err()).unwrap_or_default();
    Err((signature.to_owned(), text))
}

/// Each dependency named once, as the queue wants it: the reference names one as often as edges lead to it.
fn once(mut graph: Value) -> Value {
    for task in graph.as_object_mut().into_iter().flat_map(|tasks| tasks.values_mut()) {
        if let Some(Value::Array(dependencies)) = task["task"].get_mut("dependencies") {
            dependencies.dedup();
        }
    }
    graph
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What an error is about, whatever the names in it.
fn essence(line: &str) -> String {
    let mut quoted = false;
    let is_kept = |c: &char| {
        quoted ^= "`'\"".contains(*c);
        !quoted && !c.is_ascii_digit()
    };
    line.chars().filter(is_kept).take(60).collect()
}

fn last_line(text: &str) -> String {
    essence(text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default())
}

fn first_line(text: &str) -> String {
    essence(text.lines().find(|line| line.starts_with("error")).unwrap_or_default())
}

/// The end of a long text.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
