//! One call of a service, and how it is sent.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, Response, Url};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::access::Access;
use super::signer::Signer;
use super::{Taskcluster, message};
use crate::clients::patience::{Again, Failed};
use crate::clients::web::{Web, again_after, kind_of, root_cause, whole};
use crate::json::{self, Format};
use crate::sources::{Error, ErrorKind, without_credentials};
use crate::yaml::Node;

/// What stays as it is in a part of a path; a slash does not.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~');

/// One part of a path, encoded.
pub(super) fn part(text: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(text, UNRESERVED)
}

/// A call of a service's API.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// `queue`, `index`, …
    pub service: &'static str,
    pub method: Method,
    /// After the service's version, without a slash before it; parts encoded by [`part`].
    pub path: String,
    /// The page to continue with.
    pub continuation: Option<String>,
    /// JSON.
    pub body: Option<String>,
    /// Whether it may be sent again when it is not known what came of it.
    pub is_repeatable: bool,
}

impl Call {
    pub(super) fn get(service: &'static str, path: impl Into<String>) -> Self {
        Self { service, method: Method::GET, path: path.into(), continuation: None, body: None, is_repeatable: true }
    }

    pub(super) fn post(service: &'static str, path: impl Into<String>, body: Option<Value>) -> Self {
        Self { method: Method::POST, body: body.map(|body| body.to_string()), ..Self::get(service, path) }
    }

    /// The same with a document as its body.
    ///
    /// # Errors
    /// A document with values that JSON cannot say.
    pub(super) fn with(self, body: &Node) -> Result<Self, Error> {
        let refused = |why: String| self.error(why, ErrorKind::Refused { status: 0 });
        let text = json::to_string(body, Format::COMPACT).map_err(|mistake| refused(mistake.message))?;
        // Python's JSON has `NaN` and infinities, the services' has not.
        serde_json::from_str::<IgnoredAny>(&text).map_err(|error| refused(error.to_string()))?;
        Ok(Self { body: Some(text), ..self })
    }

    /// The path below the root URL.
    fn full_path(&self) -> String {
        format!("api/{}/v1/{}", self.service, self.path)
    }

    pub(super) fn error(&self, message: impl Into<String>, kind: ErrorKind) -> Error {
        let request = format!("{} /{}", self.method, self.path);
        Error { service: self.service, request, message: message.into(), kind }
    }

    /// # Errors
    /// An answer of another form.
    pub(super) fn read<T: DeserializeOwned>(&self, answer: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(answer).map_err(|error| self.nonsense(error))
    }

    pub(super) fn nonsense(&self, what: impl fmt::Display) -> Error {
        self.error(format!("the answer makes no sense: {what}"), ErrorKind::Unavailable)
    }
}

/// How calls are sent: where to, and signed if there are credentials.
pub(super) struct Transport {
    root: Url,
    signer: Option<Signer>,
    web: Web,
}

