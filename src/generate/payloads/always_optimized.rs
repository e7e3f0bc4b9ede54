//! `always-optimized`: another task takes this one's place before it would be created.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Package, Payload, PayloadBuilder, PayloadContext};
use crate::diagnostics::Mistakes;
use crate::generate::shared::schema::schema_of;
use crate::yaml::{self, Node};

/// The row.
pub(super) const ALWAYS_OPTIMIZED: PayloadBuilder = PayloadBuilder {
    implementation: "always-optimized",
    package: Package::Taskgraph,
    schema: schema_of::<Worker>,
    build,
};

/// `worker` of a task that is always optimized away. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
struct Worker {
    /// `always-optimized`
    #[serde(rename = "implementation")]
    _implementation: String,
}

fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let _: Worker = yaml::read_noting(context.worker, context.kind.warnings)?;
    Ok(Payload::new(Node::empty_map()))
}
