//! What a function of a kind is given as `config`.

use starlark::eval::Evaluator;
use starlark::values::Value;
use starlark::values::structs::AllocStruct;

use crate::generate::context::{KindContext, RunContext};
use crate::script::starlark::to_value;
use crate::yaml::{Map, Node};

/// Keys of a `kind.yml` that are not in `config.config`: they may be thousands of tasks, which are given anyway.
const LEFT_OUT: [&str; 2] = ["tasks", "task-defaults"];

/// The names are those of the reference's `TransformConfig`; `kind_dependencies_tasks` is made when it is asked for.
pub(super) fn config_value<'v>(eval: &Evaluator<'v, '_, '_>, kind: &KindContext<'_>) -> starlark::Result<Value<'v>> {
    let heap = eval.heap();
    Ok(heap.alloc(AllocStruct([
        ("kind", heap.alloc(kind.kind.as_str())),
        ("path", heap.alloc(kind.path.to_string_lossy().as_ref())),
        ("config", to_value(eval, &kind_file(kind.config))?),
        ("params", params_value(eval, kind.run)?),
        ("graph_config", graph_config_value(eval, kind.run)?),
    ])))
}

/// The parameters, as a dict.
pub(super) fn params_value<'v>(eval: &Evaluator<'v, '_, '_>, run: &RunContext<'_>) -> starlark::Result<Value<'v>> {
    to_value(eval, &Node::new(run.parameters.document().clone()))
}

/// The `config.yml`, as a dict.
pub(super) fn graph_config_value<'v>(
    eval: &Evaluator<'v, '_, '_>,
    run: &RunContext<'_>,
) -> starlark::Result<Value<'v>> {
    to_value(eval, &run.graph_config.document)
}

fn kind_file(document: &Map) -> Node {
    let kept = document.iter().filter(|(key, _)| !key.as_str().is_some_and(|key| LEFT_OUT.contains(&key)));
    Node::new(kept.cloned().collect::<Map>())
}
