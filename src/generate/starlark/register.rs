//! What a tree's `register` function registers.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::list::{AllocList, ListRef};
use starlark::values::none::NoneType;
use starlark::values::structs::AllocStruct;

use super::config::graph_config_value;
use super::host::task_value;
use super::services::OfRun;
use crate::diagnostics::{Mistakes, Span};
use crate::generate::context::{KindContext, RunContext};
use crate::script::Point;
use crate::script::starlark::{Limits, Name, REGISTERED, Registry, evaluate_and_keep};
use crate::yaml::Node;

/// What the tree registers in Starlark; nothing if `register` of `config.yml` names no program.
///
/// # Errors
/// A program that is not there, or fails.
pub(super) fn registry<'a>(run: &RunContext<'a>) -> Result<&'a Registry, Mistakes> {
    run.memo.registry.get_or_init(|| register(run)).as_ref().map_err(Clone::clone)
}

fn register(run: &RunContext<'_>) -> Result<Registry, Mistakes> {
    let named = run.graph_config.document.get("taskgraph").and_then(|section| section.get("register"));
    let name = named.and_then(Node::as_str).and_then(Name::parse);
    let Some((written, name)) = named.zip(name) else { return Ok(Registry::default()) };
    let function = super::find(run, name, written.span)?;
    let services = OfRun(run);
    let kept = evaluate_and_keep(Limits::for_tasks(1), &services, "register", |eval| {
        let graph_config = graph_config_value(eval, run)?;
        eval.module().set(REGISTERED, eval.heap().alloc(AllocList::EMPTY));
        eval.eval_function(eval.heap().access_owned_frozen_value(&function), &[graph_config], &[])?;
        Ok(())
    });
    let kept = kept.map_err(|error| mistake(run, &error, written.span))?;
    Ok(Registry::of(&kept))
}

/// An error of a program that something in the tree names at `named`.
pub(super) fn mistake(run: &RunContext<'_>, error: &starlark::Error, named: Span) -> crate::diagnostics::Diagnostic {
    let told = run.memo.modules.diagnostic(error);
    let place = told.span.or(named);
    told.at(place).related(named, "it is used here")
}

/// The tasks of the kinds that a kind depends on, as values.
pub(super) fn tasks<'v>(eval: &Evaluator<'v, '_, '_>, kind: &KindContext<'_>) -> starlark::Result<Vec<Value<'v>>> {
    kind.dependencies.iter().map(|task| task_value(eval, &Node::new(task.to_document(&task.label)))).collect()
}

/// Puts something among what is registered.
fn add<'v, const N: usize>(
    eval: &mut Evaluator<'v, '_, '_>,
    point: Point,
    name: &str,
    fields: [(&'static str, Value<'v>); N],
) -> starlark::Result<NoneType> {
    let heap = eval.heap();
    let Some(present) = eval.module().get(REGISTERED).and_then(ListRef::from_value) else {
        return Err(starlark::Error::new_other(anyhow::anyhow!("only `register` of `config.yml` registers")));
    };
    let own = [("point", heap.alloc(point.name())), ("name", heap.alloc(name))];
    let entry = heap.alloc(AllocStruct(own.into_iter().chain(fields).collect::<Vec<_>>()));
    let all: Vec<Value<'v>> = present.iter().chain([entry]).collect();
    eval.module().set(REGISTERED, heap.alloc(AllocList(all)));
    Ok(NoneType)
}

#[starlark_module]
pub(super) fn functions(builder: &mut GlobalsBuilder) {
    /// A target tasks method: `function(graph, parameters, graph_config)` returns labels.
    fn register_target_task<'v>(
        name: &str,
        function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::TargetTasks, name, [("function", function)])
    }

    /// A filter: `function(graph, parameters, graph_config)` returns labels.
    fn register_filter<'v>(
        name: &str,
        function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::Filter, name, [("function", function)])
    }

    /// A strategy: `should_remove_task(task, parameters, argument)` says whether the task may go.
    fn register_strategy<'v>(
        name: &str,
        should_remove_task: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::Strategy, name, [("function", should_remove_task)])
    }

    /// A worker implementation: `function(config, task, task_def)` fills `task_def` in.
    fn register_payload_builder<'v>(
        name: &str,
        function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::PayloadBuilder, name, [("function", function)])
    }

    /// A way to run: `function(config, task, taskdesc)` changes `taskdesc`, or returns another section `run`.
    fn register_run_using<'v>(
        worker_implementation: &str,
        using: &str,
        function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::RunUsing, &format!("{worker_implementation}:{using}"), [("function", function)])
    }

    /// A way to group tasks: `function(config, tasks, argument)` returns lists of tasks.
    fn register_group_by<'v>(
        name: &str,
        function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::GroupBy, name, [("function", function)])
    }

    /// A way to name tasks: `function(config, tasks, primary_dep, primary_kind)` returns a name.
    fn register_set_name<'v>(
        name: &str,
        function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::SetName, name, [("function", function)])
    }

    /// Values for `task-context`: `function(config, task)` returns them by name.
    fn register_custom_context<'v>(
        name: &str,
        function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::Context, name, [("function", function)])
    }

    /// A type of index: `function(config, task)` returns the routes under which the task is found.
    fn register_index_builder<'v>(
        name: &str,
        function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::IndexBuilder, name, [("function", function)])
    }

    /// A way to fetch: `function(config, name, fetch)` returns what the task does, as a dict.
    fn register_fetch_builder<'v>(
        name: &str,
        function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::FetchBuilder, name, [("function", function)])
    }

    /// A change to the tasks that are to be created: `function(tasks, parameters, graph_config)` returns other
    /// definitions, by label.
    fn register_morph<'v>(
        name: &str,
        function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::Morph, name, [("function", function)])
    }

    /// A rule for the full task graph: `function(graph, parameters, graph_config)` returns what is wrong, as texts.
    fn register_verification<'v>(
        name: &str,
        function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        add(eval, Point::Verification, name, [("function", function)])
    }
}
