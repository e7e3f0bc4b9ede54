//! What a task's `worker-type` says of it before it is read.

use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::context::KindContext;
use crate::generate::shared::edit::map_in;
use crate::generate::shared::python_text::to_str;
use crate::generate::shared::worker_types::implementation;
use crate::yaml::{Map, Node};

/// The task with its label, and with the implementation and the system of its worker.
pub(super) fn complete(kind: &KindContext<'_>, mut task: Map) -> Result<Map, Mistakes> {
    add_implementation(kind, &mut task)?;
    if !task.contains("label") {
        let name = task.get("name").map(to_str);
        let name = name.ok_or_else(|| Diagnostic::error("a task needs a `name` or a `label`"))?;
        task.insert("label", format!("{}-{name}", kind.kind));
    }
    if task.get("name").is_some_and(Node::is_truthy) {
        task.remove("name");
    }
    Ok(task)
}

fn add_implementation(kind: &KindContext<'_>, task: &mut Map) -> Result<(), Diagnostic> {
    if map_in(task, "worker")?.contains("implementation") {
        return Ok(());
    }
    // Without a worker type the task will be refused when it is read.
    let Some(worker_type) = task.get("worker-type") else { return Ok(()) };
    let Some(alias) = worker_type.as_str() else { return Ok(()) };
    let found = implementation(kind.graph_config, alias, worker_type.span)?;
    let tags = map_in(task, "tags")?;
    tags.insert("worker-implementation", found.name.as_str());
    if let Some(os) = &found.os {
        tags.insert("os", os.as_str());
    }
    let worker = map_in(task, "worker")?;
    worker.insert("implementation", found.name);
    if let Some(os) = found.os {
        worker.insert("os", os);
    }
    Ok(())
}
