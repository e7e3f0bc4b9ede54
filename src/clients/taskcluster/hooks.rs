//! Hooks, and requests to purge caches.

use serde::Deserialize;
use serde_json::json;

use super::Taskcluster;
use super::request::{Call, part};
use crate::model::TaskId;
use crate::sources::Answer;
use crate::sources::hooks::Hooks;
use crate::sources::purge_cache::PurgeCache;
use crate::yaml::Node;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Triggered {
    task_id: Option<TaskId>,
}

impl Hooks for Taskcluster {
    fn trigger<'a>(&'a self, group: &'a str, hook: &'a str, payload: &'a Node) -> Answer<'a, Option<TaskId>> {
        Box::pin(async move {
            let call = Call::post("hooks", format!("hooks/{}/{}/trigger", part(group), part(hook)), None);
            // A hook that is asked twice fires twice.
            let call = Call { is_repeatable: false, ..call.with(payload)? };
            Ok(self.ask::<Triggered>(&call).await?.task_id)
        })
    }
}

impl PurgeCache for Taskcluster {
    fn purge<'a>(&'a self, pool: &'a str, cache: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let body = json!({ "cacheName": cache });
            let call = Call::post("purge-cache", format!("purge-cache/{}", part(pool)), Some(body));
            self.send(&call).await.map(drop)
        })
    }
}
