//! An HTTP client of one Taskcluster: signed if it has credentials, retried where that may help.
//!
//! The official crate leaves the query string out of the signature and turns every refusal into prose; what is built
//! on this needs both right: the proxy of a running task, pagination with credentials, and reports that name the code.

mod error;
mod signature;

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url, header};
use serde_json::{Value, json};

pub use self::error::{CallError, CallErrorKind};
pub use self::signature::Credentials;
use self::signature::authorization;

/// What stays as it is in one segment of a path; everything else, `/` included, is escaped.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How often a request is tried in all, as the official clients do.
const TRIES: u32 = 5;

/// How many redirects an artifact may take: link artifacts point to artifacts.
const REDIRECTS: usize = 5;

/// A service below `/api/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Clients, roles and scopes.
    Auth,
    /// Hooks.
    Hooks,
    /// Names of tasks.
    Index,
    /// Tasks, claims and artifacts.
    Queue,
}

impl Service {
    const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Hooks => "hooks",
            Self::Index => "index",
            Self::Queue => "queue",
        }
    }
}

/// A client of the Taskcluster at one root URL. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Caller {
    root: Url,
    http: reqwest::Client,
    credentials: Option<Credentials>,
}

impl Caller {
    /// A client of the Taskcluster at `root_url`, anonymous without credentials.
    ///
    /// # Errors
    /// If the root URL is not a URL, or no TLS roots can be read on this machine.
    pub fn new(root_url: &str, credentials: Option<Credentials>) -> Result<Self, CallError> {
        let unusable =
            |reason: String| CallError { request: root_url.to_owned(), kind: CallErrorKind::Unreachable(reason) };
        let root = Url::parse(root_url).map_err(|error| unusable(error.to_string()))?;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("pushgraph/", env!("CARGO_PKG_VERSION")))
            .timeout(Duration::from_secs(60))
            .build()
            .map_err(|error| unusable(full_message(&error)))?;
        Ok(Self { root, http, credentials })
    }

    /// The same Taskcluster, with other credentials.
    #[must_use]
    pub fn with_credentials(&self, credentials: Option<Credentials>) -> Self {
        Self { credentials, ..self.clone() }
    }

    /// Whether requests are signed.
    #[must_use]
    pub const fn is_authenticated(&self) -> bool {
        self.credentials.is_some()
    }

    /// The root URL, without a slash at its end.
    #[must_use]
    pub fn root_url(&self) -> &str {
        self.root.as_str().trim_end_matches('/')
    }

    /// `GET`s a document.
    ///
    /// # Errors
    /// See [`CallErrorKind`].
    pub async fn get(&self, service: Service, path: &[&str]) -> Result<Value, CallError> {
        self.json(Method::GET, self.api_url(service, path), None).await
    }

    /// `POST`s a document.
    ///
    /// # Errors
    /// See [`CallErrorKind`].
    pub async fn post(&self, service: Service, path: &[&str], body: &Value) -> Result<Value, CallError> {
        self.json(Method::POST, self.api_url(service, path), Some(body)).await
    }

    /// `PUT`s a document.
    ///
    /// # Errors
    /// See [`CallErrorKind`].
    pub async fn put(&self, service: Service, path: &[&str], body: &Value) -> Result<Value, CallError> {
        self.json(Method::PUT, self.api_url(service, path), Some(body)).await
    }

    /// `PUT`s a definition that may exist already, in which case it is replaced by a `POST`.
    ///
    /// # Errors
    /// See [`CallErrorKind`].
    pub async fn define(&self, service: Service, path: &[&str], body: &Value) -> Result<Value, CallError> {
        match self.put(service, path, body).await {
            Err(error) if error.is_conflict() => self.post(service, path, body).await,
            answer => answer,
        }
    }

    /// All items under `key` of all pages of a list.
    ///
    /// # Errors
    /// See [`CallErrorKind`].
    pub async fn list(&self, service: Service, path: &[&str], key: &'static str) -> Result<Vec<Value>, CallError> {
        let mut items = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut url = self.api_url(service, path);
            if let Some(token) = &token {
                url.query_pairs_mut().append_pair("continuationToken", token);
            }
            let mut page = self.json(Method::GET, url, None).await?;
            if let Some(Value::Array(more)) = page.get_mut(key).map(Value::take) {
                items.extend(more);
            }
            token = page["continuationToken"].as_str().map(str::to_owned);
            if token.is_none() {
                return Ok(items);
            }
        }
    }

    /// The content of an artifact of a task's latest run; redirects are followed without credentials.
    ///
    /// # Errors
    /// See [`CallErrorKind`].
    pub async fn artifact(&self, task_id: &str, name: &str) -> Result<Vec<u8>, CallError> {
        let url = self.api_url(Service::Queue, &["task", task_id, "artifacts", name]);
        let mut response = self.retried(&Method::GET, &url, None, true).await?;
        for _ in 0..REDIRECTS {
            let Some(next) = redirected(&response) else { break };
            response = self.retried(&Method::GET, &next, None, false).await?;
        }
        let request = format!("GET {}", response.url());
        let unread = |error: reqwest::Error| CallError {
            request: request.clone(),
            kind: CallErrorKind::Unreachable(full_message(&error)),
        };
        response.bytes().await.map(|bytes| bytes.to_vec()).map_err(unread)
    }

    /// An artifact that is JSON.
    ///
    /// # Errors
    /// See [`CallErrorKind`].
    pub async fn json_artifact(&self, task_id: &str, name: &str) -> Result<Value, CallError> {
        let bytes = self.artifact(task_id, name).await?;
        serde_json::from_slice(&bytes).map_err(|_| CallError {
            request: format!("GET {}", self.api_url(Service::Queue, &["task", task_id, "artifacts", name])),
            kind: CallErrorKind::Unexpected("JSON"),
        })
    }

    /// Uploads to the address that `createArtifact` gave, which needs no credentials.
    ///
    /// # Errors
    /// See [`CallErrorKind`].
    pub async fn upload(&self, url: &str, content_type: &str, content: Vec<u8>) -> Result<(), CallError> {
        let request = format!("PUT {url}");
        again(|| {
            let put = self.http.put(url).header(header::CONTENT_TYPE, content_type).body(content.clone());
            sent(request.clone(), put)
        })
        .await
        .map(drop)
    }

    /// Passes a request of a task on, signed, and returns whatever the service answers.
    ///
    /// # Errors
    /// Only [`CallErrorKind::Unreachable`]: a refusal is an answer here.
    pub async fn forward(
        &self,
        method: Method,
        path_and_query: &str,
        content_type: Option<&header::HeaderValue>,
        body: Vec<u8>,
    ) -> Result<Response, CallError> {
        let request = format!("{method} {path_and_query}");
        let unreachable =
            |reason: String| CallError { request: request.clone(), kind: CallErrorKind::Unreachable(reason) };
        let url = self.root.join(path_and_query).map_err(|error| unreachable(error.to_string()))?;
        let mut builder = self.signed(self.http.request(method.clone(), url.clone()), &method, &url);
        if let Some(content_type) = content_type {
            builder = builder.header(header::CONTENT_TYPE, content_type);
        }
        builder.body(body).send().await.map_err(|error| unreachable(full_message(&error)))
    }

    fn api_url(&self, service: Service, path: &[&str]) -> Url {
        let mut text = format!("{}/api/{}/v1", self.root_url(), service.name());
        for segment in path {
            text.push('/');
            text.extend(utf8_percent_encode(segment, SEGMENT));
        }
        Url::parse(&text).unwrap_or_else(|_| self.root.clone())
    }

    async fn json(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Value, CallError> {
        let response = self.retried(&method, &url, body, true).await?;
        let request = format!("{method} {url}");
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(json!({}));
        }
        let text = response.bytes().await.map_err(|error| CallError {
            request: request.clone(),
            kind: CallErrorKind::Unreachable(full_message(&error)),
        })?;
        if text.is_empty() {
            return Ok(json!({}));
        }
        serde_json::from_slice(&text).map_err(|_| CallError { request, kind: CallErrorKind::Unexpected("JSON") })
    }

    async fn retried(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&Value>,
        sign: bool,
    ) -> Result<Response, CallError> {
        let request = format!("{method} {url}");
        again(|| {
            let mut builder = self.http.request(method.clone(), url.clone());
            if sign {
                builder = self.signed(builder, method, url);
            }
            if let Some(body) = body {
                builder = builder.json(body);
            }
            sent(request.clone(), builder)
        })
        .await
    }

    fn signed(&self, builder: RequestBuilder, method: &Method, url: &Url) -> RequestBuilder {
        match self.credentials.as_ref().and_then(|credentials| authorization(credentials, method, url)) {
            Some(authorization) => builder.header(header::AUTHORIZATION, authorization),
            None => builder,
        }
    }
}

