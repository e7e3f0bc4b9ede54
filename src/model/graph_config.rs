//! The project's `config.yml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::mozilla_config::MOZILLA_TASKGRAPH;
use super::{TryConfig, TryTemplate};
use crate::yaml::Node;

/// A project's configuration and where it was found.
///
/// Known keys are fields of [`Config`]; any further key, which a project's own code may read, stays in
/// [`Self::document`].
#[derive(Clone, Debug)]
pub struct GraphConfig {
    /// What the file says, as a closed type.
    pub config: Config,
    /// What the file says, as written.
    pub document: Node,
    /// The directory of `config.yml` as it was given (`taskcluster` unless told otherwise); it shows in tasks.
    pub root: PathBuf,
    /// The root of the repository the directory is in, absolute.
    pub vcs_root: PathBuf,
}

impl std::ops::Deref for GraphConfig {
    type Target = Config;

    fn deref(&self) -> &Config {
        &self.config
    }
}

impl GraphConfig {
    /// Where the kinds are.
    #[must_use]
    pub fn kinds_dir(&self) -> PathBuf {
        self.root.join("kinds")
    }

    /// Where the images are.
    #[must_use]
    pub fn docker_dir(&self) -> PathBuf {
        self.root.join("docker")
    }

    /// Whether the project has what `mozilla_taskgraph` adds.
    #[must_use]
    pub fn registers_mozilla_taskgraph(&self) -> bool {
        self.taskgraph.register.as_deref() == Some(MOZILLA_TASKGRAPH)
    }

    /// The file Taskcluster reads on a push.
    #[must_use]
    pub fn taskcluster_yml(&self) -> PathBuf {
        self.vcs_root.join(".taskcluster.yml")
    }

    /// The root directory, absolute if it was not.
    #[must_use]
    pub fn absolute_root(&self, current_directory: &Path) -> PathBuf {
        current_directory.join(&self.root)
    }
}

/// The keys of `config.yml`. Further keys are allowed at the top.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Config {
    /// Names the project's routes, caches, scheduler and hooks.
    pub trust_domain: String,
    /// The priority of tasks that name none; `by-project` or `by-level`.
    #[schemars(schema_with = "by_project_or_level::<Priority>")]
    pub task_priority: Node,
    /// The worker pools.
    pub workers: Workers,
    /// What concerns taskgraph itself.
    pub taskgraph: Taskgraph,
    /// The kind that makes docker images; `docker-image` if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_image_kind: Option<String>,
    /// When tasks that name no deadline must be done; `by-project`. `1 day` if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::keyed_schema::<Option<String>>")]
    pub task_deadline_after: Option<Node>,
    /// When tasks of level 1 that name no expiry are forgotten. `28 days` if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_expires_after: Option<String>,
    /// Treeherder's names; their mere presence puts fetches on Treeherder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treeherder: Option<Treeherder>,
    /// What may be indexed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<IndexConfig>,
    /// Queries by name: others use one as `query(name)`, and a target tasks method may be one.
    // Read when one is used: the key may be a tree's own, and mean something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub queries: Option<Node>,
    /// The query that says what runs where a push does not, in place of the target tasks method `default`; null for the
    /// method. `by-project`, `by-tasks-for` and `by-level`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "by_push::<Option<String>>")]
    pub default_query: Option<Node>,
    /// Callback names of actions that are offered beside those of the reference: `backfill`, `fill`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_actions: Option<Vec<String>>,
    /// What a push may ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#try: Option<TryConfig>,
    /// Name of something that a push may ask for → where it goes in tasks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub try_templates: BTreeMap<String, TryTemplate>,
}

/// Section `workers`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Workers {
    /// `worker-type` of a task → worker pool. Aliases may be regular expressions.
    pub aliases: BTreeMap<String, WorkerAlias>,
}

/// A worker pool.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WorkerAlias {
    /// Its provisioner; `by-level`, with `{trust-domain}`, `{level}` and `{alias}` filled in.
    #[schemars(schema_with = "by_level::<String>")]
    pub provisioner: Node,
    /// The implementation, such as `docker-worker`.
    pub implementation: String,
    /// The operating system.
    pub os: String,
    /// The worker type; as [`Self::provisioner`].
    #[schemars(schema_with = "by_level::<String>")]
    pub worker_type: Node,
}

