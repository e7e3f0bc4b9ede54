//! `load-task`: a task run here.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::PathBuf;

use clap::Args;

use super::Outcome;
use super::arguments::Root;
use super::exit::Exit;
use super::failure::Failure;
use super::images;
use super::output::print;
use super::session::Session;
use super::world::{Push, World};
use crate::clients::LocalEngine;
use crate::diagnostics::Diagnostic;
use crate::docker::load;
use crate::docker::task::{ImageSource, LoadedTask, Options, find};
use crate::json;
use crate::model::TaskId;
use crate::sources::engine::Engine as _;
use crate::sources::queue::Queue as _;
use crate::yaml::{Map, Node};

/// What is asked before a task may work on the checkout.
const WARNING: &str = "\
warning: with --develop the task works on this checkout itself, and may change or delete what is in it. Look at what
the task does first. Set TASKGRAPH_LOAD_TASK_NO_WARN=1 to skip this question.

";

/// Which task, and how.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    root: Root,
    /// Prepare the task and open a shell in which `exec-task` runs its command; for tasks that use `run-task`
    #[arg(short, long)]
    interactive: bool,
    /// Let the task use this checkout as it is, instead of making its own; for tasks that use `run-task`
    #[arg(long, alias = "use-local-checkout")]
    develop: bool,
    /// Keep the container afterwards
    #[arg(long)]
    keep: bool,
    /// Who the shell belongs to; `worker` if nobody is named
    #[arg(long)]
    user: Option<String>,
    /// Another image than the task's: an image of the project, which is built; `task-id=ID`; `index=PATH`; or one of a
    /// registry
    #[arg(long)]
    image: Option<String>,
    /// Mount a path of this machine; may be repeated
    #[arg(short, long = "volume", value_name = "HOST_DIR:CONTAINER_DIR", value_parser = volume)]
    volumes: Vec<(String, String)>,
    /// Id of the task; `-` reads an id, or a definition as JSON, from the standard input
    task: String,
}

fn volume(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((here, there)) if !here.is_empty() && !there.is_empty() => Ok((here.to_owned(), there.to_owned())),
        _ => Err("expected HOST_DIR:CONTAINER_DIR".into()),
    }
}

/// Runs a task; ends as the task does.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    if arguments.develop && session.environment.load_task_no_warn.is_none() && !confirmed()? {
        return Ok(Exit::Wrong);
    }
    let (world, engine) = (World::new(session), LocalEngine::find()?);
    session.wait(load_and_run(&world, &engine, arguments))
}

async fn load_and_run(world: &World<'_>, engine: &LocalEngine, arguments: &Arguments) -> Outcome {
    let (definition, task_id) = match read(world, &arguments.task)? {
        Given::Definition(definition) => (definition, None),
        Given::Id(id) => (world.taskcluster.task(&id).await?, Some(id)),
    };
    let source = task_id.as_ref().map_or_else(|| "provided definition".to_owned(), |id| format!("task {id}"));
    let task = LoadedTask::new(&definition, task_id);
    log::info!("Loading '{}' from {source}", task.name());
    let given = arguments.image.as_deref().filter(|image| !image.is_empty()).map(Node::new);
    let image = task.image()?;
    let checkout = arguments.develop.then(|| checkout(world)).transpose()?;
    let mut container = task.container(&Options {
        checkout: checkout.as_deref(),
        interactive: arguments.interactive,
        user: arguments.user.as_deref().filter(|user| !user.is_empty()),
        volumes: &arguments.volumes,
        keep: arguments.keep,
        terminal: io::stdin().is_terminal(),
        root_url: world.root_url().ok_or_else(unknown_root_url)?,
    })?;
    let push = images::push(world, arguments.root.path(), Map::new()).await?;
    container.image = obtain(world, &push, engine, given.as_ref().unwrap_or(image)).await?;
    Ok(Exit::Task(engine.run(&container).await?))
}

/// The name of an image that the engine has, or can get by itself.
async fn obtain(world: &World<'_>, push: &Push<'_>, engine: &LocalEngine, image: &Node) -> Result<String, Failure> {
    let task_id = match ImageSource::read(image, &push.run_context(world, &world.session.warnings))? {
        ImageSource::InTree(name) => return images::build(world, push, engine, &name).await,
        ImageSource::Named(name) => return Ok(name),
        ImageSource::Task(task_id) => task_id,
        ImageSource::Indexed(path) => find(&path, &world.taskcluster).await?,
    };
    Ok(load(&world.taskcluster, engine, &task_id, None).await?.tag)
}

/// What the command line names.
enum Given {
    Id(TaskId),
    Definition(Map),
}

fn read(world: &World<'_>, task: &str) -> Result<Given, Failure> {
    let id = |text: &str| TaskId::parse(text).map_err(|invalid| Diagnostic::error(invalid.to_string()));
    if task != "-" {
        return Ok(Given::Id(id(task)?));
    }
    let mut text = String::new();
    let read = io::stdin().lock().read_to_string(&mut text);
    read.map_err(|error| Diagnostic::error(format!("cannot read the standard input: {error}")))?;
    if !text.trim_start().starts_with('{') {
        return Ok(Given::Id(id(text.trim())?));
    }
    let definition = json::read(&world.session.files, "the standard input", text)?;
    Ok(Given::Definition(definition.as_map().cloned().unwrap_or_default()))
}

fn checkout(world: &World<'_>) -> Result<PathBuf, Failure> {
    Ok(world.repository()?.root().to_owned())
}

fn unknown_root_url() -> Failure {
    Failure::refused(
        "it is unknown where Taskcluster is, and the task is to be told".into(),
        "set `TASKCLUSTER_ROOT_URL`",
    )
}

/// Whether the user wants a task to work on the checkout.
fn confirmed() -> Result<bool, Failure> {
    print(WARNING)?;
    loop {
        print("Proceed? [y/N]: ")?;
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer);
        read.map_err(|error| Diagnostic::error(format!("cannot read the standard input: {error}")))?;
        match answer.trim().to_lowercase().as_str() {
            "y" => return Ok(true),
            "" | "n" => return Ok(false),
            other => print(&format!("invalid option: {other}\n"))?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_has_two_ends() {
        assert_eq!(volume("/a:/b:ro"), Ok(("/a".into(), "/b:ro".into())));
        for wrong in ["/a", ":/b", "/a:"] {
            assert!(volume(wrong).is_err(), "{wrong}");
        }
    }
}
