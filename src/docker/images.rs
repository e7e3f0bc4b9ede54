//! The tasks that make the project's images.

use std::path::Path;

use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::error::Error;
use crate::generate::context::RunContext;
use crate::generate::optimization::find_replacement;
use crate::generate::optimization::strategies::{Strategies, Strategy};
use crate::generate::shared::docker;
use crate::generate::{Inputs, Phase, PhaseGraph, generate};
use crate::json;
use crate::model::{KindName, Label, LabelGraph, Optimization, Task, TaskId};
use crate::sources::index::Index;
use crate::sources::queue::Queue;
use crate::yaml::{Map, Node};

/// What labels of images begin with, whatever their kind is called.
const PREFIX: &str = "docker-image-";

/// The images of a project, and all that their tasks depend on.
pub struct Images {
    kind: KindName,
    tasks: LabelGraph,
}

impl Images {
    /// Generates them. The parameters should ask for no other kinds.
    ///
    /// # Errors
    /// Mistakes in the tree.
    pub async fn generate(inputs: &Inputs<'_>) -> Result<Self, Error> {
        let PhaseGraph::Labels(tasks) = generate(inputs, Phase::FullTaskGraph).await? else {
            unreachable!("tasks of this phase are named by labels");
        };
        Ok(Self { kind: docker::image_kind(inputs.run.graph_config).into(), tasks })
    }

    /// The task that makes an image.
    ///
    /// # Errors
    /// If there is no such image; the nearest name there is.
    pub fn get(&self, name: &str) -> Result<&Task<Label>, Diagnostic> {
        let task =
            self.tasks.get(&Label::from(format!("{PREFIX}{name}").as_str())).filter(|task| task.kind == self.kind);
        task.map(AsRef::as_ref).ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> Diagnostic {
        let of_kind = self.tasks.iter().filter(|(_, task)| task.kind == self.kind);
        let names: Vec<&str> = of_kind.filter_map(|(label, _)| label.as_str().strip_prefix(PREFIX)).collect();
        let mut mistake = Diagnostic::error(format!("there is no image `{name}` in kind `{}`", self.kind));
        mistake.help = match names.as_slice() {
            [] => Some("that kind has no images".into()),
            _ => suggest(name, names.iter().copied()),
        };
        mistake
    }

    /// The digest under which an image is found again.
    ///
    /// # Errors
    /// If there is no such image, or it is not cached.
    pub fn digest(&self, name: &str) -> Result<&str, Diagnostic> {
        let task = self.get(name)?;
        let digest = task.attribute("cached_task").and_then(|cached| cached.get("digest")).and_then(Node::as_str);
        digest.ok_or_else(|| {
            Diagnostic::error(format!("image `{name}` has no digest: it is not cached"))
                .at(task.span)
                .help("kind images with `taskgraph.transforms.cached_tasks`, and without `cache: false`")
        })
    }

    /// The task that has made the image before, from the same content.
    ///
    /// # Errors
    /// If there is no such image; or an index or queue that does not answer.
    pub async fn find(&self, name: &str, index: &dyn Index, queue: &dyn Queue) -> Result<Option<TaskId>, Error> {
        made_before(self.get(name)?, index, queue).await
    }

    /// What an image is built from: a compressed archive. It was made with the image's task, or is made now.
    ///
    /// # Errors
    /// If there is no such image, or it is not made from its folder as all images are.
    pub fn context(&self, name: &str, run: &RunContext<'_>) -> Result<Vec<u8>, Mistakes> {
        let image = self.get(name)?;
        let path = environment(image, "CONTEXT_PATH").and_then(|path| path.strip_prefix("public/"));
        match path.and_then(|path| run.published.get(Path::new(path))) {
            Some(context) => Ok(context),
            None => made_now(name, image, run),
        }
    }

    /// The package tasks that an image needs, each with what the image calls it.
    pub(super) fn packages<'a>(&'a self, image: &'a Task<Label>) -> impl Iterator<Item = (&'a str, &'a Task<Label>)> {
        let packages = image.dependencies.iter().filter(|(edge, _)| edge != "parent");
        packages.filter_map(|(edge, label)| Some((edge.as_str(), self.tasks.get(label)?.as_ref())))
    }
}

/// The context of an image whose task was made by the tree's own code, known to be the one that code saw.
fn made_now(name: &str, image: &Task<Label>, run: &RunContext<'_>) -> Result<Vec<u8>, Mistakes> {
    let arguments = json::parse(environment(image, "DOCKER_BUILD_ARGS").unwrap_or("{}"))?;
    let arguments = arguments.as_map().into_iter().flat_map(Map::text_entries);
    let arguments: Vec<(&str, &str)> = arguments.filter_map(|(name, value)| Some((name, value.as_str()?))).collect();
    let folder = docker::folder(run, name)?;
    let context = docker::context(run, &folder.to_string_lossy(), &arguments, Some(&format!("{name}.tar")))?;
    match context.archive {
        Some(archive) if environment(image, "HASH") == Some(context.digest.as_str()) => Ok(archive),
        _ => Err(Diagnostic::error(format!("image `{name}` is not made from what is in `{}`", folder.display()))
            .at(image.span)
            .help("make its task with `taskgraph.transforms.docker_image`")
            .into()),
    }
}

/// The task that has made before what this one makes.
pub(super) async fn made_before(
    task: &Task<Label>,
    index: &dyn Index,
    queue: &dyn Queue,
) -> Result<Option<TaskId>, Error> {
    let named = task.optimization.as_ref().and_then(Optimization::strategy);
    let strategy = named.map_or(Ok(Strategy::Never), |(name, argument)| Strategies::default().read(name, argument))?;
    Ok(find_replacement(task, &strategy, index, queue).await?)
}

/// The image that another is built on, if that is one of the project's.
pub(super) fn parent(image: &Task<Label>) -> Option<&str> {
    image.dependency("parent").and_then(|label| label.as_str().strip_prefix(PREFIX))
}

/// A variable of an image's task; where it refers to other tasks, as it is written.
pub(super) fn environment<'t>(image: &'t Task<Label>, name: &str) -> Option<&'t str> {
    let value = image.definition.get("payload")?.get("env")?.get(name)?;
    value.as_str().or_else(|| value.get("task-reference").and_then(Node::as_str))
}
