//! `explain`: why tasks are created or not, and who makes what of a graph.

mod tasks;

use clap::Args;

use super::Outcome;
use super::arguments::{Logging, Root};
use super::exit::Exit;
use super::output::print;
use super::query::Where;
use super::session::Session;
use super::world::{Push, World};
use crate::diagnostics::quoted;
use crate::generate::context::GenerateOptions;
use crate::generate::{KindMaker, kind_makers};
use crate::script::{EVERYTHING, Need};
use crate::yaml::Map;

/// What to explain.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    root: Root,
    #[command(flatten)]
    pub(super) logging: Logging,
    #[command(flatten)]
    place: Where,
    /// The label of a task, or a query: what became of it, and why
    #[arg(value_name = "TASKS", required_unless_present = "kinds")]
    what: Option<String>,
    /// Of every kind, what of it is made here, with which programs in Starlark, and what by the tree's own Python, and
    /// what asks for that
    #[arg(long, conflicts_with_all = ["what", "parameters", "task_id"])]
    kinds: bool,
}

/// Shows what became of tasks, or who makes each kind.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    match &arguments.what {
        Some(what) => tasks::run(session, arguments, what),
        None => kinds(session, arguments),
    }
}

/// Shows one line for each kind. Steps that are Python's are taken.
fn kinds(session: &Session, arguments: &Arguments) -> Outcome {
    let (world, warnings) = (World::new(session), &session.warnings);
    let tree = world.tree(arguments.root.path(), &World::looking(), warnings)?;
    let parameters = session.wait(world.parameters(None, &tree, &Map::new(), warnings))?;
    let push = Push::new(&world, tree, parameters, None, GenerateOptions::default());
    let makers = kind_makers(&push.inputs(&world, warnings, true))?;
    print(&table(session, &makers))?;
    Ok(Exit::Done)
}

fn table(session: &Session, makers: &[KindMaker]) -> String {
    let width = makers.iter().map(|maker| maker.kind.as_str().len()).max().unwrap_or_default();
    let line = |maker: &KindMaker| {
        let kind = maker.kind.as_str();
        let why: Vec<String> = maker.needs.iter().map(|need| shown(session, need)).collect();
        let programs = &maker.programs;
        let starlark = if programs.is_empty() { String::new() } else { format!(", Starlark: {}", quoted(programs)) };
        match (why.as_slice(), maker.steps.as_slice()) {
            ([], []) => format!("{kind:width$}  pushgraph{starlark}\n"),
            ([], [only]) if only == EVERYTHING => format!("{kind:width$}  Python, from its loader on\n"),
            ([], steps) => format!("{kind:width$}  pushgraph, with Python for {}{starlark}\n", steps.join(", ")),
            (why, _) => format!("{kind:width$}  Python: {}\n", why.join("; ")),
        }
    };
    makers.iter().map(line).collect()
}

/// The need and its place, as compilers write places.
fn shown(session: &Session, need: &Need) -> String {
    let Some(place) = session.files.place(need.span) else { return need.what.clone() };
    let (line, column) = place.line_and_column();
    format!("{} ({}:{line}:{column})", need.what, place.file.path.display())
}
