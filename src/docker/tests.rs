//! Images and what becomes of them, with an engine and services in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Builder, Images, Loaded, Published, load};
use crate::error::Error;
use crate::generate::Inputs;
use crate::generate::testing::{CONFIG, World};
use crate::model::TaskId;
use crate::sources::artifacts::MemoryArtifacts;
use crate::sources::engine::{Build, MemoryEngine};
use crate::sources::index::MemoryIndex;
use crate::sources::queue::{MemoryQueue, TaskState, TaskStatus};
use crate::yaml::Node;

const IMAGES: &str = "
loader: taskgraph.loader.transform:loader
kind-dependencies: [packages]
transforms:
    - taskgraph.transforms.docker_image:transforms
    - taskgraph.transforms.cached_tasks:transforms
    - taskgraph.transforms.task:transforms
tasks:
    base: {}
    child: {parent: base, args: {VERSION: '1'}, packages: [tool]}
    free: {cache: false}
";

const PACKAGES: &str = "
loader: taskgraph.loader.transform:loader
transforms:
    - taskgraph.transforms.cached_tasks:transforms
    - taskgraph.transforms.task:transforms
tasks:
    tool:
        label: packages-tool
        description: a tool
        worker-type: b-linux
        worker: {docker-image: x, max-run-time: 600}
        cache: {type: packages.v1, name: tool, digest-data: ['1']}
";

fn world(kind: &str) -> World {
    let kind_yml = format!("taskcluster/kinds/{kind}/kind.yml");
    let files = [
        (kind_yml.as_str(), IMAGES),
        ("taskcluster/kinds/packages/kind.yml", PACKAGES),
        ("taskcluster/docker/base/Dockerfile", "FROM scratch\n"),
        ("taskcluster/docker/child/Dockerfile", "# %ARG VERSION\nFROM $DOCKER_IMAGE_PARENT\n"),
        ("taskcluster/docker/free/Dockerfile", "FROM scratch\n"),
    ];
    let mut world = World::with_config(&format!("{CONFIG}docker-image-kind: {kind}\n"), &files);
    world.options.write_artifacts = true;
    world
}

async fn images(world: &World) -> Images {
    let (index, queue) = (MemoryIndex::default(), MemoryQueue::default());
    Images::generate(&Inputs {
        run: world.run(),
        index: &index,
        queue: &queue,
        now: DateTime::<Utc>::MIN_UTC,
        decision_task_id: &TaskId::new("DECISION"),
        verify: false,
    })
    .await
    .unwrap()
}

fn task_id(digit: u8) -> TaskId {
    TaskId::from_random_bits([digit; 16])
}

/// Services that know a finished task at each of these paths.
#[derive(Default)]
struct Services {
    index: MemoryIndex,
    queue: MemoryQueue,
    artifacts: MemoryArtifacts,
}

impl Services {
    fn with(tasks: &[(&str, TaskId)]) -> Self {
        let mut services = Self::default();
        for (path, id) in tasks {
            services.index.0.insert((*path).to_owned(), id.clone());
            let (task_group_id, expires) = (id.clone(), DateTime::<Utc>::MAX_UTC);
            let status = TaskStatus { task_id: id.clone(), task_group_id, state: TaskState::Completed, expires };
            services.queue.put(status, Node::empty_map());
            services.artifacts.0.insert((id.clone(), "public/image.tar.zst".to_owned()), saved("found:1"));
        }
        services
    }

    fn published(&self) -> Published<'_> {
        Published {
            root_url: "https://tc.example.com",
            index: &self.index,
            queue: &self.queue,
            artifacts: &self.artifacts,
        }
    }
}

/// An image as an engine saves it, compressed.
fn saved(name: &str) -> Vec<u8> {
    let manifest = format!(r#"[{{"Config":"c","RepoTags":["{name}"],"Layers":[]}}]"#);
    compressed(&[("c", b'0', b"{}"), ("manifest.json", b'0', manifest.as_bytes())])
}

fn compressed(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    zstd::encode_all(tar_of(entries).as_slice(), 1).unwrap()
}

pub(super) fn tar_of(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *content).unwrap();
    }
    archive.into_inner().unwrap()
}

async fn build(world: &World, name: &str, published: Option<Published<'_>>) -> Result<(String, MemoryEngine), String> {
    let engine = MemoryEngine::default();
    let (images, run) = (images(world).await, world.run());
    let built = Builder::new(&images, &run, &engine, published).build(name).await;
    built.map(|tag| (tag, engine)).map_err(|error| told(world, error))
}

fn told(world: &World, error: Error) -> String {
    match error {
        Error::Mistakes(mistakes) => world.told(&mistakes).join("\n"),
        other => other.to_string(),
    }
}

fn builds(engine: MemoryEngine) -> Vec<Build> {
    engine.built.into_inner().unwrap()
}

