//! The image of a docker-worker task.

use super::PayloadContext;
use super::worker::{DockerImage, Worker};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::shared::docker::volumes;
use crate::generate::shared::references::task_reference;
use crate::generate::shared::text::Text;
use crate::yaml::{Map, Node};

/// The edge name under which a task depends on the one that makes its image.
const EDGE: &str = "docker-image";
const ARTIFACT: &str = "public/image.tar.zst";

/// An image as the payload names it.
pub(super) struct Image {
    pub(super) payload: Node,
    pub(super) dependencies: Map,
}

/// Turns the worker's image into the payload's, and adds the volumes of an image of the tree to the worker's.
pub(super) fn resolve(context: &PayloadContext<'_>, worker: &mut Worker) -> Result<Image, Mistakes> {
    match &worker.docker_image {
        DockerImage::Registry(name) => Ok(Image { payload: Node::from(name), dependencies: Map::new() }),
        DockerImage::Indexed(path) => {
            let payload = Map::from([
                ("path", ARTIFACT.into()),
                ("namespace", Node::from(path)),
                ("type", "indexed-image".into()),
            ]);
            Ok(Image { payload: Node::new(payload), dependencies: Map::new() })
        }
        DockerImage::InTree(name) => {
            if let Some(span) = context.docker_image_dependency {
                let mistake = Diagnostic::error("the dependency name `docker-image` is reserved for the task's image");
                return Err(mistake.at(span).into());
            }
            let payload = Map::from([
                ("path", ARTIFACT.into()),
                ("taskId", task_reference("<docker-image>")),
                ("type", "task-image".into()),
            ]);
            let label = format!("docker-image-{}", name.as_str());
            let defined = volumes(context.kind, name.as_str()).map_err(|mistakes| place(mistakes, name))?;
            add_volumes(worker, &defined)?;
            Ok(Image { payload: Node::new(payload), dependencies: Map::from([(EDGE, label)]) })
        }
    }
}

/// Mistakes without a place are about the image's name.
fn place(mut mistakes: Mistakes, name: &Text) -> Mistakes {
    for mistake in &mut mistakes.0 {
        mistake.span = mistake.span.or(name.span());
    }
    mistakes
}

fn add_volumes(worker: &mut Worker, defined: &std::collections::BTreeSet<String>) -> Result<(), Mistakes> {
    let twice = worker.volumes.iter().flatten().filter(|volume| defined.contains(volume.as_str()));
    let mistake = |volume: &Text| {
        Diagnostic::error(format!("volume `{}` is defined by the image's Dockerfile already", volume.as_str()))
            .at(volume.span())
            .help("leave it out here")
    };
    Mistakes(twice.map(mistake).collect()).or(())?;
    worker.volumes.get_or_insert_default().extend(defined.iter().map(|volume| Text::from(volume.as_str())));
    Ok(())
}
