//! The jobs of a push as Taskcluster tells them: its group, and the groups of its cron tasks.

use std::collections::BTreeSet;

use futures::future::try_join_all;

use super::Taskcluster;
use crate::model::TaskId;
use crate::sources::index::Index as _;
use crate::sources::jobs::{Job, Jobs};
use crate::sources::pushlog::Push;
use crate::sources::{Answer, Error};

/// The jobs of the pushes to a project.
pub struct TaskclusterJobs<'a> {
    /// Where they run.
    pub taskcluster: &'a Taskcluster,
    /// The project's trust domain.
    pub trust_domain: &'a str,
    /// The project; the namespace of its cron tasks in the index.
    pub project: &'a str,
}

impl TaskclusterJobs<'_> {
    /// The groups that tasks of the push are in.
    async fn groups(&self, push: &Push, decision: &TaskId) -> Result<BTreeSet<TaskId>, Error> {
        let namespace = format!("{}.v2.{}.revision.{}.cron", self.trust_domain, self.project, push.revision);
        let crons = self.taskcluster.list_tasks(&namespace).await?;
        Ok(std::iter::once(decision.clone()).chain(crons).collect())
    }
}

impl Jobs for TaskclusterJobs<'_> {
    fn of_push<'a>(&'a self, push: &'a Push, decision: &'a TaskId) -> Answer<'a, Vec<Job>> {
        Box::pin(async move {
            let groups = self.groups(push, decision).await?;
            let jobs = try_join_all(groups.iter().map(|group| self.taskcluster.jobs_of_group(group))).await?;
            Ok(jobs.concat())
        })
    }
}