#[tokio::test]
async fn a_parent_is_built_first_and_passed_on() {
    let services = Services::with(&[(&tool_path(), task_id(1))]);
    let (tag, engine) = build(&world("docker-image"), "child", Some(services.published())).await.unwrap();
    assert_eq!(tag, "child:latest");
    let builds = builds(engine);
    let arguments = |build: &Build| build.arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let [base, child]: [Vec<String>; 2] = [arguments(&builds[0]), arguments(&builds[1])];
    assert_eq!((builds[0].tag.as_str(), builds[1].tag.as_str()), ("base:latest", "child:latest"));
    assert_eq!(base, ["DOCKER_IMAGE_PACKAGES=", "TASKCLUSTER_ROOT_URL=https://tc.example.com"]);
    let packages = format!("DOCKER_IMAGE_PACKAGES={}", task_id(1));
    let root_url = "TASKCLUSTER_ROOT_URL=https://tc.example.com";
    assert_eq!(child, [&packages, "DOCKER_IMAGE_PARENT=base:latest", root_url, "VERSION=1"]);
    assert!(builds.iter().all(|build| build.context.starts_with(b"\x1f\x8b")));
}

fn tool_path() -> String {
    use sha2::{Digest as _, Sha256};
    format!("example.cache.level-3.packages.v1.tool.hash.{}", hex::encode(Sha256::digest("1")))
}

#[tokio::test]
async fn a_parent_that_is_published_is_loaded_instead() {
    let world = world("images");
    let digest = images(&world).await.digest("base").unwrap().to_owned();
    let path = format!("example.cache.level-3.docker-images.v2.base.hash.{digest}");
    let services = Services::with(&[(&tool_path(), task_id(1)), (&path, task_id(2))]);
    let (_, engine) = build(&world, "child", Some(services.published())).await.unwrap();
    let loaded = engine.loaded.lock().unwrap().concat();
    assert!(String::from_utf8_lossy(&loaded).contains(r#""RepoTags":["base:latest"]"#));
    assert_eq!(builds(engine).iter().map(|build| build.tag.as_str()).collect::<Vec<_>>(), ["child:latest"]);
}

#[tokio::test]
async fn what_cannot_be_built_is_told() {
    let world = world("docker-image");
    let alone = |name: &'static str| build(&world, name, None);
    assert_eq!(
        alone("bsae").await.unwrap_err(),
        "0:0 there is no image `bsae` in kind `docker-image` (did you mean `base`?)"
    );
    let message = "0:0 image `child` needs package `tool`, which is not published";
    assert_eq!(alone("child").await.unwrap_err(), format!("{message} (set `TASKCLUSTER_ROOT_URL` to where it may be)"));
    let services = Services::default();
    let refused = build(&world, "child", Some(services.published())).await.unwrap_err();
    assert_eq!(refused, format!("{message} (push the change first: packages are made by tasks only)"));
}

#[tokio::test]
async fn an_image_that_is_not_cached_has_no_digest_and_is_not_found() {
    let world = world("docker-image");
    let images = images(&world).await;
    let mistake = images.digest("free").unwrap_err();
    assert_eq!(mistake.message, "image `free` has no digest: it is not cached");
    let services = Services::default();
    assert_eq!(images.find("free", &services.index, &services.queue).await.unwrap(), None);
}

async fn loaded(content: Vec<u8>, tag: Option<&str>, says: &str) -> Result<(Loaded, Vec<u8>), String> {
    let artifacts = MemoryArtifacts(BTreeMap::from([((task_id(1), "public/image.tar.zst".to_owned()), content)]));
    let engine = MemoryEngine { says: says.to_owned(), ..MemoryEngine::default() };
    let archives = Arc::clone(&engine.loaded);
    let loaded = load(&artifacts, &engine, &task_id(1), tag).await;
    let archives = archives.lock().unwrap().concat();
    loaded.map(|loaded| (loaded, archives)).map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_image_without_a_name_has_the_one_the_engine_gives() {
    let nameless = compressed(&[("manifest.json", b'0', br#"[{"RepoTags":null}]"#)]);
    let (image, _) = loaded(nameless.clone(), None, "Loaded image ID: sha256:12ab\n").await.unwrap();
    assert_eq!((image.found, image.tag.as_str()), (None, "sha256:12ab"));
    let (image, archive) = loaded(nameless.clone(), Some("a"), "").await.unwrap();
    assert_eq!((image.found, image.tag.as_str()), (None, "a"));
    assert!(String::from_utf8_lossy(&archive).contains(r#"[{"RepoTags":["a:latest"]}]"#));
    assert!(loaded(nameless, None, "").await.unwrap_err().contains("is loaded, and has no name"));
}

#[tokio::test]
async fn an_image_in_several_frames_is_one() {
    let whole = tar_of(&[("manifest.json", b'0', br#"[{"RepoTags":["a:1"]}]"#)]);
    let (one, other) = whole.split_at(700);
    let frames = [zstd::encode_all(one, 1).unwrap(), zstd::encode_all(other, 1).unwrap()].concat();
    assert_eq!(loaded(frames, None, "").await.unwrap().1, whole);
}
