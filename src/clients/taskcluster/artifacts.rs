//! Artifacts: the queue says where one is kept, and there it is fetched.

use futures::{StreamExt as _, TryStreamExt as _};
use reqwest::Response;
use reqwest::header::LOCATION;
use serde::Deserialize;

use super::Taskcluster;
use super::request::{Call, part};
use crate::clients::patience::Failed;
use crate::clients::web::{root_cause, whole};
use crate::model::TaskId;
use crate::sources::artifacts::{Artifacts, Chunks};
use crate::sources::{Answer, Error, ErrorKind};

/// The body of the queue's redirect.
#[derive(Deserialize)]
struct Kept {
    url: String,
}

/// Where the bytes of an artifact are.
enum Place {
    /// In the queue's answer itself.
    Here(Response),
    /// At a URL.
    At(String),
}

impl Taskcluster {
    /// The answer that holds the artifact, wherever it is kept.
    async fn open_artifact(&self, task_id: &TaskId, name: &str) -> Result<Response, Error> {
        let call = call(task_id, name);
        match self.web.patience().run(|| self.place(&call)).await? {
            Place::Here(response) => Ok(response),
            Place::At(url) => self.web.open(&url).await,
        }
    }

    /// An artifact, whole; one that breaks off is fetched again.
    async fn whole_artifact(&self, task_id: &TaskId, name: &str) -> Result<Vec<u8>, Error> {
        let call = call(task_id, name);
        let fetch = async || match self.place(&call).await? {
            Place::Here(response) => {
                whole(response).await.map_err(|unread| unread.failed(|message, kind| call.error(message, kind)))
            }
            Place::At(url) => self.web.try_fetch(&url).await,
        };
        self.web.patience().run(fetch).await
    }

    async fn place(&self, call: &Call) -> Result<Place, Failed> {
        let response = self.attempt(call).await?;
        if response.status().is_redirection() {
            return kept_at(call, response).await.map(Place::At).map_err(Failed::for_now);
        }
        Ok(Place::Here(response))
    }
}

fn call(task_id: &TaskId, name: &str) -> Call {
    Call::get("queue", format!("task/{}/artifacts/{}", part(task_id.as_str()), part(name)))
}

fn asked(task_id: &TaskId, name: &str) -> String {
    format!("artifact {name} of task {task_id}")
}

/// The connection broke off in the middle.
fn lost(task_id: &TaskId, name: &str, error: reqwest::Error) -> Error {
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

/// A page of the list of a task's artifacts.
#[derive(Deserialize)]
struct Listed {
    artifacts: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Artifacts for Taskcluster {
    fn fetch<'a>(&'a self, task_id: &'a TaskId, name: &'a str) -> Answer<'a, Vec<u8>> {
        let about = move |error: Error| Error { request: asked(task_id, name), ..error };
        Box::pin(async move { self.whole_artifact(task_id, name).await.map_err(about) })
    }

    fn list<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, Vec<String>> {
        let call = Call::get("queue", format!("task/{}/artifacts", part(task_id.as_str())));
        Box::pin(async move {
            let pages = self.pages::<Listed>(call).await?;
            Ok(pages.into_iter().flat_map(|page| page.artifacts).map(|artifact| artifact.name).collect())
        })
    }

    fn stream<'a>(&'a self, task_id: &'a TaskId, name: &'a str) -> Answer<'a, Chunks<'a>> {
        let about = move |error: Error| Error { request: asked(task_id, name), ..error };
        Box::pin(async move {
            let chunks = self.open_artifact(task_id, name).await.map_err(about)?.bytes_stream();
            Ok(chunks.map_ok(Into::into).map_err(move |error| lost(task_id, name, error)).boxed())
        })
    }
}
