//! Plain files of the web, and the one pool of connections for them.

use std::time::Duration;

use ::taskcluster::retry::{Backoff, Retry};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Method, Response};

use crate::sources::downloads::Downloads;
use crate::sources::{Answer, Error, ErrorKind};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a server may stay silent; an answer as a whole may take longer, since artifacts are large.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a file may have moved.
const MOST_REDIRECTS: usize = 10;

/// Fetches files by URL without credentials; what is compressed for the way is decoded.
#[derive(Clone, Debug)]
pub struct Web {
    client: Result<Client, Error>,
    /// The same pool settings, for calls whose redirect is an answer to be read.
    straight: Result<Client, Error>,
    retry: Retry,
}

impl Web {
    /// A client that tries up to six times, as Taskcluster's own clients do.
    #[must_use]
    pub fn new() -> Self {
        Self::with_retry(Retry::default())
    }

    pub(super) fn with_retry(retry: Retry) -> Self {
        let client = |redirects| builder().redirect(redirects).build().map_err(|error| no_client(&error));
        Self { client: client(Policy::limited(MOST_REDIRECTS)), straight: client(Policy::none()), retry }
    }

    /// A pool of connections for requests that are made elsewhere; redirects are not followed.
    pub(super) fn client_without_redirects(&self) -> Result<&Client, Error> {
        self.straight.as_ref().map_err(Clone::clone)
    }

    /// Sends what `build` makes until something other than a failure of the connection or the server comes back;
    /// the answer may still be a refusal. Never endless: the number of tries is [`Retry::retries`] and one.
    pub(super) async fn send(
        &self,
        build: impl Fn() -> Result<reqwest::RequestBuilder, Error>,
    ) -> Result<Result<Response, reqwest::Error>, Error> {
        let mut backoff = Backoff::new(&self.retry);
        loop {
            let result = build()?.send().await;
            let is_final = result.as_ref().is_ok_and(|response| !response.status().is_server_error());
            if is_final {
                return Ok(result);
            }
            match backoff.next_backoff() {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Ok(result),
            }
        }
    }

    /// The answer that holds a file, its content still to come.
    pub(super) async fn open(&self, url: &str) -> Result<Response, Error> {
        let client = self.client.as_ref().map_err(Clone::clone)?;
        let sent = self.send(|| Ok(client.request(Method::GET, url))).await?;
        let response = sent.map_err(|cause| failed(url, root_cause(&cause), ErrorKind::Unavailable))?;
        let status = response.status();
        if status.is_success() { Ok(response) } else { Err(failed(url, status.to_string(), kind_of(status.as_u16()))) }
    }

    async fn fetch(&self, url: &str) -> Result<Vec<u8>, Error> {
        let content = self.open(url).await?.bytes().await;
        Ok(content.map_err(|cause| failed(url, root_cause(&cause), ErrorKind::Unavailable))?.into())
    }
}

fn failed(url: &str, message: String, kind: ErrorKind) -> Error {
    Error { service: "web", request: format!("GET {url}"), message, kind }
}

fn builder() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("pushgraph/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
}

impl Default for Web {
    fn default() -> Self {
        Self::new()
    }
}

impl Downloads for Web {
    fn get<'a>(&'a self, url: &'a str) -> Answer<'a, Vec<u8>> {
        Box::pin(self.fetch(url))
    }
}

/// What an HTTP status other than success means for the asker.
pub(super) const fn kind_of(status: u16) -> ErrorKind {
    match status {
        404 | 410 => ErrorKind::NotFound,
        429 | 500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Refused { status },
    }
}

/// The innermost reason: "Connection refused", not "error sending request".
pub(super) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn no_client(error: &reqwest::Error) -> Error {
    Error {
        service: "web",
        request: "load the certificates of this computer".into(),
        message: root_cause(error),
        kind: ErrorKind::Refused { status: 0 },
    }
}
