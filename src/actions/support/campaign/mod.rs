//! Running labels on other pushes: look at each, plan, and have each push's own actions do it.
//!
//! Whoever runs a campaign, an action task or somebody at a terminal, fires the hooks that every push offers; the
//! tasks are made by action tasks of their own. A campaign that is killed and run again finds what it has fired
//! before: the input of every action it fires names the campaign.

mod again;
mod fire;
mod report;
mod subject;
mod survey;

use futures::stream::{self, StreamExt as _};
use serde_json::{Map, Value, json};

pub use again::{Lacking, lost_needs, needs};
pub use fire::{FireError, Fired, Offer};
pub use report::{Item, Outcome, Report};
pub use subject::{Subject, describe};
pub use survey::Surveyed;

use crate::history::plan::{Planned, Step, Wish, plan};
use crate::model::{Label, TaskId};
use crate::sources::artifacts::Artifacts;
use crate::sources::hooks::Hooks;
use crate::sources::index::Index;
use crate::sources::jobs::Jobs;
use crate::sources::queue::Queue;

/// How many pushes are looked at, or acted on, at a time.
const AT_ONCE: usize = 8;

/// The action that runs a label of another push, where it is offered.
pub const BACKFILL_TASK: &str = "backfill-task";

/// The action that does it elsewhere: every push has it, whoever made its decision.
pub const ADD_NEW_JOBS: &str = "add-new-jobs";

/// The input that names the campaign.
pub const REQUEST: &str = "request";

/// A campaign: whom it asks, and by which rules it fires.
#[derive(Clone, Copy)]
pub struct Campaign<'a> {
    /// Where tasks are found.
    pub index: &'a dyn Index,
    /// Tasks, their states, and scopes.
    pub queue: &'a dyn Queue,
    /// What decisions left.
    pub artifacts: &'a dyn Artifacts,
    /// What ran.
    pub jobs: &'a dyn Jobs,
    /// What is fired.
    pub hooks: &'a dyn Hooks,
    /// Whose hooks may be fired.
    pub trust: Trust<'a>,
    /// The campaign's name: the task that runs it, or what was asked at a terminal. Pushes that were asked by it
    /// before are not asked again.
    pub request: &'a str,
    /// Whether a campaign of this name is always the same one: then nothing it ever fired is fired again. At a terminal
    /// the same words may be a new wish, and only what is still under way counts.
    pub is_resumed: bool,
    /// Whether nothing is fired.
    pub is_dry: bool,
}

/// Whose hooks may be fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trust<'a> {
    /// The trust domain.
    pub trust_domain: &'a str,
    /// The trust level.
    pub level: &'a str,
    /// Whether decisions must hold the scope for the hooks they name. Where nobody has credentials nobody has scopes.
    pub demands_scope: bool,
}

impl Campaign<'_> {
    /// What to do on each push, newest first.
    #[must_use]
    pub fn plan(&self, surveyed: &[Surveyed], label: &Label, wish: &Wish) -> Vec<Planned> {
        let seen: Vec<_> = surveyed.iter().map(|surveyed| surveyed.seen(label)).collect();
        plan(&seen, wish)
    }

    /// Does it: pushes are asked at the same time; `tell` hears of each when all newer ones are done.
    pub async fn carry_out(
        &self,
        subject: &Subject,
        planned: Vec<Planned>,
        surveyed: &[Surveyed],
        tell: &mut dyn FnMut(&Item),
    ) -> Report {
        let asked = planned.into_iter().zip(surveyed);
        let mut items = stream::iter(asked)
            .map(|(planned, surveyed)| async move { self.one(subject, planned, surveyed).await })
            .buffered(AT_ONCE);
        let mut report = Report::new(subject);
        while let Some(item) = items.next().await {
            tell(&item);
            report.pushes.push(item);
        }
        report
    }

    async fn one(&self, subject: &Subject, mut planned: Planned, surveyed: &Surveyed) -> Item {
        let outcome = match (&planned.step, planned.decision.clone(), planned.label.clone()) {
            (Step::Run(_), Some(decision), Some(label)) => {
                self.ask(subject, &decision, &label, &mut planned, surveyed).await
            }
            (Step::Run(_), _, _) | (Step::Skip(_), _, _) => Outcome::Nothing,
        };
        Item { planned, outcome }
    }

    async fn ask(
        &self,
        subject: &Subject,
        decision: &TaskId,
        label: &Label,
        planned: &mut Planned,
        surveyed: &Surveyed,
    ) -> Outcome {
        if let Some(task) = surveyed.asked_before(self, &subject.label) {
            return Outcome::FiredBefore { task };
        }
        let fired = async {
            let offer = Offer::fetch(self.artifacts, decision).await?;
            let name = if offer.has(BACKFILL_TASK) { BACKFILL_TASK } else { ADD_NEW_JOBS };
            planned.made_again = surveyed.made_again(label, name);
            let input = self.input(name, subject, planned);
            let fired = self.fire(&offer, name, None, Some(&input)).await?;
            Ok::<_, FireError>((name, fired))
        };
        match fired.await {
            Ok((action, Fired { task, .. })) => Outcome::Fired { action: action.to_owned(), task },
            Err(error) => Outcome::Failed { error: error.to_string(), may_pass: error.may_pass() },
        }
    }

    /// What the action of that name is fired with on a push.
    ///
    /// Ours makes again what the label needs and what did not end well; the reference's does so only if it is told to.
    #[must_use]
    pub fn input(&self, action: &str, subject: &Subject, planned: &Planned) -> Value {
        let Step::Run(times) = planned.step else { return Value::Null };
        match action {
            BACKFILL_TASK => self.support_input(subject, times),
            _ => {
                let tasks: Vec<&str> = planned.label.iter().chain(&planned.made_again).map(Label::as_str).collect();
                json!({"tasks": tasks, "times": times, REQUEST: self.request})
            }
        }
    }

    fn support_input(&self, subject: &Subject, times: usize) -> Value {
        let mut input = Map::from_iter([
            ("label".to_owned(), json!(subject.label.as_str())),
            ("revision".to_owned(), json!(subject.revision)),
            ("symbol".to_owned(), json!(subject.symbol)),
            ("times".to_owned(), json!(times)),
            ("retrigger".to_owned(), json!(subject.retrigger)),
            (REQUEST.to_owned(), json!(self.request)),
        ]);
        if let Some(manifests) = &subject.manifests {
            input.insert("test_manifests".to_owned(), manifests.clone());
        }
        Value::Object(input)
    }
}
