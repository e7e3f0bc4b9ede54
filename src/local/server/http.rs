//! HTTP in, HTTP out.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::{Shared, blobs, documents, guard, histories, spoil};
use crate::local::api::dispatch::{self, Reply, dispatch};
use crate::local::identity::Signed;

use crate::local::api::reference::Entry;
use crate::local::ids;
use crate::local::services::{self, Routed};
use crate::local::urls::BLOBS;

/// The largest body that is read: 10 MiB.
const MAX_BODY: usize = 10 * 1024 * 1024;

pub(super) fn app(shared: Arc<Shared>) -> Router {
    Router::new().fallback(spoil::answer).with_state(shared)
}

/// Answers a request as of a time that is `ahead` of the clock.
pub(super) async fn answer(shared: Arc<Shared>, request: Request, ahead: chrono::Duration) -> Response {
    let (host, port) = match guard::check(request.headers()) {
        Ok(host) => host,
        Err(refusal) => return json_response(403, &json!({"error": refusal.to_string()})),
    };
    let cors = guard::cors(request.headers());
    let mut response = if request.method() == Method::OPTIONS {
        empty(StatusCode::OK)
    } else {
        route(shared, request, (host, port), ahead).await
    };
    response.headers_mut().extend(cors);
    response
}

async fn route(shared: Arc<Shared>, request: Request, host: (String, u16), ahead: chrono::Duration) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(rest) = path.strip_prefix("/api/") {
        return match rest.split_once("/v1/") {
            Some((service, _)) => call(shared, request, service, host, ahead).await,
            None => not_found(),
        };
    }
    if let Some(blob) = path.strip_prefix(BLOBS) {
        return blobs::answer(shared, request, blob).await;
    }
    if histories::is_told_at(&path) {
        return histories::answer(shared, &path, request.uri().query().unwrap_or_default()).await;
    }
    if path == "/__heartbeat__" || path == "/__lbheartbeat__" {
        return json_response(200, &json!({}));
    }
    documents::find(&shared.site.root_url, &path).map_or_else(not_found, |document| json_response(200, &document))
}

/// A request to a service.
async fn call(
    shared: Arc<Shared>,
    request: Request,
    service: &str,
    host: (String, u16),
    ahead: chrono::Duration,
) -> Response {
    let (parts, body) = request.into_parts();
    let prefix = format!("/api/{service}/v1");
    let path = &parts.uri.path()[prefix.len()..];
    let (service, entry, handler, params) = match services::route(service, parts.method.as_str(), path) {
        Routed::Operation(service, entry, handler, params) => (service, entry, handler, params),
        Routed::NotServed(entry, reason) => return not_served(entry, reason),
        Routed::Nothing => return not_found(),
    };
    let body = match to_bytes(body, MAX_BODY).await {
        Ok(body) => body.to_vec(),
        Err(error) => return json_response(500, &too_large(&error)),
    };
    let query = parts.uri.query().unwrap_or_default();
    let request = dispatch::Request {
        service,
        entry,
        handler,
        params,
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        content_type: text(&parts.headers, &CONTENT_TYPE),
        body,
        signed: signed(&parts, host),
    };
    reply(until_there_is_something(shared, Arc::new(request), ahead).await)
}

fn not_served(entry: &Entry, reason: &str) -> Response {
    let error = format!("`{}.{}` {reason}", entry.service, entry.name);
    json_response(404, &json!({ "error": error }))
}

/// As the real services answer a body that is larger than they read.
fn too_large(error: &axum::Error) -> Value {
    json!({"code": "InternalServerError", "message": format!("Internal Server Error: {error}"), "requestInfo": {}})
}

fn signed(parts: &axum::http::request::Parts, (host, port): (String, u16)) -> Signed {
    Signed {
        method: parts.method.as_str().to_owned(),
        resource: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        host,
        port: forwarded_port(&parts.headers).unwrap_or(port),
        authorization: text(&parts.headers, &AUTHORIZATION),
    }
}

/// The port that the caller sees if there is a proxy before us.
fn forwarded_port(headers: &HeaderMap) -> Option<u16> {
    let header = |name: &'static str| text(headers, &HeaderName::from_static(name));
    let port = header("x-forwarded-port").and_then(|port| port.parse().ok());
    port.or_else(|| (header("x-forwarded-proto")? == "https").then_some(443))
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Asks again whenever a run becomes pending, as long as the answer is to wait and the caller does.
async fn until_there_is_something(
    shared: Arc<Shared>,
    request: Arc<dispatch::Request>,
    ahead: chrono::Duration,
) -> Reply {
    let mut pending = shared.pending.subscribe();
    let mut stopping = shared.stopping.subscribe();
    let mut until_late = Box::pin(tokio::time::sleep(shared.claim_work_wait));
    loop {
        pending.mark_unchanged();
        let reply = in_a_thread(Arc::clone(&shared), Arc::clone(&request), ahead).await;
        if !reply.wait || *stopping.borrow() {
            return reply;
        }
        tokio::select! {
            _ = pending.changed() => {}
            _ = stopping.changed() => {}
            () = &mut until_late => return reply,
        }
    }
}

async fn in_a_thread(shared: Arc<Shared>, request: Arc<dispatch::Request>, ahead: chrono::Duration) -> Reply {
    let work = move || {
        let now = shared.now() + ahead;
        shared.transact(|db| dispatch(&shared.site, db, now, &request))
    };
    let failed = |message: String| Reply {
        status: 500,
        headers: Vec::new(),
        body: Some(json!({"code": "InternalServerError", "message": message, "requestInfo": {}})),
        wait: false,
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) => failed(format!("the store failed: {error}")),
        Err(error) => failed(format!("Internal Server Error: {error}")),
    }
}

fn reply(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = reply.body.map_or_else(|| empty(status), |body| json_response(reply.status, &body));
    let id = ids::slug();
    let known = [("x-for-request-id", id.clone()), ("x-for-trace-id", id)];
    for (name, value) in reply.headers.into_iter().chain(known) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    let never = HeaderValue::from_static("no-store no-cache must-revalidate");
    response.headers_mut().insert(CACHE_CONTROL, never);
    response
}

pub(super) fn not_found() -> Response {
    json_response(404, &json!({"error": "Not found"}))
}

pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

pub(super) fn json_response(status: u16, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}
