//! Transforms: each turns a task under construction into none, one or several.
//!
//! To add one: write `transforms/<name>.rs`, add its row to [`TRANSFORMS`].

pub mod cached_tasks;
pub mod chunking;
pub mod code_review;
pub mod docker_image;
pub mod fetch;
pub mod from_deps;
pub mod mark_as_shipped;
pub mod matrix;
pub mod notify;
pub mod release_artifacts;
pub mod run;
pub mod task;
pub mod task_context;

#[cfg(test)]
mod tests;

use super::context::KindContext;
use crate::diagnostics::Mistakes;
use crate::model::Stub;

/// A transform a `kind.yml` can name.
#[derive(Clone, Copy, Debug)]
pub struct Transform {
    /// The name in `kind.yml`: the reference's dotted path, `:transforms` included.
    pub name: &'static str,
    /// What it does.
    pub apply: Apply,
}

/// What a transform needs to see to do its work.
#[derive(Clone, Copy, Debug)]
pub enum Apply {
    /// One task at a time; mistakes of all tasks are collected.
    Each(fn(&KindContext<'_>, Stub) -> Result<Vec<Stub>, Mistakes>),
    /// All tasks of the kind at once, because one depends on another.
    Whole(fn(&KindContext<'_>, Vec<Stub>) -> (Vec<Stub>, Mistakes)),
}

/// Every transform of ours, by name.
pub const TRANSFORMS: &[Transform] = &[
    cached_tasks::CACHED_TASKS,
    chunking::CHUNKING,
    code_review::CODE_REVIEW,
    docker_image::DOCKER_IMAGE,
    fetch::FETCH,
    from_deps::FROM_DEPS,
    mark_as_shipped::MARK_AS_SHIPPED,
    matrix::MATRIX,
    notify::NOTIFY,
    release_artifacts::RELEASE_ARTIFACTS,
    run::RUN,
    task::TASK,
    task_context::TASK_CONTEXT,
];
