//! Kinds: from `kinds/<kind>/kind.yml` to finished tasks, kind by kind in the order of their dependencies.
//!
//! Source: `taskgraph.generator` and `taskgraph.loader` of the reference. Keys `only-for-*` and `not-for-*` of a
//! `kind.yml` mean nothing to the reference itself: they are read by grouping functions that Firefox's tree brings
//! along, of which `from_deps` here has `single-with-filters`.

mod chain;
mod finish;
mod foreign;
mod kind;
mod kind_graph;
mod loader;
mod registered;
mod schedule;

pub use foreign::{foreign, modules};
pub use kind::{Kind, KindFile};
pub use kind_graph::{KindGraph, Kinds, load_kinds, present_kinds};
pub use loader::{DEFAULT_LOADER, DEFAULT_TRANSFORMS, TRANSFORM_LOADER};
pub use schedule::load_tasks;

#[cfg(test)]
mod tests;
