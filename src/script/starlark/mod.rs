//! Code of a tree in Starlark: a small language with Python's face that can do nothing but compute.
//!
//! A program sees what it is given and no more: no clock, no network, no environment, and files of the repository only
//! through [`Services`], which knows what its caller declared. It is read and frozen once a run ([`Modules`]), then
//! called by many threads at once, each call with a heap of its own ([`evaluate()`]) and within [`Limits`].
//!
//! ```text
//! text ── shape ──▶ rewrite ──▶ modules (load, freeze) ──▶ evaluate ──▶ convert ──▶ documents
//!         too deep?  guards in                              limits, host
//! ```

mod builtins;
mod convert;
mod evaluate;
mod failure;
mod guards;
#[expect(unsafe_code, reason = "the engine's derive macro writes an `unsafe impl`; there is none of ours")]
mod host;
mod limits;
mod modules;
#[expect(unsafe_code, reason = "the engine's derive macro writes an `unsafe impl`; there is none of ours")]
mod opaque;
mod registry;
mod rewrite;
mod shape;
#[cfg(test)]
mod tests;

use starlark::environment::{FrozenModule, Globals, GlobalsBuilder};

pub use convert::{to_node, to_value};
pub use evaluate::{evaluate, evaluate_and_keep};
pub use failure::refused;
pub use host::{Services, services};
pub use limits::{Limits, is_exhausted, spend};
pub use modules::{Modules, Tree};
pub use registry::{REGISTERED, Registry};

/// The language, for functions to be added to.
#[must_use]
pub fn language() -> GlobalsBuilder {
    builtins::language()
}

/// The program's functions, if it needs nothing of any tree: what is built in, written in the language itself.
///
/// # Panics
/// If it is wrong, which a test finds.
#[must_use]
pub fn built_in(name: &str, text: &str, globals: &Globals) -> FrozenModule {
    modules::built_in(name, text, globals)
}

/// A name of something in a program: `transforms/hello.star:transforms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// The program's path from the folder of `config.yml`.
    pub path: &'a str,
    /// What it calls the thing.
    pub object: &'a str,
}

impl<'a> Name<'a> {
    /// The parts of a name, if it is that of something in a program. A path alone means its `transforms`, as a module
    /// alone does.
    #[must_use]
    pub fn parse(name: &'a str) -> Option<Self> {
        match name.split_once(':') {
            Some((path, object)) => path.ends_with(".star").then_some(Self { path, object }),
            None => name.ends_with(".star").then_some(Self { path: name, object: "transforms" }),
        }
    }
}
