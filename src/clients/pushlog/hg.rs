//! Mercurial's pushlog, over HTTP.

use chrono::{DateTime, Utc};

use super::json_pushes::JsonPushes;
use super::{below, json};
use crate::clients::Web;
use crate::sources::pushlog::{Commit, Push, Pushlog, unknown};
use crate::sources::{Answer, Error};

/// How many pushes are asked for at a time, at least: numbers may be missing.
const WINDOW: u64 = 25;

/// The pushes to a repository of hg.mozilla.org, or of another server with the pushlog extension.
#[derive(Clone, Debug)]
pub struct HgPushlog {
    repository: String,
    web: Web,
}

/// What the service is called in errors.
const SERVICE: &str = "pushlog";

type Told = Vec<(Push, Vec<Commit>)>;

impl HgPushlog {
    /// The pushes to the repository at that URL.
    #[must_use]
    pub fn new(repository: impl Into<String>, web: Web) -> Self {
        Self { repository: repository.into(), web }
    }

    /// Pushes with what they brought, oldest first.
    async fn ask(&self, query: &[(&str, String)]) -> Result<Told, Error> {
        let query: Vec<_> = [("version", "2".to_owned())].into_iter().chain(query.iter().cloned()).collect();
        let url = below(SERVICE, &self.repository, "json-pushes", &query)?;
        Ok(json::<JsonPushes>(&self.web, SERVICE, &url).await?.pushes())
    }

    async fn one(&self, revision: &str, is_full: bool) -> Result<(Push, Vec<Commit>), Error> {
        let mut query = vec![("changeset", revision.to_owned())];
        query.extend(is_full.then(|| ("full", "1".to_owned())));
        self.ask(&query).await?.pop().ok_or_else(|| unknown(SERVICE, revision))
    }

    /// The pushes numbered above `start` up to `end`, oldest first.
    async fn numbered(&self, start: u64, end: u64) -> Result<Vec<Push>, Error> {
        let told = self.ask(&[("startID", start.to_string()), ("endID", end.to_string())]).await?;
        Ok(told.into_iter().map(|(push, _)| push).collect())
    }

    async fn number(&self, push: &Push) -> Result<u64, Error> {
        let number = match push.number {
            Some(number) => Some(number),
            None => self.one(&push.revision, false).await?.0.number,
        };
        number.ok_or_else(|| unknown(SERVICE, &push.revision))
    }
}

impl Pushlog for HgPushlog {
    fn find<'a>(&'a self, revision: &'a str) -> Answer<'a, Push> {
        Box::pin(async move { Ok(self.one(revision, false).await?.0) })
    }

    fn newest(&self) -> Answer<'_, Push> {
        Box::pin(async move { Ok(self.one("tip", false).await?.0) })
    }

    fn before<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>> {
        Box::pin(async move {
            let (mut found, mut end) = (Vec::new(), self.number(push).await?.saturating_sub(1));
            while found.len() < count && end > 0 {
                let start = end.saturating_sub(WINDOW.max((count - found.len()) as u64));
                found.extend(self.numbered(start, end).await?.into_iter().rev());
                end = start;
            }
            found.truncate(count);
            Ok(found)
        })
    }

    fn after<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>> {
        Box::pin(async move {
            let (mut found, mut start) = (Vec::new(), self.number(push).await?);
            let newest = self.newest().await?.number.unwrap_or(start);
            while found.len() < count && start < newest {
                let end = start + WINDOW.max((count - found.len()) as u64);
                found.extend(self.numbered(start, end).await?);
                start = end;
            }
            found.truncate(count);
            Ok(found)
        })
    }

    fn during(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Answer<'_, Vec<Push>> {
        Box::pin(async move {
            // Mercurial's own form of a date: seconds and the offset of the zone. The start is exclusive.
            let date = |time: DateTime<Utc>, more: i64| format!("{} 0", time.timestamp() + more);
            let told = self.ask(&[("startdate", date(from, -1)), ("enddate", date(to, 1))]).await?;
            let within = told.into_iter().rev().map(|(push, _)| push);
            Ok(within.filter(|push| push.date >= from && push.date <= to).collect())
        })
    }

    fn commits<'a>(&'a self, push: &'a Push) -> Answer<'a, Vec<Commit>> {
        Box::pin(async move { Ok(self.one(&push.revision, true).await?.1) })
    }
}
