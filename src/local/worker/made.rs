//! How the tasks of a made history end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::claim::{Claim, Outcome};
use crate::history::made::{End, Ends};
use crate::local::history::recorded::Recorded;

/// The results of a history, and how often each job has run by now.
pub struct Made {
    ends: Ends,
    /// The project and the number of the push of each group.
    pushes: BTreeMap<String, (String, u64)>,
    runs: Mutex<BTreeMap<(String, String), u64>>,
    is_complete: AtomicBool,
}

impl Made {
    /// Those of the pushes that are recorded.
    #[must_use]
    pub fn new(ends: Ends, recorded: &Recorded) -> Self {
        let pushes = recorded.0.iter().flat_map(|(project, pushes)| {
            pushes.iter().map(move |push| (push.decision.clone(), (project.clone(), push.number)))
        });
        Self { ends, pushes: pushes.collect(), runs: Mutex::default(), is_complete: AtomicBool::new(false) }
    }

    /// Goes on after what has run before: so many runs of a label in a group.
    pub fn has_run(&self, group: &str, label: &str, runs: usize) {
        let mut known = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry((group.to_owned(), label.to_owned())).or_default() += runs as u64;
    }

    /// What the decisions made has ended: what comes now is asked for by somebody, and is not missing.
    pub fn is_complete(&self) {
        self.is_complete.store(true, Ordering::Release);
    }

    /// How a run ends; tasks of no push of the history pass.
    pub(super) fn outcome(&self, claim: &Claim) -> Outcome {
        let group = claim.task["taskGroupId"].as_str().unwrap_or_default();
        let Some((project, push)) = self.pushes.get(group) else { return Outcome::Completed };
        let label = claim.name();
        let run = self.count(group, &label);
        let is_of_decision = !self.is_complete.load(Ordering::Acquire);
        match self.ends.of_run(project, *push, &label, run, is_of_decision) {
            End::Passes => Outcome::Completed,
            End::Fails => Outcome::Failed { why: "as made".to_owned() },
            End::Cancelled => Outcome::Cancelled,
        }
    }

    /// How many runs of the label there were on the push before this one.
    fn count(&self, group: &str, label: &str) -> u64 {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let count = runs.entry((group.to_owned(), label.to_owned())).or_default();
        *count += 1;
        *count - 1
    }
}
