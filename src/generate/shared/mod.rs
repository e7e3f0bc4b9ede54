//! What several transforms, payloads and phases need alike.

pub mod as_written;
pub mod cached_task;
pub mod caches;
pub mod docker;
pub mod edit;
pub mod entries;
pub mod fetches;
pub mod fields;
pub mod format;
mod format_spec;
pub mod hash_paths;
pub mod merge;
pub mod order;
pub mod paths;
pub mod python_text;
pub mod reference;
pub mod references;
pub mod relative_time;
pub mod repositories;
mod rewrite;
pub mod schema;
pub mod scripts;
pub mod text;
pub mod treeherder;
pub mod worker_types;
