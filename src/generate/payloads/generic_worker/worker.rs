//! What a generic-worker task's `worker` may say.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::generate::shared::entries::Entries;
use crate::generate::shared::integer::Integer;
use crate::generate::shared::reference::Reference;
use crate::generate::shared::text::Text;
use crate::yaml::Node;

/// `worker` of a task that runs directly on a machine. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Worker {
    /// `generic-worker`
    #[serde(rename = "implementation")]
    _implementation: String,
    /// The worker's operating system.
    pub(super) os: System,
    /// The commands, one after another: each a string on Windows, a list of arguments elsewhere.
    pub(super) command: Vec<Node>,
    /// Environment variables.
    #[serde(default)]
    pub(super) env: Entries<Reference>,
    /// How long the task may take, in seconds.
    pub(super) max_run_time: Integer,
    /// Whether the worker signs what it has run.
    #[serde(default)]
    pub(super) chain_of_trust: bool,
    /// What to publish.
    #[serde(default)]
    pub(super) artifacts: Option<Vec<Artifact>>,
    /// Files and directories to put in place before the commands run.
    pub(super) mounts: Option<Vec<Mount>>,
    /// Statuses after which the task runs again.
    pub(super) retry_exit_status: Option<Vec<Integer>>,
    /// Statuses after which the task's caches are thrown away.
    pub(super) purge_caches_exit_status: Option<Vec<Integer>>,
    /// Groups the task's user is in.
    #[serde(default)]
    pub(super) os_groups: Option<Vec<Text>>,
    /// Whether the task runs as administrator.
    #[serde(default)]
    pub(super) run_as_administrator: Option<bool>,
    /// Whether the task runs as the worker's own user.
    #[serde(default)]
    pub(super) run_task_as_current_user: Option<bool>,
    /// Whether the task can call Taskcluster with its own scopes.
    #[serde(default)]
    pub(super) taskcluster_proxy: Option<bool>,
    /// Whether the commands' windows stay hidden.
    #[serde(default)]
    pub(super) hide_cmd_window: Option<bool>,
    /// Accepted and left unread, as by the reference.
    #[serde(rename = "skip-artifacts", default)]
    _skip_artifacts: Option<bool>,
}

/// The systems that generic-worker runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum System {
    /// Windows
    Windows,
    /// macOS
    Macosx,
    /// Linux
    Linux,
    /// Linux that drives phones.
    LinuxBitbar,
}

/// One of `worker.artifacts`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Artifact {
    /// A file or a whole directory.
    #[serde(rename = "type")]
    artifact_type: ArtifactType,
    /// Its path on the machine.
    path: Text,
    /// Its name, if that is not the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Text>,
}

/// What is published.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ArtifactType {
    /// One file.
    File,
    /// All files below a directory.
    Directory,
}

/// One of `worker.mounts`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all(deserialize = "kebab-case", serialize = "camelCase"))]
pub(super) struct Mount {
    /// A name for the directory's content, which then outlives the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache_name: Option<String>,
    /// What is in it at first.
    #[serde(default, deserialize_with = "not_null", skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<Content>,
    /// The directory to make.
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<Text>,
    /// The file to make.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<Text>,
    /// The format of the content, if it is to be unpacked.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format>,
}

/// `content` of a mount.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all(deserialize = "kebab-case", serialize = "camelCase"))]
pub(super) struct Content {
    /// The name of an artifact.
    #[serde(default, deserialize_with = "not_null", skip_serializing_if = "Option::is_none")]
    pub(super) artifact: Option<Text>,
    /// The task that has the artifact.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<Reference>,
    /// Where else it is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Text>,
}

/// A value that may be missing, but not null.
fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Archives that are unpacked.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
enum Format {
    /// RAR
    #[serde(rename = "rar")]
    Rar,
    /// A tape archive, compressed by bzip2.
    #[serde(rename = "tar.bz2")]
    TarBz2,
    /// A tape archive, compressed by gzip.
    #[serde(rename = "tar.gz")]
    TarGz,
    /// ZIP
    #[serde(rename = "zip")]
    Zip,
}
