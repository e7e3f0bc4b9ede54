//! What a campaign did: per push what was there, what was done, and why.

use serde::Serialize;

use super::Subject;
use crate::history::plan::{Planned, Step};
use crate::model::{Label, TaskId};

/// All of it; what `public/backfill-report.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The version of the format.
    pub version: u32,
    /// The label.
    pub label: Label,
    /// The revision the question came from.
    pub revision: String,
    /// The pushes, newest first.
    pub pushes: Vec<Item>,
}

/// One push.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// What was there, and what was to be done.
    #[serde(flatten)]
    pub planned: Planned,
    /// What was done.
    pub outcome: Outcome,
}

/// What was done on a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing: `skip` says why.
    Nothing,
    /// An action was fired.
    Fired {
        /// Which.
        action: String,
        /// Its task; none where nothing was really fired, or the hook made none.
        #[serde(skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
    },
    /// The same campaign had fired it before.
    FiredBefore {
        /// The action's task.
        task: TaskId,
    },
    /// It could not be fired.
    Failed {
        /// Why.
        error: String,
        /// Whether another try may help.
        #[serde(rename = "may-pass")]
        may_pass: bool,
    },
}

impl Report {
    pub(super) fn new(subject: &Subject) -> Self {
        Self { version: 1, label: subject.label.clone(), revision: subject.revision.clone(), pushes: Vec::new() }
    }

    /// How many runs were asked for.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.pushes.iter().map(Item::asked).sum()
    }

    /// The pushes where something was left undone that was wanted.
    pub fn undone(&self) -> impl Iterator<Item = &Item> {
        self.pushes.iter().filter(|item| item.is_undone())
    }
}

impl Item {
    /// How many runs were asked for.
    #[must_use]
    pub const fn asked(&self) -> usize {
        match (&self.planned.step, &self.outcome) {
            (Step::Run(times), Outcome::Fired { .. } | Outcome::FiredBefore { .. }) => *times,
            _ => 0,
        }
    }

    /// Whether something was left undone that was wanted.
    #[must_use]
    pub const fn is_undone(&self) -> bool {
        match (&self.planned.step, &self.outcome) {
            (Step::Skip(why), _) => why.is_undone(),
            (Step::Run(_), outcome) => matches!(outcome, Outcome::Failed { .. } | Outcome::Nothing),
        }
    }

    /// What was done and why, for people.
    #[must_use]
    pub fn words(&self) -> String {
        match (&self.planned.step, &self.outcome) {
            (Step::Skip(why), _) => why.words().to_owned(),
            (Step::Run(times), Outcome::Fired { action, task: Some(task) }) => {
                format!("{}: asked by `{action}`, task {task}{}", runs(*times), self.made_again())
            }
            (Step::Run(times), Outcome::Fired { action, task: None }) => {
                format!("{}: by `{action}`{}", runs(*times), self.made_again())
            }
            (Step::Run(_), Outcome::FiredBefore { task }) => format!("asked before: task {task}"),
            (Step::Run(_), Outcome::Failed { error, .. }) => format!("failed: {error}"),
            (Step::Run(_), Outcome::Nothing) => "nothing was asked".to_owned(),
        }
    }
}

impl Item {
    /// What is made again with it, for people.
    fn made_again(&self) -> String {
        let labels = &self.planned.made_again;
        let quoted = labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        if labels.is_empty() { quoted } else { format!("; made again, since it did not end well: {quoted}") }
    }
}

fn runs(times: usize) -> String {
    if times == 1 { "1 run".to_owned() } else { format!("{times} runs") }
}
