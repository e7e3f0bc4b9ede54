//! A task about to get its command.

use crate::diagnostics::Diagnostic;
use crate::generate::shared::edit::{list_in, map_in};
use crate::generate::shared::worker_types::Implementation;
use crate::model::Stub;
use crate::yaml::{Map, Node};

/// What a way to run starts from: the task without its section `run`, that section, and what runs the task.
#[derive(Clone, Debug)]
pub struct Description {
    /// The task; what comes out of a way to run.
    pub stub: Stub,
    /// Section `run` as written, a mapping.
    pub run: Node,
    /// What runs the task.
    pub implementation: Implementation,
}

impl Description {
    /// Whether docker-worker runs the task.
    #[must_use]
    pub fn is_docker(&self) -> bool {
        self.implementation.name == "docker-worker"
    }

    /// The operating system the task is run on, empty where nothing runs it.
    #[must_use]
    pub fn os(&self) -> &str {
        self.implementation.os.as_deref().unwrap_or_default()
    }

    /// Section `worker`.
    ///
    /// # Errors
    /// If it is no mapping.
    pub fn worker(&mut self) -> Result<&mut Map, Diagnostic> {
        map_in(&mut self.stub.body, "worker")
    }

    /// The variables of the task.
    ///
    /// # Errors
    /// If `worker.env` is no mapping.
    pub fn env(&mut self) -> Result<&mut Map, Diagnostic> {
        map_in(self.worker()?, "env")
    }

    /// Appends to a list of the worker's, such as `mounts`.
    ///
    /// # Errors
    /// If it is no list.
    pub fn push_to_worker(&mut self, list: &str, item: Map) -> Result<(), Diagnostic> {
        list_in(self.worker()?, list)?.push(Node::new(item));
        Ok(())
    }

    /// What the artifacts' names begin with: attribute `artifact_prefix`, else `public/build`.
    #[must_use]
    pub fn artifact_prefix(&self) -> String {
        crate::generate::shared::fetches::artifact_prefix(self.stub.body.get("attributes").and_then(Node::as_map))
    }
}
