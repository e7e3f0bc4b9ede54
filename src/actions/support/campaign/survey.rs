//! What is on each push: its decision, how it spells the labels, and what ran.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _};

use super::again::{self, Awaited, Lacking};
use super::{AT_ONCE, BACKFILL_TASK, Campaign, REQUEST};
use crate::history::plan::Why;
use crate::history::runs::Runs;
use crate::history::spellings::spellings;
use crate::history::{Landing, Seen, decisions};
use crate::json::Entries;
use crate::model::{Label, TaskId};
use crate::sources::artifacts::Artifacts;
use crate::sources::jobs::{Job, Outcome};
use crate::sources::{Error, ErrorKind};

/// The graph of all tasks that a push could have.
const FULL_TASK_GRAPH: &str = "public/full-task-graph.json";

/// What is known of a push, as far as the labels that are asked about are concerned.
#[derive(Clone, Debug, PartialEq)]
pub struct Surveyed {
    landing: Landing,
    decision: Option<TaskId>,
    /// How each label is spelled; one that is not there has no entry.
    labels: BTreeMap<Label, Label>,
    /// What each label needs, and what did not end well, as our actions see it, and as the reference's do.
    again: BTreeMap<Label, [Vec<Label>; 2]>,
    /// The jobs of these labels, and the tasks of actions.
    jobs: Vec<Job>,
    obstacle: Option<Why>,
}

impl Campaign<'_> {
    /// Looks at pushes, several at a time; `tell` hears of each when all newer ones are done. One push that cannot be
    /// looked at does not keep the others from it.
    ///
    /// # Errors
    /// An index that does not answer: nothing can be said of any push then.
    pub async fn survey(
        &self,
        landings: Vec<Landing>,
        labels: &[Label],
        tell: &mut dyn FnMut(&Surveyed),
    ) -> Result<Vec<Surveyed>, Error> {
        let found = decisions::find(self.index, self.trust.trust_domain, &landings).await?;
        let mut looks = stream::iter(landings.into_iter().zip(found))
            .map(|(landing, decision)| self.look(landing, decision, labels))
            .buffered(AT_ONCE);
        let mut all = Vec::new();
        while let Some(surveyed) = looks.next().await {
            tell(&surveyed);
            all.push(surveyed);
        }
        Ok(all)
    }

    async fn look(&self, landing: Landing, decision: Option<TaskId>, labels: &[Label]) -> Surveyed {
        let mut surveyed = Surveyed::unseen(landing, decision);
        let Some(decision) = surveyed.decision.clone() else { return surveyed };
        if let Err(error) = self.fill_in(&mut surveyed, &decision, labels).await {
            log::warn!("push {}: {error}", surveyed.landing.push.revision);
            surveyed.obstacle = Some(obstacle(&error));
        }
        surveyed
    }

    async fn fill_in(&self, surveyed: &mut Surveyed, decision: &TaskId, labels: &[Label]) -> Result<(), Error> {
        let jobs = self.jobs.of_push(&surveyed.landing.push, decision).await?;
        let spelled_as_asked = labels.iter().filter(|label| jobs.iter().any(|job| job.label == **label));
        surveyed.labels = spelled_as_asked.map(|label| (label.clone(), label.clone())).collect();
        let losses = [Awaited::Newest, Awaited::Oldest].map(|awaited| again::Jobs::with_losses(&jobs, awaited));
        let unspelled: Vec<&Label> = labels.iter().filter(|label| !surveyed.labels.contains_key(*label)).collect();
        let mut read = Ok(Lacking::new());
        if !unspelled.is_empty() {
            let found = spelled(self.artifacts, decision, &unspelled, losses[0].as_ref()).await;
            read = found.map(|(found, lacking)| {
                surveyed.labels.extend(found);
                lacking
            });
        }
        if let ([Some(newest), Some(oldest)], Ok(lacking)) = (&losses, &read) {
            let again = |label: &Label| [newest, oldest].map(|jobs| jobs.again(label, lacking));
            surveyed.again = surveyed.labels.values().map(|label| (label.clone(), again(label))).collect();
        }
        surveyed.keep(jobs, labels);
        read.map(drop)
    }
}

/// What it means for a push that something about it could not be learnt.
const fn obstacle(error: &Error) -> Why {
    match error.kind {
        // 424: the artifact stands for an error of its upload.
        ErrorKind::NotFound | ErrorKind::Refused { status: 424 } => Why::Expired,
        ErrorKind::Refused { .. } | ErrorKind::Unavailable => Why::Unknown,
    }
}

