//! What is fuzzed: each target takes any bytes, and must end without a panic.
//!
//! To add one: write `targets/<name>.rs`, add its row to [`TARGETS`], and put examples into `corpus/<name>/`.

mod action_input;
mod carriers;
mod docker_context;
mod explain;
mod failure_log;
mod faults;
mod front_end;
mod image_archive;
mod json;
mod kind;
mod parameters;
mod query;
mod starlark;
mod task_graph;
mod taskcluster_yml;
mod world;
mod yaml;

/// Something that reads what others wrote.
pub(crate) struct Target {
    /// Its name, and that of its corpus.
    pub(crate) name: &'static str,
    /// Reads, and checks what must be true of anything that was read.
    pub(crate) run: fn(&[u8]),
}

/// Every target, by name.
pub(crate) const TARGETS: &[Target] = &[
    action_input::TARGET,
    carriers::TARGET,
    docker_context::TARGET,
    explain::TARGET,
    failure_log::TARGET,
    faults::TARGET,
    front_end::TARGET,
    image_archive::TARGET,
    json::TARGET,
    kind::TARGET,
    parameters::TARGET,
    query::TARGET,
    starlark::TARGET,
    task_graph::TARGET,
    taskcluster_yml::TARGET,
    yaml::TARGET,
];
