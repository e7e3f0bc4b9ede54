//! GitHub's record of the pushes to a branch: the activity of a repository.
//!
//! Source: "List repository activities" of GitHub's REST API. Pages are found by the header `Link`.

use chrono::{DateTime, Utc};
use futures::lock::Mutex;
use serde::Deserialize;

use super::{below, nonsense};
use crate::clients::Web;
use crate::clients::patience::Failed;
use crate::clients::web::{again_after, kind_of, root_cause, whole};
use crate::sources::pushlog::{Commit, Push, Pushlog, unknown};
use crate::sources::{Answer, Error, ErrorKind};

/// The pushes to a branch of a repository on GitHub.
pub struct GithubPushlog {
    api: String,
    repository: String,
    branch: String,
    token: Option<String>,
    web: Web,
    known: Mutex<Known>,
}

/// What was learnt so far, newest first.
#[derive(Clone, Debug, Default)]
struct Known {
    pushes: Vec<Landed>,
    next: Option<String>,
    has_begun: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct Landed {
    before: String,
    after: String,
    timestamp: DateTime<Utc>,
    activity_type: String,
    actor: Option<Actor>,
}

#[derive(Clone, Debug, Deserialize)]
struct Actor {
    login: String,
}

#[derive(Debug, Deserialize)]
struct Comparison {
    commits: Vec<Compared>,
}

#[derive(Debug, Deserialize)]
struct Compared {
    sha: String,
    #[serde(default)]
    parents: Vec<Parent>,
}

#[derive(Debug, Deserialize)]
struct Parent {
    sha: String,
}

/// What the service is called in errors.
const SERVICE: &str = "github";

/// How many there are on a page.
const PAGE: usize = 100;

impl Landed {
    /// Whether it put commits on the branch; branches are also made and deleted.
    fn is_push(&self) -> bool {
        self.activity_type != "branch_deletion"
    }

    fn push(&self) -> Push {
        let user = self.actor.as_ref().map_or_else(String::new, |actor| actor.login.clone());
        Push { revision: self.after.clone(), number: None, date: self.timestamp, user }
    }
}

impl GithubPushlog {
    /// The pushes to a branch of `owner/name`; `api` is `https://api.github.com`, or that of an enterprise's server.
    pub fn new(
        api: impl Into<String>,
        repository: impl Into<String>,
        branch: impl Into<String>,
        token: Option<String>,
        web: Web,
    ) -> Self {
        let known = Mutex::default();
        Self { api: api.into(), repository: repository.into(), branch: branch.into(), token, web, known }
    }

    /// What is at a URL, and where the next page is.
    async fn page(&self, url: &str) -> Result<(Vec<u8>, Option<String>), Error> {
        self.web.patience().run(|| self.try_page(url)).await
    }

    async fn try_page(&self, url: &str) -> Result<(Vec<u8>, Option<String>), Failed> {
        let failed = |message: String, kind| Error { service: SERVICE, request: format!("GET {url}"), message, kind };
        let request = self.web.client().map_err(Failed::for_good)?.get(url);
        let request = request.header("accept", "application/vnd.github+json");
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let lost = |cause| Failed::for_now(failed(root_cause(cause), ErrorKind::Unavailable));
        let response = request.send().await.map_err(lost)?;
        let status = response.status();
        if !status.is_success() {
            let error = failed(status.to_string(), kind_of(status.as_u16()));
            return Err(Failed { error, again: again_after(status.as_u16(), response.headers()) });
        }
        let links = response.headers().get("link").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let next = next_link(links);
        Ok((whole(response).await.map_err(|unread| unread.failed(failed))?, next))
    }

