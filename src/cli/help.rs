//! `help`: what a subcommand does, and the manual of queries.

use clap::{Args, CommandFactory as _};

use super::Outcome;
use super::exit::Exit;
use super::failure::Failure;
use super::output::print;
use crate::diagnostics::suggest;
use crate::query::REFERENCE;

/// What to help with.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A subcommand, or `query` for the manual of the query language
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

/// Prints the manual of queries, or what `--help` prints.
pub(super) fn run(arguments: &Arguments) -> Outcome {
    if arguments.command == ["query"] {
        print(REFERENCE)?;
        return Ok(Exit::Done);
    }
    // Built, it knows its subcommands by their whole names.
    let mut command = super::Arguments::command();
    command.build();
    let mut found = &mut command;
    for name in &arguments.command {
        let names: Vec<String> = found.get_subcommands().map(|known| known.get_name().to_owned()).collect();
        found = found.find_subcommand_mut(name).ok_or_else(|| {
            let near = suggest(name, names.iter().map(String::as_str)).map(|near| format!("; {near}"));
            Failure::Usage(format!("there is no subcommand `{name}`{}", near.unwrap_or_default()))
        })?;
    }
    print(&found.render_long_help().to_string())?;
    Ok(Exit::Done)
}
