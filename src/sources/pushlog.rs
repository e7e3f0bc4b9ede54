//! The history of a branch as it was pushed: one landing after another.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Answer, Error, ErrorKind};

/// One landing on a branch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Push {
    /// Its last revision: what its decision task is indexed by.
    pub revision: String,
    /// Its number in the pushlog; git has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// When it landed.
    pub date: DateTime<Utc>,
    /// Who pushed.
    pub user: String,
}

/// One revision of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its hash.
    pub revision: String,
    /// What it was made on; several for a merge, the branch's own side first.
    pub parents: Vec<String>,
}

/// Answers about the pushes to one branch of one repository.
pub trait Pushlog: Send + Sync {
    /// The push that brought a revision, which may be shortened.
    fn find<'a>(&'a self, revision: &'a str) -> Answer<'a, Push>;

    /// The newest push.
    fn newest(&self) -> Answer<'_, Push>;

    /// Up to `count` pushes right before `push`, newest first; fewer where the history begins.
    fn before<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>>;

    /// Up to `count` pushes right after `push`, oldest first; fewer where there are no more yet.
    fn after<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>>;

    /// The pushes from one moment on, up to another, newest first.
    fn during(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Answer<'_, Vec<Push>>;

    /// What a push brought, oldest first; for a merge also the revisions that were merged.
    fn commits<'a>(&'a self, push: &'a Push) -> Answer<'a, Vec<Commit>>;
}

/// Pushes held in memory, oldest first, each with what it brought.
#[derive(Clone, Debug, Default)]
pub struct MemoryPushlog(pub Vec<(Push, Vec<Commit>)>);

impl MemoryPushlog {
    fn position(&self, revision: &str) -> Result<usize, Error> {
        let named = |hash: &str| !revision.is_empty() && hash.starts_with(revision);
        let brought = |(push, commits): &(Push, Vec<Commit>)| {
            named(&push.revision) || commits.iter().any(|commit| named(&commit.revision))
        };
        // A revision that was merged is in the push that landed it first.
        self.0.iter().position(brought).ok_or_else(|| unknown("pushlog", revision))
    }

    fn pushes<'a>(entries: impl Iterator<Item = &'a (Push, Vec<Commit>)>) -> Vec<Push> {
        entries.map(|(push, _)| push.clone()).collect()
    }
}

/// The error for a revision that no push brought.
#[must_use]
pub fn unknown(service: &'static str, revision: &str) -> Error {
    Error {
        service,
        request: format!("push of revision {revision}"),
        message: "there is no such push".into(),
        kind: ErrorKind::NotFound,
    }
}

impl Pushlog for MemoryPushlog {
    fn find<'a>(&'a self, revision: &'a str) -> Answer<'a, Push> {
        Box::pin(async move { Ok(self.0[self.position(revision)?].0.clone()) })
    }

    fn newest(&self) -> Answer<'_, Push> {
        let newest = self.0.last().map(|(push, _)| push.clone());
        Box::pin(async move { newest.ok_or_else(|| unknown("pushlog", "tip")) })
    }

    fn before<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>> {
        Box::pin(async move {
            let at = self.position(&push.revision)?;
            Ok(Self::pushes(self.0[..at].iter().rev().take(count)))
        })
    }

    fn after<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>> {
        Box::pin(async move {
            let at = self.position(&push.revision)?;
            Ok(Self::pushes(self.0[at + 1..].iter().take(count)))
        })
    }

    fn during(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Answer<'_, Vec<Push>> {
        let within = self.0.iter().rev().filter(|(push, _)| push.date >= from && push.date <= to);
        let pushes = Self::pushes(within);
        Box::pin(async move { Ok(pushes) })
    }

    fn commits<'a>(&'a self, push: &'a Push) -> Answer<'a, Vec<Commit>> {
        Box::pin(async move { Ok(self.0[self.position(&push.revision)?].1.clone()) })
    }
}

/// The revisions that a push merged from elsewhere: second parents, and what they stand on, as far as the push
/// itself did not bring it on its own side.
#[must_use]
pub fn merged_heads(commits: &[Commit]) -> BTreeSet<&str> {
    commits.iter().flat_map(|commit| commit.parents.iter().skip(1)).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn log() -> MemoryPushlog {
        let push = |number: u64| Push {
            revision: format!("{number:040}"),
            number: Some(number),
            date: DateTime::from_timestamp(i64::try_from(number).unwrap() * 60, 0).unwrap(),
            user: "someone@example.com".into(),
        };
        let commit =
            |number: u64| Commit { revision: format!("{number:039}x"), parents: vec![format!("{number:040}")] };
        MemoryPushlog((1..=5).map(|number| (push(number), vec![commit(number)])).collect())
    }

    fn numbers(pushes: &[Push]) -> Vec<u64> {
        pushes.iter().filter_map(|push| push.number).collect()
    }

    #[test]
    fn neighbours_are_told_nearest_first() {
        let log = log();
        let third = block_on(log.find(&format!("{:040}", 3))).unwrap();
        assert_eq!(numbers(&block_on(log.before(&third, 9)).unwrap()), [2, 1]);
        assert_eq!(numbers(&block_on(log.after(&third, 1)).unwrap()), [4]);
        let during = log.during(DateTime::from_timestamp(120, 0).unwrap(), DateTime::from_timestamp(240, 0).unwrap());
        assert_eq!(numbers(&block_on(during).unwrap()), [4, 3, 2]);
        assert_eq!(block_on(log.find(&format!("{:039}x", 2))).unwrap().number, Some(2));
        assert!(block_on(log.find("f")).unwrap_err().is_not_found());
    }

    #[test]
    fn what_is_merged_is_named_by_second_parents() {
        let commits = [
            Commit { revision: "m".into(), parents: vec!["a".into(), "other".into()] },
            Commit { revision: "n".into(), parents: vec!["m".into()] },
        ];
        assert_eq!(merged_heads(&commits).into_iter().collect::<Vec<_>>(), ["other"]);
    }
}
