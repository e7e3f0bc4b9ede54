//! The trees of `tests/trees/`, each with one change of one value: both programs take it or neither does, and make the
//! same of it.
//!
//! A change follows from a number, its seed. `PUSHGRAPH_MUTATIONS` says how many, `PUSHGRAPH_MUTATION_SEED` the seed of
//! the first.

mod documented;
mod mutate;
mod subject;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::random::number;
use super::verdict::Verdict;
use subject::{Mutation, Subjects};

/// How many changes, unless the environment says otherwise.
const MUTATIONS: u64 = 100;

/// How many differences of one class are told.
const TOLD: usize = 3;

/// What became of the changes.
#[derive(Default)]
struct Tally {
    outcomes: BTreeMap<&'static str, u64>,
    /// The differences by what makes them the same.
    classes: BTreeMap<String, Vec<String>>,
}

impl Tally {
    fn differs(&mut self, class: String, text: String) {
        self.classes.entry(class).or_default().push(text);
    }
}

#[test]
fn mutations() {
    let seed = number("PUSHGRAPH_MUTATION_SEED");
    let count = number("PUSHGRAPH_MUTATIONS").unwrap_or(if seed.is_some() { 1 } else { MUTATIONS });
    let first = seed.unwrap_or(1);
    let tally = Mutex::new(Tally::default());
    let next = AtomicU64::new(first);
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut subjects = Subjects::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    // Whatever goes wrong, the seed must be told.
                    let looked = catch_unwind(AssertUnwindSafe(|| look_at(seed, &mut subjects, &tally)));
                    if looked.is_err() {
                        let text = format!("seed {seed}: the test could not go on, as said above");
                        tally.lock().expect("nobody panics").differs("no result".to_owned(), text);
                        subjects = Subjects::default();
                    }
                }
            });
        }
    });
    let Tally { outcomes, classes } = tally.into_inner().expect("nobody panics");
    let last = first + count - 1;
    let _ = writeln!(std::io::stderr(), "mutations: seeds {first} to {last}: {outcomes:?}");
    let mut report = String::new();
    for (class, texts) in &classes {
        let _ = writeln!(report, "== {} times: {class}", texts.len());
        for text in texts.iter().take(TOLD) {
            let _ = writeln!(report, "{text}\n");
        }
    }
    assert!(classes.is_empty(), "{report}\n{} classes of difference", classes.len());
}

/// Compares the programs on the change of a seed.
fn look_at(seed: u64, subjects: &mut Subjects, tally: &Mutex<Tally>) {
    let mutation = Mutation::new(seed, subjects);
    let verdict = mutation.judge(subjects);
    let mut tally = tally.lock().expect("nobody panics");
    let name = match verdict {
        Verdict::Equal => "equal",
        Verdict::Refused => "refused by both",
        Verdict::Documented => "documented",
        Verdict::Different(difference) if documented::is_documented(&mutation, &difference) => "documented",
        Verdict::Different(difference) => {
            let class = format!("{:?} {}", difference.sort, difference.signature);
            tally.differs(class, format!("seed {seed}, {mutation}: {}", difference.text));
            "different"
        }
    };
    *tally.outcomes.entry(name).or_default() += 1;
}
