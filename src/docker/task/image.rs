//! Where the image of a task comes from.

use crate::diagnostics::{Diagnostic, Mistakes};
use crate::error::Error;
use crate::generate::context::RunContext;
use crate::generate::shared::docker;
use crate::model::TaskId;
use crate::sources::checkout::FileKind;
use crate::sources::index::Index;
use crate::yaml::Node;

/// Where an image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSource {
    /// It is one of the project's, to be built.
    InTree(String),
    /// A task has made it.
    Task(TaskId),
    /// The task at a path of the index has made it.
    Indexed(String),
    /// The engine knows it, or knows which registry has it.
    Named(String),
}

impl ImageSource {
    /// Reads `payload.image` of a task, or what is to take its place: the name of one of the project's images,
    /// `task-id=…`, `index=…`, or an image of a registry.
    ///
    /// # Errors
    /// An image of another form; or if the kind that lists the project's images cannot be read.
    pub fn read(image: &Node, run: &RunContext<'_>) -> Result<Self, Mistakes> {
        let Some(text) = image.as_str() else { return Ok(Self::of_payload(image)?) };
        if is_in_tree(text, run)? {
            return Ok(Self::InTree(text.to_owned()));
        }
        Ok(match text.split_once('=') {
            Some(("task-id", id)) => Self::Task(task_id(id)?),
            Some(("index", path)) => Self::Indexed(path.to_owned()),
            _ => Self::Named(text.to_owned()),
        })
    }

    fn of_payload(image: &Node) -> Result<Self, Diagnostic> {
        let text = |key: &str| image.get(key).and_then(Node::as_str);
        match (text("type"), text("taskId"), text("namespace")) {
            (Some("task-image"), Some(id), _) => Ok(Self::Task(task_id(id)?)),
            (Some("indexed-image"), _, Some(path)) => Ok(Self::Indexed(path.to_owned())),
            (Some("task-image"), None, _) => Err(Diagnostic::error("`payload.image` has no `taskId`")),
            (Some("indexed-image"), _, None) => Err(Diagnostic::error("`payload.image` has no `namespace`")),
            (Some(other), _, _) => Err(Diagnostic::error(format!("images of type `{other}` cannot be loaded"))
                .help("give another with `--image`")),
            (None, _, _) => Err(Diagnostic::error("`payload.image` has no `type`")),
        }
    }
}

/// The task that has made an image that is neither built nor known to the engine.
///
/// # Errors
/// If nothing is at its path; or if the index does not answer.
pub async fn find(path: &str, index: &dyn Index) -> Result<TaskId, Error> {
    let found = index.find_task(path).await?;
    found.ok_or_else(|| Error::refused(format!("there is no task at `{path}` in the index")))
}

fn task_id(text: &str) -> Result<TaskId, Diagnostic> {
    TaskId::parse(text).map_err(|invalid| Diagnostic::error(invalid.to_string()))
}

/// Whether the project has a folder for an image of that name.
fn is_in_tree(image: &str, run: &RunContext<'_>) -> Result<bool, Mistakes> {
    let kind = run.graph_config.kinds_dir().join(docker::image_kind(run.graph_config)).join("kind.yml");
    let folder = match run.checkout.kind(&kind) {
        Some(_) => docker::folder(run, image)?,
        None => run.graph_config.docker_dir().join(image),
    };
    Ok(matches!(run.checkout.kind(&folder), Some(FileKind::Directory | FileKind::DirectoryLink)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::World;

    fn source(image: &str, files: &[(&str, &str)]) -> Result<ImageSource, String> {
        let world = World::new(files);
        ImageSource::read(&world.yaml(image), &world.run()).map_err(|mistakes| world.told(&mistakes).remove(0))
    }

    const KIND: (&str, &str) =
        ("taskcluster/kinds/docker-image/kind.yml", "tasks: {mine: {definition: folder}, gone: {}}");
    const FOLDER: (&str, &str) = ("taskcluster/docker/folder/Dockerfile", "FROM scratch");

    #[test]
    fn an_image_of_the_project_comes_before_a_registry_s() {
        let id = "fzy3l9dCSDKRYTxTQTZjGg";
        for (image, expected) in [
            ("mine", ImageSource::InTree("mine".into())),
            ("gone", ImageSource::Named("gone".into())),
            ("debian:12", ImageSource::Named("debian:12".into())),
            ("index=a.b=c", ImageSource::Indexed("a.b=c".into())),
            (&format!("task-id={id}"), ImageSource::Task(TaskId::new(id))),
            (&format!("{{type: task-image, taskId: {id}}}"), ImageSource::Task(TaskId::new(id))),
            ("{type: indexed-image, namespace: a.b}", ImageSource::Indexed("a.b".into())),
        ] {
            assert_eq!(source(image, &[KIND, FOLDER]), Ok(expected), "{image}");
        }
        assert_eq!(source("folder", &[FOLDER]), Ok(ImageSource::InTree("folder".into())));
    }

    #[test]
    fn images_of_other_forms_are_refused() {
        for (image, why) in [
            ("task-id=x", "0:0 `x` is not a task id"),
            ("{type: task-image}", "0:0 `payload.image` has no `taskId`"),
            ("{type: indexed-image}", "0:0 `payload.image` has no `namespace`"),
            (
                "{type: docker-image}",
                "0:0 images of type `docker-image` cannot be loaded (give another with `--image`)",
            ),
            ("[a]", "0:0 `payload.image` has no `type`"),
        ] {
            let told = source(image, &[]).unwrap_err();
            assert!(told.starts_with(why), "{image}: {told}");
        }
    }
}
