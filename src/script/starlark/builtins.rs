//! The functions of the language, those among them that make or read whole collections behind a count of what they do.

use std::sync::LazyLock;

use starlark::collections::SmallMap;
use starlark::environment::{Globals, GlobalsBuilder, LibraryExtension};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::none::NoneType;
use starlark::values::tuple::UnpackTuple;

use super::guards::{length, spend_on, tuple_guarded, weight};
use super::host::host;
use super::limits::{spend, spend_on_one};

/// The functions as the engine has them.
static ENGINE: LazyLock<Globals> =
    LazyLock::new(|| Globals::extended_by(&[LibraryExtension::StructType, LibraryExtension::SetType]));

/// How a function's work grows.
#[derive(Clone, Copy)]
enum Work {
    /// With how many items it is given.
    Items,
    /// With all that its arguments hold.
    Everything,
}

/// Counts the work of a function of the engine, then has it done.
fn call<'v>(
    eval: &mut Evaluator<'v, '_, '_>,
    name: &str,
    work: Work,
    arguments: &UnpackTuple<Value<'v>>,
    named: &SmallMap<String, Value<'v>>,
) -> starlark::Result<Value<'v>> {
    for argument in arguments.items.iter().chain(named.values()) {
        match work {
            Work::Items => spend_on_one(eval, 8 * length(*argument), "the collection")?,
            Work::Everything => spend_on(eval, *argument)?,
        }
    }
    let function = ENGINE.iter().find(|(known, _)| *known == name).expect("the engine has it").1;
    let named: Vec<(&str, Value<'v>)> = named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let made = eval.eval_function(function.to_value(), &arguments.items, &named)?;
    tuple_guarded(made)?;
    Ok(made)
}

/// Sorting compares each item some times.
fn spend_on_sorting<'v>(eval: &mut Evaluator<'v, '_, '_>, arguments: &UnpackTuple<Value<'v>>) -> starlark::Result<()> {
    for argument in &arguments.items {
        let weight = weight(eval, *argument)?;
        spend(eval, weight.saturating_mul(u64::from(length(*argument).max(1).ilog2()) + 1))?;
    }
    Ok(())
}

/// A collecting function of the engine under its own name.
macro_rules! guarded {
    ($builder:ident, $($name:ident: $work:ident),* $(,)?) => {
        $(
            #[starlark_module]
            fn $name(builder: &mut GlobalsBuilder) {
                fn $name<'v>(
                    #[starlark(args)] arguments: UnpackTuple<Value<'v>>,
                    #[starlark(kwargs)] named: SmallMap<String, Value<'v>>,
                    eval: &mut Evaluator<'v, '_, '_>,
                ) -> starlark::Result<Value<'v>> {
                    call(eval, stringify!($name), Work::$work, &arguments, &named)
                }
            }
        )*
        fn $builder(builder: GlobalsBuilder) -> GlobalsBuilder {
            builder$(.with($name))*
        }
    };
}

guarded! {
    with_collections,
    all: Items,
    any: Items,
    dict: Items,
    enumerate: Items,
    fail: Everything,
    hash: Everything,
    list: Items,
    repr: Everything,
    reversed: Items,
    set: Everything,
    str: Everything,
    tuple: Items,
    zip: Items,
}

#[starlark_module]
fn comparing(builder: &mut GlobalsBuilder) {
    fn sorted<'v>(
        #[starlark(args)] arguments: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        spend_on_sorting(eval, &arguments)?;
        call(eval, "sorted", Work::Items, &arguments, &named)
    }

    fn min<'v>(
        #[starlark(args)] arguments: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        call(eval, "min", Work::Everything, &arguments, &named)
    }

    fn max<'v>(
        #[starlark(args)] arguments: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        call(eval, "max", Work::Everything, &arguments, &named)
    }

    fn print<'v>(
        #[starlark(args)] arguments: UnpackTuple<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        for argument in &arguments.items {
            spend_on(eval, *argument)?;
        }
        let texts: Vec<String> = arguments.items.iter().map(|value| value.to_str()).collect();
        host(eval).services.print(&texts.join(" "));
        Ok(NoneType)
    }
}

/// The language: what programs may call before anything of ours is added.
pub(super) fn language() -> GlobalsBuilder {
    let builder = GlobalsBuilder::extended_by(&[LibraryExtension::StructType, LibraryExtension::SetType]);
    with_collections(builder).with(comparing).with(super::guards::guards)
}
