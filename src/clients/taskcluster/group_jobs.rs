//! The tasks of a group, as far as they are of interest as jobs. Definitions are large and there may be tens of
//! thousands: of each page only this is kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::Taskcluster;
use super::request::{Call, part};
use crate::model::{Label, TaskId};
use crate::sources::Error;
use crate::sources::jobs::{Asked, BLOCKED, Job, MadeBy, Outcome};
use crate::sources::queue::TaskState;
use crate::yaml::Node;

#[derive(Deserialize)]
struct Page {
    tasks: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    status: Status,
    task: Definition,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    task_id: TaskId,
    state: TaskState,
    #[serde(default)]
    runs: Vec<Run>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    reason_resolved: Option<String>,
}

#[derive(Deserialize)]
struct Definition {
    created: DateTime<Utc>,
    metadata: Metadata,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    payload: Payload,
    #[serde(default)]
    extra: Extra,
    #[serde(default)]
    dependencies: Vec<TaskId>,
    #[serde(default)]
    requires: Requires,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Requires {
    #[default]
    AllCompleted,
    AllResolved,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

#[derive(Default, Deserialize)]
struct Payload {
    #[serde(default)]
    env: Env,
}

/// The variables of an action task; those of other tasks may have any form.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "SCREAMING_SNAKE_CASE")]
struct Env {
    action_callback: Node,
    action_input: Node,
}

#[derive(Default, Deserialize)]
struct Extra {
    #[serde(default)]
    parent: Option<String>,
}

impl Member {
    fn job(self, group: &TaskId) -> Job {
        let Self { status, task } = self;
        let reason = status.runs.last().and_then(|run| run.reason_resolved.clone());
        let label = task.tags.get("label").unwrap_or(&task.metadata.name);
        Job {
            label: Label::new(label.as_str()),
            task_id: Some(status.task_id),
            state: status.state,
            reason: reason.filter(|_| status.state == TaskState::Exception),
            runs: status.runs.len(),
            made_by: made_by(&task.tags, task.extra.parent.as_deref(), group),
            needs: if task.requires == Requires::AllCompleted { task.dependencies } else { Vec::new() },
            asked: asked(&task.payload.env),
        }
    }
}

/// Tasks that actions make are tagged with the action, or at least name another parent than the decision.
fn made_by(tags: &BTreeMap<String, String>, parent: Option<&str>, group: &TaskId) -> MadeBy {
    match (tags.get("action"), parent) {
        (Some(action), _) => MadeBy::Action(action.clone()),
        (None, Some(parent)) if parent != group.as_str() && !parent.is_empty() => MadeBy::Action("action".into()),
        _ => MadeBy::Decision,
    }
}

fn asked(env: &Env) -> Option<Asked> {
    let callback = env.action_callback.as_str()?.to_owned();
    let input = env.action_input.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    Some(Asked { callback, input })
}

/// Tells those of the waiting tasks that will never be scheduled.
fn block(jobs: &mut [Job]) {
    let is_lost = |job: &Job| matches!(job.outcome(), Outcome::Failed | Outcome::Lost);
    let mut lost: BTreeSet<TaskId> =
        jobs.iter().filter(|job| is_lost(job)).filter_map(|job| job.task_id.clone()).collect();
    let mut waiting: Vec<&mut Job> = jobs.iter_mut().filter(|job| job.state == TaskState::Unscheduled).collect();
    loop {
        let (blocked, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|job| job.needs.iter().any(|task| lost.contains(task)));
        if blocked.is_empty() {
            return;
        }
        for job in blocked {
            job.reason = Some(BLOCKED.to_owned());
            lost.extend(job.task_id.clone());
        }
        waiting = rest;
    }
}

impl Taskcluster {
    /// The jobs of a group, each once, in the order they were made.
    ///
    /// # Errors
    /// If the queue does not know the group, or does not answer.
    pub(in crate::clients) async fn jobs_of_group(&self, group: &TaskId) -> Result<Vec<Job>, Error> {
        let call = Call::get("queue", format!("task-group/{}/list", part(group.as_str())));
        let (mut jobs, mut seen) = (Vec::new(), BTreeSet::new());
        for page in self.pages::<Page>(call).await? {
            for member in page.tasks.into_iter().filter(|member| seen.insert(member.status.task_id.clone())) {
                jobs.push((member.task.created, member.job(group)));
            }
        }
        jobs.sort_by_key(|(created, _)| *created);
        let mut jobs: Vec<Job> = jobs.into_iter().map(|(_, job)| job).collect();
        block(&mut jobs);
        Ok(jobs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_something_that_failed_never_begins() {
        let job = |id: &str, state, needs: &[&str]| Job {
            label: id.into(),
            task_id: Some(TaskId::new(id)),
            state,
            reason: None,
            runs: 1,
            made_by: MadeBy::Decision,
            needs: needs.iter().map(|id| TaskId::new(*id)).collect(),
            asked: None,
        };
        let mut jobs = [
            job("signed", TaskState::Unscheduled, &["tested"]),
            job("tested", TaskState::Unscheduled, &["build"]),
            job("build", TaskState::Failed, &[]),
            job("other", TaskState::Unscheduled, &["elsewhere"]),
        ];
        block(&mut jobs);
        let outcomes = jobs.map(|job| job.outcome());
        assert_eq!(outcomes, [Outcome::Lost, Outcome::Lost, Outcome::Failed, Outcome::Unfinished]);
    }
}
