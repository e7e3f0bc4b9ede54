//! What a tree brings along in Starlark: transforms, loaders, and what its `register` function registers.
//!
//! The language and its limits are in [`crate::script::starlark`]; here is what programs see of a run, and what the
//! phases ask of them.

mod config;
mod hook;
mod host;
mod loader;
mod register;
mod rules;
mod services;
#[cfg(test)]
mod tests;
mod toml;
mod transforms;

use self::host::GLOBALS;
use super::context::RunContext;
use crate::diagnostics::{Mistakes, Span};
use crate::script::starlark::{Name, Tree};
use starlark::values::OwnedFrozenValue;

pub use self::hook::{Answer, Argument, Hook, hook, names};
pub use self::loader::load;
pub use self::rules::{morphed, removable, verify};
pub use self::transforms::Program;

/// What a name of a program stands for.
fn find(run: &RunContext<'_>, name: Name<'_>, span: Span) -> Result<OwnedFrozenValue, Mistakes> {
    let tree = Tree {
        checkout: run.checkout,
        files: run.files,
        root: &run.graph_config.root,
        repository: &run.graph_config.vcs_root,
        globals: &GLOBALS,
    };
    run.memo.modules.get(tree, name.path, name.object, span)
}
