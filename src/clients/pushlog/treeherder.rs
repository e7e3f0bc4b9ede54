//! Treeherder's record of pushes, and of the jobs of a push.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::{below, json, time};
use crate::clients::Web;
use crate::model::{Label, TaskId};
use crate::sources::jobs::{Job, Jobs, MadeBy};
use crate::sources::pushlog::{Commit, Push, Pushlog, unknown};
use crate::sources::queue::TaskState;
use crate::sources::{Answer, Error};

/// What the service is called in errors.
const SERVICE: &str = "treeherder";

/// The most pushes there are in an answer.
const MOST_PUSHES: usize = 1000;

/// The most jobs there are in an answer.
const MOST_JOBS: usize = 2000;

/// The pushes to a project that Treeherder knows.
///
/// It tells neither hg's numbers nor whose parent is whose: its merges cannot be walked through.
#[derive(Clone, Debug)]
pub struct TreeherderPushlog {
    url: String,
    project: String,
    web: Web,
}

#[derive(Debug, Deserialize)]
struct Results {
    results: Vec<Told>,
}

#[derive(Clone, Debug, Deserialize)]
struct Told {
    id: u64,
    revision: String,
    #[serde(default)]
    author: String,
    push_timestamp: i64,
    #[serde(default)]
    revisions: Vec<Revision>,
}

#[derive(Clone, Debug, Deserialize)]
struct Revision {
    revision: String,
}

impl Told {
    fn push(&self) -> Push {
        let (revision, user) = (self.revision.clone(), self.author.clone());
        Push { revision, number: None, date: time(self.push_timestamp), user }
    }
}

impl TreeherderPushlog {
    /// The pushes to a project of the Treeherder at that URL.
    pub fn new(url: impl Into<String>, project: impl Into<String>, web: Web) -> Self {
        Self { url: url.into(), project: project.into(), web }
    }

    /// Pushes, newest first.
    async fn ask(&self, query: &[(&str, String)]) -> Result<Vec<Told>, Error> {
        let path = format!("api/project/{}/push/", self.project);
        let url = below(SERVICE, &self.url, &path, query)?;
        Ok(json::<Results>(&self.web, SERVICE, &url).await?.results)
    }

    async fn one(&self, revision: &str) -> Result<Told, Error> {
        for key in ["revision", "commit_revision"] {
            if let Some(told) = self.ask(&[(key, revision.to_owned())]).await?.into_iter().next() {
                return Ok(told);
            }
        }
        Err(unknown(SERVICE, revision))
    }
}

impl Pushlog for TreeherderPushlog {
    fn find<'a>(&'a self, revision: &'a str) -> Answer<'a, Push> {
        Box::pin(async move { Ok(self.one(revision).await?.push()) })
    }

    fn newest(&self) -> Answer<'_, Push> {
        Box::pin(async move {
            let newest = self.ask(&[("count", "1".into())]).await?.into_iter().next();
            newest.map(|told| told.push()).ok_or_else(|| unknown(SERVICE, "tip"))
        })
    }

    fn before<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>> {
        Box::pin(async move {
            let (mut found, mut last) = (Vec::new(), self.one(&push.revision).await?.id);
            while found.len() < count {
                let wanted = (count - found.len()).min(MOST_PUSHES);
                let page = self.ask(&[("count", wanted.to_string()), ("id__lt", last.to_string())]).await?;
                let Some(oldest) = page.last() else { break };
                last = oldest.id;
                found.extend(page.iter().map(Told::push));
            }
            found.truncate(count);
            Ok(found)
        })
    }

    fn after<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>> {
        Box::pin(async move {
            let anchor = self.one(&push.revision).await?.id;
            // Answers begin with the newest push, so all there are since must be read to know the nearest.
            let (mut newest_first, mut below) = (Vec::new(), None::<u64>);
            loop {
                let mut query = vec![("count", MOST_PUSHES.to_string()), ("id__gt", anchor.to_string())];
                query.extend(below.map(|id| ("id__lt", id.to_string())));
                let page = self.ask(&query).await?;
                let is_last = page.len() < MOST_PUSHES;
                below = page.last().map(|told| told.id);
                newest_first.extend(page.iter().map(Told::push));
                if is_last {
                    return Ok(newest_first.into_iter().rev().take(count).collect());
                }
            }
        })
    }

    fn during(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Answer<'_, Vec<Push>> {
        Box::pin(async move {
            let (mut found, mut below) = (Vec::new(), None::<u64>);
            loop {
                let mut query = vec![
                    ("count", MOST_PUSHES.to_string()),
                    ("push_timestamp__gte", from.timestamp().to_string()),
                    ("push_timestamp__lte", to.timestamp().to_string()),
                ];
                query.extend(below.map(|id| ("id__lt", id.to_string())));
                let page = self.ask(&query).await?;
                below = page.last().map(|told| told.id);
                found.extend(page.iter().map(Told::push));
                if page.len() < MOST_PUSHES {
                    return Ok(found);
                }
            }
        })
    }

    fn commits<'a>(&'a self, push: &'a Push) -> Answer<'a, Vec<Commit>> {
        Box::pin(async move {
            let told = self.one(&push.revision).await?;
            let commit = |revision: Revision| Commit { revision: revision.revision, parents: Vec::new() };
            Ok(told.revisions.into_iter().rev().map(commit).collect())
        })
    }
}