    /// What is known once `is_enough`, or all there is.
    async fn known(&self, is_enough: impl Fn(&[Landed]) -> bool) -> Result<Vec<Landed>, Error> {
        let mut known = self.known.lock().await;
        loop {
            let is_at_end = known.has_begun && known.next.is_none();
            if is_at_end || is_enough(&known.pushes) {
                return Ok(known.pushes.clone());
            }
            let url = match known.next.take() {
                Some(next) => next,
                None => self.first_page()?,
            };
            let (body, next) = self.page(&url).await?;
            let page: Vec<Landed> =
                serde_json::from_slice(&body).map_err(|error| nonsense(SERVICE, &url, &error.to_string()))?;
            known.pushes.extend(page.into_iter().filter(Landed::is_push));
            (known.next, known.has_begun) = (next.filter(|next| *next != url), true);
        }
    }

    fn first_page(&self) -> Result<String, Error> {
        let query = [("ref", format!("refs/heads/{}", self.branch)), ("per_page", PAGE.to_string())];
        let path = format!("repos/{}/activity", self.repository);
        Ok(below(SERVICE, &self.api, &path, &query)?.into())
    }

    async fn known_from(&self, revision: &str, more: usize) -> Result<(Vec<Landed>, usize), Error> {
        let position = |known: &[Landed]| known.iter().position(|landed| landed.after.starts_with(revision));
        let is_enough = |known: &[Landed]| position(known).is_some_and(|at| known.len() > at + more);
        let known = self.known(is_enough).await?;
        let at = position(&known).filter(|_| !revision.is_empty()).ok_or_else(|| {
            let mut error = unknown(SERVICE, revision);
            error.message = format!("it is not the last commit of a push to {} of {}", self.branch, self.repository);
            error
        })?;
        Ok((known, at))
    }
}

/// The address of the next page in a header `Link`: `<https://…>; rel="next", <…>; rel="prev"`.
fn next_link(header: &str) -> Option<String> {
    let link = header.split(',').find(|link| link.contains(r#"rel="next""#))?;
    let (_, rest) = link.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}

impl Pushlog for GithubPushlog {
    fn find<'a>(&'a self, revision: &'a str) -> Answer<'a, Push> {
        Box::pin(async move {
            let (known, at) = self.known_from(revision, 0).await?;
            Ok(known[at].push())
        })
    }

    fn newest(&self) -> Answer<'_, Push> {
        Box::pin(async move {
            let known = self.known(|known| !known.is_empty()).await?;
            known.first().map(Landed::push).ok_or_else(|| unknown(SERVICE, &self.branch))
        })
    }

    fn before<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>> {
        Box::pin(async move {
            let (known, at) = self.known_from(&push.revision, count).await?;
            Ok(known[at + 1..].iter().take(count).map(Landed::push).collect())
        })
    }

    fn after<'a>(&'a self, push: &'a Push, count: usize) -> Answer<'a, Vec<Push>> {
        Box::pin(async move {
            let (known, at) = self.known_from(&push.revision, 0).await?;
            Ok(known[..at].iter().rev().take(count).map(Landed::push).collect())
        })
    }

    fn during(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Answer<'_, Vec<Push>> {
        Box::pin(async move {
            let known = self.known(|known| known.last().is_some_and(|last| last.timestamp < from)).await?;
            let within = known.iter().filter(|landed| landed.timestamp >= from && landed.timestamp <= to);
            Ok(within.map(Landed::push).collect())
        })
    }

    fn commits<'a>(&'a self, push: &'a Push) -> Answer<'a, Vec<Commit>> {
        Box::pin(async move {
            let (known, at) = self.known_from(&push.revision, 0).await?;
            let path = format!("repos/{}/compare/{}...{}", self.repository, known[at].before, known[at].after);
            let first = below(SERVICE, &self.api, &path, &[("per_page", PAGE.to_string())])?;
            let (mut commits, mut next) = (Vec::new(), Some(String::from(first)));
            while let Some(url) = next {
                let (body, following) = self.page(&url).await?;
                let page: Comparison =
                    serde_json::from_slice(&body).map_err(|error| nonsense(SERVICE, &url, &error.to_string()))?;
                commits.extend(page.commits.into_iter().map(|compared| Commit {
                    revision: compared.sha,
                    parents: compared.parents.into_iter().map(|parent| parent.sha).collect(),
                }));
                next = following.filter(|following| *following != url);
            }
            Ok(commits)
        })
    }
}
