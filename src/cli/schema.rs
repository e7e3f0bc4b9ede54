//! `schema`: the JSON Schemas, for editors of trees that are not beside this program's sources.

use clap::Args;

use super::Outcome;
use super::exit::Exit;
use super::failure::Failure;
use super::output::print;
use crate::diagnostics::quoted;
use crate::schemas::{schemas, text};

/// Which schema to print.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// `config`, `kind`, `tasks-from`, `parameters`, `try_task_config`, `actions`, `history`, or a part such as `worker/docker-worker`
    name: String,
}

/// Prints a schema.
pub(super) fn run(arguments: &Arguments) -> Outcome {
    let schemas = schemas();
    let Some((_, schema)) = schemas.iter().find(|(name, _)| *name == arguments.name) else {
        let names: Vec<&str> = schemas.iter().map(|(name, _)| name.as_str()).collect();
        let message = format!("no schema is called `{}`; there are {}", arguments.name, quoted(&names));
        return Err(Failure::Usage(message));
    };
    print(&text(schema))?;
    Ok(Exit::Done)
}
