//! Filling a push, also one whose decision offers no action for that.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Common, Target, act, fire_failed};
use crate::actions::support::campaign::{ADD_NEW_JOBS, Lacking, Offer, lost_needs, needs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::tell;
use crate::cli::world::World;
use crate::diagnostics::Diagnostic;
use crate::history::runs::Runs;
use crate::json::Entries;
use crate::model::Label;
use crate::sources::artifacts::Artifacts as _;
use crate::sources::jobs::{Job, Jobs as _};
use crate::sources::pushlog::Push;

/// The action that does it where it is offered.
const FILL: &str = "fill";

/// Runs every task of the target set that has neither succeeded nor is under way.
///
/// # Errors
/// What the decision left is gone, or services fail.
pub(in crate::cli) async fn fill(world: &World<'_>, common: &Common, target: &Target) -> Result<Exit, Failure> {
    let offer = Offer::fetch(&world.taskcluster, &target.decision).await.map_err(fire_failed)?;
    if offer.has(FILL) {
        return act(world, common, target, FILL, false, None).await;
    }
    let missing = missing(world, target).await?;
    if missing.is_empty() {
        tell("every task of the target set has succeeded or is under way");
        return Ok(Exit::Done);
    }
    let input = json!({"tasks": missing, "times": 1});
    act(world, common, target, ADD_NEW_JOBS, false, Some(&input)).await
}

async fn missing(world: &World<'_>, target: &Target) -> Result<Vec<Label>, Failure> {
    let decision = &target.decision;
    let content = world.taskcluster.fetch(decision, "public/target-tasks.json").await?;
    let wanted: Vec<Label> = serde_json::from_slice(&content).map_err(|error| {
        Diagnostic::error(format!("`public/target-tasks.json` of task {decision} is no list: {error}"))
    })?;
    let push = Push {
        revision: target.parameters.head_rev.clone(),
        number: None,
        date: chrono::DateTime::default(),
        user: String::new(),
    };
    let jobs = world.jobs(target.project()).of_push(&push, decision).await?;
    let runs = Runs::by_label(&jobs);
    let has_or_will = |label: &Label| runs.get(label).is_some_and(|runs| runs.passed + runs.unfinished > 0);
    let missing: Vec<Label> = wanted.into_iter().filter(|label| !has_or_will(label)).collect();
    runnable(world, target, missing, &jobs).await
}

/// Those that a timer runs are left out, and what the others would wait for in vain is added; the graph is read as it
/// arrives.
async fn runnable(
    world: &World<'_>,
    target: &Target,
    mut labels: Vec<Label>,
    jobs: &[Job],
) -> Result<Vec<Label>, Failure> {
    use futures::StreamExt as _;
    let (mut entries, mut periodic, mut lacking) = (Entries::default(), Vec::new(), Lacking::new());
    let known: BTreeSet<&Label> = jobs.iter().map(|job| &job.label).collect();
    let name = "public/full-task-graph.json";
    let mut pieces = world.taskcluster.stream(&target.decision, name).await?;
    while let Some(piece) = pieces.next().await {
        let read = entries.feed(&piece?, |label, task| {
            let label = Label::new(label);
            if !known.contains(&label) {
                lacking.insert(label.clone(), needs(task));
            }
            let task: serde_json::Value = serde_json::from_slice(task).unwrap_or_default();
            let has = |key: &str| task["attributes"][key].as_bool() == Some(true);
            if has("cron") || has("periodic") {
                periodic.push(label);
            }
        });
        read.map_err(|error| Diagnostic::error(format!("`{name}` of task {}: {error}", target.decision)))?;
    }
    labels.retain(|label| !periodic.contains(label));
    let again = lost_needs(jobs, &labels, &lacking);
    Ok(labels.into_iter().chain(again).collect::<BTreeSet<_>>().into_iter().collect())
}
