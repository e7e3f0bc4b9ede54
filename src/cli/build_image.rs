//! `build-image`: an image of the project, made here.

use std::path::{Path, PathBuf};

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
use crate::yaml::Map;

/// Which image, or what of it.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    root: Root,
    /// Only write what the image is built from: a compressed tar archive
    #[arg(long, value_name = "FILE")]
    context_only: Option<PathBuf>,
    /// Name of the image, as its kind lists it
    image_name: String,
}

/// Builds an image and prints what it is called, or writes its context.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let (world, name) = (World::new(session), &arguments.image_name);
    match &arguments.context_only {
        Some(file) => session.wait(write_context(&world, arguments, file))?,
        None => {
            let engine = LocalEngine::find()?;
            let tag = session.wait(async {
                let push = images::push(&world, arguments.root.path(), Map::new()).await?;
                images::build(&world, &push, &engine, name).await
            })?;
            print(&format!("{tag}\n"))?;
        }
    }
    Ok(Exit::Done)
}

/// Needs no engine.
async fn write_context(world: &World<'_>, arguments: &Arguments, file: &Path) -> Result<(), Failure> {
    let push = images::push(world, arguments.root.path(), Map::new()).await?;
    let images = images::images(world, &push).await?;
    let context = images.context(&arguments.image_name, &push.run_context(world, &world.session.warnings))?;
    let file = if file.is_dir() { file.join(format!("{}.tar.gz", arguments.image_name)) } else { file.to_owned() };
    let written = std::fs::write(&file, context);
    written.map_err(|error| Failure::Output { target: format!("`{}`", file.display()), error })
}
