//! Push histories: hg's json-pushes, a git branch beside Taskcluster's index, GitHub's API, Treeherder's, a file.

mod address;
mod git;
mod github;
mod hg;
mod json_pushes;
#[cfg(test)]
mod tests;
mod treeherder;

pub use address::{Address, InvalidAddress};
pub use git::GitPushlog;
pub use github::GithubPushlog;
pub use hg::HgPushlog;
pub use json_pushes::read_file;
pub use treeherder::{TreeherderJobs, TreeherderPushlog};

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::web::Web;
use crate::sources::downloads::Downloads as _;
use crate::sources::{Error, ErrorKind};

/// The JSON at a URL.
async fn json<T: DeserializeOwned>(web: &Web, service: &'static str, url: &url::Url) -> Result<T, Error> {
    let content = web.get(url.as_str()).await.map_err(|error| Error { service, ..error })?;
    serde_json::from_slice(&content).map_err(|error| nonsense(service, url.as_str(), &error.to_string()))
}

fn nonsense(service: &'static str, url: &str, why: &str) -> Error {
    let message = format!("the answer makes no sense: {why}");
    Error { service, request: format!("GET {url}"), message, kind: ErrorKind::Unavailable }
}

/// A URL below a base, with a query.
fn below(service: &'static str, base: &str, path: &str, query: &[(&str, String)]) -> Result<url::Url, Error> {
    let text = format!("{}/{path}", base.trim_end_matches('/'));
    let mut url = url::Url::parse(&text).map_err(|error| Error {
        service,
        request: format!("GET {text}"),
        message: error.to_string(),
        kind: ErrorKind::Refused { status: 0 },
    })?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}
