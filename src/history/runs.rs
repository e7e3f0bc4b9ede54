//! What several runs of a label on one push say together.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::Label;
use crate::sources::jobs::{Job, Outcome};

/// How the runs of a label on a push ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Runs {
    /// How many passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// How many wait or run.
    pub unfinished: usize,
    /// How many ended by something that says nothing about the push.
    pub lost: usize,
}

/// What they say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All that ended passed.
    Pass,
    /// All that ended failed.
    Fail,
    /// Some passed and some failed.
    Intermittent,
    /// None has ended yet.
    Unfinished,
    /// Nothing ran that says anything.
    Missing,
}

impl Runs {
    /// The sum over these jobs, whatever their labels.
    pub fn of<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Self {
        let mut runs = Self::default();
        for job in jobs {
            *match job.outcome() {
                Outcome::Unfinished => &mut runs.unfinished,
                Outcome::Passed => &mut runs.passed,
                Outcome::Failed => &mut runs.failed,
                Outcome::Lost => &mut runs.lost,
            } += 1;
        }
        runs
    }

    /// The runs of each label.
    #[must_use]
    pub fn by_label(jobs: &[Job]) -> BTreeMap<&Label, Self> {
        let mut labels: BTreeMap<&Label, Vec<&Job>> = BTreeMap::new();
        for job in jobs {
            labels.entry(&job.label).or_default().push(job);
        }
        labels.into_iter().map(|(label, jobs)| (label, Self::of(jobs))).collect()
    }

    /// What they say together.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match (self.passed, self.failed, self.unfinished) {
            (0, 0, 0) => Verdict::Missing,
            (0, 0, _) => Verdict::Unfinished,
            (_, 0, _) => Verdict::Pass,
            (0, _, _) => Verdict::Fail,
            _ => Verdict::Intermittent,
        }
    }

    /// How many results there are or will be.
    #[must_use]
    pub const fn expected(&self) -> usize {
        self.passed + self.failed + self.unfinished
    }

    /// How many results there are.
    #[must_use]
    pub const fn results(&self) -> usize {
        self.passed + self.failed
    }
}

impl std::iter::Sum for Runs {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            passed: sum.passed + one.passed,
            failed: sum.failed + one.failed,
            unfinished: sum.unfinished + one.unfinished,
            lost: sum.lost + one.lost,
        })
    }
}

/// For people: `2 passed, 1 failed`.
impl std::fmt::Display for Runs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts =
            [(self.passed, "passed"), (self.failed, "failed"), (self.unfinished, "unfinished"), (self.lost, "lost")];
        let told: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        formatter.pad(&if told.is_empty() { "nothing ran".to_owned() } else { told.join(", ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_runs_are_summed_up_and_what_runs_is_no_failure() {
        let runs = |passed, failed, unfinished, lost| Runs { passed, failed, unfinished, lost };
        for (runs, verdict) in [
            (runs(2, 0, 0, 1), Verdict::Pass),
            (runs(0, 2, 1, 0), Verdict::Fail),
            (runs(1, 1, 0, 0), Verdict::Intermittent),
            (runs(0, 0, 1, 3), Verdict::Unfinished),
            (runs(0, 0, 0, 3), Verdict::Missing),
        ] {
            assert_eq!(runs.verdict(), verdict, "{runs}");
        }
        assert_eq!(runs(1, 2, 3, 4).to_string(), "1 passed, 2 failed, 3 unfinished, 4 lost");
        assert_eq!(Runs::default().to_string(), "nothing ran");
    }
}
