//! The pushes to a git branch: git keeps no record of them, so a push is a first-parent commit of the branch that has
//! a decision task in Taskcluster's index.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use futures::lock::Mutex;

use super::time;
use crate::clients::command::Tool;
use crate::model::TaskId;
use crate::sources::index::Index;
use crate::sources::pushlog::{Commit, Push, Pushlog, unknown};
use crate::sources::{Answer, Error, ErrorKind};

/// The pushes to a branch, as a checkout and the index tell them together.
pub struct GitPushlog<'a> {
    root: PathBuf,
    branch: String,
    index: &'a dyn Index,
    /// The namespace of the project's decisions: `<trust domain>.v2.<project>`.
    namespace: String,
    line: Mutex<Option<Line>>,
}

/// The branch's first-parent commits, newest first, and which of them are known to be pushes.
#[derive(Clone, Debug, Default)]
struct Line {
    commits: Vec<Push>,
    is_push: Vec<bool>,
    /// How many of them the index was asked about.
    asked: usize,
}

/// What the service is called in errors.
const SERVICE: &str = "git";

/// How many commits the index is asked about at a time.
const BATCH: usize = 200;

impl<'a> GitPushlog<'a> {
    /// The pushes to `branch` (any revision that git understands) of the checkout at `root`.
    pub fn new(
        root: PathBuf,
        branch: impl Into<String>,
        index: &'a dyn Index,
        trust_domain: &str,
        project: &str,
    ) -> Self {
        let namespace = format!("{trust_domain}.v2.{project}");
        Self { root, branch: branch.into(), index, namespace, line: Mutex::new(None) }
    }

    /// The pushes to the branch that HEAD was pushed to: up to where the remote has it by now, if that is known, else
    /// up to HEAD.
    pub fn of_branch(root: PathBuf, head_ref: &str, index: &'a dyn Index, trust_domain: &str, project: &str) -> Self {
        let branch = head_ref.strip_prefix("refs/heads/").unwrap_or(head_ref);
        let remote = format!("refs/remotes/origin/{branch}");
        let head = Self::new(root, "HEAD", index, trust_domain, project);
        if head.is_ancestor("HEAD", &remote) { Self { branch: remote, ..head } } else { head }
    }

    fn tool(&self) -> Tool<'_> {
        Tool { service: SERVICE, program: "git", directory: &self.root, variables: &[("LC_ALL", "C")] }
    }

    fn first_parents(&self) -> Result<Line, Error> {
        let format = "--format=%H %ct %ce";
        let lines = self.tool().lines(&["log", "--first-parent", format, &self.branch, "--"])?;
        let commits: Vec<Push> = lines.iter().filter_map(|line| commit(line)).collect();
        Ok(Line { is_push: vec![false; commits.len()], commits, asked: 0 })
    }

    /// Asks the index about one more batch; tells whether there was one.
    async fn ask_more(&self, line: &mut Line) -> Result<bool, Error> {
        let end = (line.asked + BATCH).min(line.commits.len());
        let path = |push: &Push| format!("{}.revision.{}.taskgraph.decision", self.namespace, push.revision);
        let paths: Vec<String> = line.commits[line.asked..end].iter().map(path).collect();
        if paths.is_empty() {
            return Ok(false);
        }
        let found: std::collections::BTreeMap<String, TaskId> = self.index.find_tasks(&paths).await?;
        for (at, path) in paths.iter().enumerate() {
            line.is_push[line.asked + at] = found.contains_key(path);
        }
        line.asked = end;
        Ok(true)
    }

    /// Makes sure that all commits up to that position were asked about, and hands the line out.
    async fn line(&self, until: impl Fn(&Line) -> bool) -> Result<Line, Error> {
        let mut kept = self.line.lock().await;
        let mut line = match kept.take() {
            Some(line) => line,
            None => self.first_parents()?,
        };
        while !until(&line) && self.ask_more(&mut line).await? {}
        *kept = Some(line.clone());
        Ok(line)
    }

    fn position(line: &Line, push: &Push) -> Result<usize, Error> {
        line.commits.iter().position(|commit| commit.revision == push.revision).ok_or_else(|| {
            let mut error = unknown(SERVICE, &push.revision);
            "it is not a first-parent commit of the branch".clone_into(&mut error.message);
            error
        })
    }

    /// A clone that was cut off does not tell that there are no more pushes.
    fn check_whole(&self, found: usize, wanted: usize) -> Result<(), Error> {
        if found >= wanted || self.tool().text(&["rev-parse", "--is-shallow-repository"])?.trim() != "true" {
            return Ok(());
        }
        Err(Error {
            service: SERVICE,
            request: format!("{wanted} pushes of {}", self.branch),
            message: format!("the clone is shallow and ends after {found} of them: `git fetch --unshallow` helps"),
            kind: ErrorKind::Refused { status: 0 },
        })
    }

    fn is_ancestor(&self, revision: &str, of: &str) -> bool {
        self.tool().bytes(&["merge-base", "--is-ancestor", revision, of]).is_ok()
    }
}