/// The jobs that Treeherder knows of a push.
///
/// It does not tell which action made a job: all count as the decision's.
#[derive(Clone, Debug)]
pub struct TreeherderJobs(pub TreeherderPushlog);

/// Jobs as a table: the names of the columns once, and a list of values for each job.
#[derive(Debug, Deserialize)]
struct Table {
    job_property_names: Vec<String>,
    results: Vec<Vec<Value>>,
}

impl Table {
    fn jobs(&self) -> impl Iterator<Item = Job> {
        let at = |name: &str| self.job_property_names.iter().position(|column| column == name);
        let columns = ["job_type_name", "state", "result", "task_id", "retry_id"].map(at);
        self.results.iter().filter_map(move |row| job(row, columns))
    }
}

fn job(row: &[Value], columns: [Option<usize>; 5]) -> Option<Job> {
    let [label, state, result, task_id, retry] = columns.map(|column| row.get(column?));
    let result = result?.as_str().unwrap_or_default();
    // A run that was run again by itself is told beside the run that counts.
    let state = state_of(state?.as_str()?, result).filter(|_| result != "retry")?;
    let runs = retry.and_then(Value::as_u64).and_then(|retry| usize::try_from(retry).ok()).unwrap_or(0) + 1;
    Some(Job {
        label: Label::new(label?.as_str()?),
        task_id: task_id.and_then(Value::as_str).map(TaskId::new),
        state,
        reason: (state == TaskState::Exception).then(|| result.to_owned()),
        runs,
        made_by: MadeBy::Decision,
        needs: Vec::new(),
        asked: None,
    })
}

/// The state of a task that Treeherder shows as `state` and `result`.
fn state_of(state: &str, result: &str) -> Option<TaskState> {
    match (state, result) {
        ("unscheduled", _) => Some(TaskState::Unscheduled),
        ("pending", _) => Some(TaskState::Pending),
        ("running", _) => Some(TaskState::Running),
        ("completed", "success") => Some(TaskState::Completed),
        ("completed", "testfailed" | "busted") => Some(TaskState::Failed),
        ("completed", _) => Some(TaskState::Exception),
        _ => None,
    }
}

impl Jobs for TreeherderJobs {
    fn of_push<'a>(&'a self, push: &'a Push, _decision: &'a TaskId) -> Answer<'a, Vec<Job>> {
        Box::pin(async move {
            let push_id = self.0.one(&push.revision).await?.id;
            let (mut jobs, mut offset) = (Vec::new(), 0);
            loop {
                let query = [
                    ("push_id", push_id.to_string()),
                    ("count", MOST_JOBS.to_string()),
                    ("offset", offset.to_string()),
                ];
                let url = below(SERVICE, &self.0.url, "api/jobs/", &query)?;
                let page: Table = json(&self.0.web, SERVICE, &url).await?;
                jobs.extend(page.jobs());
                offset += MOST_JOBS;
                if page.results.len() < MOST_JOBS {
                    return Ok(jobs);
                }
            }
        })
    }
}
