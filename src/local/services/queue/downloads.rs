//! Artifacts as they are found and fetched.

use chrono::Duration;
use serde_json::json;

use super::tasks::listed;
use crate::local::api::template::Fill;
use crate::local::api::{Answer, ApiError, Call, ErrorCode};
use crate::local::identity::{Auth, certificate, hawk};
use crate::local::store::artifacts::Artifact;
use crate::local::urls;

/// The number of the task's latest run.
fn latest_run(call: &Call<'_>) -> Result<usize, ApiError> {
    let task = call.db.task(call.param("taskId"))?.ok_or_else(|| ApiError::not_found("Task not found"))?;
    task.runs.len().checked_sub(1).ok_or_else(|| ApiError::not_found("Task doesn't have any runs"))
}

/// The artifact behind a name; links are followed, each with its own scope.
fn follow(call: &Call<'_>, run_id: usize) -> Result<Artifact, ApiError> {
    let mut names = vec![call.param("name").to_owned()];
    loop {
        call.authorize(&Fill::default().list("names", &names))?;
        let name = &names[names.len() - 1];
        let artifact = call.db.artifact(call.param("taskId"), run_id, name)?.filter(|artifact| artifact.present);
        let artifact = artifact.ok_or_else(|| ApiError::not_found("Artifact not found"))?;
        if artifact.expires < call.now {
            return Err(ApiError::new(ErrorCode::ResourceExpired, "Artifact expired"));
        }
        if artifact.storage_type != "link" {
            return Ok(artifact);
        }
        let target = artifact.details["artifact"].as_str().unwrap_or_default().to_owned();
        if names.contains(&target) {
            return Err(ApiError::input("Artifact leads to a link cycle"));
        }
        names.push(target);
    }
}

/// Where an artifact's bytes are; none for an artifact that is an error.
pub(crate) fn url_of(call: &Call<'_>, artifact: &Artifact) -> Option<String> {
    let Artifact { task_id, run_id, name, .. } = artifact;
    let blob = match artifact.storage_type.as_str() {
        "error" => return None,
        "reference" => return artifact.details["url"].as_str().map(str::to_owned),
        "object" => urls::object_blob(&format!("t/{task_id}/{run_id}/{name}")),
        _ => urls::artifact_blob(task_id, *run_id, name),
    };
    Some(call.site.download_url(&blob, call.now))
}

pub(super) fn get_artifact(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    redirect(call, call.run_id())
}

pub(super) fn get_latest_artifact(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    call.authorize(&Fill::default().list("names", &[call.param("name").to_owned()]))?;
    redirect(call, latest_run(call)?)
}

fn redirect(call: &Call<'_>, run_id: usize) -> Result<Answer, ApiError> {
    let artifact = follow(call, run_id)?;
    let storage_type = artifact.storage_type.clone();
    let mut headers = vec![("x-taskcluster-artifact-storage-type", storage_type.clone())];
    Ok(match url_of(call, &artifact) {
        Some(url) => {
            headers.push(("location", url.clone()));
            Answer::Other { status: 303, headers, body: json!({"storageType": storage_type, "url": url}) }
        }
        None => Answer::Other { status: 424, headers, body: artifact.details },
    })
}

pub(super) fn artifact(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    content(call, call.run_id())
}

pub(super) fn latest_artifact(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    call.authorize(&Fill::default().list("names", &[call.param("name").to_owned()]))?;
    content(call, latest_run(call)?)
}

fn content(call: &Call<'_>, run_id: usize) -> Result<Answer, ApiError> {
    let artifact = follow(call, run_id)?;
    let storage_type = &artifact.storage_type;
    if storage_type == "object" {
        let Artifact { task_id, run_id, name, .. } = &artifact;
        let object = format!("t/{task_id}/{run_id}/{name}");
        let client_id = format!("artifact-download/{task_id}/{run_id}/{name}");
        let scopes = [format!("object:download:{object}")].into_iter().collect();
        let times = (call.now, call.now + Duration::hours(1));
        let credentials = certificate::issue(&call.site.root, &client_id, &scopes, times);
        return Ok(Answer::Json(json!({"storageType": "object", "name": object, "credentials": credentials})));
    }
    Ok(Answer::Json(match url_of(call, &artifact) {
        Some(url) => json!({"storageType": storage_type, "url": url}),
        None => {
            let (reason, message) = (&artifact.details["reason"], &artifact.details["message"]);
            json!({"storageType": storage_type, "reason": reason, "message": message})
        }
    }))
}

pub(super) fn artifact_info(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    info(call, call.run_id())
}

pub(super) fn latest_artifact_info(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    info(call, latest_run(call)?)
}

fn info(call: &Call<'_>, run_id: usize) -> Result<Answer, ApiError> {
    let artifact = call.db.artifact(call.param("taskId"), run_id, call.param("name"))?;
    let artifact = artifact.filter(|artifact| artifact.present);
    artifact.map(|artifact| Answer::Json(artifact.to_json())).ok_or_else(|| ApiError::not_found("Artifact not found"))
}

pub(super) fn list_artifacts(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let run_id = call.run_id();
    if run_id > latest_run(call)? {
        let task_id = call.param("taskId");
        let message = format!("Task with taskId: `{task_id}` has no run with runId: {run_id}");
        return Err(ApiError::not_found(message));
    }
    list(call, run_id)
}

pub(super) fn list_latest_artifacts(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    list(call, latest_run(call)?)
}

fn list(call: &Call<'_>, run_id: usize) -> Result<Answer, ApiError> {
    let run = (call.param("taskId"), run_id);
    let fetch = |count, from: Option<Vec<String>>| {
        let from = from.and_then(|key| key.into_iter().next()).unwrap_or_default();
        Ok(call.db.artifacts(run, &from, count)?)
    };
    let page = call.page().by_key(fetch, |artifact| vec![artifact.name.clone()])?;
    Ok(listed("artifacts", page.rows.iter().map(Artifact::to_json).collect(), page.token))
}

/// Where whoever may ask for a task's artifact finds it: at its bytes if everyone may, else at the queue, with a
/// signature that is good for a quarter of an hour.
pub(crate) fn latest_artifact_url(call: &Call<'_>, task_id: &str, name: &str) -> Result<String, ApiError> {
    let path = format!("/api/queue/v1/task/{task_id}/artifacts/{}", urls::segment(name));
    let url = format!("{}{path}", call.site.root_url);
    if name.starts_with("public/") || call.site.auth == Auth::Open {
        return Ok(url);
    }
    let until = call.now + Duration::minutes(15);
    hawk::signed_url(&call.site.root, &url, until).map_err(ApiError::internal)
}
