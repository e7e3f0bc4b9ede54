//! `generic-worker`: commands directly on a machine.
//!
//! Source: `build_generic_worker_payload` of the reference.

mod worker;

use serde::Serialize;

use super::{Package, Payload, PayloadBuilder, PayloadContext};
use crate::diagnostics::Mistakes;
use crate::generate::shared::integer::Integer;
use crate::generate::shared::schema::schema_of;
use crate::generate::shared::text::Text;
use crate::yaml::{self, Map, Node};
use worker::{Artifact, Mount, System, Worker};

/// The row.
pub(super) const GENERIC_WORKER: PayloadBuilder = PayloadBuilder {
    implementation: "generic-worker",
    package: Package::Taskgraph,
    schema: schema_of::<Worker>,
    build,
};

/// Statuses on Windows that mean the machine was shut down or the task interrupted, not that it failed.
const WINDOWS_INTERRUPTIONS: [i64; 2] = [1_073_807_364, 3_221_225_786];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GenericPayload {
    command: Vec<Node>,
    max_run_time: Integer,
    #[serde(skip_serializing_if = "OnExitStatus::is_empty")]
    on_exit_status: OnExitStatus,
    env: Map,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    artifacts: Vec<Artifact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mounts: Vec<Mount>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    os_groups: Vec<Text>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    features: Map,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OnExitStatus {
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<Vec<Integer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purge_caches: Option<Vec<Integer>>,
}

impl OnExitStatus {
    fn of(worker: &Worker) -> Self {
        let mut retry = worker.retry_exit_status.clone();
        if worker.os == System::Windows {
            retry.get_or_insert_default().extend(WINDOWS_INTERRUPTIONS.map(Integer::from));
        }
        Self { retry, purge_caches: worker.purge_caches_exit_status.clone() }
    }

    const fn is_empty(&self) -> bool {
        self.retry.is_none() && self.purge_caches.is_none()
    }
}

fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let mut worker: Worker = yaml::read_noting(context.worker, context.kind.warnings)?;
    let mounts = mounts(context, worker.mounts.take().unwrap_or_default());
    let scopes = scopes(context, &worker, &mounts);
    let payload = GenericPayload {
        on_exit_status: OnExitStatus::of(&worker),
        max_run_time: worker.max_run_time,
        env: env(context, &worker),
        features: features(&worker),
        command: worker.command,
        artifacts: worker.artifacts.unwrap_or_default(),
        mounts,
        os_groups: worker.os_groups.unwrap_or_default(),
    };
    Ok(Payload { scopes, ..Payload::new(yaml::write(&payload)) })
}

fn env(context: &PayloadContext<'_>, worker: &Worker) -> Map {
    let mut env = worker.env.to_map(|value| value.node().clone());
    if context.needs_sccache {
        // Zero keeps sccache running while it is idle.
        env.extend([("USE_SCCACHE", "1"), ("SCCACHE_IDLE_TIMEOUT", "0")]);
    } else {
        env.insert("SCCACHE_DISABLE", "1");
    }
    env.insert("MOZ_AUTOMATION", "1");
    env
}

/// The mounts, with the caches among them kept apart from other projects' and levels'.
fn mounts(context: &PayloadContext<'_>, mut mounts: Vec<Mount>) -> Vec<Mount> {
    let (trust_domain, level) = (&context.kind.graph_config.trust_domain, &context.kind.parameters.level);
    let full = |name: String| format!("{trust_domain}-level-{level}-{name}");
    for mount in &mut mounts {
        mount.cache_name = mount.cache_name.take().map(full);
    }
    mounts
}

/// The scopes that mounts, groups and features need, in the reference's order.
fn scopes(context: &PayloadContext<'_>, worker: &Worker, mounts: &[Mount]) -> Vec<Node> {
    let mut scopes = Vec::new();
    for mount in mounts {
        scopes.extend(mount.cache_name.as_ref().map(|name| format!("generic-worker:cache:{name}")));
        let artifact = mount.content.as_ref().and_then(|content| content.artifact.as_ref()).map(Text::as_str);
        let private = artifact.filter(|name| !name.starts_with("public/"));
        scopes.extend(private.map(|name| format!("queue:get-artifact:{name}")));
    }
    let pool = context.worker_type;
    let groups = worker.os_groups.iter().flatten();
    scopes.extend(groups.map(|group| format!("generic-worker:os-group:{pool}/{}", group.as_str())));
    if worker.run_as_administrator == Some(true) {
        scopes.push(format!("generic-worker:run-as-administrator:{pool}"));
    }
    if worker.run_task_as_current_user == Some(true) {
        scopes.push(format!("generic-worker:run-task-as-current-user:{pool}"));
    }
    scopes.into_iter().map(Node::new).collect()
}

fn features(worker: &Worker) -> Map {
    let features = [
        ("chainOfTrust", worker.chain_of_trust),
        ("taskclusterProxy", worker.taskcluster_proxy == Some(true)),
        ("runAsAdministrator", worker.run_as_administrator == Some(true)),
        ("runTaskAsCurrentUser", worker.run_task_as_current_user == Some(true)),
        ("hideCmdWindow", worker.hide_cmd_window == Some(true)),
    ];
    features.into_iter().filter(|(_, on)| *on).collect()
}
