//! Why tasks were created or not.

use std::collections::BTreeSet;

use super::Arguments;
use crate::cli::Outcome;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::found::Artifacts;
use crate::cli::output::print;
use crate::cli::query::read_query;
use crate::cli::session::Session;
use crate::cli::world::{Push, World};
use crate::diagnostics::{Diagnostic, Mistakes, nearest};
use crate::explain::{Explanations, Time, explain_graphs, in_full, in_one_line};
use crate::generate::context::GenerateOptions;
use crate::generate::generate_all;
use crate::generate::selection::with_project;
use crate::model::{Label, LabelGraph};
use crate::query::Selected;
use crate::yaml::Map;

/// How many tasks are told of in full; of more, each has a line.
const IN_FULL: usize = 10;

/// Shows what became of the tasks that `what`, a label or a query, means.
pub(super) fn run(session: &Session, arguments: &Arguments, what: &str) -> Outcome {
    let (explanations, labels, time) = session.wait(explain(session, arguments, what))?;
    let told = |label: &Label| {
        let task = &explanations.tasks[label];
        if labels.len() > IN_FULL { in_one_line(label, task, time) } else { in_full(&explanations, label, task, time) }
    };
    let separator = if labels.len() > IN_FULL { "" } else { "\n" };
    print(&labels.iter().map(told).collect::<Vec<_>>().join(separator))?;
    Ok(Exit::Done)
}

type Explained = (Explanations, BTreeSet<Label>, Time);

async fn explain(session: &Session, arguments: &Arguments, what: &str) -> Result<Explained, Failure> {
    let (world, warnings) = (World::new(session), &session.warnings);
    if let Some(id) = &arguments.place.task_id {
        let artifacts = Artifacts::of(&world, id)?;
        let explanations = artifacts.explanations().await?;
        if explanations.tasks.contains_key(what) {
            return Ok((explanations, BTreeSet::from([what.into()]), Time::Past));
        }
        let (full, selected) = artifacts.select(&read_query(session, what)?, arguments.root.path()).await?;
        return Ok((explanations, meant(session, what, &full, selected)?, Time::Past));
    }
    let tree = world.tree(arguments.root.path(), &World::looking(), warnings)?;
    let parameters = world.parameters(arguments.place.parameters.as_deref(), &tree, &Map::new(), warnings).await?;
    let push = Push::new(&world, tree, parameters, None, GenerateOptions::default());
    let inputs = push.inputs(&world, warnings, true);
    let graphs = generate_all(&inputs).await?;
    let explanations = explain_graphs(&graphs, &inputs.run.parameters.target_tasks_method);
    if explanations.tasks.contains_key(what) {
        return Ok((explanations, BTreeSet::from([what.into()]), Time::Future));
    }
    let query = read_query(session, what)?;
    let selected = with_project(&inputs.run, &graphs.full, |universe, project| universe.select(&query, project))?;
    Ok((explanations, meant(session, what, &graphs.full, selected)?, Time::Future))
}

/// The tasks that a query selects: at least one.
fn meant(session: &Session, text: &str, full: &LabelGraph, selected: Selected) -> Result<BTreeSet<Label>, Mistakes> {
    let Selected { tasks, warnings, .. } = selected;
    if tasks.is_empty() {
        let mut mistake = Diagnostic::error(format!("`{text}` selects no task"));
        let near = nearest(text, full.keys().map(Label::as_str)).map(|near| format!("did you mean `{near}`?"));
        mistake.help = near.or_else(|| warnings.into_iter().find_map(|warning| warning.help));
        return Err(mistake.into());
    }
    warnings.into_iter().for_each(|warning| session.warnings.push(warning));
    Ok(tasks.into_keys().collect())
}
