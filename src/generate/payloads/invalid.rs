//! `invalid`: a task that makes no sense in this push and must never be created.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Package, Payload, PayloadBuilder, PayloadContext};
use crate::diagnostics::Mistakes;
use crate::generate::shared::schema::schema_of;
use crate::yaml::{self, Node};

/// The row.
pub(super) const INVALID: PayloadBuilder =
    PayloadBuilder { implementation: "invalid", package: Package::Taskgraph, schema: schema_of::<Worker>, build };

/// `worker` of a task that is never created. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
struct Worker {
    /// `invalid`
    #[serde(rename = "implementation")]
    _implementation: String,
    /// The system that the alias names, which means nothing here.
    #[serde(rename = "os")]
    _os: Option<String>,
}

fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let _: Worker = yaml::read_noting(context.worker, context.kind.warnings)?;
    Ok(Payload::new(Node::new("invalid task - should never be created")))
}
