//! Objects: named bytes, uploaded in a way that both sides agree on.

mod upload;

use chrono::Duration;
use serde_json::{Value, json};

use super::PRINTABLE;
use crate::local::api::Service;
use crate::local::api::{Answer, ApiError, Call, ErrorCode};
use crate::local::store::objects::Object;
use crate::local::urls;

pub(super) const SERVICE: Service = Service {
    name: "object",
    operations: &[
        ("createUpload", upload::create_upload),
        ("download", download),
        ("finishUpload", upload::finish_upload),
        ("object", object),
        ("startDownload", start_download),
    ],
    not_served: &[],
    params: &[("name", PRINTABLE)],
};

/// The object in the URL, if its upload is finished.
fn find(call: &Call<'_>) -> Result<Object, ApiError> {
    let name = call.param("name");
    let object = call.db.object(name)?.filter(|object| object.upload_id.is_none());
    object.ok_or_else(|| ApiError::not_found(format!("Object \"{name}\" not found")))
}

fn object(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let object = find(call)?;
    let (project_id, expires, hashes) = (object.project_id, object.expires, object.hashes);
    Ok(Answer::Json(json!({"projectId": project_id, "expires": expires, "hashes": hashes})))
}

fn url(call: &Call<'_>, object: &Object) -> String {
    call.site.download_url(&urls::object_blob(&object.name), call.now)
}

fn start_download(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let object = find(call)?;
    let accepts = |method: &str| call.body["acceptDownloadMethods"].get(method).is_some();
    let url = url(call, &object);
    let answer: Value = if accepts("getUrl") {
        json!({"method": "getUrl", "url": url, "expires": call.now + Duration::minutes(30), "hashes": object.hashes})
    } else if accepts("simple") {
        json!({"method": "simple", "url": url})
    } else {
        return Err(ApiError::new(ErrorCode::NoMatchingMethod, "Object supports methods getUrl, simple"));
    };
    Ok(Answer::Json(answer))
}

fn download(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let object = find(call)?;
    let url = url(call, &object);
    Ok(Answer::Other { status: 303, headers: vec![("location", url.clone())], body: json!({ "url": url }) })
}