fn commit(line: &str) -> Option<Push> {
    let mut parts = line.splitn(3, ' ');
    let (revision, seconds, user) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    Some(Push { revision: revision.into(), number: None, date: time(seconds.parse().ok()?), user: user.into() })
}

impl Line {
    fn pushes(&self) -> impl DoubleEndedIterator<Item = (usize, &Push)> {
        self.commits.iter().enumerate().filter(|(at, _)| self.is_push[*at])
    }
}

impl Pushlog for GitPushlog<'_> {
    fn find<'a>(&'a self, revision: &'a str) -> Answer<'a, Push> {
        Box::pin(async move {
            let full = self.tool().text(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")]);
            let Ok(full) = full else { return Err(unknown(SERVICE, revision)) };
            let full = full.trim();
            let line = self.line(|_| true).await?;
            // Of the commits of the branch, the older ones do not have the revision and the newer ones do.
            let oldest = line.commits.partition_point(|commit| self.is_ancestor(full, &commit.revision));
            let Some(oldest) = oldest.checked_sub(1) else { return Err(unknown(SERVICE, revision)) };
            let line = self.line(|line| line.asked > oldest).await?;
            let push = line.pushes().rev().find(|(at, _)| *at <= oldest).map(|(_, push)| push.clone());
            push.ok_or_else(|| {
                let mut error = unknown(SERVICE, revision);
                error.message = format!("no commit from it to the tip of {} has a decision task", self.branch);
                error
            })
        })
    }

    fn newest(&self) -> Answer<'_, Push> {
        Box::pin(async move {
            let line = self.line(|line| line.pushes().next().is_some()).await?;
            let newest = line.pushes().next().map(|(_, push)| push.clone());
            newest.ok_or_else(|| unknown(SERVICE, &self.branch))
        })
    }

    fn before<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>> {
        Box::pin(async move {
            let at = Self::position(&self.line(|_| true).await?, push)?;
            let line = self.line(|line| line.pushes().filter(|(other, _)| *other > at).count() >= count).await?;
            let before = line.pushes().filter(|(other, _)| *other > at).take(count);
            let before: Vec<Push> = before.map(|(_, push)| push.clone()).collect();
            self.check_whole(before.len(), count)?;
            Ok(before)
        })
    }

    fn after<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>> {
        Box::pin(async move {
            let at = Self::position(&self.line(|_| true).await?, push)?;
            let line = self.line(|line| line.asked > at).await?;
            let after = line.pushes().rev().filter(|(other, _)| *other < at).take(count);
            Ok(after.map(|(_, push)| push.clone()).collect())
        })
    }

    fn during(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Answer<'_, Vec<Push>> {
        Box::pin(async move {
            let is_past = |line: &Line| line.asked > 0 && line.commits[line.asked - 1].date < from;
            let line = self.line(is_past).await?;
            let within = line.pushes().map(|(_, push)| push).filter(|push| push.date >= from && push.date <= to);
            Ok(within.cloned().collect())
        })
    }

    fn commits<'a>(&'a self, push: &'a Push) -> Answer<'a, Vec<Commit>> {
        Box::pin(async move {
            let previous = self.before(push, 1).await?.pop();
            let range = match &previous {
                Some(previous) => vec![format!("{}..{}", previous.revision, push.revision)],
                // Of the first push only itself is told: the rest is the history before it.
                None => vec!["-n1".to_owned(), push.revision.clone()],
            };
            let fixed = ["rev-list", "--parents", "--topo-order", "--reverse"].map(str::to_owned);
            let arguments: Vec<String> = fixed.into_iter().chain(range).collect();
            let lines = self.tool().lines(&arguments)?;
            let commit = |line: &String| {
                let mut hashes = line.split(' ').map(str::to_owned);
                Some(Commit { revision: hashes.next()?, parents: hashes.collect() })
            };
            Ok(lines.iter().filter_map(commit).collect())
        })
    }
}
