//! What `config.yml` says of pushes that ask for tasks: sections `try` and `try-templates`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GraphConfig, Priority};
use crate::yaml::Node;

/// Section `try`: what a push may ask for, and how `pushgraph try` makes such a push.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TryConfig {
    /// Which ways to carry a request are honoured; none if unset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carriers: Vec<CarrierName>,
    /// The projects whose pushes may ask; all of them if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<String>>,
    /// How often one task may be asked for; 20 if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rebuild: Option<u32>,
    /// The priorities that may be asked for; `lowest`, `very-low` and `low` if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priorities: Option<Vec<Priority>>,
    /// Worker aliases that tasks may be moved to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub worker_types: Vec<String>,
    /// Routes that may be asked for; `*` stands for any characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<String>,
    /// Build platform → further platforms that a `try:` line asks for with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ridealong_builds: BTreeMap<String, Vec<String>>,
    /// The file with the presets of the tree, from the root of the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presets: Option<String>,
    /// How many tasks `pushgraph try` pushes without asking; 1000 if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_above: Option<usize>,
    /// What `pushgraph try` writes into the commit it pushes; the first of `carriers` that its repository can hold if
    /// unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<CarrierName>,
    /// Where `pushgraph try` pushes to: a remote (in Mercurial a path) or a URL; `try` if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The branch it pushes to in git; `try` if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The address of Treeherder, for links; none are shown if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treeherder: Option<String>,
    /// The name of the project pushed to, for links; `try` if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The address of Taskcluster, for links and for how long tasks took; the environment's if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taskcluster: Option<String>,
}

/// A way in which a push carries what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CarrierName {
    /// The extra field `try_task_config` of a Mercurial commit.
    HgExtras,
    /// The git note `refs/notes/decision-parameters`.
    Note,
    /// Lines such as `Try-Query: …` at the end of the commit message.
    Trailers,
    /// The `try:` line of the commit message.
    TryLine,
    /// The file `try_task_config.json`.
    TryTaskConfig,
}

impl CarrierName {
    /// Its name in `config.yml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HgExtras => "hg-extras",
            Self::Note => "note",
            Self::Trailers => "trailers",
            Self::TryLine => "try-line",
            Self::TryTaskConfig => "try-task-config",
        }
    }
}

/// A template of section `try-templates`: where something that a push asks for goes in a task.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TryTemplate {
    /// A query that says which tasks it is for; all of them if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub tasks: Option<Node>,
    /// What is merged into the task definition, rendered by JSON-e with `input`, `label`, `kind`, `attributes`,
    /// `is_target` and `task`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub task: Option<Node>,
    /// What is merged into the attributes, as `task`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub attributes: Option<Node>,
}

impl TryConfig {
    /// How often one task may be asked for.
    #[must_use]
    pub fn most_rebuilds(&self) -> u32 {
        self.max_rebuild.unwrap_or(20)
    }

    /// The priorities that may be asked for.
    #[must_use]
    pub fn allowed_priorities(&self) -> &[Priority] {
        const LOW: &[Priority] = &[Priority::Lowest, Priority::VeryLow, Priority::Low];
        self.priorities.as_deref().unwrap_or(LOW)
    }

    /// Whether a carrier is honoured on a project.
    #[must_use]
    pub fn honours(&self, carrier: CarrierName, project: &str) -> bool {
        self.carriers.contains(&carrier) && self.honours_any(project)
    }

    /// Whether any carrier is honoured on a project.
    #[must_use]
    pub fn honours_any(&self, project: &str) -> bool {
        let is_of = |projects: &Vec<String>| projects.iter().any(|one| one == project);
        !self.carriers.is_empty() && self.projects.as_ref().is_none_or(is_of)
    }
}

impl GraphConfig {
    /// Section `try`; an empty one if there is none.
    #[must_use]
    pub fn try_config(&self) -> &TryConfig {
        static NONE: std::sync::LazyLock<TryConfig> = std::sync::LazyLock::new(TryConfig::default);
        self.config.r#try.as_ref().unwrap_or(&NONE)
    }
}
