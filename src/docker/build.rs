//! Building an image on this machine, from the context that a decision would publish.

use std::collections::BTreeMap;

use super::images::{Images, environment, made_before, parent};
use super::load::load;
use crate::diagnostics::Diagnostic;
use crate::error::Error;
use crate::generate::context::RunContext;
use crate::json;
use crate::model::{Label, Task};
use crate::sources::artifacts::Artifacts;
use crate::sources::engine::{Build, Engine};
use crate::sources::index::Index;
use crate::sources::queue::Queue;
use crate::yaml::Map;

/// A Taskcluster where images and packages may have been made before.
#[derive(Clone, Copy)]
pub struct Published<'a> {
    /// Where it is, as Dockerfiles are told.
    pub root_url: &'a str,
    /// Knows what was made from which content.
    pub index: &'a dyn Index,
    /// Knows what became of it.
    pub queue: &'a dyn Queue,
    /// Has it.
    pub artifacts: &'a dyn Artifacts,
}

/// Builds images of a project.
///
/// The reference runs a pinned image that builds images, inside the engine. Ours has the engine build it: from the
/// same context, with the same build arguments, to the same name.
pub struct Builder<'a> {
    images: &'a Images,
    run: &'a RunContext<'a>,
    engine: &'a dyn Engine,
    published: Option<Published<'a>>,
}

impl<'a> Builder<'a> {
    /// Builds `images` of a run. Without a Taskcluster all that is needed is built here.
    #[must_use]
    pub const fn new(
        images: &'a Images,
        run: &'a RunContext<'a>,
        engine: &'a dyn Engine,
        published: Option<Published<'a>>,
    ) -> Self {
        Self { images, run, engine, published }
    }

    /// Builds an image and, before it, those it is built on that were not published; the name it got.
    ///
    /// # Errors
    /// If there is no such image, or it needs a package that is not published; if the engine refuses it; or if a
    /// service does not answer.
    pub async fn build(&self, name: &str) -> Result<String, Error> {
        let (mut on, chain) = self.chain(name).await?;
        for image in chain.into_iter().rev() {
            log::info!("Building {image} image");
            let build = self.prepare(image, on.as_deref()).await?;
            self.engine.build(&build).await?;
            log::info!("Successfully built {image} image");
            on = Some(build.tag);
        }
        Ok(tag(name))
    }

    /// The images to build, the last one first; and the image that the first of them is built on, loaded.
    async fn chain<'n>(&'n self, name: &'n str) -> Result<(Option<String>, Vec<&'n str>), Error> {
        let mut chain = vec![name];
        let mut image = self.images.get(name)?;
        while let Some(on) = parent(image) {
            if let Some(published) = self.published
                && let Some(task_id) = self.images.find(on, published.index, published.queue).await?
            {
                load(published.artifacts, self.engine, &task_id, Some(&tag(on))).await?;
                return Ok((Some(tag(on)), chain));
            }
            chain.push(on);
            image = self.images.get(on)?;
        }
        Ok((None, chain))
    }

    async fn prepare(&self, name: &str, on: Option<&str>) -> Result<Build, Error> {
        let image = self.images.get(name)?;
        let mut arguments = self.arguments(name, image).await?;
        arguments.extend(on.map(|parent| ("DOCKER_IMAGE_PARENT".to_owned(), parent.to_owned())));
        let root_url = self.published.map(|published| published.root_url.to_owned());
        arguments.extend(root_url.map(|url| ("TASKCLUSTER_ROOT_URL".to_owned(), url)));
        Ok(Build { tag: tag(name), context: self.images.context(name, self.run)?, arguments })
    }

    /// The build arguments that the image's task carries, with package tasks that were run before.
    async fn arguments(&self, name: &str, image: &Task<Label>) -> Result<BTreeMap<String, String>, Error> {
        let mut text = environment(image, "DOCKER_BUILD_ARGS").unwrap_or("{}").to_owned();
        for (package, task) in self.images.packages(image) {
            let task_id = match self.published {
                Some(published) => made_before(task, published.index, published.queue).await?,
                None => None,
            };
            let task_id = task_id.ok_or_else(|| unpublished(name, package, self.published.is_some()))?;
            text = text.replace(&format!("<{package}>"), task_id.as_str());
        }
        let arguments = json::parse(&text)?;
        let arguments = arguments.as_map().into_iter().flat_map(Map::text_entries);
        Ok(arguments.filter_map(|(name, value)| Some((name.to_owned(), value.as_str()?.to_owned()))).collect())
    }
}

/// What an image is called on this machine.
fn tag(name: &str) -> String {
    format!("{name}:latest")
}

fn unpublished(image: &str, package: &str, asked: bool) -> Diagnostic {
    let mistake = Diagnostic::error(format!("image `{image}` needs package `{package}`, which is not published"));
    mistake.help(match asked {
        true => "push the change first: packages are made by tasks only",
        false => "set `TASKCLUSTER_ROOT_URL` to where it may be",
    })
}
