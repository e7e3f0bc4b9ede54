//! `load-image`: an image that a task has made.

use clap::Args;

use super::Outcome;
use super::arguments::Root;
use super::exit::Exit;
use super::failure::Failure;
use super::images;
use super::output::print;
use super::session::Session;
use super::world::World;
use crate::clients::LocalEngine;
use crate::docker::load;
use crate::model::TaskId;

/// Which image.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Task that has made the image, instead of looking for one
    #[arg(long, value_name = "ID")]
    task_id: Option<TaskId>,
    /// What the image is to be called here; without it, what its archive says
    #[arg(short, long, value_name = "NAME:TAG")]
    tag: Option<String>,
    /// Name of the image, as its kind lists it; a task is looked for that has made it from what is in the checkout
    #[arg(required_unless_present = "task_id")]
    image_name: Option<String>,
}

/// Loads an image.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let (world, engine) = (World::new(session), LocalEngine::find()?);
    let loaded = session.wait(async {
        let task_id = match (&arguments.task_id, &arguments.image_name) {
            (Some(task_id), _) => task_id.clone(),
            (None, name) => find(&world, name.as_deref().unwrap_or_default()).await?,
        };
        Ok::<_, Failure>(load(&world.taskcluster, &engine, &task_id, arguments.tag.as_deref()).await?)
    })?;
    print(&loaded.said)?;
    match (&loaded.found, &arguments.tag) {
        (Some(found), _) => log::info!("Found docker image: {found}"),
        (None, _) => log::info!("Found a docker image without a name"),
    }
    if arguments.tag.is_some() {
        log::info!("Re-tagged as: {}", loaded.tag);
    }
    log::info!("Try: {} run -ti --rm {} bash", engine.program(), loaded.tag);
    Ok(Exit::Done)
}

/// The task that has made the image from what is in the checkout.
async fn find(world: &World<'_>, name: &str) -> Result<TaskId, Failure> {
    let push = images::push(world, Root::standard(), images::at_level(world)).await?;
    let found = images::images(world, &push).await?.find(name, &world.taskcluster, &world.taskcluster).await?;
    found.ok_or_else(|| {
        Failure::refused(
            format!("no task has made image `{name}` from what is in this checkout"),
            "local changes cause this; take a revision that was pushed, or build it with `build-image`",
        )
    })
}
