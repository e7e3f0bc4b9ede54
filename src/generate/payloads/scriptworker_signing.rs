//! `scriptworker-signing`: signs artifacts. From `mozilla_taskgraph`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Package, Payload, PayloadBuilder, PayloadContext, ScopeOrder, scriptworker};
use crate::diagnostics::Mistakes;
use crate::generate::shared::as_written::AsWritten;
use crate::generate::shared::integer::Integer;
use crate::generate::shared::reference::Reference;
use crate::generate::shared::schema::schema_of;
use crate::yaml::{self, Map, Node};

/// The row.
pub(super) const SCRIPTWORKER_SIGNING: PayloadBuilder = PayloadBuilder {
    implementation: "scriptworker-signing",
    package: Package::MozillaTaskgraph,
    schema: schema_of::<Worker>,
    build,
};

/// The format that adds a signature beside the artifact.
const DETACHED: &str = "gcp_prod_autograph_gpg";
/// The attribute that says what later tasks of a release find.
const RELEASE_ARTIFACTS: &str = "release_artifacts";

/// `worker` of a task that signs artifacts. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Worker {
    /// `scriptworker-signing`
    #[serde(rename = "implementation")]
    _implementation: String,
    /// The operating system, which means nothing here.
    #[serde(rename = "os", default)]
    _os: Option<String>,
    /// The certificate, as scopes name it, such as `dep-signing`.
    signing_type: String,
    /// What is signed.
    upstream_artifacts: Vec<AsWritten<UpstreamArtifact>>,
    /// How long it may take, in seconds; null leaves it to the worker.
    #[serde(default = "default_max_run_time")]
    max_run_time: Option<Integer>,
}

#[expect(clippy::unnecessary_wraps, reason = "null is allowed, and is not the default")]
fn default_max_run_time() -> Option<Integer> {
    Some(600_i64.into())
}

/// One of `worker.upstream-artifacts`, which the worker is handed as they are.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UpstreamArtifact {
    /// The task that has them.
    #[serde(rename = "taskId")]
    _task_id: Reference,
    /// What that task is to chain of trust.
    #[serde(rename = "taskType")]
    _task_type: String,
    /// Their names.
    paths: Vec<String>,
    /// The formats each is signed in.
    formats: Vec<String>,
    /// For MSI: the comment in the signed installer.
    #[serde(rename = "authenticode_comment", default)]
    _authenticode_comment: Option<String>,
}

fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let worker: Worker = yaml::read_noting(context.worker, context.kind.warnings)?;
    let artifacts: Vec<Node> = worker.upstream_artifacts.iter().map(|artifact| artifact.node().clone()).collect();
    let payload =
        Map::from([("upstreamArtifacts", Node::new(artifacts)), ("maxRunTime", yaml::write(&worker.max_run_time))]);
    let scope = format!("{}:signing:cert:{}", scriptworker::scope_prefix(context)?, worker.signing_type);
    let released = released(context, &worker)?;
    Ok(Payload {
        scopes: vec![Node::new(scope)],
        scope_order: ScopeOrder::Sorted,
        attributes: Map::from([(RELEASE_ARTIFACTS, released)]),
        ..scriptworker::payload(payload)
    })
}

/// What the task leaves beside what its attributes named already.
fn released(context: &PayloadContext<'_>, worker: &Worker) -> Result<Node, Mistakes> {
    let named = context.attributes.get(RELEASE_ARTIFACTS).map(yaml::read::<Vec<String>>).transpose()?;
    let mut artifacts: BTreeSet<String> = named.into_iter().flatten().collect();
    for upstream in &worker.upstream_artifacts {
        for path in &upstream.paths {
            artifacts.insert(if path.ends_with(".dmg") { path.replace(".dmg", ".tar.gz") } else { path.clone() });
            if upstream.formats.iter().any(|format| format == DETACHED) {
                artifacts.insert(format!("{path}.asc"));
            }
        }
    }
    Ok(artifacts.into_iter().map(Node::new).collect())
}
