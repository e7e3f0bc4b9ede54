//! `run.using: run-task`: runs a command through the script `run-task`, which checks out and sets up caches first.
//!
//! Source: `taskgraph.transforms.run.run_task` of the reference.

mod checkout;
mod command;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Description, RunUsing};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::context::KindContext;
use crate::generate::shared::caches::{self, CacheChoice};
use crate::generate::shared::entries::Entries;
use crate::generate::shared::reference::Reference;
use crate::generate::shared::repositories::RepositoryChanges;
use crate::generate::shared::text::Text;
use crate::model::Stub;
use crate::yaml::{self, Map, Node};

pub(super) use checkout::vcs_directory_name;

pub(super) const RUN_TASK: RunUsing =
    RunUsing { name: "run-task", implementations: &["docker-worker", "generic-worker"], apply };

/// Section `run`. Further keys mean nothing.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RunTask {
    /// `run-task`
    #[serde(rename = "using")]
    pub _using: String,
    /// The command: a list goes to `run-task` as it is, a string to what `exec-with` says.
    pub command: Command,
    /// Whether to check out the tree; or which repositories, and how.
    #[serde(default)]
    pub checkout: Checkout,
    /// The directory the task works in.
    pub workdir: String,
    /// Which caches to use; the configuration's `taskgraph.run.use-caches` if unset.
    #[serde(default)]
    pub use_caches: Option<CacheChoice>,
    /// Where to run the command; `{checkout}` is the directory of the checkout.
    #[serde(default)]
    pub cwd: Option<Text>,
    /// What runs a command that is a string; `bash` if unset.
    #[serde(default)]
    pub exec_with: Option<ExecWith>,
    /// How to call the script `run-task` where it is not in its usual place.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub run_task_command: Option<Vec<Node>>,
    /// Whether the command runs as root.
    #[serde(default)]
    pub run_as_root: Option<bool>,
}

/// What runs a command that is a string.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExecWith {
    /// `bash -cx`
    #[default]
    Bash,
    /// `powershell.exe -ExecutionPolicy Bypass`
    Powershell,
}

/// A command: one text, or its words.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// For a shell.
    Text(Reference),
    /// For `run-task` as they are.
    Words(Vec<Reference>),
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        match node.as_list() {
            Some(_) => yaml::read_within(&node).map(Self::Words),
            None => yaml::read_within(&node).map(Self::Text),
        }
    }
}

impl JsonSchema for Command {
    fn schema_name() -> Cow<'static, str> {
        "Command".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let (text, words) = (generator.subschema_for::<Reference>(), generator.subschema_for::<Vec<Reference>>());
        schemars::json_schema!({"anyOf": [text, words]})
    }
}

/// What to check out.
#[derive(Clone, Debug)]
pub enum Checkout {
    /// The tree, or nothing.
    Tree(bool),
    /// These repositories of the configuration, with these changes.
    Repositories(Entries<RepositoryChanges>),
}

impl Default for Checkout {
    fn default() -> Self {
        Self::Tree(true)
    }
}

impl Checkout {
    /// Whether anything is checked out.
    fn is_any(&self) -> bool {
        match self {
            Self::Tree(wanted) => *wanted,
            Self::Repositories(changes) => changes.iter().next().is_some(),
        }
    }
}

impl<'de> Deserialize<'de> for Checkout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        let misfit = || format!("expected a boolean or a mapping of repositories, found {}", node.type_name());
        match (node.as_bool(), node.as_map()) {
            (Some(wanted), _) => Ok(Self::Tree(wanted)),
            (None, Some(_)) => yaml::read_within(&node).map(Self::Repositories),
            (None, None) => Err(serde::de::Error::custom(misfit())),
        }
    }
}

impl JsonSchema for Checkout {
    fn schema_name() -> Cow<'static, str> {
        "Checkout".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let repositories = generator.subschema_for::<std::collections::BTreeMap<String, RepositoryChanges>>();
        schemars::json_schema!({"anyOf": [{"type": "boolean"}, repositories]})
    }
}

/// What [`RUN_TASK`] makes of a task; also the second half of `toolchain-script`.
pub(super) fn apply(kind: &KindContext<'_>, mut description: Description) -> Result<Stub, Mistakes> {
    let run: RunTask = yaml::read_noting(&description.run, kind.warnings)?;
    let mut options = checkout::set_up(kind, &mut description, &run)?;
    let has_checkout = run.checkout.is_any();
    for cache in caches::caches(kind, run.use_caches.as_ref(), has_checkout, &place(&description, &run))? {
        add_cache(&mut description, cache)?;
    }
    description.env()?.insert("MOZ_SCM_LEVEL", kind.parameters.level.as_str());
    if run.run_as_root == Some(true) {
        options.extend(["--user", "root", "--group", "root"].map(Node::new));
    }
    command::set_command(kind, &mut description, &run, options)?;
    Ok(description.stub)
}

fn place<'a>(description: &'a Description, run: &'a RunTask) -> caches::Place<'a> {
    caches::Place { is_docker: description.is_docker(), os: description.os(), workdir: &run.workdir }
}

fn add_cache(description: &mut Description, cache: caches::Cache) -> Result<(), Diagnostic> {
    if let Some(variable) = cache.variable {
        description.env()?.insert(variable, cache.directory.as_str());
    }
    if description.is_docker() {
        let entry = Map::from([
            ("type", Node::new("persistent")),
            ("name", Node::new(cache.name)),
            ("mount-point", Node::new(cache.directory)),
            ("skip-untrusted", Node::new(false)),
        ]);
        description.push_to_worker("caches", entry)
    } else {
        description.push_to_worker("mounts", Map::from([("cache-name", cache.name), ("directory", cache.directory)]))
    }
}
