//! The tasks of the kinds that a kind depends on.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::dict::AllocDict;
use starlark::values::structs::AllocStruct;

use crate::script::starlark::{services, to_value};
use crate::yaml::Node;

/// Under what name a program's module keeps the tasks once they are asked for.
const KEPT: &str = "__kept_dependencies";

#[starlark_module]
pub(super) fn functions(builder: &mut GlobalsBuilder) {
    fn __dependencies<'v>(owner: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        let _ = owner;
        if let Some(kept) = eval.module().get(KEPT) {
            return Ok(kept);
        }
        let tasks = services(eval).dependencies();
        let entry = |task: &Node| Ok((label(task), task_value(eval, task)?));
        let tasks = tasks.iter().map(entry).collect::<starlark::Result<Vec<_>>>()?;
        let tasks = eval.heap().alloc(AllocDict(tasks));
        eval.module().set(KEPT, tasks);
        Ok(tasks)
    }
}

fn label(task: &Node) -> String {
    task.get("label").and_then(Node::as_str).unwrap_or_default().to_owned()
}

/// A finished task as programs see it: `task.label`, `task.attributes["kind"]`.
pub(in crate::generate::starlark) fn task_value<'v>(
    eval: &Evaluator<'v, '_, '_>,
    task: &Node,
) -> starlark::Result<Value<'v>> {
    let entries = task.as_map().map(crate::yaml::Map::text_entries).into_iter().flatten();
    let fields = entries.map(|(name, value)| Ok((name.replace('-', "_"), to_value(eval, value)?)));
    Ok(eval.heap().alloc(AllocStruct(fields.collect::<starlark::Result<Vec<_>>>()?)))
}
