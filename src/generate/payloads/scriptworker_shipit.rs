//! `scriptworker-shipit`: tells Ship-It about a release. From `mozilla_taskgraph`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Package, Payload, PayloadBuilder, PayloadContext, scriptworker};
use crate::diagnostics::Mistakes;
use crate::generate::shared::schema::schema_of;
use crate::yaml::{self, Map};

/// The row.
pub(super) const SCRIPTWORKER_SHIPIT: PayloadBuilder = PayloadBuilder {
    implementation: "scriptworker-shipit",
    package: Package::MozillaTaskgraph,
    schema: schema_of::<Worker>,
    build,
};

/// `worker` of a task that tells Ship-It about a release. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Worker {
    /// `scriptworker-shipit`
    #[serde(rename = "implementation")]
    _implementation: String,
    /// The operating system, which means nothing here.
    #[serde(rename = "os", default)]
    _os: Option<String>,
    /// The release's name in Ship-It.
    release_name: String,
}

fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let worker: Worker = yaml::read_noting(context.worker, context.kind.warnings)?;
    Ok(scriptworker::payload(Map::from([("release_name", worker.release_name)])))
}
