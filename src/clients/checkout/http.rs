//! git's smart HTTP over the client that all our requests are made with: the same certificates, proxies and time-outs.
//!
//! `gix` asks in a blocking way; the client runs on a thread of its own, and what it receives is passed on in pieces.

use std::any::Any;
use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use gix_transport::client::blocking_io::http::{self, GetResponse, PostBodyDataKind, PostResponse};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Method, Response, Url};
use tokio::sync::{mpsc, oneshot};

use crate::clients::patience::Failed;
use crate::clients::web::{again_after, kind_of, make_client, root_cause};
use crate::sources::{Error, ErrorKind, without_credentials};

/// How often a repository may have moved.
const MOST_REDIRECTS: usize = 10;

/// How many pieces of an answer wait to be read.
const PIECES: usize = 16;

type Piece = io::Result<Vec<u8>>;

/// What git's protocol is spoken through.
pub(super) struct Http {
    requests: mpsc::UnboundedSender<Request>,
    shared: Arc<Shared>,
}

/// What the thread of the client leaves for us.
#[derive(Default)]
struct Shared {
    failure: Mutex<Option<Failed>>,
    /// Where the repository is, if it has moved.
    base: Mutex<Option<String>>,
}

/// The failure of the last request, for when `gix` has wrapped it past recognition.
#[derive(Clone)]
pub(super) struct Failure(Arc<Shared>);

struct Request {
    url: String,
    base: String,
    headers: HeaderMap,
    /// What is posted, once it is written.
    body: Option<oneshot::Receiver<Vec<u8>>>,
    head: SyncSender<Piece>,
    content: SyncSender<Piece>,
}

impl Http {
    /// Starts the client.
    ///
    /// # Errors
    /// No certificates, or no thread.
    pub(super) fn start() -> Result<Self, Error> {
        let client = make_client()?;
        let (requests, mut received) = mpsc::unbounded_channel::<Request>();
        let shared = Arc::new(Shared::default());
        let unusable = |error: io::Error| super::refused("start a client", error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unusable)?;
        let of_thread = Arc::clone(&shared);
        let serve = move || {
            runtime.block_on(async {
                while let Some(request) = received.recv().await {
                    answer(&client, request, &of_thread).await;
                }
            });
        };
        std::thread::Builder::new().name("git-http".into()).spawn(serve).map_err(unusable)?;
        Ok(Self { requests, shared })
    }

    pub(super) fn failure(&self) -> Failure {
        Failure(Arc::clone(&self.shared))
    }

    fn send(
        &self,
        url: &str,
        base: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        body: Option<oneshot::Receiver<Vec<u8>>>,
    ) -> (Incoming, Incoming) {
        let ((head, head_read), (content, content_read)) = (sync_channel(1), sync_channel(PIECES));
        let headers = headers.into_iter().filter_map(|line| header(line.as_ref())).collect();
        // Where nobody answers, what is read ends with the closed channels.
        let _ = self.requests.send(Request { url: url.into(), base: base.into(), headers, body, head, content });
        (Incoming::new(head_read), Incoming::new(content_read))
    }
}

