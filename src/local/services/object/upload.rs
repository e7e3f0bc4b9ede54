//! Uploads of objects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use serde_json::{Map, Value, json};

use crate::local::api::{Answer, ApiError, Call};
use crate::local::ids;
use crate::local::store::blobs::Blob;
use crate::local::store::objects::Object;
use crate::local::urls::{self, Permission};

fn authorize(call: &Call<'_>) -> Result<(), ApiError> {
    call.authorize_with(&[("projectId", call.text("projectId"))])
}

/// Beginning the same upload again is the same as once.
pub(super) fn create_upload(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    authorize(call)?;
    let name = call.param("name");
    let (project_id, upload_id) = (call.text("projectId"), call.text("uploadId"));
    let mut object = call.db.object(name)?.unwrap_or(Object {
        name: name.to_owned(),
        project_id: project_id.to_owned(),
        upload_id: Some(upload_id.to_owned()),
        expires: call.date("expires")?,
        hashes: Map::new(),
    });
    let same = object.project_id == project_id && object.expires == call.date("expires")?;
    if !same || object.upload_id.as_deref() != Some(upload_id) {
        return Err(ApiError::conflict("Object already exists"));
    }
    add_hashes(&mut object, &call.body["hashes"])?;
    object.save(call.db)?;
    Ok(Answer::Json(json!({
        "projectId": project_id,
        "uploadId": upload_id,
        "expires": call.body["expires"],
        "uploadMethod": upload_method(call, name)?,
    })))
}

/// A hash that is there may be said again, but not be another one.
fn add_hashes(object: &mut Object, hashes: &Value) -> Result<(), ApiError> {
    for (algorithm, hash) in hashes.as_object().into_iter().flatten() {
        let before = object.hashes.insert(algorithm.clone(), hash.clone());
        if before.is_some_and(|before| before != *hash) {
            return Err(ApiError::conflict("Content hash already exists with a different value"));
        }
    }
    Ok(())
}

/// The first way that both sides know: the bytes in the request itself, or a URL to put them to.
fn upload_method(call: &Call<'_>, name: &str) -> Result<Value, ApiError> {
    let proposed = &call.body["proposedUploadMethods"];
    if let Some(inline) = proposed.get("dataInline") {
        store_inline(call, name, inline)?;
        return Ok(json!({"dataInline": true}));
    }
    let Some(put) = proposed.get("putUrl") else { return Ok(json!({})) };
    let content_type = put["contentType"].as_str().unwrap_or_default();
    let expires = call.now + Duration::minutes(45);
    let url = call.site.signed_blob_url(&urls::object_blob(name), Permission::Put(content_type), expires);
    let headers = json!({"content-type": content_type, "content-length": put["contentLength"].to_string()});
    Ok(json!({"putUrl": {"url": url, "expires": expires, "headers": headers}}))
}

fn store_inline(call: &Call<'_>, name: &str, inline: &Value) -> Result<(), ApiError> {
    let data = inline["objectData"].as_str().unwrap_or_default();
    let data = STANDARD.decode(data).map_err(|error| ApiError::input(format!("objectData is not base64: {error}")))?;
    let file = ids::slug();
    let partial = call.db.blob_file(&format!("{file}.partial"));
    std::fs::write(&partial, &data)?;
    std::fs::rename(&partial, call.db.blob_file(&file))?;
    let blob = Blob {
        name: urls::object_blob(name),
        file,
        content_type: inline["contentType"].as_str().unwrap_or_default().to_owned(),
        content_encoding: None,
        length: data.len() as u64,
    };
    blob.save(call.db)?;
    Ok(())
}

pub(super) fn finish_upload(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    authorize(call)?;
    let name = call.param("name");
    let (project_id, upload_id) = (call.text("projectId"), call.text("uploadId"));
    let object = call.db.object(name)?;
    let mut object = object.ok_or_else(|| ApiError::not_found(format!("Object \"{name}\" not found")))?;
    if object.project_id != project_id {
        return Err(ApiError::input(format!("Object \"{name}\" does not have projectId {project_id}")));
    }
    if object.upload_id.is_none() {
        return finished_again(call, &object);
    }
    if object.upload_id.as_deref() != Some(upload_id) {
        return Err(ApiError::conflict(format!("Object \"{name}\" does not have uploadId {upload_id}")));
    }
    add_hashes(&mut object, &call.body["hashes"])?;
    object.upload_id = None;
    object.save(call.db)?;
    Ok(Answer::Json(json!({})))
}

/// A finished upload may be finished again with hashes that are known.
fn finished_again(call: &Call<'_>, object: &Object) -> Result<Answer, ApiError> {
    for (algorithm, hash) in call.body["hashes"].as_object().into_iter().flatten() {
        let problem = match object.hashes.get(algorithm) {
            None => format!("without hash algorithm {algorithm}"),
            Some(known) if known != hash => format!("with a different hash for algorithm {algorithm}"),
            Some(_) => continue,
        };
        let message = format!("Object \"{}\" is already finished, but {problem}", object.name);
        return Err(ApiError::conflict(message));
    }
    Ok(Answer::Json(json!({})))
}
