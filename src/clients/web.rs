//! Plain files of the web, and the one pool of connections for all requests.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

use super::patience::{Again, Failed, Patience};
use crate::sources::downloads::Downloads;
use crate::sources::{Answer, Error, ErrorKind, without_credentials};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a server may stay silent; an answer as a whole may take longer, since artifacts are large.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// The largest answer that is held in memory, in bytes, as it is after decompression.
const MOST_BYTES: usize = 1 << 30;

/// How much memory is set aside because an answer says that it is so long, in bytes.
const MOST_RESERVED: usize = 1 << 28;

/// How often a file may have moved.
const MOST_REDIRECTS: usize = 10;

/// Fetches files by URL without credentials; what is compressed for the way is decoded.
#[derive(Clone, Debug)]
pub struct Web {
    /// Made when it is needed: most runs ask nobody anything, and to read this computer's certificates takes longer
    /// than to make a small graph.
    client: Arc<LazyLock<Result<Client, Error>>>,
    patience: Patience,
}

impl Web {
    /// A client that tries as often as `patience` says.
    #[must_use]
    pub fn new(patience: Patience) -> Self {
        Self { client: Arc::new(LazyLock::new(make_client)), patience }
    }

    /// The pool of connections, for requests that are made elsewhere; redirects are not followed.
    pub(super) fn client(&self) -> Result<&Client, Error> {
        (**self.client).as_ref().map_err(Clone::clone)
    }

    /// How often requests are tried.
    pub(super) const fn patience(&self) -> &Patience {
        &self.patience
    }

    /// The answer that holds a file, its content still to come.
    pub(super) async fn open(&self, url: &str) -> Result<Response, Error> {
        self.patience.run(|| self.try_open(url)).await
    }

    /// A file, whole.
    pub(super) async fn fetch(&self, url: &str) -> Result<Vec<u8>, Error> {
        self.patience.run(|| self.try_fetch(url)).await
    }

    /// As [`Self::fetch`], tried once.
    pub(super) async fn try_fetch(&self, url: &str) -> Result<Vec<u8>, Failed> {
        let response = self.try_open(url).await?;
        whole(response).await.map_err(|unread| unread.failed(|message, kind| failed(url, message, kind)))
    }

    async fn try_open(&self, url: &str) -> Result<Response, Failed> {
        let client = self.client().map_err(Failed::for_good)?;
        let refused = |why: String| Failed::for_good(failed(url, why, ErrorKind::Refused { status: 0 }));
        let mut place = Url::parse(url).map_err(|error| refused(error.to_string()))?;
        for _ in 0..=MOST_REDIRECTS {
            let sent = client.get(place.clone()).send().await;
            let response = sent.map_err(|cause| lost(failed(url, root_cause(cause), ErrorKind::Unavailable)))?;
            let status = response.status();
            if status.is_success() {
                return Ok(response);
            }
            match moved_to(&response) {
                Some(next) => place = next.map_err(|error| refused(error.to_string()))?,
                None => {
                    let error = failed(url, status.to_string(), kind_of(status.as_u16()));
                    return Err(Failed { error, again: again_after(status.as_u16(), response.headers()) });
                }
            }
        }
        Err(refused(format!("it has moved more than {MOST_REDIRECTS} times")))
    }
}

pub(super) fn make_client() -> Result<Client, Error> {
    let builder = Client::builder()
        .user_agent(concat!("pushgraph/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        // To the services a redirect is an answer; those of files are followed here.
        .redirect(Policy::none());
    builder.build().map_err(no_client)
}

/// An answer whose body could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The connection broke off.
    Lost(String),
    /// It is larger than is held in memory.
    TooLarge,
}

impl Unread {
    /// As a try that failed; `error` makes an error of a message and a kind.
    pub(super) fn failed(self, error: impl FnOnce(String, ErrorKind) -> Error) -> Failed {
        match self {
            Self::Lost(message) => Failed::for_now(error(message, ErrorKind::Unavailable)),
            Self::TooLarge => {
                let message = format!("the answer has more than {MOST_BYTES} bytes");
                Failed::for_good(error(message, ErrorKind::Refused { status: 0 }))
            }
        }
    }
}

/// The body of an answer.
pub(super) async fn whole(mut response: Response) -> Result<Vec<u8>, Unread> {
    let told = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    let mut content = Vec::with_capacity(told.min(MOST_RESERVED));
    while let Some(chunk) = response.chunk().await.map_err(|cause| Unread::Lost(root_cause(cause)))? {
        if content.len() + chunk.len() > MOST_BYTES {
            return Err(Unread::TooLarge);
        }
        content.extend_from_slice(&chunk);
    }
    Ok(content)
}

/// Where a redirect leads.
fn moved_to(response: &Response) -> Option<Result<Url, url::ParseError>> {
    let target = response.headers().get(LOCATION).filter(|_| response.status().is_redirection())?;
    Some(response.url().join(&String::from_utf8_lossy(target.as_bytes())))
}

fn lost(error: Error) -> Failed {
    Failed::for_now(error)
}

/// The query of a URL may hold a signature that lets anyone in: it is not told.
fn failed(url: &str, message: String, kind: ErrorKind) -> Error {
    let shown = url.split_once('?').map_or(url, |(place, _)| place);
    Error { service: "web", request: format!("GET {}", without_credentials(shown)), message, kind }
}

impl Default for Web {
    fn default() -> Self {
        Self::new(Patience::default())
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
        408 | 429 | 500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Refused { status },
    }
}

/// Whether a request that was answered with this status is worth another try.
pub(super) fn again_after(status: u16, headers: &HeaderMap) -> Again {
    match kind_of(status) {
        ErrorKind::NotFound | ErrorKind::Refused { .. } => Again::Never,
        ErrorKind::Unavailable => retry_after(headers).map_or(Again::Soon, Again::After),
    }
}

/// The pause a service asks for, in seconds; the other form of the header, a date, is no use with a wrong clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The innermost reason: "Connection refused", not "error sending request"; without a URL, which may be signed.
pub(super) fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn no_client(error: reqwest::Error) -> Error {
    Error {
        service: "web",
        request: "load the certificates of this computer".into(),
        message: root_cause(error),
        kind: ErrorKind::Refused { status: 0 },
    }
}
