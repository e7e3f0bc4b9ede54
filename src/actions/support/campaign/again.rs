//! What a label needs on a push that did not end well there: it has to be made again, or the label would never run.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::model::{Label, TaskId};
use crate::sources::jobs::{Job, Outcome};

/// What tasks that a push lacks depend on, as its graph says.
pub type Lacking = BTreeMap<Label, Vec<Label>>;

/// The jobs of a push, where one of them did not end well: of each label the one that new tasks would wait for.
pub(super) struct Jobs<'a> {
    awaited: BTreeMap<&'a Label, &'a Job>,
    labels: BTreeMap<&'a TaskId, &'a Label>,
}

/// Which job of a label new tasks wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    /// The newest: so our actions have it.
    Newest,
    /// The oldest, the decision's own: the reference's actions do not find what other actions have made.
    Oldest,
}

impl<'a> Jobs<'a> {
    /// Nothing if all jobs are well: then there is nothing to make again.
    pub(super) fn with_losses(jobs: &'a [Job], awaited: Awaited) -> Option<Self> {
        // Tasks wait for the action that made them, too; that is not made again.
        let jobs = jobs.iter().filter(|job| job.asked.is_none());
        if !jobs.clone().any(is_lost) {
            return None;
        }
        let by_label = jobs.clone().map(|job| (&job.label, job));
        let awaited = match awaited {
            Awaited::Newest => by_label.collect(),
            Awaited::Oldest => by_label.rev().collect(),
        };
        let labels = jobs.filter_map(|job| Some((job.task_id.as_ref()?, &job.label))).collect();
        Some(Self { awaited, labels })
    }

    /// Whether the push has a job of that label.
    pub(super) fn has(&self, label: &str) -> bool {
        self.awaited.contains_key(&Label::new(label))
    }

    /// What the label needs, directly or through others, and what did not end well.
    pub(super) fn again(&self, label: &Label, lacking: &Lacking) -> Vec<Label> {
        let (mut again, mut seen) = (BTreeSet::new(), BTreeSet::from([label]));
        let mut ahead = self.needed_by(label, lacking);
        while let Some(needed) = ahead.pop() {
            if !seen.insert(needed) {
                continue;
            }
            match self.awaited.get(needed) {
                Some(job) if !is_lost(job) => {}
                Some(_) => {
                    again.insert(needed);
                    ahead.extend(self.needed_by(needed, lacking));
                }
                // It is made with the label.
                None => ahead.extend(self.needed_by(needed, lacking)),
            }
        }
        again.into_iter().cloned().collect()
    }

    fn needed_by<'s>(&'s self, label: &Label, lacking: &'s Lacking) -> Vec<&'s Label> {
        match self.awaited.get(label) {
            Some(job) => job.needs.iter().filter_map(|task| self.labels.get(task).copied()).collect(),
            None => lacking.get(label).into_iter().flatten().collect(),
        }
    }
}

fn is_lost(job: &Job) -> bool {
    matches!(job.outcome(), Outcome::Failed | Outcome::Lost)
}

/// What the labels need on a push, directly or through others, and what did not end well: the reference's actions have new
/// tasks wait for it, unless they are asked for it too.
#[must_use]
pub fn lost_needs(jobs: &[Job], labels: &[Label], lacking: &Lacking) -> BTreeSet<Label> {
    let losses = Jobs::with_losses(jobs, Awaited::Oldest);
    losses.iter().flat_map(|jobs| labels.iter().flat_map(|label| jobs.again(label, lacking))).collect()
}

/// What a task of a graph, given as JSON, needs before it runs.
#[must_use]
pub fn needs(task: &[u8]) -> Vec<Label> {
    #[derive(Default, Deserialize)]
    struct Task {
        #[serde(default)]
        dependencies: BTreeMap<String, Label>,
        #[serde(default)]
        task: Definition,
    }
    #[derive(Default, Deserialize)]
    struct Definition {
        #[serde(default)]
        requires: Option<String>,
    }
    let task: Task = serde_json::from_slice(task).unwrap_or_default();
    let waits_for_failures = task.task.requires.as_deref() == Some("all-resolved");
    if waits_for_failures { Vec::new() } else { task.dependencies.into_values().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::jobs::MadeBy;
    use crate::sources::queue::TaskState;

    fn job(label: &str, task: &str, state: TaskState, needs: &[&str]) -> Job {
        Job {
            label: label.into(),
            task_id: Some(TaskId::new(task)),
            state,
            reason: None,
            runs: 1,
            made_by: MadeBy::Decision,
            needs: needs.iter().map(|id| TaskId::new(*id)).collect(),
            asked: None,
        }
    }

    #[test]
    fn what_did_not_end_well_is_made_again_as_far_as_it_is_needed() {
        use TaskState::{Completed, Exception, Failed};
        let mut jobs = vec![
            job("toolchain", "T", Exception, &[]),
            job("build", "B", Failed, &["T"]),
            job("lint", "L", Failed, &[]),
            job("test", "U", Exception, &["B", "elsewhere"]),
        ];
        let lacking = Lacking::from([("new".into(), vec!["mid".into()]), ("mid".into(), vec!["build".into()])]);
        let again_of = |jobs: &[Job], label: &str, awaited| -> Option<Vec<String>> {
            let again = Jobs::with_losses(jobs, awaited)?.again(&label.into(), &lacking);
            Some(again.iter().map(ToString::to_string).collect())
        };
        let again = |jobs: &[Job], label: &str| again_of(jobs, label, Awaited::Newest);
        for label in ["test", "new"] {
            assert_eq!(again(&jobs, label).unwrap(), ["build", "toolchain"], "{label}");
        }
        // The newest counts, and what it was made from is not needed any more.
        jobs.push(job("build", "B2", Completed, &["T2"]));
        assert_eq!(again(&jobs, "new").unwrap(), [""; 0]);
        assert_eq!(again(&jobs, "test").unwrap(), [""; 0]);
        assert_eq!(again_of(&jobs, "new", Awaited::Oldest).unwrap(), ["build", "toolchain"]);
        assert_eq!(again(&jobs[4..], "new"), None);
    }

    #[test]
    fn needs_are_what_the_graph_says() {
        let task = r#"{"dependencies": {"build": "build-linux"}, "task": {"requires": "all-completed"}, "x": 1}"#;
        assert_eq!(needs(task.as_bytes()), [Label::new("build-linux")]);
        assert!(needs(task.replace("completed", "resolved").as_bytes()).is_empty());
        assert!(needs(b"no JSON").is_empty());
    }
}
