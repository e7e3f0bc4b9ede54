//! One call of a service, and the two ways to send it.

use std::fmt;

use ::taskcluster::retry::Retry;
use ::taskcluster::{Client, ClientBuilder, err_status_code};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, Response, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::access::Access;
use super::signer::Signer;
use super::{Taskcluster, message};
use crate::clients::web::{Web, kind_of, root_cause};
use crate::json::{self, Format};
use crate::sources::{Error, ErrorKind};
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
    pub body: Option<Value>,
}

impl Call {
    pub(super) fn get(service: &'static str, path: impl Into<String>) -> Self {
        Self { service, method: Method::GET, path: path.into(), continuation: None, body: None }
    }

    pub(super) fn post(service: &'static str, path: impl Into<String>, body: Option<Value>) -> Self {
        Self { method: Method::POST, body, ..Self::get(service, path) }
    }

    /// The same with a document as its body.
    ///
    /// # Errors
    /// A document with values that JSON cannot say.
    pub(super) fn with(self, body: &Node) -> Result<Self, Error> {
        let refused = |why: String| self.error(why, ErrorKind::Refused { status: 0 });
        let text = json::to_string(body, Format::COMPACT).map_err(|mistake| refused(mistake.message))?;
        let body = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
        Ok(Self { body: Some(body), ..self })
    }

    /// The path below the root URL.
    fn full_path(&self) -> String {
        format!("api/{}/v1/{}", self.service, self.path)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        self.continuation.iter().map(|token| ("continuationToken", token.as_str())).collect()
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

/// How calls are sent.
pub(super) enum Transport {
    /// By the official client, without credentials of our own.
    Open { client: Client, root_url: String },
    /// Signed here.
    Signed { root: Url, signer: Signer, web: Web },
}

impl Transport {
    /// # Errors
    /// A root URL that is no URL, or credentials that are none.
    pub(super) fn new(access: Access, web: &Web, retry: Retry) -> Result<Self, Error> {
        let root_url = access.root_url().to_owned();
        // A root URL with a path loses its last part unless a slash follows.
        let root = Url::parse(&format!("{root_url}/"))
            .ok()
            .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| no_url(&root_url))?;
        match access {
            Access::Open { .. } => {
                let client = ClientBuilder::new(root.as_str()).retry(retry).build();
                let client = client.map_err(|error| no_client(&root_url, error.as_ref()))?;
                Ok(Self::Open { client, root_url })
            }
            Access::Signed { credentials, .. } => {
                Ok(Self::Signed { root, signer: Signer::new(&credentials)?, web: web.clone() })
            }
        }
    }

    async fn send(&self, call: &Call) -> Result<Response, Error> {
        match self {
            Self::Open { client, root_url } => send_open(client, root_url, call).await,
            Self::Signed { root, signer, web } => send_signed(root, signer, web, call).await,
        }
    }
}

async fn send_open(client: &Client, root_url: &str, call: &Call) -> Result<Response, Error> {
    let query = Some(call.query()).filter(|query| !query.is_empty());
    let result = client.request(call.method.as_str(), &call.full_path(), query, call.body.as_ref()).await;
    result.map_err(|error| {
        let Some(status) = err_status_code(&error) else { return unreachable(call, root_url, error.as_ref()) };
        // The client puts the service's message around an error that names only the status.
        let said = error.to_string();
        let message = if said.contains(" for url (") { status.to_string() } else { message::shortened(&said) };
        call.error(with_status(status, message), kind_of(status.as_u16()))
    })
}

async fn send_signed(root: &Url, signer: &Signer, web: &Web, call: &Call) -> Result<Response, Error> {
    let mut url = root.join(&call.full_path()).map_err(|error| call.nonsense(error))?;
    if !call.query().is_empty() {
        url.query_pairs_mut().extend_pairs(call.query());
    }
    let body = call.body.as_ref().map(Value::to_string);
    let client = web.client_without_redirects()?;
    let build = || {
        // Signed anew for each try: a signature tells the time.
        let authorization = signer.authorization(call.method.as_str(), &url, body.as_deref().map(str::as_bytes))?;
        let request = client.request(call.method.clone(), url.clone()).header("Authorization", authorization);
        Ok(match &body {
            Some(body) => request.header("Content-Type", "application/json").body(body.clone()),
            None => request.header("Content-Length", "0"),
        })
    };
    let response = web.send(build).await?.map_err(|error| unreachable(call, root.as_str(), &error))?;
    let status = response.status();
    if status.is_success() || status.is_redirection() {
        return Ok(response);
    }
    let body = response.bytes().await.unwrap_or_default();
    let message = message::of_body(&body).unwrap_or_else(|| status.to_string());
    Err(call.error(with_status(status, message), kind_of(status.as_u16())))
}

/// Refused credentials are told as what they are; other messages speak for themselves.
fn with_status(status: reqwest::StatusCode, message: String) -> String {
    match status.as_u16() {
        401 => format!("the credentials were refused: {message}"),
        _ => message,
    }
}

fn unreachable(call: &Call, root_url: &str, cause: &(dyn std::error::Error + 'static)) -> Error {
    let message = format!("cannot reach {}: {}", root_url.trim_end_matches('/'), root_cause(cause));
    call.error(message, ErrorKind::Unavailable)
}

fn no_url(root_url: &str) -> Error {
    Error {
        service: "taskcluster",
        request: "cannot find the deployment".into(),
        message: format!("`{root_url}` is not the URL of a Taskcluster; expected one such as `https://tc.example.com`"),
        kind: ErrorKind::Refused { status: 0 },
    }
}

fn no_client(root_url: &str, cause: &(dyn std::error::Error + 'static)) -> Error {
    Error {
        service: "taskcluster",
        request: format!("cannot prepare to call {root_url}"),
        message: root_cause(cause),
        kind: ErrorKind::Refused { status: 0 },
    }
}

impl Taskcluster {
    /// Sends a call; the answer is a success or a redirect.
    ///
    /// # Errors
    /// Any other answer, or none after the last try.
    pub(super) async fn send(&self, call: &Call) -> Result<Response, Error> {
        self.transport.as_ref().map_err(Clone::clone)?.send(call).await
    }

    /// Sends a call and reads its answer.
    ///
    /// # Errors
    /// As [`Self::send`], or an answer of another form.
    pub(super) async fn ask<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        call.read(&self.body(call).await?)
    }

    /// Sends a call and takes its answer as it comes.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub(super) async fn body(&self, call: &Call) -> Result<Vec<u8>, Error> {
        let response = self.send(call).await?;
        let lost = |error: reqwest::Error| call.error(root_cause(&error), ErrorKind::Unavailable);
        Ok(response.bytes().await.map_err(lost)?.into())
    }
}
