//! Work that is counted, so that a test can tell how it grows with what there is to do. The program itself counts nothing.

/// Notes that so many items were gone through.
#[inline]
pub(crate) fn took(items: usize) {
    #[cfg(test)]
    counter::STEPS.set(counter::STEPS.get() + items as u64);
    #[cfg(not(test))]
    let _ = items;
}

#[cfg(test)]
pub(crate) use counter::count;

#[cfg(test)]
mod counter {
    use std::cell::Cell;

    thread_local! {
        pub(super) static STEPS: Cell<u64> = const { Cell::new(0) };
    }

    /// What `work` makes, and how many items it goes through for it; all of it on one thread.
    pub(crate) fn count<T: Send>(work: impl FnOnce() -> T + Send) -> (T, u64) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("there are threads");
        pool.install(|| {
            let before = STEPS.get();
            let made = work();
            (made, STEPS.get() - before)
        })
    }
}
