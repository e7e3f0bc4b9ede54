//! The things a push is made of: labels, task ids, parameters, the project's configuration, tasks and graphs.

mod assigned_graph;
mod file_url;
mod graph_config;
mod keyed_by;
mod label;
mod mozilla_config;
mod parameters;
mod path_pattern;
mod pattern;
mod stored_graph;
mod stub;
mod task;
mod task_document;
mod task_graph;
mod task_id;
mod try_config;
mod try_task_config;

pub use assigned_graph::AssignedGraph;
pub use graph_config::{
    Config, DefaultCache, GraphConfig, IndexConfig, Priority, Repositories, RepositoryConfig, RunConfig, Taskgraph,
    Treeherder, WorkerAlias, Workers,
};
pub use keyed_by::{Keyed, KeyedByOptions, evaluate_keyed_by, is_keyed, keyed_schema, resolve_keyed_by};
pub use label::{KindName, Label};
pub use mozilla_config::{MOZILLA_TASKGRAPH, MozillaConfig, ReleaseBranches, Scriptworker, Shipit};
#[cfg(test)]
pub(crate) use parameters::tests::github_push;
pub use parameters::{AlwaysTarget, CodeReview, KnownParameters, Parameters};
pub use path_pattern::PathPattern;
pub use pattern::{Found, InvalidPattern, Pattern, matches_key};
pub use stored_graph::StoredGraph;
pub use stub::{Origin, Stub};
pub use task::{LabelGraph, Optimization, Task};
pub use task_document::dependencies;
pub use task_graph::{Edges, GraphKey, TaskGraph};
pub use task_id::{InvalidTaskId, TaskId};
pub use try_config::{CarrierName, TryConfig, TryTemplate};
pub use try_task_config::{
    CARRIED_BY, Changes, ChangesFor, HARNESS_KEYS, Rebuild, Selects, TRY_TASK_CONFIG, TasksRegex, TryTaskConfig,
};
