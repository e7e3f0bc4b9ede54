//! `run.using: always-optimized`: the task is never run, as optimization always finds another in its place.
//!
//! Source: `taskgraph.transforms.run` of the reference.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Description, RunUsing};
use crate::diagnostics::Mistakes;
use crate::generate::context::KindContext;
use crate::model::Stub;
use crate::yaml;

pub(super) const ALWAYS_OPTIMIZED: RunUsing =
    RunUsing { name: "always-optimized", implementations: &["always-optimized"], apply };

/// Section `run`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AlwaysOptimized {
    /// `always-optimized`
    using: String,
}

fn apply(_: &KindContext<'_>, description: Description) -> Result<Stub, Mistakes> {
    yaml::read::<AlwaysOptimized>(&description.run)?;
    Ok(description.stub)
}
