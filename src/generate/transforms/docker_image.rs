//! `docker_image`: images made by the push, from folders of the tree.
//!
//! Source: `taskgraph.transforms.docker_image` of the reference.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::task::description::IndexDescription;
use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::generate::context::KindContext;
use crate::generate::shared::docker;
use crate::generate::shared::entries::Entries;
use crate::generate::shared::references::task_reference;
use crate::generate::shared::text::Text;
use crate::json::{self, Format};
use crate::model::Stub;
use crate::yaml::{self, Map, Node};

/// The row.
pub(super) const DOCKER_IMAGE: Transform =
    Transform { name: "taskgraph.transforms.docker_image:transforms", apply: Apply::Each(make) };

/// The image that makes images.
const IMAGE_BUILDER: &str = "mozillareleases/image_builder:6.2.0\
    @sha256:f7df722770d6caadea79b2de458e072d8b3d93e59675b34dffb32c3e7e30f5b9";

/// Where the decision publishes contexts.
const CONTEXTS: &str = "docker-contexts";

/// What stands for a context's digest where none is worked out.
const NO_DIGEST: &str = "0000000000000000000000000000000000000000";

/// An image.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageDescription {
    /// The image's name.
    name: Text,
    /// The image it is built on, if that is made by the push as well.
    parent: Option<Text>,
    /// Its symbol on Treeherder, where it is not shown without.
    symbol: Option<Text>,
    /// The file the image was written in.
    #[serde(rename = "task-from")]
    _task_from: Option<Text>,
    /// What `# %ARG` in its Dockerfile may ask for.
    args: Option<Entries<Text>>,
    /// Its folder, if that has another name.
    definition: Option<Text>,
    /// Tasks of kind `packages` that it needs.
    packages: Option<Vec<Text>>,
    /// Where the finished image is indexed.
    #[serde(default)]
    index: Option<Node>,
    /// Whether an image made before is used again; it is if unset.
    #[serde(default = "yes")]
    cache: Option<bool>,
}

#[expect(clippy::unnecessary_wraps, reason = "the type of a field that may be null")]
const fn yes() -> Option<bool> {
    Some(true)
}

impl ImageDescription {
    /// The image it is built on; an empty name is none.
    fn parent(&self) -> Option<&Text> {
        self.parent.as_ref().filter(|parent| !parent.as_str().is_empty())
    }

    fn arguments(&self) -> Map {
        self.args.as_ref().map(|args| args.to_map(|value| Node::from(value))).unwrap_or_default()
    }

    fn packages(&self) -> &[Text] {
        self.packages.as_deref().unwrap_or_default()
    }
}

fn make(kind: &KindContext<'_>, mut stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let image: ImageDescription = stub.read()?;
    if let Some(index) = &image.index {
        yaml::read::<Option<IndexDescription>>(index)?;
    }
    check_packages(kind, &image)?;
    let digest = context_digest(kind, &image).map_err(|mut mistake| {
        mistake.span = mistake.span.or(image.name.span());
        mistake
    })?;
    Ok(vec![Stub { body: task(kind, &image, &digest)?, span: stub.span }])
}

fn check_packages(kind: &KindContext<'_>, image: &ImageDescription) -> Result<(), Mistakes> {
    if image.packages().is_empty() {
        return Ok(());
    }
    let tasks = kind.dependencies.iter().filter(|task| task.kind.as_str() == "packages");
    let known: Vec<String> = tasks.map(|task| task.label.as_str().replace("packages-", "")).collect();
    let missing = image.packages().iter().filter(|package| !known.iter().any(|known| known == package.as_str()));
    let mistake = |package: &Text| {
        let label = format!("packages-{}", package.as_str());
        let mut mistake = Diagnostic::error(format!("there is no task `{label}`")).absent(label);
        mistake.help = suggest(package.as_str(), known.iter().map(String::as_str));
        mistake.at(package.span())
    };
    Mistakes(missing.map(mistake).collect()).or(())
}

/// The digest of the image's context, which is published if the run publishes anything.
fn context_digest(kind: &KindContext<'_>, image: &ImageDescription) -> Result<String, Diagnostic> {
    let (name, publish) = (image.name.as_str(), kind.options.write_artifacts);
    match (kind.options.fast, publish) {
        (true, false) => return Ok(NO_DIGEST.into()),
        (true, true) => return Err(Diagnostic::error("a fast run cannot publish the contexts of images")),
        (false, _) => {}
    }
    let folder = context_folder(kind, image.definition.as_ref().unwrap_or(&image.name).as_str());
    let arguments: Vec<(&str, &str)> =
        image.args.iter().flat_map(Entries::iter).map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let file = format!("{name}.tar");
    let context = docker::context(kind, &folder, &arguments, publish.then_some(file.as_str()))?;
    if let Some(archive) = context.archive {
        kind.published.add(format!("{CONTEXTS}/{name}.tar.gz"), archive);
    }
    Ok(context.digest)
}

/// Where the context of an image is: below `taskcluster/docker`, whatever the root of the tree is called, as in the
/// reference; where there is no such folder, below `docker` of the root.
fn context_folder(kind: &KindContext<'_>, definition: &str) -> String {
    let fixed = format!("taskcluster/docker/{definition}");
    let below_root = kind.graph_config.docker_dir().join(definition);
    let is_there = |folder: &Path| kind.checkout.kind(&kind.graph_config.vcs_root.join(folder)).is_some();
    match below_root.to_str() {
        Some(below_root) if !is_there(Path::new(&fixed)) && is_there(Path::new(below_root)) => below_root.to_owned(),
        _ => fixed,
    }
}

