//! The project's images, as the subcommands that deal with images see them.

use std::path::Path;

use super::failure::Failure;
use super::world::{Push, World};
use crate::clients::LocalEngine;
use crate::docker::{Builder, Images, Published};
use crate::generate::context::GenerateOptions;
use crate::generate::shared::docker::image_kind;
use crate::yaml::{Map, Node};

/// The level whose images are looked for if `MOZ_SCM_LEVEL` does not say.
const LEVEL: &str = "3";

/// A push of the checkout that has images only.
///
/// # Errors
/// Mistakes in the project's configuration.
pub(super) async fn push<'s>(world: &World<'s>, root: &Path, mut overrides: Map) -> Result<Push<'s>, Failure> {
    let warnings = &world.session.warnings;
    let tree = world.tree(root, &World::looking(), warnings)?;
    overrides.insert("target-kinds", Node::from_iter([image_kind(&tree.graph_config)]));
    let parameters = world.parameters(None, &tree, &overrides, warnings).await?;
    let options = GenerateOptions { write_artifacts: true, fast: false };
    Ok(Push::new(world, tree, parameters, None, options))
}

/// Of which level images are looked for.
pub(super) fn at_level(world: &World<'_>) -> Map {
    Map::from([("level", world.session.environment.scm_level.as_deref().unwrap_or(LEVEL))])
}

/// The images of a push.
///
/// # Errors
/// Mistakes in the tree.
pub(super) async fn images(world: &World<'_>, push: &Push<'_>) -> Result<Images, Failure> {
    Ok(Images::generate(&push.inputs(world, &world.session.warnings, false)).await?)
}

/// Builds an image of a push; the name it got.
///
/// # Errors
/// Mistakes in the tree, or an engine or a service that fails.
pub(super) async fn build(
    world: &World<'_>,
    push: &Push<'_>,
    engine: &LocalEngine,
    name: &str,
) -> Result<String, Failure> {
    let images = images(world, push).await?;
    let published = world.root_url().map(|root_url| Published {
        root_url,
        index: &world.taskcluster,
        queue: &world.taskcluster,
        artifacts: &world.taskcluster,
    });
    let run = push.run_context(world, &world.session.warnings);
    Ok(Builder::new(&images, &run, engine, published).build(name).await?)
}
