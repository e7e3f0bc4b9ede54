//! Jobs that are chosen by what is said of them: a query, or the paths of tests.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Common, Target, act, fire_failed};
use crate::actions::support::campaign::{ADD_NEW_JOBS, Offer};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::tell;
use crate::cli::world::World;
use crate::diagnostics::Diagnostic;
use crate::model::{Label, LabelGraph};
use crate::query::front_ends::{Context, front_end};
use crate::query::{NoProject, Universe};
use crate::sources::artifacts::Artifacts as _;

/// What is said.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) enum Choice<'a> {
    /// A query.
    Query(&'a str),
    /// Paths of tests.
    Paths(&'a [String]),
}

impl Choice<'_> {
    /// The action that does it where it is offered.
    const fn action(&self) -> &'static str {
        match self {
            Self::Query(_) => "add-by-query",
            Self::Paths(_) => "new-test",
        }
    }

    fn input(&self, times: u32) -> serde_json::Value {
        match self {
            Self::Query(query) => json!({"query": query, "times": times}),
            Self::Paths(paths) => json!({"paths": paths, "times": times}),
        }
    }

    /// The front end that understands it, and the text for it.
    fn text(&self) -> (&'static str, String) {
        match self {
            Self::Query(query) => ("query", (*query).to_owned()),
            Self::Paths(paths) => ("paths", paths.join(" ")),
        }
    }
}

/// Adds the jobs that are chosen, by the action that is made for it, or else by `add-new-jobs`, which every push offers.
///
/// # Errors
/// Nothing is chosen, what is said is wrong, or services fail.
pub(in crate::cli) async fn add_chosen(
    world: &World<'_>,
    common: &Common,
    target: &Target,
    choice: Choice<'_>,
    times: u32,
) -> Result<Exit, Failure> {
    let offer = Offer::fetch(&world.taskcluster, &target.decision).await.map_err(fire_failed)?;
    let labels = chosen(world, target, choice).await?;
    tell(&format!("{} tasks, {times} times each", labels.len()));
    if offer.has(choice.action()) {
        return act(world, common, target, choice.action(), false, Some(&choice.input(times))).await;
    }
    let input = json!({"tasks": labels, "times": times});
    act(world, common, target, ADD_NEW_JOBS, false, Some(&input)).await
}

async fn chosen(world: &World<'_>, target: &Target, choice: Choice<'_>) -> Result<Vec<Label>, Failure> {
    let name = "public/full-task-graph.json";
    let content = world.taskcluster.fetch(&target.decision, name).await?;
    let graph = LabelGraph::from_json(&String::from_utf8_lossy(&content))?;
    let context = Context { graph: &graph, ridealong_builds: &BTreeMap::new(), presets: &BTreeMap::new() };
    let (front, text) = choice.text();
    let compiled = (front_end(front).expect("the table has it").compile)(&text, &context)?;
    let selected = Universe::new(&graph).select(&compiled.query, &NoProject)?;
    selected.warnings.iter().for_each(|warning| world.session.warnings.push(warning.clone()));
    if selected.tasks.is_empty() {
        let message = format!("no task of push {} is meant by `{text}`", target.parameters.head_rev);
        return Err(Diagnostic::error(message).into());
    }
    Ok(selected.tasks.into_keys().collect())
}
