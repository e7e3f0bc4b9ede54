//! `taskclusterProxy`: a door on loopback through which a task calls the services with its own scopes.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::local::caller::Caller;

/// A client whose credentials are replaced when a claim is renewed.
#[derive(Clone, Debug)]
pub(super) struct Renewed(Arc<RwLock<Caller>>);

impl Renewed {
    pub(super) fn new(caller: Caller) -> Self {
        Self(Arc::new(RwLock::new(caller)))
    }

    pub(super) fn get(&self) -> Caller {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn renew(&self, caller: Caller) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = caller;
    }
}

/// An open door; closed when dropped.
pub(super) struct Proxy {
    /// What the task calls.
    pub(super) url: String,
    server: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Proxy {
    /// Opens a door for `caller` on a free port.
    pub(super) async fn open(caller: Renewed) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(pass_on).with_state(caller);
        // It ends with the task; a broken connection is the task's to notice.
        let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { url, server })
    }
}

async fn pass_on(State(caller): State<Renewed>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let answer = caller.get().forward(method, path, headers.get(header::CONTENT_TYPE), body.to_vec()).await;
    match answer {
        Ok(answer) => {
            let (status, headers) = (answer.status(), kept(answer.headers()));
            (status, headers, Body::from_stream(answer.bytes_stream())).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

/// The headers of an answer that mean something to the task; those about the connection are made anew.
fn kept(headers: &HeaderMap) -> HeaderMap {
    let is_kept = |name: &header::HeaderName| {
        [header::CONTENT_TYPE, header::LOCATION, header::WWW_AUTHENTICATE, header::ETAG].contains(name)
            || name.as_str().starts_with("x-")
    };
    headers.iter().filter(|(name, _)| is_kept(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}
