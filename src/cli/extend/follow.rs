//! Following action tasks until the tasks they create exist.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::{print, tell};
use crate::cli::world::World;
use crate::json;
use crate::model::TaskId;
use crate::sources::artifacts::Artifacts as _;
use crate::sources::queue::{Queue as _, TaskState};
use crate::yaml::{self, Map, Node};

/// How long to wait between looks.
const PAUSE: Duration = Duration::from_secs(2);

/// The attribute that says how often a task is created.
const DUPLICATES: &str = "task_duplicates";

/// What became of an action task.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cli) struct Followed {
    action: TaskId,
    state: TaskState,
    created: Vec<Created>,
}

/// A task that an action created; of one that is created several times, the first.
#[derive(Clone, Debug, Serialize)]
struct Created {
    label: String,
    times: usize,
    task: String,
    link: String,
}

/// Waits until every action has ended, and prints what they created; an action that fails leaves something undone.
///
/// # Errors
/// Services that fail.
pub(in crate::cli) async fn follow(world: &World<'_>, actions: &[TaskId], as_json: bool) -> Result<Exit, Failure> {
    let followed = ends_of(world, actions).await?;
    if as_json {
        print(&(json::to_string(&yaml::write(&followed), json::Format::ARTIFACT)? + "\n"))?;
    } else {
        show(world, &followed)?;
    }
    Ok(verdict(&followed))
}

/// Waits until every action has ended; what became of each.
///
/// # Errors
/// Services that fail.
pub(in crate::cli) async fn ends_of(world: &World<'_>, actions: &[TaskId]) -> Result<Vec<Followed>, Failure> {
    if actions.is_empty() {
        return Ok(Vec::new());
    }
    let states = wait(world, actions).await?;
    let mut followed = Vec::new();
    for (action, state) in actions.iter().zip(states) {
        let created = if state == TaskState::Completed { created(world, action).await? } else { Vec::new() };
        followed.push(Followed { action: action.clone(), state, created });
    }
    Ok(followed)
}

/// An action that fails leaves something undone.
pub(in crate::cli) fn verdict(followed: &[Followed]) -> Exit {
    let is_done = followed.iter().all(|followed| followed.state == TaskState::Completed);
    if is_done { Exit::Done } else { Exit::Wrong }
}

async fn wait(world: &World<'_>, actions: &[TaskId]) -> Result<Vec<TaskState>, Failure> {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} actions done ({elapsed})");
    let bar = ProgressBar::new(actions.len() as u64);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    loop {
        let statuses = world.taskcluster.statuses(actions).await?;
        let state = |task: &TaskId| statuses.get(task).map_or(TaskState::Exception, |status| status.state);
        let states: Vec<TaskState> = actions.iter().map(state).collect();
        let done = states.iter().filter(|state| state.is_resolved()).count();
        bar.set_position(done as u64);
        if done == actions.len() {
            bar.finish_and_clear();
            return Ok(states);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The tasks that an action says it created. One that changes tasks, or adds none, says nothing.
async fn created(world: &World<'_>, action: &TaskId) -> Result<Vec<Created>, Failure> {
    let content = match world.taskcluster.fetch(action, "public/task-graph.json").await {
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        answer => answer?,
    };
    let graph: Map = serde_json::from_slice(&content).unwrap_or_default();
    let task = |(task, entry): (&str, &Node)| Created {
        label: entry.get("label").and_then(Node::as_str).unwrap_or_default().to_owned(),
        times: times(entry),
        task: task.to_owned(),
        link: link(world, task),
    };
    Ok(graph.text_entries().map(task).collect())
}

/// How often a task of a graph is created: the graph has it once, and an attribute says it.
fn times(entry: &Node) -> usize {
    let times = entry.get("attributes").and_then(|attributes| attributes.get(DUPLICATES)).and_then(Node::as_i64);
    times.and_then(|times| usize::try_from(times).ok()).unwrap_or(1)
}

fn link(world: &World<'_>, task: &str) -> String {
    let root = world.session.environment.root_url.as_deref().unwrap_or_default().trim_end_matches('/');
    format!("{root}/tasks/{task}")
}

fn show(world: &World<'_>, followed: &[Followed]) -> Result<(), Failure> {
    for Followed { action, state, created } in followed {
        for task in created {
            let often = if task.times == 1 { String::new() } else { format!(" {} times", task.times) };
            print(&format!("created {}{often} {}\n", task.label, task.link))?;
        }
        if *state != TaskState::Completed {
            tell(&format!("the action did not succeed: {state}, {}", link(world, action.as_str())));
        } else if created.is_empty() {
            print("the action created no tasks\n")?;
        }
    }
    Ok(())
}
