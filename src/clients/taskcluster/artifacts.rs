//! Artifacts: the queue says where one is kept, and there it is fetched.

use reqwest::Response;
use reqwest::header::LOCATION;
use serde::Deserialize;

use super::Taskcluster;
use super::request::{Call, part};
use crate::clients::web::root_cause;
use crate::model::TaskId;
use crate::sources::artifacts::Artifacts;
use crate::sources::downloads::Downloads;
use crate::sources::{Answer, Error, ErrorKind};

/// The body of the queue's redirect.
#[derive(Deserialize)]
struct Kept {
    url: String,
}

impl Taskcluster {
    async fn artifact(&self, task_id: &TaskId, name: &str) -> Result<Vec<u8>, Error> {
        let call = Call::get("queue", format!("task/{}/artifacts/{}", part(task_id.as_str()), part(name)));
        let about = |error: Error| Error { request: format!("artifact {name} of task {task_id}"), ..error };
        let response = self.send(&call).await.map_err(about)?;
        if !response.status().is_redirection() {
            let lost = |error: reqwest::Error| call.error(root_cause(&error), ErrorKind::Unavailable);
            return Ok(response.bytes().await.map_err(lost)?.into());
        }
        let url = kept_at(&call, response).await?;
        self.web.get(&url).await.map_err(about)
    }
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
        Box::pin(self.artifact(task_id, name))
    }
}
