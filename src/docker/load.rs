//! Loading an image that a task has made.

use std::io::{self, Write as _};

use futures::StreamExt as _;
use zstd::stream::write::Decoder;

use super::archive::{Archive, Tag};
use crate::error::Error;
use crate::model::TaskId;
use crate::sources;
use crate::sources::artifacts::Artifacts;
use crate::sources::engine::{Engine, Loading};

/// The artifact that is an image.
const ARTIFACT: &str = "public/image.tar.zst";

/// An image that the engine has now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// What it was called in its archive, if that says.
    pub found: Option<String>,
    /// What it is called here.
    pub tag: String,
    /// What the engine said.
    pub said: String,
}

/// Loads the image that a task has made, under the name `tag` if one is given. It goes from the service to the engine
/// piece by piece.
///
/// # Errors
/// If the artifact is not there or breaks off, is no image, or is refused by the engine.
pub async fn load(
    artifacts: &dyn Artifacts,
    engine: &dyn Engine,
    task_id: &TaskId,
    tag: Option<&str>,
) -> Result<Loaded, Error> {
    log::info!("Downloading {ARTIFACT} of task {task_id}");
    let mut chunks = artifacts.stream(task_id, ARTIFACT).await?;
    let broken = |error: io::Error| Error::refused(format!("{ARTIFACT} of task {task_id} is no image: {error}"));
    let mut decoder = Decoder::new(Archive::new(engine.load()?, tag.map(Tag::parse))).map_err(broken)?;
    while let Some(chunk) = chunks.next().await {
        if let Err(error) = decoder.write_all(&chunk?) {
            return Err(engine_s_own(decoder, &error).map_or_else(|| broken(error), Into::into));
        }
    }
    if let Err(error) = decoder.flush() {
        return Err(engine_s_own(decoder, &error).map_or_else(|| broken(error), Into::into));
    }
    let (engine, found) = decoder.into_inner().finish().map_err(broken)?;
    let said = engine.finish()?;
    let here = tag.map(str::to_owned).or_else(|| found.clone()).or_else(|| name_in(&said));
    let tag = here.ok_or_else(|| {
        Error::refused(format!("the image of task {task_id} is loaded, and has no name")).help("name it with `--tag`")
    })?;
    Ok(Loaded { found, tag, said })
}

/// Why the engine stopped reading, if that is what went wrong.
fn engine_s_own(decoder: Decoder<'_, Archive<Box<dyn Loading>>>, error: &io::Error) -> Option<sources::Error> {
    if error.kind() != io::ErrorKind::BrokenPipe {
        return None;
    }
    decoder.into_inner().abandon().finish().err()
}

/// What the engine says an image is called: `Loaded image: name:tag`, `Loaded image ID: sha256:…`.
fn name_in(said: &str) -> Option<String> {
    said.lines().rev().find_map(|line| Some(line.trim().rsplit_once(": ")?.1.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_say_what_an_image_is_called() {
        assert_eq!(name_in("Loaded image: localhost/a:1\n").as_deref(), Some("localhost/a:1"));
        assert_eq!(name_in("Loading\nLoaded image ID: sha256:12ab\n\n").as_deref(), Some("sha256:12ab"));
        assert_eq!(name_in("\n"), None);
    }
}
