//! What a docker-worker task's `worker` may say.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::generate::shared::entries::Entries;
use crate::generate::shared::integer::Integer;
use crate::generate::shared::reference::Reference;
use crate::generate::shared::text::Text;
use crate::yaml::{self, Node, Value};

/// `worker` of a task that runs in a container. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Worker {
    /// `docker-worker`
    #[serde(rename = "implementation")]
    _implementation: String,
    /// The worker's operating system.
    #[serde(rename = "os")]
    _os: System,
    /// The image the task runs in.
    pub(super) docker_image: DockerImage,
    /// Whether the worker signs what it has run.
    #[serde(default)]
    pub(super) chain_of_trust: bool,
    /// Whether the task can call Taskcluster with its own scopes.
    #[serde(default)]
    pub(super) taskcluster_proxy: bool,
    /// Whether the task may trace processes.
    #[serde(default)]
    pub(super) allow_ptrace: bool,
    /// Whether the task has a virtual camera.
    #[serde(default)]
    pub(super) loopback_video: bool,
    /// Environment variables.
    #[serde(default)]
    pub(super) env: Entries<Reference>,
    /// How long the task may take, in seconds.
    pub(super) max_run_time: Integer,
    /// Paths of the image's volumes.
    pub(super) volumes: Option<Vec<Text>>,
    /// Caches to mount.
    pub(super) caches: Option<Vec<Cache>>,
    /// What to publish.
    pub(super) artifacts: Option<Vec<Artifact>>,
    /// The command; the image's own if there is none.
    pub(super) command: Option<Vec<Reference>>,
    /// Statuses after which the task runs again.
    pub(super) retry_exit_status: Option<Vec<Integer>>,
    /// Statuses after which the task's caches are thrown away.
    pub(super) purge_caches_exit_status: Option<Vec<Integer>>,
    /// Accepted and left unread, as by the reference.
    #[serde(rename = "skip-artifacts", default)]
    _skip_artifacts: Option<bool>,
}

/// The systems that docker-worker runs on.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum System {
    /// Linux
    Linux,
}

/// One of `worker.caches`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Cache {
    /// There is one type only.
    #[serde(rename = "type", default)]
    _cache_type: CacheType,
    /// Tasks that name the same cache share it.
    pub(super) name: Text,
    /// Where it is mounted.
    #[serde(deserialize_with = "or_null")]
    #[schemars(with = "Text")]
    pub(super) mount_point: Option<Text>,
    /// Whether tasks of level 1 do without.
    #[serde(default)]
    pub(super) skip_untrusted: Option<bool>,
}

/// A value that must be there, and may be null: the graph can hold that, though no worker takes such a task.
fn or_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// How a cache lives on.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum CacheType {
    /// On the worker.
    #[default]
    Persistent,
}

/// One of `worker.artifacts`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Artifact {
    /// A file or a whole directory.
    #[serde(rename = "type", deserialize_with = "or_null")]
    #[schemars(with = "ArtifactType")]
    pub(super) artifact_type: Option<ArtifactType>,
    /// Its path in the container.
    #[serde(deserialize_with = "or_null")]
    #[schemars(with = "Text")]
    pub(super) path: Option<Text>,
    /// Its name; of a directory, what the names begin with.
    pub(super) name: Text,
}

/// What is published.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ArtifactType {
    /// One file.
    File,
    /// All files below a directory.
    Directory,
    /// All files of a volume.
    Volume,
}

impl ArtifactType {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Volume => "volume",
        }
    }
}

/// `worker.docker-image`
#[derive(Debug)]
pub(super) enum DockerImage {
    /// An image of a registry.
    Registry(Text),
    /// An image that a task of this push makes.
    InTree(Text),
    /// An image that an indexed task made.
    Indexed(Text),
}

/// A [`DockerImage`] that is a mapping.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(extend("anyOf" = [{"required": ["in-tree"]}, {"required": ["indexed"]}]))]
struct MadeByTask {
    /// The name of an image of the tree.
    in_tree: Option<Text>,
    /// The index path of the task that made the image.
    indexed: Option<Text>,
}

impl<'de> Deserialize<'de> for DockerImage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        let wrong = |message: String| Err(serde::de::Error::custom(message));
        match &node.value {
            Value::Str(_) => yaml::read_within(&node).map(Self::Registry),
            Value::Map(_) => match yaml::read_within::<MadeByTask, D::Error>(&node)? {
                MadeByTask { in_tree: Some(name), .. } => Ok(Self::InTree(name)),
                MadeByTask { indexed: Some(path), .. } => Ok(Self::Indexed(path)),
                _ => wrong("expected `in-tree` or `indexed` in this mapping".to_owned()),
            },
            _ => wrong(format!(
                "expected an image's name, or a mapping with `in-tree` or `indexed`, found {}",
                node.type_name()
            )),
        }
    }
}

impl JsonSchema for DockerImage {
    fn schema_name() -> Cow<'static, str> {
        "DockerImage".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The name of an image in a registry, or which task makes it.",
            "anyOf": [{"type": "string"}, generator.subschema_for::<MadeByTask>()],
        })
    }
}
