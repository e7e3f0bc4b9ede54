//! `query`: the tasks that a query selects.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};

use super::Outcome;
use super::arguments::{Logging, Root};
use super::exit::Exit;
use super::failure::Failure;
use super::found::Artifacts;
use super::output::{print, write};
use super::session::Session;
use super::world::{Push, World};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::draw::{Drawing, dot, mermaid, svg};
use crate::generate::context::GenerateOptions;
use crate::generate::selection::with_project;
use crate::generate::{generate_full, kept};
use crate::json;
use crate::model::{Label, LabelGraph};
use crate::query::{Query, Selected, Written, parse};
use crate::yaml::Map;

/// What to look for, and where.
#[derive(Debug, Args)]
#[command(after_help = "The language has a manual: pushgraph help query.")]
pub(super) struct Arguments {
    /// The query, in quotes, such as 'kind(test) & platform(linux*)'
    #[arg(value_name = "QUERY")]
    query: String,
    #[command(flatten)]
    root: Root,
    #[command(flatten)]
    pub(super) logging: Logging,
    #[command(flatten)]
    place: Where,
    /// How to show the tasks: `labels`, `json`, `count`, or as a picture `dot`, `mermaid` or `svg`
    #[arg(long, value_enum, default_value_t = Format::Labels)]
    format: Format,
    /// Print how many there are
    #[arg(long, conflicts_with = "format")]
    count: bool,
    /// Write to a file
    #[arg(short, long, value_name = "FILE")]
    output_file: Option<String>,
}

/// Whose graph is asked.
#[derive(Debug, Args)]
pub(super) struct Where {
    /// Parameters: a file, a URL, `project=NAME`, `task-id=ID` or `index=PATH`; without it they are computed from the
    /// checkout
    #[arg(short, long, value_name = "SPEC")]
    pub(super) parameters: Option<String>,
    /// A decision, also one of taskgraph's: its artifacts are asked, and no graph is made
    #[arg(long, value_name = "DECISION", conflicts_with = "parameters")]
    pub(super) task_id: Option<String>,
}

/// How tasks are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One label on each line
    Labels,
    /// The tasks, as in full-task-graph.json
    Json,
    /// How many there are
    Count,
    /// The tasks and the dependencies among them, for Graphviz
    Dot,
    /// The same as a Mermaid flowchart
    Mermaid,
    /// The same as a picture
    Svg,
}

/// Shows the tasks that the query selects.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let query = read_query(session, &arguments.query)?;
    let (graph, selected) = session.wait(select(session, arguments, &query))?;
    selected.warnings.iter().for_each(|warning| session.warnings.push(warning.clone()));
    let labels: BTreeSet<Label> = selected.tasks.into_keys().collect();
    let format = if arguments.count { Format::Count } else { arguments.format };
    let text = shown(&graph, &labels, format)?;
    match &arguments.output_file {
        None => print(&text)?,
        Some(path) => write(path, &text)?,
    }
    // To take a graph of many tasks apart takes longer than to find some in it, and the program ends here.
    std::mem::forget(graph);
    Ok(Exit::Done)
}

/// The query of the command line.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn read_query(session: &Session, text: &str) -> Result<Query, Mistakes> {
    let file = session.files.add("<query>", text)?;
    parse(&Written::in_file(&file, 0..text.len()))
}

async fn select(session: &Session, arguments: &Arguments, query: &Query) -> Result<(LabelGraph, Selected), Failure> {
    let (world, warnings) = (World::new(session), &session.warnings);
    if let Some(id) = &arguments.place.task_id {
        return Artifacts::of(&world, id)?.select(query, arguments.root.path()).await;
    }
    let tree = world.tree(arguments.root.path(), &World::looking(), warnings)?;
    let spec = arguments.place.parameters.as_deref();
    let overrides = if spec.is_none() { world.today() } else { Map::new() };
    let parameters = world.parameters(spec, &tree, &overrides, warnings).await?;
    let push = Push::new(&world, tree, parameters, None, GenerateOptions::default());
    let inputs = push.inputs(&world, warnings, true);
    // JSON shows whole tasks, of which only the part that queries read is kept.
    let full = match arguments.format {
        Format::Json => generate_full(&inputs).await?,
        _ => kept::full_task_graph(&inputs, &world.shelf()).await?,
    };
    let selected = with_project(&inputs.run, &full, |universe, project| universe.select(query, project))?;
    Ok((full, selected))
}

fn shown(graph: &LabelGraph, labels: &BTreeSet<Label>, format: Format) -> Result<String, Failure> {
    let drawing = || Drawing::new(graph, labels);
    Ok(match format {
        Format::Labels => labels.iter().map(|label| format!("{label}\n")).collect(),
        Format::Count => format!("{}\n", labels.len()),
        Format::Json => in_json(&graph.filter(|label, _| labels.contains(label)))?,
        Format::Dot => dot(&drawing()),
        Format::Mermaid => mermaid(&drawing()),
        Format::Svg => svg(&drawing())?,
    })
}

fn in_json(graph: &LabelGraph) -> Result<String, Diagnostic> {
    json::to_string(&graph.to_document(), json::Format::ARTIFACT).map(|text| text + "\n")
}
