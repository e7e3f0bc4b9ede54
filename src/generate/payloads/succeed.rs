//! `succeed`: the queue itself resolves the task as successful.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Package, Payload, PayloadBuilder, PayloadContext};
use crate::diagnostics::Mistakes;
use crate::generate::shared::schema::schema_of;
use crate::yaml::{self, Node};

/// The row.
pub(super) const SUCCEED: PayloadBuilder =
    PayloadBuilder { implementation: "succeed", package: Package::Taskgraph, schema: schema_of::<Worker>, build };

/// `worker` of a task that succeeds by itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Worker {
    /// `succeed`
    #[serde(rename = "implementation")]
    _implementation: String,
}

fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let _: Worker = yaml::read(context.worker)?;
    Ok(Payload::new(Node::empty_map()))
}
