//! From a stub that went through all transforms to a finished task.

use arcstr::ArcStr;
use serde::Deserialize;

use crate::diagnostics::Mistakes;
use crate::model::{KindName, Label, Optimization, Stub, Task, dependencies};
use crate::yaml::Node;

/// What the last transform must leave. Further keys are ignored, as the reference ignores them.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Finished {
    label: Label,
    description: ArcStr,
    attributes: Node,
    task: Node,
    #[serde(default)]
    optimization: Option<Node>,
    #[serde(default)]
    dependencies: Option<Node>,
    #[serde(default)]
    soft_dependencies: Option<Vec<Label>>,
    #[serde(default)]
    if_dependencies: Option<Vec<Label>>,
}

/// The task a stub describes.
///
/// # Errors
/// A missing key or one of another type: the kind's last transform is then not `task`.
pub(super) fn finish(kind: &KindName, stub: Stub) -> Result<Task<Label>, Mistakes> {
    let origin = stub.origin();
    task(kind, stub).map_err(|mistakes| mistakes.map(|mistake| origin.locate(mistake)))
}

fn task(kind: &KindName, mut stub: Stub) -> Result<Task<Label>, Mistakes> {
    let finished: Finished = stub.read().map_err(|mistakes: Mistakes| {
        mistakes.map(|mistake| {
            mistake.help("after its transforms, a task has `label`, `description`, `attributes` and `task`")
        })
    })?;
    // What was read is then nobody else's, and need not be copied.
    drop(stub.body);
    let mut attributes = finished.attributes.into_mapping("attributes")?;
    attributes.insert("kind", kind);
    Ok(Task {
        kind: kind.clone(),
        description: finished.description,
        attributes,
        definition: finished.task.into_mapping("task")?,
        optimization: finished.optimization.as_ref().and_then(Optimization::from_node),
        dependencies: finished.dependencies.as_ref().map(dependencies).transpose()?.unwrap_or_default(),
        soft_dependencies: finished.soft_dependencies.unwrap_or_default(),
        if_dependencies: finished.if_dependencies.unwrap_or_default(),
        label: finished.label,
        span: stub.span,
    })
}
