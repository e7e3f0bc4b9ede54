//! `check`: every mistake of a tree at once.

use std::path::Path;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Outcome;
use super::arguments::Root;
use super::exit::Exit;
use super::failure::Failure;
use super::output::{print, tell};
use super::report::Length;
use super::session::Session;
use super::world::{Push, Tree, World};
use crate::actions::ACTIONS;
use crate::actions::support::actions_json;
use crate::diagnostics::{Diagnostic, Files, Mistakes, Severity, Span, shown};
use crate::generate::DECISION_TASK;
use crate::generate::context::GenerateOptions;
use crate::generate::rehearsal::rehearse;
use crate::local::push::rehearsal as template;

use crate::model::{GraphConfig, Parameters, TaskId};
use crate::script::InTreeCode as _;
use crate::sources::checkout::Checkout as _;
use crate::sources::clock::Clock as _;
use crate::yaml::{Map, Node};

/// Where Taskcluster is taken to be where the environment does not say.
const ROOT_URL: &str = "https://tc.example.com";

/// The pushes that a tree is checked with where none is given: `tasks_for` and `level`.
const PUSHES: [(&str, &str); 3] = [("github-push", "3"), ("github-pull-request", "1"), ("cron", "3")];

/// What to check.
#[derive(Debug, Args)]
#[command(after_help = "\
Without --parameters the tree is checked for a push and a cron job at level 3, and for a pull request at level 1.
Ends with 1 if there is a mistake, with --strict also if there is a warning, else with 0.")]
pub(super) struct Arguments {
    #[command(flatten)]
    root: Root,
    /// Parameters: a file, a URL, `project=NAME`, `task-id=ID` or `index=PATH`; may be repeated
    #[arg(short, long, value_name = "SPEC")]
    parameters: Vec<String>,
    /// Fail if there is a warning
    #[arg(long)]
    strict: bool,
    /// How mistakes are told: as text on stderr, or as a JSON list on stdout
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Tells everything that is wrong with the tree.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let world = World::new(session);
    let mut found = session.wait(check(&world, arguments))?;
    found.extend(session.warnings.take());
    let found = Mistakes(found).fold().0;
    let errors = found.iter().filter(|one| one.severity == Severity::Error).count();
    let (warnings, fails) = (found.len() - errors, errors > 0 || arguments.strict && !found.is_empty());
    match arguments.format {
        Format::Json => {
            let list: Vec<Value> = found.iter().map(|one| in_json(one, &session.files)).collect();
            print(&format!("{:#}\n", Value::Array(list)))?;
        }
        Format::Text => {
            let gap = if found.is_empty() { "" } else { "\n" };
            session.report(found, Length::Whole);
            tell(&format!("{gap}{} and {}", count(errors, "mistake"), count(warnings, "warning")));
        }
    }
    Ok(if fails { Exit::Wrong } else { Exit::Done })
}

fn count(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

async fn check(world: &World<'_>, arguments: &Arguments) -> Result<Vec<Diagnostic>, Failure> {
    let root = arguments.root.path();
    let tree = match world.tree(root, &World::looking(), &world.session.warnings) {
        Ok(tree) => tree,
        Err(Failure::Mistakes(mistakes)) => return Ok(mistakes.0),
        Err(other) => return Err(other),
    };
    let mut found = in_template(world, &tree.graph_config).await;
    let specs = arguments.parameters.iter().map(|spec| (Some(spec.as_str()), Map::new()));
    let defaults = PUSHES.iter().map(|(tasks_for, level)| {
        (None, Map::from([("tasks_for", Node::new(*tasks_for)), ("level", Node::new(*level))]))
    });
    let pushes: Vec<(Option<&str>, Map)> =
        if arguments.parameters.is_empty() { defaults.collect() } else { specs.collect() };
    for (spec, overrides) in pushes {
        match in_push(world, root, spec, &overrides).await {
            Ok(mistakes) | Err(Failure::Mistakes(mistakes)) => found.extend(mistakes.0),
            Err(other) => return Err(other),
        }
    }
    Ok(found)
}

/// The mistakes that show in one push.
async fn in_push(world: &World<'_>, root: &Path, spec: Option<&str>, overrides: &Map) -> Result<Mistakes, Failure> {
    let warnings = &world.session.warnings;
    let tree = world.tree(root, &World::looking(), warnings)?;
    let parameters = world.parameters(spec, &tree, overrides, warnings).await?;
    let mut mistakes = in_actions(&tree, &parameters);
    let push = Push::new(world, tree, parameters, None, GenerateOptions::default()).with_root_url(ROOT_URL);
    mistakes.extend(rehearse(&push.inputs(world, warnings, true)).await?.0);
    Ok(mistakes)
}

/// The mistakes in what is said of actions; the tree's own code tells those of its own.
fn in_actions(tree: &Tree<'_>, parameters: &Parameters) -> Mistakes {
    if !tree.code.needs().is_empty() {
        return Mistakes::default();
    }
    let made = actions_json(ACTIONS, parameters, &tree.graph_config, &TaskId::new(DECISION_TASK), "");
    made.err().unwrap_or_default()
}

/// The mistakes of `.taskcluster.yml`, of which decisions and actions are made.
async fn in_template(world: &World<'_>, graph_config: &GraphConfig) -> Vec<Diagnostic> {
    let path = graph_config.taskcluster_yml();
    let Ok(content) = world.disk.read(&path) else {
        let shown = shown(&path, &world.session.current_directory);
        let warning = Diagnostic::warning(format!("cannot read `{}`", shown.display()));
        return vec![warning.help("Taskcluster reads this file on a push, and makes nothing without it")];
    };
    let (session, root_url) = (world.session, world.surroundings().root_url);
    let root_url = root_url.as_deref().unwrap_or(ROOT_URL);
    template::rehearse(&graph_config.vcs_root, &content, root_url, world.clock.now(), &session.files).await.0
}

/// A mistake for programs. Keys are only added to it, never removed.
fn in_json(diagnostic: &Diagnostic, files: &Files) -> Value {
    let place = |span: Span| {
        let place = files.place(span)?;
        let (line, column) = place.line_and_column();
        Some(json!({"file": place.file.path, "line": line, "column": column}))
    };
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let related = diagnostic.related.iter().map(|(span, note)| json!({"place": place(*span), "note": note}));
    json!({
        "severity": severity,
        "message": diagnostic.message,
        "place": place(diagnostic.span),
        "help": diagnostic.help,
        "related": related.collect::<Vec<_>>(),
        "tasks": diagnostic.tasks,
    })
}
