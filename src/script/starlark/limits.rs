//! What an evaluation may use up, and the count of what it did use.
//!
//! The engine counts steps (loop turns and calls) and looks at the heap from time to time. What one step can do by
//! itself (repeat a text two thousand million times, print a list that holds itself forty times over) is counted here,
//! before it is done: see `guards`.

use std::cell::Cell;

use starlark::ErrorKind;
use starlark::eval::Evaluator;

use super::host::host;

/// What one evaluation may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Loop turns and calls.
    pub steps: u64,
    /// Bytes of the values that are alive.
    pub heap: usize,
    /// Bytes that are written, read or compared by operations whose size is not that of the program.
    pub work: u64,
    /// Calls within calls.
    pub depth: usize,
}

impl Limits {
    /// What so many tasks may use up: for one, what takes well below a second.
    #[must_use]
    pub const fn for_tasks(tasks: usize) -> Self {
        Self {
            steps: (1_000_000 >> UNOPTIMIZED) + 20_000 * tasks as u64,
            heap: (256 << 20 >> UNOPTIMIZED) + tasks * (64 << 10),
            work: (32 << 20 >> UNOPTIMIZED) + tasks as u64 * (1 << 20),
            depth: 100,
        }
    }
}

/// By how much less tests may use up, as a power of two: they are not optimized.
const UNOPTIMIZED: u32 = if cfg!(test) { 4 } else { 0 };

/// The longest text, and the most items of a list, that an operation may make.
pub(super) const LONGEST: u64 = 4 << 20;

/// What an evaluation used up beside steps.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    work: Cell<u64>,
}

impl Budget {
    pub(super) const fn new(limits: Limits) -> Self {
        Self { limits, work: Cell::new(0) }
    }

    /// How much work is left.
    pub(super) const fn left(&self) -> u64 {
        self.limits.work.saturating_sub(self.work.get())
    }

    /// Counts work.
    ///
    /// # Errors
    /// More than is left.
    pub(super) fn spend(&self, work: u64) -> starlark::Result<()> {
        let spent = self.work.get().saturating_add(work);
        self.work.set(spent);
        if spent > self.limits.work {
            return Err(too_much(&format!("more than {} MiB are worked through", self.limits.work >> 20)));
        }
        Ok(())
    }
}

/// Counts what an operation is about to do, and looks at the heap.
///
/// # Errors
/// More than may be used up.
pub fn spend(eval: &mut Evaluator<'_, '_, '_>, work: u64) -> starlark::Result<()> {
    let budget = &host(eval).budget;
    budget.spend(work)?;
    let limit = budget.limits.heap;
    if eval.heap().peak_allocated_bytes() > limit {
        return Err(too_much(&format!("the values take more than {} MiB", limit >> 20)));
    }
    Ok(())
}

/// Whether something is used up, so that nothing more can be done.
#[must_use]
pub fn is_exhausted(eval: &Evaluator<'_, '_, '_>) -> bool {
    let budget = &host(eval).budget;
    let limits = budget.limits;
    budget.left() == 0 || eval.get_total_tick_count() > limits.steps || eval.heap().peak_allocated_bytes() > limits.heap
}

/// As [`spend`], for the making of one text or list.
pub(super) fn spend_on_one(eval: &mut Evaluator<'_, '_, '_>, size: u64, what: &str) -> starlark::Result<()> {
    if size > LONGEST {
        return Err(too_much(&format!("{what} would have {size} parts, and {LONGEST} are allowed")));
    }
    spend(eval, size)
}

/// What is said where a limit is met.
pub(super) fn too_much(what: &str) -> starlark::Error {
    starlark::Error::new_kind(ErrorKind::Other(anyhow::anyhow!("{what}")))
}
