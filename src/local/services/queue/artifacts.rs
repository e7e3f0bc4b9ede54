//! Artifacts are made by the worker of a run, while it runs.

use chrono::Duration;
use serde_json::{Value, json};

use super::tasks::authorize_for;
use crate::local::api::{Answer, ApiError, Call, Time};
use crate::local::identity::certificate;
use crate::local::ids;
use crate::local::store::artifacts::Artifact;
use crate::local::store::objects::Object;
use crate::local::store::runs::{Run, State};
use crate::local::store::tasks::Task;
use crate::local::urls::{self, Permission};

/// How long after an exception artifacts may still come.
const AFTER_EXCEPTION_MINUTES: i64 = 25;

/// How long an upload URL is good for.
const UPLOAD_MINUTES: i64 = 45;

pub(super) fn create_artifact(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    if call.date("expires")? < call.now - Duration::minutes(15) {
        return Err(ApiError::input("Expires must be in the future"));
    }
    let task = call.db.task(call.param("taskId"))?.ok_or_else(|| ApiError::input("Task not found"))?;
    let run = task.runs.get(call.run_id()).ok_or_else(|| ApiError::input("Run not found"))?;
    if run.worker_id.is_none() {
        return Err(ApiError::input("Run was not claimed by a worker and so no artifacts can exist"));
    }
    authorize_for(call, &task)?;
    refuse_wrong_time(call, &task, run)?;
    let new = new_artifact(call)?;
    let artifact = match call.db.artifact(&new.task_id, new.run_id, &new.name)? {
        Some(present) => replaced(present, new)?,
        None => new,
    };
    if artifact.storage_type == "object" {
        begin_object(call, &task, &artifact)?;
    }
    artifact.save(call.db)?;
    created(call, &task, run, &artifact)
}

fn refuse_wrong_time(call: &Call<'_>, task: &Task, run: &Run) -> Result<(), ApiError> {
    let expires = call.date("expires")?;
    if expires > task.expires {
        return Err(ApiError::input(format!(
            "Artifact expires ({expires}) after the task expiration {} (task.expires < expires) - this is not \
             allowed, artifacts may not expire after the task they belong to expires",
            task.expires
        )));
    }
    let last_chance = call.now - Duration::minutes(AFTER_EXCEPTION_MINUTES);
    let late = run.state == State::Exception && run.resolved.is_some_and(|resolved| resolved > last_chance);
    if run.state == State::Running || late {
        return Ok(());
    }
    Err(ApiError::conflict(format!(
        "Artifacts cannot be created for a task after it is resolved, unless it is resolved 'exception', and even in \
         this case only up to 25 min past resolution.This to ensure that artifacts have been uploaded before a task is \
         'completed' and output is consumed by a dependent task\n\nTask status: {:#}",
        task.status()
    )))
}

/// The artifact that the body describes.
fn new_artifact(call: &Call<'_>) -> Result<Artifact, ApiError> {
    let body = &call.body;
    let details = match call.text("storageType") {
        "reference" => json!({"url": body["url"]}),
        "link" => json!({"artifact": body["artifact"]}),
        "error" => json!({"reason": body["reason"], "message": body["message"]}),
        "object" => json!({"uploadId": ids::slug()}),
        _ => json!({}),
    };
    Ok(Artifact {
        task_id: call.param("taskId").to_owned(),
        run_id: call.run_id(),
        name: call.param("name").to_owned(),
        storage_type: call.text("storageType").to_owned(),
        content_type: body["contentType"].as_str().unwrap_or("application/binary").to_owned(),
        content_length: body["contentLength"].as_u64(),
        details,
        present: call.text("storageType") != "object",
        expires: call.date("expires")?,
    })
}

