//! Answers spoilt on purpose, as the rules of [`Faults`](crate::local::faults::Faults) say.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures::{StreamExt as _, stream};

use super::connection::Cut;
use super::{Shared, http};
use crate::local::faults::{self, Effect, Fault, When};

/// How many pieces a slow body comes in.
const PIECES: usize = 4;

/// How long what was sent takes to arrive.
const FLUSH: Duration = Duration::from_millis(50);

/// What a load balancer says when the service behind it does not.
const PAGE: &str = "<html><head><title>Error</title></head><body><h1>Service Unavailable</h1></body></html>\n";

/// Answers a request, or spoils it.
pub(super) async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let Some(fault) = shared.faults.strike(request.method().as_str(), request.uri().path()) else {
        return http::answer(shared, request, chrono::Duration::zero()).await;
    };
    tokio::time::sleep(fault.delay).await;
    spoil(shared, cut, request, fault).await
}

async fn spoil(shared: Arc<Shared>, cut: Cut, request: Request, fault: Fault) -> Response {
    let usual = http::answer(shared, request, fault.clock);
    match fault.effect {
        Effect::Answer => usual.await,
        Effect::Status { status, retry_after, when } => {
            if when == When::After {
                usual.await;
            }
            page(status, retry_after)
        }
        Effect::Drop(when) => {
            if when == When::After {
                usual.await;
            }
            cut.now();
            http::empty(StatusCode::OK)
        }
        Effect::Body(body) => spoilt(usual.await, body, fault.delay).await,
    }
}

fn page(status: u16, retry_after: Option<u32>) -> Response {
    let mut response = Response::new(Body::from(PAGE));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

async fn spoilt(response: Response, how: faults::Body, delay: Duration) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    let body = match how {
        faults::Body::Truncated => {
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
            Body::from_stream(stream::once(async { Ok(half) }).chain(stream::once(end())))
        }
        faults::Body::Half => {
            parts.headers.remove(CONTENT_LENGTH);
            Body::from(half)
        }
        faults::Body::Html => return page(parts.status.as_u16(), None),
        faults::Body::Slow => Body::from_stream(slowly(whole, delay)),
    };
    Response::from_parts(parts, body)
}

/// The end of a connection, once what was sent before has had time to arrive.
async fn end() -> std::io::Result<Bytes> {
    tokio::time::sleep(FLUSH).await;
    Err(std::io::ErrorKind::ConnectionReset.into())
}

fn slowly(whole: Bytes, delay: Duration) -> impl stream::Stream<Item = std::io::Result<Bytes>> {
    let size = whole.len().div_ceil(PIECES).max(1);
    let pieces: Vec<Bytes> = whole.chunks(size).map(Bytes::copy_from_slice).collect();
    stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(delay).await;
        Ok(piece)
    })
}
