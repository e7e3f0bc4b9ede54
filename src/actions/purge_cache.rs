//! Has workers throw the caches of a task away.

use futures::future::LocalBoxFuture;

use super::support::{Call, Error, Mode};
use super::{Action, GENERIC, Origin, always};
use crate::yaml::Node;

pub(super) const ACTION: Action = Action {
    cb_name: "purge-cache",
    name: "purge-cache",
    title: "Purge Worker Caches",
    symbol: "purge-cache",
    description: "Purge any caches associated with this task across all workers of the same workertype as the task.",
    order: 450,
    context: &[&[("worker-implementation", "docker-worker")]],
    permission: GENERIC,
    schema: None,
    available: always,
    origin: Origin::Extra,
    run,
};

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let task_id = call.task_id()?;
        let definition = Node::new(call.services.queue.task(task_id).await?);
        let pool = pool(&definition).ok_or_else(|| Error::refused(format!("task {task_id} names no worker pool")))?;
        let caches = definition.get("payload").and_then(|payload| payload.get("cache")).and_then(Node::as_map);
        let caches: Vec<&str> = caches.into_iter().flat_map(|caches| caches.keys()).collect();
        if caches.is_empty() {
            log::info!("Task is not using caches. Will not clear caches!");
        }
        for cache in caches {
            log::info!("Purging {pool}/{cache}.");
            if call.mode == Mode::Real {
                call.services.purge_cache.purge(&pool, cache).await?;
            }
        }
        Ok(())
    })
}

/// The pool a task runs in, also where it is spelled in two parts.
fn pool(definition: &Node) -> Option<String> {
    let text = |key| definition.get(key).and_then(Node::as_str);
    let parts = || Some(format!("{}/{}", text("provisionerId")?, text("workerType")?));
    text("taskQueueId").map(str::to_owned).or_else(parts)
}