/// What is kept when an artifact is made again: the same one may be, and a reference may become another or a link.
fn replaced(present: Artifact, new: Artifact) -> Result<Artifact, ApiError> {
    let same_type = present.storage_type == new.storage_type;
    let same_details = present.details == new.details || matches!(new.storage_type.as_str(), "reference" | "object");
    let becomes_link = present.storage_type == "reference" && new.storage_type == "link";
    let allowed = (new.storage_type == "link" || present.content_type == new.content_type)
        && present.expires <= new.expires
        && ((same_type && same_details) || becomes_link);
    if !allowed {
        let (storage_type, content_type, expires) = (&present.storage_type, &present.content_type, present.expires);
        let original = json!({"storageType": storage_type, "contentType": content_type, "expires": expires});
        return Err(ApiError::conflict(format!(
            "Artifact already exists with different properties, and none of the allowed exceptions apply: {original:#}"
        )));
    }
    let details = if new.storage_type == "object" { present.details.clone() } else { new.details.clone() };
    Ok(Artifact { details, storage_type: new.storage_type, expires: new.expires, ..present })
}

fn object_name(artifact: &Artifact) -> String {
    format!("t/{}/{}/{}", artifact.task_id, artifact.run_id, artifact.name)
}

fn begin_object(call: &Call<'_>, task: &Task, artifact: &Artifact) -> Result<(), ApiError> {
    let name = object_name(artifact);
    if call.db.object(&name)?.is_some() {
        return Ok(());
    }
    let object = Object {
        name,
        project_id: task.text("projectId").to_owned(),
        upload_id: artifact.details["uploadId"].as_str().map(str::to_owned),
        expires: artifact.expires,
        hashes: serde_json::Map::new(),
    };
    Ok(object.save(call.db)?)
}

/// Says where the bytes go, if there are any.
fn created(call: &Call<'_>, task: &Task, run: &Run, artifact: &Artifact) -> Result<Answer, ApiError> {
    let storage_type = &artifact.storage_type;
    Ok(Answer::Json(match storage_type.as_str() {
        "s3" => upload_url(call, artifact),
        "object" => upload_object(call, task, run, artifact),
        _ => json!({ "storageType": storage_type }),
    }))
}

fn upload_url(call: &Call<'_>, artifact: &Artifact) -> Value {
    let expires = call.now + Duration::minutes(UPLOAD_MINUTES);
    let blob = urls::artifact_blob(&artifact.task_id, artifact.run_id, &artifact.name);
    json!({
        "storageType": "s3",
        "contentType": artifact.content_type,
        "expires": expires,
        "putUrl": call.site.signed_blob_url(&blob, Permission::Put(&artifact.content_type), expires),
    })
}

fn upload_object(call: &Call<'_>, task: &Task, run: &Run, artifact: &Artifact) -> Value {
    let (name, project_id) = (object_name(artifact), task.text("projectId"));
    let (group, id) = (run.worker_group.as_deref().unwrap_or_default(), run.worker_id.as_deref().unwrap_or_default());
    let client_id = format!("artifact-upload/{}/{}/on/{group}/{id}", artifact.task_id, artifact.run_id);
    let scopes = [format!("object:upload:{project_id}:{name}")].into_iter().collect();
    let until: Time = artifact.expires.min(call.now + Duration::hours(24));
    json!({
        "storageType": "object",
        "name": name,
        "projectId": project_id,
        "uploadId": artifact.details["uploadId"],
        "expires": artifact.expires,
        "credentials": certificate::issue(&call.site.root, &client_id, &scopes, (call.now, until)),
    })
}

/// An object is there for downloaders once its upload is finished.
pub(super) fn finish_artifact(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let (task_id, run_id, name) = (call.param("taskId"), call.run_id(), call.param("name"));
    let mut artifact = call.db.artifact(task_id, run_id, name)?.ok_or_else(|| {
        let message = format!("Artifact with taskId `{task_id}`, runId {run_id}, name `{name}` not found");
        ApiError::not_found(message)
    })?;
    if artifact.storage_type != "object" {
        return Err(ApiError::input("Only object artifacts can be finished"));
    }
    if artifact.present {
        return Ok(Answer::Empty);
    }
    if artifact.details["uploadId"] != call.body["uploadId"] {
        return Err(ApiError::input("given uploadId does not match that for the artifact"));
    }
    if call.db.object(&object_name(&artifact))?.is_none_or(|object| object.upload_id.is_some()) {
        return Err(ApiError::input("Object storing artifact data does not exist"));
    }
    artifact.present = true;
    artifact.save(call.db)?;
    Ok(Answer::Empty)
}
