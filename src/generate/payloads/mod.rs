//! Payloads: what a worker implementation is told to do.
//!
//! To add one: write `payloads/<implementation>.rs`, add its row to [`PAYLOAD_BUILDERS`].

mod always_optimized;
mod beetmover;
mod docker_worker;
mod generic_worker;
mod invalid;
mod succeed;

use crate::diagnostics::{Mistakes, Span};
use crate::yaml::{Map, Node};

use super::context::KindContext;

/// A worker implementation.
#[derive(Clone, Copy, Debug)]
pub struct PayloadBuilder {
    /// Its name: a task's `worker.implementation`.
    pub implementation: &'static str,
    /// What `worker` may say.
    pub schema: fn() -> schemars::Schema,
    /// Makes the payload.
    pub build: fn(&PayloadContext<'_>) -> Result<Payload, Mistakes>,
}

/// What a payload is made from.
#[derive(Clone, Copy)]
pub struct PayloadContext<'a> {
    /// What the task's kind sees.
    pub kind: &'a KindContext<'a>,
    /// The task's `worker`, of which each implementation knows the keys itself.
    pub worker: &'a Node,
    /// The task's pool, `<provisioner>/<worker type>`.
    pub worker_type: &'a str,
    /// Whether the task compiles with a shared cache.
    pub needs_sccache: bool,
    /// When the task is forgotten, as the definition says it.
    pub expires: &'a Node,
    /// Where the task already depends on something under the edge name `docker-image`.
    pub docker_image_dependency: Option<Span>,
}

/// A payload and what it takes to run it.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    /// The payload.
    pub payload: Node,
    /// Scopes beside those the task asks for.
    pub scopes: Vec<Node>,
    /// Tasks to depend on: edge name → label.
    pub dependencies: Map,
}

impl Payload {
    /// A payload that takes nothing more.
    #[must_use]
    pub const fn new(payload: Node) -> Self {
        Self { payload, scopes: Vec::new(), dependencies: Map::new() }
    }
}

/// Every implementation of ours, by name.
pub const PAYLOAD_BUILDERS: &[PayloadBuilder] = &[
    always_optimized::ALWAYS_OPTIMIZED,
    beetmover::BEETMOVER,
    docker_worker::DOCKER_WORKER,
    generic_worker::GENERIC_WORKER,
    invalid::INVALID,
    succeed::SUCCEED,
];

/// The builder of an implementation.
#[must_use]
pub fn payload_builder(implementation: &str) -> Option<&'static PayloadBuilder> {
    PAYLOAD_BUILDERS.iter().find(|builder| builder.implementation == implementation)
}