/// Section `taskgraph`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Taskgraph {
    /// Prefix → repository; one of them is the tree itself.
    #[serde(with = "in_order")]
    #[schemars(with = "BTreeMap<String, RepositoryConfig>", extend("minProperties" = 1))]
    pub repositories: Repositories,
    /// `module:function` called with the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<String>,
    /// `module:function` that changes the decision's parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_parameters: Option<String>,
    /// Prefix of cache index paths; the trust domain if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_task_prefix: Option<String>,
    /// Whether pull requests have caches of their own; they do if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_pull_requests: Option<bool>,
    /// Regular expressions whose first group shortens the scopes of index tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_path_regexes: Option<Vec<String>>,
    /// Section `run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunConfig>,
    /// Callback names of actions that are not offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_actions: Option<Vec<String>>,
}

/// How urgent a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Priority {
    Highest,
    VeryHigh,
    High,
    Medium,
    Low,
    VeryLow,
    Lowest,
}

/// A kind of cache that tasks have without asking for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultCache {
    /// `cargo`
    Cargo,
    /// `checkout`
    Checkout,
    /// `npm`
    Npm,
    /// `pip`
    Pip,
    /// `uv`
    Uv,
}

/// Section `taskgraph.repositories`, in the order written.
pub type Repositories = Vec<(String, RepositoryConfig)>;

/// A mapping that keeps its order.
mod in_order {
    use serde::de::Error as _;
    use serde::{Deserializer, Serializer};

    use super::{Repositories, RepositoryConfig};

    pub(super) fn serialize<S: Serializer>(repositories: &Repositories, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(repositories.iter().map(|(prefix, repository)| (prefix, repository)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Repositories, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Repositories;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a mapping")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut entries: A) -> Result<Repositories, A::Error> {
                let mut repositories = Repositories::new();
                while let Some(entry) = entries.next_entry::<String, RepositoryConfig>()? {
                    repositories.push(entry);
                }
                match repositories.is_empty() {
                    true => Err(A::Error::custom("`repositories` must have at least one entry")),
                    false => Ok(repositories),
                }
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

/// One repository. Further keys are allowed; what only other trees' checkouts read is looked at there.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RepositoryConfig {
    /// Its name for people.
    pub name: String,
    /// Matches the `project` of pushes to it, where there are several repositories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_regex: Option<String>,
    /// The secret that holds its ssh key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh_secret_name: Option<String>,
    /// Where it is, if it is not the tree itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub default_repository: Option<Node>,
    /// What to check out of it, if it is not the tree itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub default_ref: Option<Node>,
    /// `git` or `hg`, if it is not the tree itself.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub repository_type: Option<Node>,
}

/// Section `taskgraph.run`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RunConfig {
    /// Which caches tasks use that do not say: all, none, or these of `cargo checkout npm pip uv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "use_caches")]
    pub use_caches: Option<Node>,
}

fn use_caches(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [{"type": ["boolean", "null"]}, generator.subschema_for::<Vec<DefaultCache>>()]})
}

fn by_level<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    keyed_by(&generator.subschema_for::<T>(), &["by-level"], 1)
}

fn by_project_or_level<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    keyed_by(&generator.subschema_for::<T>(), &["by-project", "by-level"], 2)
}

fn by_push<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    keyed_by(&generator.subschema_for::<T>(), &["by-project", "by-tasks-for", "by-level"], 3)
}

/// A value that may depend on these attributes, nested as often as that makes sense.
fn keyed_by(plain: &Schema, keys: &[&str], depth: usize) -> Schema {
    if depth == 0 {
        return plain.clone();
    }
    let arms = json_schema!({"type": "object", "additionalProperties": keyed_by(plain, keys, depth - 1)});
    let keyed = |key: &&str| {
        json_schema!({
            "type": "object",
            "properties": {*key: {"description": "The value for each.", "allOf": [arms.clone()]}},
            "required": [*key],
            "additionalProperties": false,
        })
    };
    let each: Vec<Schema> = [plain.clone()].into_iter().chain(keys.iter().map(keyed)).collect();
    json_schema!({"anyOf": each})
}

/// Section `treeherder`. Further keys are allowed.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Treeherder {
    /// Group symbol → name. Nothing is said about the names of groups that no task uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub group_names: Option<Node>,
}

/// Section `index`. Further keys are allowed.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct IndexConfig {
    /// Products that may be indexed.
    #[serde(default)]
    pub products: Vec<String>,
}
