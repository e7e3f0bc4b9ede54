//! What to run on which push, and why there or why not.

use serde::Serialize;

use super::runs::{Runs, Verdict};
use super::{Landing, Seen};
use crate::model::{Label, TaskId};

/// What is wanted of a stretch of history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How many runs on each push.
    pub times: usize,
    /// What `times` counts.
    pub counting: Counting,
    /// How far the walk goes.
    pub stop: Stop,
    /// Only so many pushes, evenly spread over the gap; 0 for all.
    pub slices: usize,
}

/// What the number of wanted runs counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// New runs, whatever there is.
    Additional,
    /// Results in all: those there are, and those on their way, count.
    Total,
    /// New runs, but none where anything ran.
    WhereMissing,
}

/// How far the walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Over all pushes.
    Never,
    /// To the newest push that passed; if there is none, the failure is permanent, and nothing is worth running.
    LastGood,
    /// To the newest push that has a result, that one and one more.
    DataPoint,
}

/// One push of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Planned {
    /// The push.
    #[serde(flatten)]
    pub landing: Landing,
    /// Its decision task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<TaskId>,
    /// How the push spells the label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// What was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing: Option<Runs>,
    /// What it needs there and is made again, since it ended without success.
    #[serde(rename = "made-again", skip_serializing_if = "Vec::is_empty")]
    pub made_again: Vec<Label>,
    /// What to do.
    #[serde(flatten)]
    pub step: Step,
}

/// What to do on a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Run it so often.
    Run(usize),
    /// Nothing.
    Skip(Why),
}

/// Why nothing is run on a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It passed here: the walk ends.
    LastGood,
    /// It is older than where the walk ends.
    BeyondEnd,
    /// No push passed, up to the maximum: the failure is permanent.
    NeverGood,
    /// There are as many runs as are wanted.
    Enough,
    /// It ran here.
    Ran,
    /// Another push stands for this one.
    NotASlice,
    /// The push has no decision task.
    NoDecision,
    /// The push has no such task, however it may be spelled.
    NoSuchLabel,
    /// What the decision task left, or its group, is gone.
    Expired,
    /// A service did not answer.
    Unknown,
}

impl Why {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::LastGood => "it passed here",
            Self::BeyondEnd => "older than where the walk ends",
            Self::NeverGood => "no push passed, as far back as was looked: the failure is permanent",
            Self::Enough => "there are as many runs as are wanted",
            Self::Ran => "it ran here",
            Self::NotASlice => "another push stands for this one",
            Self::NoDecision => "the push has no decision task",
            Self::NoSuchLabel => "the push has no such task, nor one with another number of chunks",
            Self::Expired => "its tasks or what its decision task left are gone",
            Self::Unknown => "a service did not answer",
        }
    }

    /// Whether something was left undone that was wanted.
    #[must_use]
    pub const fn is_undone(self) -> bool {
        matches!(self, Self::NoDecision | Self::NoSuchLabel | Self::Expired | Self::Unknown)
    }
}

/// The fewest pushes of a gap that slices are made of; a shorter one is run as a whole.
const SHORTEST_SLICED: usize = 7;

/// What to run on each of `seen`, newest first.
#[must_use]
pub fn plan(seen: &[Seen], wish: &Wish) -> Vec<Planned> {
    let end = end(seen, wish.stop);
    let gap = seen[..end.length].iter().take_while(|seen| !has_run(seen)).count();
    let slices = pivots(gap, wish.slices);
    let step = |(at, seen): (usize, &Seen)| {
        let step = match () {
            () if end.is_permanent => Step::Skip(Why::NeverGood),
            () if at >= end.length && Some(at) == end.good => Step::Skip(Why::LastGood),
            () if at >= end.length => Step::Skip(Why::BeyondEnd),
            () if wish.slices > 0 && at >= gap => Step::Skip(Why::BeyondEnd),
            () if slices.as_ref().is_some_and(|slices| !slices.contains(&at)) => Step::Skip(Why::NotASlice),
            () if seen.decision.is_none() => Step::Skip(Why::NoDecision),
            () => seen.obstacle.map_or_else(|| wanted(&seen.runs.unwrap_or_default(), wish), Step::Skip),
        };
        let Seen { landing, decision, label, runs, again, .. } = seen.clone();
        let made_again = if matches!(step, Step::Run(_)) { again } else { Vec::new() };
        Planned { landing, decision, label, existing: runs, made_again, step }
    };
    seen.iter().enumerate().map(step).collect()
}

/// How many runs are still to be asked for.
fn wanted(runs: &Runs, wish: &Wish) -> Step {
    match wish.counting {
        Counting::Additional => Step::Run(wish.times),
        Counting::WhereMissing if runs.expected() > 0 => Step::Skip(Why::Ran),
        Counting::WhereMissing => Step::Run(wish.times),
        Counting::Total => match wish.times.saturating_sub(runs.expected()) {
            0 => Step::Skip(Why::Enough),
            more => Step::Run(more),
        },
    }
}

fn has_run(seen: &Seen) -> bool {
    seen.runs.is_some_and(|runs| runs.expected() > 0)
}

/// Where the walk ends.
struct End {
    /// How many pushes it covers.
    length: usize,
    /// The push that passed.
    good: Option<usize>,
    /// Whether one that passed was looked for in vain.
    is_permanent: bool,
}

