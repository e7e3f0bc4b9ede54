//! Ways to run: each turns `run` of a task, with its worker, into the command and what goes with it.
//!
//! To add one: write `run_using/<name>.rs`, add its row to [`RUN_USING`].

mod always_optimized;
mod description;
pub mod index_search;
pub mod run_task;
pub mod toolchain_script;

pub use description::Description;

use super::context::KindContext;
use crate::diagnostics::Mistakes;
use crate::model::Stub;

/// A way to run that `run.using` can name.
#[derive(Clone, Copy, Debug)]
pub struct RunUsing {
    /// The name in `run.using`.
    pub name: &'static str,
    /// The worker implementations it is for.
    pub implementations: &'static [&'static str],
    /// What it makes of a task.
    pub apply: fn(&KindContext<'_>, Description) -> Result<Stub, Mistakes>,
}

/// Every way to run, by name.
pub const RUN_USING: &[RunUsing] = &[
    always_optimized::ALWAYS_OPTIMIZED,
    index_search::INDEX_SEARCH,
    run_task::RUN_TASK,
    toolchain_script::TOOLCHAIN_SCRIPT,
];

#[cfg(test)]
mod tests {
    use super::RUN_USING;

    #[test]
    fn the_table_is_sorted_and_has_every_file() {
        let names: Vec<String> = RUN_USING.iter().map(|way| way.name.replace('-', "_")).collect();
        assert!(names.is_sorted());
        let files = crate::generate::testing::modules_beside("src/generate/run_using", &["description"]);
        assert_eq!(names, files);
    }
}
