//! The caches of a docker-worker task, whose names say what may share them.

use sha2::{Digest, Sha256};

use super::PayloadContext;
use super::worker::{Cache, DockerImage, Worker};
use crate::diagnostics::Diagnostic;
use crate::generate::shared::references::{self, TASK_REFERENCE};
use crate::generate::shared::scripts::run_task_digest;
use crate::yaml::{Map, Node};

/// Changed when no cache made before may be used any more.
const VERSION: &str = "v3";

/// What the names of the task's caches end with.
///
/// `run-task` checks caches for tasks. Its version is therefore part of the name, and so is the image, because other
/// versions of git or Mercurial in it could break the cache: by the id of the task that makes an image of the tree,
/// else by a digest of the image's name.
pub(super) fn suffix(context: &PayloadContext<'_>, worker: &Worker, runs_run_task: bool) -> Result<String, Diagnostic> {
    if !runs_run_task {
        return Ok(VERSION.into());
    }
    let run_task = run_task_digest(context.kind)?;
    let image = match &worker.docker_image {
        DockerImage::Registry(name) => hex::encode(Sha256::digest(name.as_str()))[..12].to_owned(),
        DockerImage::InTree(_) | DockerImage::Indexed(_) => "-<docker-image>".into(),
    };
    Ok(format!("{VERSION}-{run_task}{image}"))
}

/// Name and mount point of the caches that a task of this level may use.
pub(super) fn mounted(context: &PayloadContext<'_>, caches: &[Cache], level: i64, suffix: &str) -> Vec<(String, Node)> {
    let (trust_domain, spelled) = (&context.kind.graph_config.trust_domain, &context.kind.parameters.level);
    let usable = caches.iter().filter(|cache| !(cache.skip_untrusted == Some(true) && level == 1));
    let entry = |cache: &Cache| {
        let name = format!("{trust_domain}-level-{spelled}-{}-{suffix}", cache.name.as_str());
        (name, cache.mount_point.as_ref().map(Node::from).unwrap_or_default())
    };
    usable.map(entry).collect()
}

/// The scope to use a cache; its name may refer to the image's task.
pub(super) fn scope(name: &str) -> Node {
    references::task_reference(format!("docker-worker:cache:{name}"))
}

/// The caches with their names marked as references.
pub(super) fn task_reference(mounted: Vec<(String, Node)>) -> Node {
    Node::new(Map::from([(TASK_REFERENCE, mounted.into_iter().collect::<Map>())]))
}