impl Transport {
    /// # Errors
    /// A root URL that is no URL, or credentials that are none.
    pub(super) fn new(access: Access, web: &Web) -> Result<Self, Error> {
        let root_url = access.root_url();
        // A root URL with a path loses its last part unless a slash follows.
        let root = Url::parse(&format!("{root_url}/"))
            .ok()
            .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| no_url(root_url))?;
        let signer = match &access {
            Access::Open { .. } => None,
            Access::Signed { credentials, .. } => Some(Signer::new(credentials)?),
        };
        Ok(Self { root, signer, web: web.clone() })
    }

    /// Where the deployment is, without a slash at the end.
    #[cfg(test)]
    pub(super) fn root_url(&self) -> &str {
        self.root.as_str().trim_end_matches('/')
    }

    /// Sends a call once; the answer is a success or a redirect.
    async fn attempt(&self, call: &Call) -> Result<Response, Failed> {
        let request = self.request(call).map_err(Failed::for_good)?;
        let response = request.send().await.map_err(|cause| self.unreachable(call, cause))?;
        let status = response.status();
        if status.is_success() || status.is_redirection() {
            return Ok(response);
        }
        let again = again_after(status.as_u16(), response.headers());
        let body = response.bytes().await.unwrap_or_default();
        let message = message::of_body(&body).unwrap_or_else(|| status.to_string());
        let error = call.error(with_status(status, message), kind_of(status.as_u16()));
        // Of 429 alone it is certain that nothing was done.
        let is_safe = call.is_repeatable || status.as_u16() == 429;
        Err(Failed { error, again: if is_safe { again } else { Again::Never } })
    }

    /// The request, signed anew for each try: a signature tells the time.
    fn request(&self, call: &Call) -> Result<reqwest::RequestBuilder, Error> {
        let mut url = self.root.join(&call.full_path()).map_err(|error| call.nonsense(error))?;
        if let Some(token) = &call.continuation {
            url.query_pairs_mut().append_pair("continuationToken", token);
        }
        let mut request = self.web.client()?.request(call.method.clone(), url.clone());
        if let Some(signer) = &self.signer {
            let body = call.body.as_deref().map(str::as_bytes);
            request = request.header("Authorization", signer.authorization(call.method.as_str(), &url, body)?);
        }
        Ok(match &call.body {
            Some(body) => request.header("Content-Type", "application/json").body(body.clone()),
            None => request.header("Content-Length", "0"),
        })
    }

    fn unreachable(&self, call: &Call, cause: reqwest::Error) -> Failed {
        // What never got a connection was never heard.
        let is_safe = call.is_repeatable || cause.is_connect();
        let root_url = without_credentials(self.root.as_str().trim_end_matches('/'));
        let message = format!("cannot reach {root_url}: {}", root_cause(cause));
        let error = call.error(message, ErrorKind::Unavailable);
        if is_safe { Failed::for_now(error) } else { Failed::for_good(error) }
    }
}

/// Refused credentials are told as what they are; other messages speak for themselves.
fn with_status(status: reqwest::StatusCode, message: String) -> String {
    match status.as_u16() {
        401 => format!("the credentials were refused: {message}"),
        _ => message,
    }
}

fn no_url(root_url: &str) -> Error {
    Error {
        service: "taskcluster",
        request: "cannot find the deployment".into(),
        message: format!(
            "`{}` is not the URL of a Taskcluster; expected one such as `https://tc.example.com`",
            without_credentials(root_url)
        ),
        kind: ErrorKind::Refused { status: 0 },
    }
}

impl Taskcluster {
    /// Sends a call once; the answer is a success or a redirect.
    pub(super) async fn attempt(&self, call: &Call) -> Result<Response, Failed> {
        let transport = self.transport.as_ref().map_err(|error| Failed::for_good(error.clone()))?;
        transport.attempt(call).await
    }

    /// Sends a call and waits for no more than the head of the answer: a success or a redirect.
    ///
    /// # Errors
    /// Any other answer, or none after the last try.
    pub(super) async fn send(&self, call: &Call) -> Result<Response, Error> {
        self.web.patience().run(|| self.attempt(call)).await
    }

    /// Sends a call and reads its answer.
    ///
    /// # Errors
    /// As [`Self::send`], or an answer of another form.
    pub(super) async fn ask<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        self.read(call, |body| call.read(body)).await
    }

    /// Sends a call and reads its answer; one that breaks off or makes no sense is asked for again.
    ///
    /// # Errors
    /// As [`Self::send`], or what `read` says.
    pub(super) async fn read<T>(&self, call: &Call, read: impl Fn(&[u8]) -> Result<T, Error>) -> Result<T, Error> {
        let once =
            |failed: Failed| Failed { again: if call.is_repeatable { failed.again } else { Again::Never }, ..failed };
        let read = &read;
        let attempt = || async move {
            let body = whole(self.attempt(call).await?).await;
            let body = body.map_err(|unread| once(unread.failed(|message, kind| call.error(message, kind))))?;
            read(&body).map_err(|error| once(Failed::for_now(error)))
        };
        self.web.patience().run(attempt).await
    }
}
