//! What programs may call that is not written in the language: one file for each kind of thing.

mod dependencies;
mod digests;
mod documents;
mod files;
mod keyed_by;
mod paths;
mod regular_expressions;
mod schema;

use std::sync::LazyLock;

use starlark::environment::{Globals, GlobalsBuilder};

pub(super) use dependencies::task_value;
pub(super) use schema::{SCHEMA, Schema};

/// The functions that are written in the language.
const PRELUDE: &str = include_str!("../prelude.star");

/// What programs may call: the language, what is here, and what is in `prelude.star`.
pub(super) static GLOBALS: LazyLock<Globals> = LazyLock::new(|| {
    let prelude = crate::script::starlark::built_in("prelude", PRELUDE, &functions().build());
    let mut builder = functions();
    for name in prelude.names().filter(|name| !name.as_str().starts_with('_')) {
        builder.set(name.as_str(), prelude.get(name.as_str()).expect("it is one of its names"));
    }
    builder.build()
});

fn functions() -> GlobalsBuilder {
    crate::script::starlark::language()
        .with(dependencies::functions)
        .with(documents::functions)
        .with(digests::functions)
        .with(files::functions)
        .with(keyed_by::functions)
        .with(schema::functions)
        .with(super::register::functions)
        .with_namespace("json", documents::json)
        .with_namespace("path", paths::functions)
        .with_namespace("re", regular_expressions::functions)
}

/// A refusal whose place is that of the call.
fn wrong(message: impl std::fmt::Display) -> starlark::Error {
    starlark::Error::new_other(anyhow::anyhow!("{message}"))
}
