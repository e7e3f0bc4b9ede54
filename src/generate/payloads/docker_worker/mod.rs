//! `docker-worker`: commands in a container.
//!
//! Source: `build_docker_worker_payload` of the reference.

mod caches;
mod image;
mod worker;

use serde::Serialize;

use super::{Package, Payload, PayloadBuilder, PayloadContext};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::shared::cached_task::level;
use crate::generate::shared::integer::Integer;
use crate::generate::shared::reference::Reference;
use crate::generate::shared::schema::schema_of;
use crate::generate::shared::text::Text;
use crate::yaml::{self, Map, Node};
use worker::{Artifact, Worker};

/// The row.
pub(super) const DOCKER_WORKER: PayloadBuilder =
    PayloadBuilder { implementation: "docker-worker", package: Package::Taskgraph, schema: schema_of::<Worker>, build };

/// The status `run-task` exits with when a cache is broken.
const PURGE_CACHES: i64 = 72;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DockerPayload {
    image: Node,
    env: Map,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Vec<Reference>>,
    max_run_time: Integer,
    on_exit_status: OnExitStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifacts: Option<Map>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<Node>,
    #[serde(skip_serializing_if = "Features::is_empty")]
    features: Features,
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<Map>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct OnExitStatus {
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<Vec<Integer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purge_caches: Option<Vec<Integer>>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Features {
    #[serde(skip_serializing_if = "is_false")]
    taskcluster_proxy: bool,
    #[serde(skip_serializing_if = "is_false")]
    allow_ptrace: bool,
    #[serde(skip_serializing_if = "is_false")]
    chain_of_trust: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Features {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let mut worker: Worker = yaml::read_noting(context.worker, context.kind.warnings)?;
    warn_of_nulls(context, &worker);
    let level = level(context.kind)?;
    let image = image::resolve(context, &mut worker)?;
    let scopes = scopes(context, &worker);
    let runs_run_task = runs_run_task(&worker);
    let mut env = worker.env.to_map(|value| value.node().clone());
    env.extend(sccache_env(context.needs_sccache));
    let mut payload = DockerPayload {
        image: image.payload,
        env,
        max_run_time: worker.max_run_time,
        on_exit_status: on_exit_status(&worker, runs_run_task),
        artifacts: worker.artifacts.as_deref().map(|artifacts| publish(artifacts, context.expires)),
        cache: None,
        features: Features {
            taskcluster_proxy: worker.taskcluster_proxy || context.needs_sccache,
            allow_ptrace: worker.allow_ptrace,
            chain_of_trust: worker.chain_of_trust,
        },
        capabilities: worker.loopback_video.then(|| Map::from([("devices", Map::from([("loopbackVideo", true)]))])),
        command: worker.command.take(),
    };
    let mut built = Payload { scopes, dependencies: image.dependencies, ..Payload::new(Node::default()) };
    if let Some(caches) = &worker.caches {
        let suffix = caches::suffix(context, &worker, runs_run_task)?;
        let mounted = caches::mounted(context, caches, level, &suffix);
        if runs_run_task {
            let paths = mounted.iter().filter_map(|(_, path)| path.as_str());
            payload.env.insert("TASKCLUSTER_CACHES", sorted(paths));
        }
        built.scopes.extend(mounted.iter().map(|(name, _)| caches::scope(name)));
        payload.cache = Some(caches::task_reference(mounted));
    }
    let volumes = worker.volumes.unwrap_or_default();
    if runs_run_task && !volumes.is_empty() {
        payload.env.insert("TASKCLUSTER_VOLUMES", sorted(volumes.iter().map(Text::as_str)));
    }
    if payload.cache.is_some() && level == 1 {
        payload.env.insert("TASKCLUSTER_UNTRUSTED_CACHES", "1");
    }
    payload.env.insert("MOZ_AUTOMATION", "1");
    built.payload = yaml::write(&payload);
    Ok(built)
}

/// What the queue takes, and no worker does.
fn warn_of_nulls(context: &PayloadContext<'_>, worker: &Worker) {
    let artifacts = worker.artifacts.iter().flatten();
    let of_artifacts = artifacts.flat_map(|artifact| {
        let nulls = [("path", artifact.path.is_none()), ("type", artifact.artifact_type.is_none())];
        nulls.into_iter().filter(|(_, is_null)| *is_null).map(|(key, _)| (key, "artifact", &artifact.name))
    });
    let caches = worker.caches.iter().flatten().filter(|cache| cache.mount_point.is_none());
    for (key, of, name) in of_artifacts.chain(caches.map(|cache| ("mount-point", "cache", &cache.name))) {
        let message = format!("the `{key}` of {of} `{}` is null; no worker takes the task", name.as_str());
        context.kind.warnings.push(Diagnostic::warning(message).at(name.span()));
    }
}

fn sccache_env(needed: bool) -> Vec<(&'static str, &'static str)> {
    if needed {
        // Zero keeps sccache running while it is idle.
        vec![("USE_SCCACHE", "1"), ("SCCACHE_IDLE_TIMEOUT", "0")]
    } else {
        vec![("SCCACHE_DISABLE", "1")]
    }
}

/// The scopes that features and capabilities need, in the reference's order.
fn scopes(context: &PayloadContext<'_>, worker: &Worker) -> Vec<Node> {
    let mut scopes = Vec::new();
    if worker.allow_ptrace {
        scopes.push("docker-worker:feature:allowPtrace".into());
    }
    if context.needs_sccache {
        scopes.push(Node::new(format!(
            "assume:project:taskcluster:{}:level-{}-sccache-buckets",
            context.kind.graph_config.trust_domain, context.kind.parameters.level
        )));
    }
    if worker.loopback_video {
        scopes.push("docker-worker:capability:device:loopbackVideo".into());
    }
    scopes
}

/// Whether the command is `run-task`, or a script whose name begins so.
fn runs_run_task(worker: &Worker) -> bool {
    let program = worker.command.iter().flatten().next().and_then(Reference::as_str);
    program.and_then(|program| program.rsplit('/').next()).is_some_and(|name| name.starts_with("run-task"))
}

fn on_exit_status(worker: &Worker, runs_run_task: bool) -> OnExitStatus {
    let with_purge = |given: &Option<Vec<Integer>>| match (given, runs_run_task) {
        (given, true) => Some(given.iter().flatten().copied().chain([PURGE_CACHES.into()]).collect()),
        (given, false) => given.clone(),
    };
    OnExitStatus {
        retry: with_purge(&worker.retry_exit_status),
        purge_caches: with_purge(&worker.purge_caches_exit_status),
    }
}

/// The artifacts by name; each expires with the task.
fn publish(artifacts: &[Artifact], expires: &Node) -> Map {
    let entry = |artifact: &Artifact| {
        let entry = Map::from([
            ("path", artifact.path.as_ref().map(Node::from).unwrap_or_default()),
            ("type", artifact.artifact_type.map(|it| it.as_str().into()).unwrap_or_default()),
            ("expires", expires.clone()),
        ]);
        (Node::from(&artifact.name), Node::new(entry))
    };
    artifacts.iter().map(entry).collect()
}

fn sorted<'a>(paths: impl Iterator<Item = &'a str>) -> Node {
    let mut paths: Vec<&str> = paths.collect();
    paths.sort_unstable();
    Node::new(paths.join(";"))
}
