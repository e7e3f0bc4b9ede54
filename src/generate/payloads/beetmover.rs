//! `beetmover`: a scriptworker that copies artifacts to where releases are downloaded from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Package, Payload, PayloadBuilder, PayloadContext};
use crate::diagnostics::Mistakes;
use crate::generate::shared::integer::Integer;
use crate::generate::shared::reference::Reference;
use crate::generate::shared::schema::schema_of;
use crate::yaml::{self, Node};

/// The row.
pub(super) const BEETMOVER: PayloadBuilder =
    PayloadBuilder { implementation: "beetmover", package: Package::Taskgraph, schema: schema_of::<Worker>, build };

/// `worker` of a task that moves artifacts. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Worker {
    /// `beetmover`
    #[serde(rename = "implementation")]
    _implementation: String,
    /// The system that the alias names, which means nothing here.
    #[serde(rename = "os")]
    _os: Option<String>,
    /// How long it may take, in seconds.
    #[serde(default = "default_max_run_time")]
    max_run_time: Integer,
    /// What is released.
    release_properties: ReleaseProperties,
    /// What is moved.
    upstream_artifacts: Vec<UpstreamArtifact>,
    /// The locale, if it is about one.
    locale: Option<String>,
    /// Whether a partner's build is public.
    partner_public: Option<bool>,
    /// Where each artifact goes, as the worker wants to be told.
    #[serde(default)]
    artifact_map: Node,
}

fn default_max_run_time() -> Integer {
    600_i64.into()
}

/// `worker.release-properties`
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all(deserialize = "kebab-case", serialize = "camelCase"))]
struct ReleaseProperties {
    /// The application's name.
    app_name: String,
    /// The application's version.
    app_version: String,
    /// The branch it was built from.
    branch: String,
    /// The id of the build.
    #[serde(rename(deserialize = "build-id", serialize = "buildid"))]
    build_id: String,
    /// The sort of digests.
    hash_type: String,
    /// The platform it is for.
    platform: String,
}

/// One of `worker.upstream-artifacts`, which the worker is handed as they are.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct UpstreamArtifact {
    /// The task that has them.
    task_id: Reference,
    /// What that task is to chain of trust.
    task_type: String,
    /// Their names.
    paths: Vec<String>,
    /// Their locale.
    locale: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BeetmoverPayload {
    max_run_time: Integer,
    release_properties: ReleaseProperties,
    #[serde(rename = "upload_date")]
    upload_date: i64,
    upstream_artifacts: Vec<UpstreamArtifact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_map: Option<Node>,
    #[serde(rename = "is_partner_repack_public", skip_serializing_if = "Option::is_none")]
    partner_public: Option<bool>,
}

fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let worker: Worker = yaml::read_noting(context.worker, context.kind.warnings)?;
    Ok(Payload::new(yaml::write(&BeetmoverPayload {
        max_run_time: worker.max_run_time,
        release_properties: worker.release_properties,
        upload_date: context.kind.parameters.build_date,
        upstream_artifacts: worker.upstream_artifacts,
        locale: worker.locale.filter(|locale| !locale.is_empty()),
        artifact_map: Some(worker.artifact_map).filter(Node::is_truthy),
        partner_public: worker.partner_public.filter(|public| *public),
    })))
}
