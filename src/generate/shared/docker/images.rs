//! Where images are defined, and the volumes that their Dockerfiles define.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::Dockerfile;
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::context::RunContext;
use crate::model::GraphConfig;
use crate::yaml::{self, Node};

/// The paths that `VOLUME` lines of the image's Dockerfile name. `# %ARG` has no effect on them.
///
/// # Errors
/// If the Dockerfile or the kind that lists the images cannot be read, or a `VOLUME` is in array form.
pub fn volumes(run: &RunContext<'_>, image: &str) -> Result<Arc<BTreeSet<String>>, Mistakes> {
    run.memo.volumes.get_or_try_insert(image, || {
        let path = folder(run, image)?.join("Dockerfile");
        Ok(Arc::new(defined(run, &path)?))
    })
}

/// The folder of an image, whether it is there or not: as its kind's `kind.yml` says, else named as the image is.
///
/// # Errors
/// If the kind that lists the images cannot be read.
pub fn folder(run: &RunContext<'_>, image: &str) -> Result<PathBuf, Mistakes> {
    let folders = run.memo.image_folders.get_or_try_insert(&(), || image_folders(run))?;
    Ok(run.graph_config.docker_dir().join(folders.get(image).map_or(image, String::as_str)))
}

/// The kind that lists the images.
#[must_use]
pub fn image_kind(graph_config: &GraphConfig) -> &str {
    graph_config.docker_image_kind.as_deref().unwrap_or("docker-image")
}

/// Name of an image → its folder, for the images listed directly in their kind's `kind.yml`.
fn image_folders(run: &RunContext<'_>) -> Result<Arc<BTreeMap<String, String>>, Mistakes> {
    let path = run.graph_config.kinds_dir().join(image_kind(run.graph_config)).join("kind.yml");
    let bytes = run.checkout.read(&path).map_err(|error| {
        Diagnostic::error(format!("cannot tell where images are defined: cannot read `{}`: {error}", path.display()))
    })?;
    let document = yaml::load(run.files, path, bytes)?.root;
    let tasks = document.get("tasks").and_then(Node::as_map).into_iter().flat_map(yaml::Map::text_entries);
    let folder = |(name, task): (&str, &Node)| {
        let definition = task.get("definition").and_then(Node::as_str);
        (name.to_owned(), definition.unwrap_or(name).to_owned())
    };
    Ok(Arc::new(tasks.map(folder).collect()))
}

fn defined(run: &RunContext<'_>, path: &Path) -> Result<BTreeSet<String>, Diagnostic> {
    let dockerfile = Dockerfile::read(run, path)?;
    let mut volumes = BTreeSet::new();
    let mut start = 0;
    for line in dockerfile.text.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        let Some(paths) = line.trim().strip_prefix("VOLUME ") else { continue };
        if paths.trim_start().starts_with('[') {
            let mistake = Diagnostic::error("a `VOLUME` in array form cannot be understood")
                .help("write `VOLUME` and the paths, with blanks between them");
            return Err(dockerfile.mistake(run, mistake, range));
        }
        volumes.extend(paths.split_whitespace().map(str::to_owned));
    }
    Ok(volumes)
}
