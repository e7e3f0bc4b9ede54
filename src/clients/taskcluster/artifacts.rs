//! Artifacts: the queue says where one is kept, and there it is fetched.

use futures::{StreamExt as _, TryStreamExt as _};
use reqwest::Response;
use reqwest::header::LOCATION;
use serde::Deserialize;

use super::Taskcluster;
use super::request::{Call, part};
use crate::clients::web::root_cause;
use crate::model::TaskId;
use crate::sources::artifacts::{Artifacts, Chunks};
use crate::sources::{Answer, Error, ErrorKind};

/// The body of the queue's redirect.
#[derive(Deserialize)]
struct Kept {
    url: String,
}

impl Taskcluster {
    /// The answer that holds the artifact, wherever it is kept.
    async fn artifact(&self, task_id: &TaskId, name: &str) -> Result<Response, Error> {
        let call = Call::get("queue", format!("task/{}/artifacts/{}", part(task_id.as_str()), part(name)));
        let about = |error: Error| Error { request: asked(task_id, name), ..error };
        let response = self.send(&call).await.map_err(about)?;
        if !response.status().is_redirection() {
            return Ok(response);
        }
        let url = kept_at(&call, response).await?;
        self.web.open(&url).await.map_err(about)
    }
}

fn asked(task_id: &TaskId, name: &str) -> String {
    format!("artifact {name} of task {task_id}")
}

/// The connection broke off in the middle.
fn lost(task_id: &TaskId, name: &str, error: &reqwest::Error) -> Error {
    let (request, message) = (asked(task_id, name), root_cause(error));
    Error { service: "queue", request, message, kind: ErrorKind::Unavailable }
}

/// Where a redirect leads: what its header says, else what its body says.
async fn kept_at(call: &Call, response: Response) -> Result<String, Error> {
    let base = response.url().clone();
    let header = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let target = match header {
        Some(target) => target,
        None => response.json::<Kept>().await.map_err(|_| call.nonsense("a redirect that leads nowhere"))?.url,
    };
    base.join(&target).map(Into::into).map_err(|error| call.nonsense(error))
}

impl Artifacts for Taskcluster {
    fn fetch<'a>(&'a self, task_id: &'a TaskId, name: &'a str) -> Answer<'a, Vec<u8>> {
        Box::pin(async move {
            let response = self.artifact(task_id, name).await?;
            Ok(response.bytes().await.map_err(|error| lost(task_id, name, &error))?.into())
        })
    }

    fn stream<'a>(&'a self, task_id: &'a TaskId, name: &'a str) -> Answer<'a, Chunks<'a>> {
        Box::pin(async move {
            let chunks = self.artifact(task_id, name).await?.bytes_stream();
            Ok(chunks.map_ok(Into::into).map_err(move |error| lost(task_id, name, &error)).boxed())
        })
    }
}