fn end(seen: &[Seen], stop: Stop) -> End {
    let all = End { length: seen.len(), good: None, is_permanent: false };
    match stop {
        Stop::Never => all,
        Stop::LastGood => match seen.iter().position(|seen| verdict(seen) == Verdict::Pass) {
            Some(good) => End { length: good, good: Some(good), ..all },
            None => End { is_permanent: true, ..all },
        },
        // The push the walk starts from has results itself: it is where the question comes from.
        Stop::DataPoint => {
            match seen.iter().skip(1).position(|seen| seen.runs.is_some_and(|runs| runs.results() > 0)) {
                Some(point) => End { length: (point + 3).min(seen.len()), ..all },
                None => all,
            }
        }
    }
}

fn verdict(seen: &Seen) -> Verdict {
    seen.runs.map_or(Verdict::Missing, |runs| runs.verdict())
}

/// Which of the pushes of a gap (newest first) stand for all of them; nothing if all of them are run.
///
/// As Firefox's backfill cuts it: with the gap oldest first, at `i * length / (slices + 1)`.
fn pivots(length: usize, slices: usize) -> Option<Vec<usize>> {
    if slices == 0 || length < SHORTEST_SLICED {
        return None;
    }
    let pivot = |slice: usize| length - 1 - slice * length / (slices + 1);
    Some((1..=slices).map(pivot).collect())
}

#[cfg(test)]
mod tests {
    use super::super::range::tests::push;
    use super::*;

    /// A push for each letter, newest first: `p`assed, `f`ailed, `i`ntermittent, `r`unning, `-` not run, `x` without
    /// a decision, `l` without the label.
    fn seen(letters: &str) -> Vec<Seen> {
        let count = letters.len() as u64;
        let one = |(at, letter): (u64, char)| {
            let runs = match letter {
                'p' => Runs { passed: 1, ..Runs::default() },
                'f' => Runs { failed: 1, ..Runs::default() },
                'i' => Runs { passed: 1, failed: 1, ..Runs::default() },
                'r' => Runs { unfinished: 1, ..Runs::default() },
                _ => Runs::default(),
            };
            Seen {
                landing: Landing { project: "p".into(), push: push(count - at) },
                decision: (letter != 'x').then(|| TaskId::new("d")),
                label: Some(Label::new("test")),
                runs: (letter != 'x').then_some(runs),
                again: Vec::new(),
                obstacle: (letter == 'l').then_some(Why::NoSuchLabel),
            }
        };
        (0..).zip(letters.chars()).map(one).collect()
    }

    /// A digit for each push where something is run, else a letter for why not.
    fn told(letters: &str, wish: Wish) -> String {
        let letter = |planned: Planned| match planned.step {
            Step::Run(times) => times.to_string(),
            Step::Skip(why) => match why {
                Why::LastGood => "G",
                Why::BeyondEnd => "b",
                Why::NeverGood => "n",
                Why::Enough => "e",
                Why::Ran => "r",
                Why::NotASlice => "s",
                Why::NoDecision => "x",
                Why::NoSuchLabel | Why::Expired | Why::Unknown => "l",
            }
            .into(),
        };
        plan(&seen(letters), &wish).into_iter().map(letter).collect()
    }

    const WISH: Wish = Wish { times: 1, counting: Counting::Additional, stop: Stop::Never, slices: 0 };

    #[test]
    fn what_times_counts() {
        assert_eq!(told("fp-rixl", WISH), "11111xl");
        assert_eq!(told("fp-rix", Wish { counting: Counting::WhereMissing, ..WISH }), "rr1rrx");
        assert_eq!(told("fp-rix", Wish { counting: Counting::Total, times: 2, ..WISH }), "1121ex");
    }

    #[test]
    fn the_walk_ends_at_the_last_good_push() {
        let wish = Wish { stop: Stop::LastGood, counting: Counting::WhereMissing, ..WISH };
        assert_eq!(told("--r-p-f", wish), "11r1Gbb");
        // What is intermittent is not good, and without anything good nothing is worth running.
        assert_eq!(told("-i-p", wish), "1r1G");
        assert_eq!(told("-i-f", wish), "nnnn");
        assert_eq!(told("p---", wish), "Gbbb");
    }

    #[test]
    fn performance_goes_back_to_the_data_point_before_and_one_more() {
        let wish = Wish { stop: Stop::DataPoint, counting: Counting::Total, times: 3, ..WISH };
        assert_eq!(told("f--p---", wish), "23323bb");
        assert_eq!(told("f---", wish), "2333");
        assert_eq!(told("fp", wish), "22");
    }

    #[test]
    fn slices_cut_the_gap_evenly() {
        let wish = Wish { slices: 3, ..WISH };
        // 8 pushes of a gap, oldest first: at 2, 4 and 6.
        assert_eq!(told("--------p-", wish), "s1s1s1ssbb");
        assert_eq!(told("------p-", wish), "111111bb");
        for length in SHORTEST_SLICED..200 {
            for slices in 1..=6 {
                let pivots = pivots(length, slices).unwrap();
                assert!(pivots.iter().all(|at| *at < length) && pivots.is_sorted_by(|one, two| one > two));
            }
        }
    }
}
