//! Uploads and downloads: what S3 is to a real deployment.

use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Shared;
use super::http::{empty, json_response, not_found};
use crate::local::store::Ending;
use crate::local::store::blobs::Blob;
use crate::local::urls::{Permission, is_public};

/// Bytes that are read and written at once.
const CHUNK: usize = 64 * 1024;

/// Answers a request to the blob with this name, still encoded.
pub(super) async fn answer(shared: Arc<Shared>, request: Request, name: &str) -> Response {
    let Ok(name) = percent_decode_str(name).decode_utf8().map(std::borrow::Cow::into_owned) else { return not_found() };
    let query = request.uri().query().unwrap_or_default();
    let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let allows = |permission| shared.site.allows(&name, permission, &query, shared.now());
    let content_type = header(request.headers(), &CONTENT_TYPE).unwrap_or_default();
    match *request.method() {
        Method::PUT if allows(Permission::Put(&content_type)) => put(&shared, request, name, content_type).await,
        Method::GET | Method::HEAD if is_public(&name) || allows(Permission::Get) => get(&shared, &name).await,
        Method::PUT | Method::GET | Method::HEAD => {
            json_response(403, &json!({"error": "the URL's signature is not good"}))
        }
        _ => not_found(),
    }
}

fn header(headers: &HeaderMap, name: &axum::http::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn failed(error: &dyn std::fmt::Display) -> Response {
    json_response(500, &json!({"error": format!("the store failed: {error}")}))
}

/// The bytes are in their file, whole and under its name, before a row says so.
async fn put(shared: &Arc<Shared>, request: Request, name: String, content_type: String) -> Response {
    let content_encoding = header(request.headers(), &CONTENT_ENCODING);
    let (file, partial) = shared.store.new_blob_file();
    let written = write(request.into_body(), &partial).await;
    let written = written.and_then(|length| shared.store.finish_blob_file(&file, &partial).map(|()| length));
    let length = match written {
        Ok(length) => length,
        Err(error) => {
            drop(tokio::fs::remove_file(&partial).await);
            return failed(&error);
        }
    };
    let blob = Blob { name, file, content_type, content_encoding, length };
    match save(shared, blob).await {
        Ok(()) => empty(StatusCode::OK),
        Err(error) => failed(&error),
    }
}

async fn write(body: Body, partial: &Path) -> std::io::Result<u64> {
    let mut out = File::create(partial).await?;
    let mut length = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(std::io::Error::other)?;
        length += chunk.len() as u64;
        out.write_all(&chunk).await?;
    }
    out.flush().await?;
    Ok(length)
}

async fn save(shared: &Arc<Shared>, blob: Blob) -> Result<(), String> {
    let work = {
        let shared = Arc::clone(shared);
        move || {
            shared.transact(|db| {
                let before = blob.save(db);
                let ending = if before.is_ok() { Ending::Keep } else { Ending::Undo };
                (before, ending)
            })
        }
    };
    let before = tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?;
    let before = before.and_then(|before| before).map_err(|error| error.to_string())?;
    if let Some(file) = before {
        drop(tokio::fs::remove_file(shared.store.blobs().join(file)).await);
    }
    Ok(())
}

async fn get(shared: &Arc<Shared>, name: &str) -> Response {
    let blob = match find(Arc::clone(shared), name.to_owned()).await {
        Ok(Some(blob)) => blob,
        Ok(None) => return not_found(),
        Err(error) => return failed(&error),
    };
    match File::open(shared.store.blobs().join(&blob.file)).await {
        Ok(file) => with_headers(Response::new(Body::from_stream(chunks(file))), &blob),
        Err(error) => failed(&error),
    }
}

async fn find(shared: Arc<Shared>, name: String) -> Result<Option<Blob>, String> {
    let work = move || shared.transact(|db| (db.blob(&name), Ending::Keep)).and_then(|blob| blob);
    let found = tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?;
    found.map_err(|error| error.to_string())
}

fn chunks(file: File) -> impl stream::Stream<Item = std::io::Result<Bytes>> {
    let read = |mut file: File| async {
        let mut chunk = vec![0; CHUNK];
        let length = file.read(&mut chunk).await?;
        chunk.truncate(length);
        Ok((length > 0).then(|| (Bytes::from(chunk), file)))
    };
    stream::try_unfold(file, read).into_stream()
}

fn with_headers(mut response: Response, blob: &Blob) -> Response {
    let headers = response.headers_mut();
    let encoding = blob.content_encoding.clone().unwrap_or_default();
    for (name, text) in [(CONTENT_TYPE, &blob.content_type), (CONTENT_ENCODING, &encoding)] {
        if let Some(value) = HeaderValue::from_str(text).ok().filter(|value| !value.is_empty()) {
            headers.insert(name, value);
        }
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(blob.length));
    response
}
