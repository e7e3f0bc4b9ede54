//! `docker-worker`: commands in a container.
//!
//! Source: `build_docker_worker_payload` of the reference.

mod caches;
mod image;
mod worker;

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

/// The key of the command, in a task's `worker` and in the payload.
const COMMAND: &str = "command";

/// The status `run-task` exits with when a cache is broken.
const PURGE_CACHES: i64 = 72;

/// What a task's command does to its payload is to stand in it, and to be `run-task` or not: all else is made once for
/// tasks that are alike but for their commands.
fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let command = context.worker.get(COMMAND).map(yaml::read::<Option<Vec<Reference>>>);
    let Ok(command) = command.unwrap_or(Ok(None)) else { return build_whole(context) };
    let known = [
        Node::new(runs_run_task(command.as_deref())),
        Node::new(command.is_some()),
        Node::new(context.needs_sccache),
        context.docker_image_dependency.map_or_else(Node::default, |span| Node::new(true).at(span)),
    ];
    let mut parts: Vec<&Node> = known.iter().chain([context.expires]).collect();
    for (key, value) in context.worker.as_map().into_iter().flatten().filter(|(key, _)| key.as_str() != Some(COMMAND)) {
        parts.extend([key, value]);
    }
    let made = context
        .kind
        .once("docker-worker", parts.into_iter(), |kind| build_whole(&PayloadContext { kind, ..*context }))?;
    let mut built = Payload::clone(&made);
    if let (Some(words), Some(payload)) = (command, built.payload.as_map_mut()) {
        payload.insert(COMMAND, words.iter().map(Node::from).collect::<Node>());
    }
    Ok(built)
}

fn build_whole(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let mut worker: Worker = yaml::read_noting(context.worker, context.kind.warnings)?;
    warn_of_nulls(context, &worker);
    let level = level(context.kind)?;
    let image = image::resolve(context, &mut worker)?;
    let scopes = scopes(context, &worker);
    let runs_run_task = runs_run_task(worker.command.as_deref());
    let mut env = worker.env.to_map(|value| value.node().clone());
    env.extend(sccache_env(context.needs_sccache));
    let mut cache = None;
    let mut built = Payload { scopes, dependencies: image.dependencies, ..Payload::new(Node::default()) };
    if let Some(caches) = &worker.caches {
        let suffix = caches::suffix(context, &worker, runs_run_task)?;
        let mounted = caches::mounted(context, caches, level, &suffix);
        if runs_run_task {
            let paths = mounted.iter().filter_map(|(_, path)| path.as_str());
            env.insert("TASKCLUSTER_CACHES", sorted(paths));
        }
        built.scopes.extend(mounted.iter().map(|(name, _)| caches::scope(name)));
        cache = Some(caches::task_reference(mounted));
    }
    let volumes = worker.volumes.as_deref().unwrap_or_default();
    if runs_run_task && !volumes.is_empty() {
        env.insert("TASKCLUSTER_VOLUMES", sorted(volumes.iter().map(Text::as_str)));
    }
    if cache.is_some() && level == 1 {
        env.insert("TASKCLUSTER_UNTRUSTED_CACHES", "1");
    }
    env.insert("MOZ_AUTOMATION", "1");
    built.payload = payload(context, &worker, image.payload, env, cache);
    Ok(built)
}

/// The payload in the reference's order, without what does not apply.
fn payload(context: &PayloadContext<'_>, worker: &Worker, image: Node, env: Map, cache: Option<Node>) -> Node {
    let mut payload = Map::with_capacity(9);
    payload.extend([("image", image), ("env", Node::new(env))]);
    let command = worker.command.as_ref().map(|words| words.iter().map(Node::from).collect::<Node>());
    payload.extend(command.map(|command| (COMMAND, command)));
    payload.insert("maxRunTime", worker.max_run_time);
    payload.insert("onExitStatus", on_exit_status(worker));
    let artifacts = worker.artifacts.as_deref().map(|artifacts| publish(artifacts, context.expires));
    payload.extend(artifacts.map(|artifacts| ("artifacts", artifacts)));
    payload.extend(cache.map(|cache| ("cache", cache)));
    let features = features(context, worker);
    if !features.is_empty() {
        payload.insert("features", features);
    }
    if worker.loopback_video {
        payload.insert("capabilities", Map::from([("devices", Map::from([("loopbackVideo", true)]))]));
    }
    Node::new(payload)
}

/// Those that are switched on.
fn features(context: &PayloadContext<'_>, worker: &Worker) -> Map {
    let features = [
        ("taskclusterProxy", worker.taskcluster_proxy || context.needs_sccache),
        ("allowPtrace", worker.allow_ptrace),
        ("chainOfTrust", worker.chain_of_trust),
    ];
    features.into_iter().filter(|(_, is_on)| *is_on).collect()
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
fn runs_run_task(command: Option<&[Reference]>) -> bool {
    let program = command.and_then(<[Reference]>::first).and_then(Reference::as_str);
    program.and_then(|program| program.rsplit('/').next()).is_some_and(|name| name.starts_with("run-task"))
}

/// After which statuses the task runs again, and its caches are thrown away.
fn on_exit_status(worker: &Worker) -> Map {
    let runs_run_task = runs_run_task(worker.command.as_deref());
    let statuses = |given: &Option<Vec<Integer>>| {
        let purge = runs_run_task.then(|| PURGE_CACHES.into());
        (given.is_some() || runs_run_task).then(|| given.iter().flatten().copied().chain(purge).collect::<Node>())
    };
    let rows = [("retry", &worker.retry_exit_status), ("purgeCaches", &worker.purge_caches_exit_status)];
    rows.into_iter().filter_map(|(key, given)| Some((key, statuses(given)?))).collect()
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
