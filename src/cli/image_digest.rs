//! `image-digest`: what an image is cached under.

use clap::Args;

use super::Outcome;
use super::arguments::Root;
use super::exit::Exit;
use super::images;
use super::output::print;
use super::session::Session;
use super::world::World;

/// Which image.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name of the image, as its kind lists it
    image_name: String,
}

/// Prints the digest of an image as it is in the checkout.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let world = World::new(session);
    let images = session.wait(async {
        let push = images::push(&world, Root::standard(), images::at_level(&world)).await?;
        images::images(&world, &push).await
    })?;
    print(&format!("{}\n", images.digest(&arguments.image_name)?))?;
    Ok(Exit::Done)
}