impl Failure {
    pub(super) fn take(&self) -> Option<Failed> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl http::Http for Http {
    type Headers = Incoming;
    type ResponseBody = Incoming;
    type PostBody = Outgoing;

    fn get(
        &mut self,
        url: &str,
        base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> gix::Result<GetResponse<Incoming, Incoming>> {
        let (headers, body) = self.send(url, base_url, headers, None);
        Ok(GetResponse { headers, body })
    }

    fn post(
        &mut self,
        url: &str,
        base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        _kind: PostBodyDataKind,
    ) -> gix::Result<PostResponse<Incoming, Incoming, Outgoing>> {
        let (written, to_post) = oneshot::channel();
        let (headers, body) = self.send(url, base_url, headers, Some(to_post));
        Ok(PostResponse { post_body: Outgoing { content: Vec::new(), written: Some(written) }, headers, body })
    }

    fn configure(&mut self, _config: &dyn Any) -> gix::Result {
        Ok(())
    }

    fn redirected_base_url(&self) -> Option<String> {
        self.shared.base.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A header of the form `name: value`. Our own name is the client's to say.
fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    let name = HeaderName::try_from(name.trim()).ok().filter(|name| name != reqwest::header::USER_AGENT)?;
    Some((name, HeaderValue::try_from(value.trim()).ok()?))
}

/// Makes a request, and passes on what is answered.
async fn answer(client: &Client, request: Request, shared: &Shared) {
    let Request { url, base, headers, body, head, content } = request;
    let lost = |failed: Failed| {
        let status = failed.error.kind == (ErrorKind::Refused { status: 401 });
        let kind = if status { io::ErrorKind::PermissionDenied } else { io::ErrorKind::ConnectionAborted };
        let error = io::Error::new(kind, failed.error.to_string());
        *shared.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failed);
        Err(error)
    };
    let body = match body {
        // Whoever would write it has given up.
        Some(body) => match body.await {
            Ok(body) => Some(body),
            Err(_) => return,
        },
        None => None,
    };
    let mut response = match open(client, &url, headers, body).await {
        Ok(response) => response,
        Err(failed) => {
            // Whoever has stopped reading has its failure already.
            let _ = head.send(lost(failed));
            return;
        }
    };
    if let Some(moved) = moved_base(&url, &base, response.url()) {
        *shared.base.lock().unwrap_or_else(PoisonError::into_inner) = Some(moved);
    }
    let _ = head.send(Ok(header_lines(response.headers())));
    drop(head);
    loop {
        let piece = match response.chunk().await {
            Ok(Some(piece)) => Ok(piece.to_vec()),
            Ok(None) => return,
            Err(cause) => lost(Failed::for_now(error(&url, root_cause(cause), ErrorKind::Unavailable))),
        };
        let is_last = piece.is_err();
        if content.send(piece).is_err() || is_last {
            return;
        }
    }
}

/// The answer to a request, its content still to come. Only what is asked for, not what is posted, may have moved.
async fn open(client: &Client, url: &str, mut headers: HeaderMap, body: Option<Vec<u8>>) -> Result<Response, Failed> {
    let for_good = |why: String| Failed::for_good(error(url, why, ErrorKind::Refused { status: 0 }));
    let mut place = Url::parse(url).map_err(|error| for_good(error.to_string()))?;
    for _ in 0..=MOST_REDIRECTS {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut request = client.request(method, place.clone()).headers(headers.clone());
        if let Some(body) = &body {
            request = request.body(body.clone());
        }
        let sent = request.send().await;
        let response = sent.map_err(|cause| unreachable(url, cause))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let target = response.headers().get(LOCATION).filter(|_| status.is_redirection() && body.is_none());
        let Some(target) = target.and_then(|target| target.to_str().ok()) else {
            let error = error(url, status.to_string(), kind_of(status.as_u16()));
            return Err(Failed { error, again: again_after(status.as_u16(), response.headers()) });
        };
        let next = place.join(target).map_err(|error| for_good(error.to_string()))?;
        if place.scheme() == "https" && next.scheme() != "https" {
            return Err(for_good("it has moved to a place without encryption".into()));
        }
        if next.origin() != place.origin() {
            headers.remove(AUTHORIZATION);
        }
        place = next;
    }
    Err(for_good(format!("it has moved more than {MOST_REDIRECTS} times")))
}

/// A certificate that is not trusted will not be so the next time; whoever does not answer may.
fn unreachable(url: &str, cause: reqwest::Error) -> Failed {
    let message = root_cause(cause);
    if message.contains("certificate") {
        let message = format!("{message}; SSL_CERT_FILE may name a file with the certificates to trust");
        return Failed::for_good(error(url, message, ErrorKind::Refused { status: 0 }));
    }
    Failed::for_now(error(url, message, ErrorKind::Unavailable))
}

fn error(url: &str, message: String, kind: ErrorKind) -> Error {
    let shown = url.split_once('?').map_or(url, |(place, _)| place);
    Error { service: "checkout", request: format!("ask {}", without_credentials(shown)), message, kind }
}

fn header_lines(headers: &HeaderMap) -> Vec<u8> {
    let line =
        |(name, value): (&HeaderName, &HeaderValue)| [name.as_str().as_bytes(), b":", value.as_bytes(), b"\n"].concat();
    headers.iter().flat_map(line).collect()
}

/// Where the repository at `base` is now, if its `url` was answered from elsewhere.
fn moved_base(url: &str, base: &str, answered: &Url) -> Option<String> {
    let tail = url.strip_prefix(base).filter(|_| answered.as_str() != url)?;
    answered.as_str().strip_suffix(tail).map(str::to_owned)
}

/// What is received, piece by piece.
pub(super) struct Incoming {
    pieces: Receiver<Piece>,
    piece: Vec<u8>,
    at: usize,
}

impl Incoming {
    const fn new(pieces: Receiver<Piece>) -> Self {
        Self { pieces, piece: Vec::new(), at: 0 }
    }
}

impl BufRead for Incoming {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.piece.len() {
            let Ok(piece) = self.pieces.recv() else { return Ok(&[]) };
            (self.piece, self.at) = (piece?, 0);
        }
        Ok(&self.piece[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl Read for Incoming {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(target)?;
        self.consume(read);
        Ok(read)
    }
}

/// What is posted. It goes out when it is whole, which its end tells.
pub(super) struct Outgoing {
    content: Vec<u8>,
    written: Option<oneshot::Sender<Vec<u8>>>,
}

impl Write for Outgoing {
    fn write(&mut self, source: &[u8]) -> io::Result<usize> {
        self.content.write(source)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        if let Some(written) = self.written.take() {
            // A client that is gone has left its failure.
            let _ = written.send(std::mem::take(&mut self.content));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_that_moved_is_asked_where_it_is() {
        let moved = |answered: &str| {
            let answered = Url::parse(answered).unwrap();
            moved_base("https://a.example.com/r/info/refs?service=x", "https://a.example.com/r", &answered)
        };
        assert_eq!(moved("https://a.example.com/r/info/refs?service=x"), None);
        assert_eq!(moved("https://b.example.com/s/info/refs?service=x").as_deref(), Some("https://b.example.com/s"));
        assert_eq!(moved("https://b.example.com/login"), None);
    }
}
