//! One evaluation: a heap and an evaluator of its own, and a stack that is deep enough.

use starlark::environment::{FrozenModule, Module};
use starlark::eval::Evaluator;
use starlark::values::FrozenHeapName;

use super::host::{Host, Services};
use super::limits::Limits;

/// The stack of an evaluation, in bytes: for as many calls within calls as are allowed, in builds that are not
/// optimized too.
const STACK: usize = 256 << 20;

/// Has `work` done with an evaluator of its own. Values live no longer than that.
pub fn evaluate<R, F>(limits: Limits, services: &(dyn Services + Sync), work: F) -> R
where
    R: Send,
    F: for<'v, 'a, 'e> FnOnce(&mut Evaluator<'v, 'a, 'e>) -> R + Send,
{
    let evaluation = || {
        Module::with_temp_heap(|module| {
            let host = Host::new(limits, services);
            let mut eval = evaluator(&module, &host, limits);
            work(&mut eval)
        })
    };
    on_deep_stack(evaluation)
}

/// As [`evaluate`], and what `work` puts into the module is kept, frozen.
///
/// # Errors
/// What `work` fails with, and values that cannot be frozen.
pub fn evaluate_and_keep<F>(
    limits: Limits,
    services: &(dyn Services + Sync),
    name: &str,
    work: F,
) -> starlark::Result<FrozenModule>
where
    F: for<'v, 'a, 'e> FnOnce(&mut Evaluator<'v, 'a, 'e>) -> starlark::Result<()> + Send,
{
    on_deep_stack(|| {
        Module::with_temp_heap(|module| {
            {
                let host = Host::new(limits, services);
                let mut eval = evaluator(&module, &host, limits);
                work(&mut eval)?;
            }
            freeze(module, name)
        })
    })
}

/// What a module holds, never to change again.
pub(super) fn freeze(module: Module<'_>, name: &str) -> starlark::Result<FrozenModule> {
    let frozen = module.freeze_named(FrozenHeapName::User(Box::new(name.to_owned())));
    frozen.map_err(|error| starlark::Error::new_other(anyhow::anyhow!("{error:?}")))
}

/// Has `work` done by a thread with a deep stack.
pub(super) fn on_deep_stack<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        match thread.expect("a thread can be started").join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// An evaluator within limits.
pub(super) fn evaluator<'v, 'a, 'e>(
    module: &'a Module<'v>,
    host: &'a Host<'e>,
    limits: Limits,
) -> Evaluator<'v, 'a, 'e> {
    let mut eval = Evaluator::new(module);
    // Values must not move: what they were made from is known by their address.
    eval.disable_gc();
    eval.extra = Some(host);
    eval.set_max_tick_count(limits.steps).expect("it is set once, and is not zero");
    eval.set_max_heap_size(limits.heap).expect("it is set once, and is not zero");
    eval.set_max_callstack_size(limits.depth).expect("it is set once, and is not zero");
    eval
}
