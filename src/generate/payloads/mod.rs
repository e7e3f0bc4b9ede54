//! Payloads: what a worker implementation is told to do.
//!
//! To add one: write `payloads/<implementation>.rs`, add its row to [`PAYLOAD_BUILDERS`].

mod always_optimized;
mod beetmover;
mod docker_worker;
mod generic_worker;
mod invalid;
mod scriptworker;
mod scriptworker_beetmover_data;
mod scriptworker_bitrise;
mod scriptworker_lando;
mod scriptworker_shipit;
mod scriptworker_signing;
mod succeed;

use crate::diagnostics::{Mistakes, Span};
use crate::model::GraphConfig;
use crate::yaml::{Map, Node};

use super::context::KindContext;
use super::shared::entries::Entries;

/// A worker implementation.
#[derive(Clone, Copy, Debug)]
pub struct PayloadBuilder {
    /// Its name: a task's `worker.implementation`.
    pub implementation: &'static str,
    /// What brings it.
    pub package: Package,
    /// What `worker` may say.
    pub schema: fn() -> schemars::Schema,
    /// Makes the payload.
    pub build: fn(&PayloadContext<'_>) -> Result<Payload, Mistakes>,
}

/// The Python package that brings an implementation to the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// The reference itself.
    Taskgraph,
    /// `mozilla_taskgraph`, where `register` of `config.yml` names it.
    MozillaTaskgraph,
}

/// What a payload is made from.
#[derive(Clone, Copy)]
pub struct PayloadContext<'a> {
    /// What the task's kind sees.
    pub kind: &'a KindContext<'a>,
    /// The task's `worker`, of which each implementation knows the keys itself.
    pub worker: &'a Node,
    /// The task's attributes.
    pub attributes: &'a Entries<Node>,
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
    /// How all scopes of the task are ordered.
    pub scope_order: ScopeOrder,
    /// Routes beside those of the task.
    pub routes: Vec<Node>,
    /// Tags beside or instead of those of the task.
    pub tags: Map,
    /// Attributes beside or instead of those of the task.
    pub attributes: Map,
    /// Tasks to depend on: edge name → label.
    pub dependencies: Map,
}

/// How the scopes of a task are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeOrder {
    /// Those of the task, then those of the payload.
    AsAdded,
    /// By name, each once.
    Sorted,
}

impl Payload {
    /// A payload that takes nothing more.
    #[must_use]
    pub const fn new(payload: Node) -> Self {
        Self {
            payload,
            scopes: Vec::new(),
            scope_order: ScopeOrder::AsAdded,
            routes: Vec::new(),
            tags: Map::new(),
            attributes: Map::new(),
            dependencies: Map::new(),
        }
    }
}

/// Every implementation of ours, by name.
pub const PAYLOAD_BUILDERS: &[PayloadBuilder] = &[
    always_optimized::ALWAYS_OPTIMIZED,
    beetmover::BEETMOVER,
    docker_worker::DOCKER_WORKER,
    generic_worker::GENERIC_WORKER,
    invalid::INVALID,
    scriptworker_beetmover_data::SCRIPTWORKER_BEETMOVER_DATA,
    scriptworker_bitrise::SCRIPTWORKER_BITRISE,
    scriptworker_lando::SCRIPTWORKER_LANDO,
    scriptworker_shipit::SCRIPTWORKER_SHIPIT,
    scriptworker_signing::SCRIPTWORKER_SIGNING,
    succeed::SUCCEED,
];

/// The implementations that a project has.
pub fn payload_builders(config: &GraphConfig) -> impl Iterator<Item = &'static PayloadBuilder> {
    let has_mozilla = config.registers_mozilla_taskgraph();
    PAYLOAD_BUILDERS.iter().filter(move |builder| has_mozilla || builder.package == Package::Taskgraph)
}