fn redirected(response: &Response) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    response.url().join(location).ok()
}

/// Repeats a request as long as that may help.
async fn again<F: Future<Output = Result<Response, CallError>>>(once: impl Fn() -> F) -> F::Output {
    let mut tried = 1;
    loop {
        match once().await {
            Err(error) if error.may_pass() && tried < TRIES => {
                tokio::time::sleep(Duration::from_millis(50 << tried)).await;
                tried += 1;
            }
            answer => return answer,
        }
    }
}

/// Sends a request and takes a refusal for an error.
async fn sent(request: String, builder: RequestBuilder) -> Result<Response, CallError> {
    let response = match builder.send().await {
        Ok(response) => response,
        Err(error) => return Err(CallError { request, kind: CallErrorKind::Unreachable(full_message(&error)) }),
    };
    let status = response.status();
    if status.is_success() || status.is_redirection() {
        return Ok(response);
    }
    let body: Value = response.json().await.unwrap_or(Value::Null);
    let in_words = || status.canonical_reason().unwrap_or("error").to_owned();
    let code = body["code"].as_str().map_or_else(in_words, str::to_owned);
    let message = ["message", "error", "reason"].iter().find_map(|key| body[*key].as_str()).unwrap_or_default();
    let message = message.split("\n\n---").next().unwrap_or_default().trim().to_owned();
    Err(CallError { request, kind: CallErrorKind::Refused { status: status.as_u16(), code, message } })
}

/// The message with those of its causes, since the outermost one of a failed connection says nothing.
fn full_message(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_keeps_no_slash() {
        let caller = Caller::new("http://127.0.0.1:1/", None).unwrap();
        let url = caller.api_url(Service::Queue, &["task", "a", "artifacts", "public/a b.json"]);
        assert_eq!(url.as_str(), "http://127.0.0.1:1/api/queue/v1/task/a/artifacts/public%2Fa%20b.json");
    }

    #[tokio::test]
    async fn nobody_listening_is_said() {
        let caller = Caller::new("http://127.0.0.1:1", None).unwrap();
        let error = caller.get(Service::Queue, &["ping"]).await.unwrap_err();
        assert!(error.may_pass() && error.to_string().starts_with("`GET http://127.0.0.1:1/api/queue/v1/ping` got no"));
    }
}