/// How the full graph of a push spells labels, and, where jobs were lost, what tasks need that it lacks. The graph is
/// read as it arrives and not held.
async fn spelled(
    artifacts: &dyn Artifacts,
    decision: &TaskId,
    labels: &[&Label],
    losses: Option<&again::Jobs<'_>>,
) -> Result<(Vec<(Label, Label)>, Lacking), Error> {
    let candidates: Vec<Vec<Label>> = labels.iter().map(|label| spellings(label)).collect();
    let mut best: Vec<Option<usize>> = vec![None; labels.len()];
    let mut pieces = artifacts.stream(decision, FULL_TASK_GRAPH).await?;
    let (mut entries, mut lacking) = (Entries::default(), Lacking::new());
    let nonsense = || Error {
        service: "queue",
        request: format!("artifact {FULL_TASK_GRAPH} of task {decision}"),
        message: "it is not a JSON object".into(),
        kind: ErrorKind::Refused { status: 0 },
    };
    while let Some(piece) = pieces.next().await {
        let read = entries.feed(&piece?, |key, task| {
            if losses.is_some_and(|jobs| !jobs.has(key)) {
                lacking.insert(Label::new(key), again::needs(task));
            }
            for (candidates, best) in candidates.iter().zip(&mut best) {
                if let Some(at) = candidates.iter().position(|candidate| candidate.as_str() == key) {
                    *best = Some(best.map_or(at, |best| best.min(at)));
                }
            }
        });
        read.map_err(|_| nonsense())?;
    }
    entries.finish().map_err(|_| nonsense())?;
    let found = labels.iter().zip(candidates).zip(best);
    let found = found.filter_map(|((label, candidates), best)| Some(((*label).clone(), candidates[best?].clone())));
    Ok((found.collect(), lacking))
}

impl Surveyed {
    const fn unseen(landing: Landing, decision: Option<TaskId>) -> Self {
        Self { landing, decision, labels: BTreeMap::new(), again: BTreeMap::new(), jobs: Vec::new(), obstacle: None }
    }

    fn keep(&mut self, jobs: Vec<Job>, labels: &[Label]) {
        let candidates: Vec<Label> = labels.iter().flat_map(spellings).collect();
        let is_kept = |job: &Job| job.asked.is_some() || candidates.contains(&job.label);
        self.jobs = jobs.into_iter().filter(is_kept).collect();
    }

    /// What is seen of one label.
    #[must_use]
    pub fn seen(&self, label: &Label) -> Seen {
        let spelled = self.labels.get(label);
        let of_label = |spelled: &Label| Runs::of(self.jobs.iter().filter(|job| job.label == *spelled));
        let missing = (self.decision.is_some() && spelled.is_none()).then_some(Why::NoSuchLabel);
        Seen {
            landing: self.landing.clone(),
            decision: self.decision.clone(),
            label: spelled.cloned(),
            runs: spelled.map(of_label),
            again: spelled.map(|spelled| self.made_again(spelled, BACKFILL_TASK)).unwrap_or_default(),
            obstacle: self.obstacle.or(missing),
        }
    }

    /// What has to be made again with a label, as the push spells it, if that action makes it.
    #[must_use]
    pub(super) fn made_again(&self, spelled: &Label, action: &str) -> Vec<Label> {
        let [ours, references] = self.again.get(spelled).cloned().unwrap_or_default();
        if action == BACKFILL_TASK { ours } else { references }
    }

    /// Whether the push was looked at and has no such label.
    #[must_use]
    pub fn lacks(&self, label: &Label) -> bool {
        self.decision.is_some() && self.obstacle.is_none() && !self.labels.contains_key(label)
    }

    /// The push.
    #[must_use]
    pub const fn landing(&self) -> &Landing {
        &self.landing
    }

    /// The action task that the campaign fired for a label before; one that failed created nothing that can be relied on.
    pub(super) fn asked_before(&self, campaign: &Campaign<'_>, label: &Label) -> Option<TaskId> {
        let counts = |job: &&Job| match job.outcome() {
            Outcome::Unfinished => true,
            Outcome::Passed => campaign.is_resumed,
            Outcome::Failed | Outcome::Lost => false,
        };
        let is_ours = |job: &&Job| {
            job.asked.as_ref().is_some_and(|asked| {
                let text = |key: &str| asked.input.get(key).and_then(crate::yaml::Node::as_str);
                let labels = asked.input.get("tasks").and_then(crate::yaml::Node::as_list).unwrap_or_default();
                let spelled = self.labels.get(label);
                let is_label = text("label") == Some(label.as_str())
                    || labels.iter().any(|task| task.as_str() == spelled.map(Label::as_str) && spelled.is_some());
                text(REQUEST) == Some(campaign.request) && is_label
            })
        };
        self.jobs.iter().filter(counts).find(is_ours).and_then(|job| job.task_id.clone())
    }
}