fn task(kind: &KindContext<'_>, image: &ImageDescription, digest: &str) -> Result<Map, Diagnostic> {
    let name = image.name.as_str();
    let low = kind.parameters.level == "1";
    let kept = kind.graph_config.task_expires_after.as_deref().unwrap_or("28 days");
    let mut task = Map::from([
        ("label", Node::new(format!("docker-image-{name}"))),
        ("description", Node::new(format!("Build the docker image {name} for use by dependent tasks"))),
        ("attributes", Node::new(Map::from([("image_name", name), ("artifact_prefix", "public")]))),
        ("always-target", Node::new(true)),
        ("expires-after", Node::new(if low { kept } else { "1 year" })),
        ("scopes", Node::new(Vec::new())),
        ("run-on-projects", Node::new(Vec::new())),
        ("worker-type", Node::new("images")),
        ("worker", Node::new(worker(kind, image, digest)?)),
    ]);
    if let Some(index) = &image.index {
        task.insert("index", index.clone());
    }
    if let Some(symbol) = image.symbol.as_ref().filter(|symbol| !symbol.as_str().is_empty()) {
        task.insert("treeherder", treeherder(symbol));
    }
    let dependencies = dependencies(image);
    if !dependencies.is_empty() {
        task.insert("dependencies", dependencies);
    }
    if image.cache == Some(true) && !kind.options.fast {
        task.insert("cache", cache(image, digest)?);
    }
    Ok(task)
}

fn treeherder(symbol: &Text) -> Map {
    let rest =
        [("platform", Node::new("taskcluster-images/opt")), ("kind", Node::new("other")), ("tier", Node::new(1))];
    std::iter::once(("symbol", Node::from(symbol))).chain(rest).collect()
}

fn dependencies(image: &ImageDescription) -> Map {
    let mut packages: Vec<&str> = image.packages().iter().map(Text::as_str).collect();
    packages.sort_unstable();
    let parent = image.parent().map(|parent| ("parent", format!("docker-image-{}", parent.as_str())));
    packages.into_iter().map(|package| (package, format!("packages-{package}"))).chain(parent).collect()
}

/// All that goes into the image, for the digest under which it is found again.
fn cache(image: &ImageDescription, digest: &str) -> Result<Map, Diagnostic> {
    let arguments = json::to_string(&Node::new(image.arguments()), Format { sort_keys: true, ..Format::COMPACT })?;
    let lines = [digest.to_owned(), arguments, format!("image-builder-image:{IMAGE_BUILDER}")];
    Ok(Map::from([
        ("type", Node::new("docker-images.v2")),
        ("name", Node::from(&image.name)),
        ("digest-data", Node::from_iter(lines)),
    ]))
}

fn worker(kind: &KindContext<'_>, image: &ImageDescription, digest: &str) -> Result<Map, Diagnostic> {
    let artifact = [("type", "file"), ("path", "/workspace/out/image.tar.zst"), ("name", "public/image.tar.zst")];
    Ok(Map::from([
        ("implementation", Node::new("docker-worker")),
        ("os", Node::new("linux")),
        ("artifacts", Node::new(vec![Node::new(Map::from(artifact))])),
        ("env", Node::new(env(kind, image, digest)?)),
        ("chain-of-trust", Node::new(true)),
        ("max-run-time", Node::new(7200)),
        ("docker-image", Node::new(IMAGE_BUILDER)),
    ]))
}

fn env(kind: &KindContext<'_>, image: &ImageDescription, digest: &str) -> Result<Map, Diagnostic> {
    let (name, parameters) = (image.name.as_str(), kind.parameters);
    let mut arguments = image.arguments();
    let packages: Vec<String> = image.packages().iter().map(|package| format!("<{}>", package.as_str())).collect();
    arguments.insert("DOCKER_IMAGE_PACKAGES", packages.join(" "));
    let arguments = json::to_string(&Node::new(arguments), Format::COMPACT)?;
    // Images of level 1 are used seldom, so they are compressed less.
    let compression = if parameters.level.trim() == "1" { "3" } else { "10" };
    let mut env = Map::from([
        ("CONTEXT_TASK_ID", task_reference("<decision>")),
        ("CONTEXT_PATH", Node::new(format!("public/{CONTEXTS}/{name}.tar.gz"))),
        ("HASH", Node::new(digest)),
        ("PROJECT", Node::new(parameters.project.as_str())),
        ("IMAGE_NAME", Node::new(name)),
        ("DOCKER_IMAGE_ZSTD_LEVEL", Node::new(compression)),
        ("DOCKER_BUILD_ARGS", task_reference(arguments)),
        ("VCS_BASE_REPOSITORY", Node::new(parameters.base_repository.as_str())),
        ("VCS_HEAD_REPOSITORY", Node::new(parameters.head_repository.as_str())),
        ("VCS_HEAD_REV", Node::new(parameters.head_rev.as_str())),
        ("VCS_REPOSITORY_TYPE", Node::new(parameters.repository_type.as_str())),
    ]);
    if image.parent().is_some() {
        env.insert("PARENT_TASK_ID", task_reference("<parent>"));
    }
    Ok(env)
}
