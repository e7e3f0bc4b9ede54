//! What `mozilla_taskgraph` adds to `config.yml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::diagnostics::Mistakes;
use crate::yaml::{self, Node};

/// What `taskgraph.register` names for a project to have what `mozilla_taskgraph` adds.
pub const MOZILLA_TASKGRAPH: &str = "mozilla_taskgraph:register";

/// The keys of `config.yml` that `mozilla_taskgraph` adds.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MozillaConfig {
    /// What concerns all scriptworkers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scriptworker: Option<Scriptworker>,
    /// What concerns Ship-It.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipit: Option<Shipit>,
    /// `module:function` that says the version of a release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_parser: Option<String>,
    /// Project → the branches that releases are made from; `true` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_branches: Option<BTreeMap<String, ReleaseBranches>>,
}

impl MozillaConfig {
    /// Those keys of a `config.yml`.
    ///
    /// # Errors
    /// All values of another type.
    pub fn of(document: &Node) -> Result<Self, Mistakes> {
        yaml::read(document)
    }
}

/// Section `scriptworker`. Further keys are allowed.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Scriptworker {
    /// What the scopes of scriptworkers begin with, such as `project:<project>:releng`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_prefix: Option<String>,
}

/// Section `shipit`. Further keys are allowed.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Shipit {
    /// The product, where a task names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// A release's name, with `{product}`, `{version}` and `{build_number}` filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_format: Option<String>,
    /// What Ship-It's scopes begin with; `<scriptworker.scope-prefix>:ship-it` if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_prefix: Option<String>,
}

/// The branches of a project that releases are made from.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ReleaseBranches {
    /// All, or none.
    All(bool),
    /// These.
    These(Vec<String>),
}

impl<'de> Deserialize<'de> for ReleaseBranches {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        match (node.as_bool(), node.as_list()) {
            (Some(all), _) => Ok(Self::All(all)),
            (_, Some(_)) => yaml::read_within(&node).map(Self::These),
            _ => {
                let message = format!("expected a boolean or a list of branches, found {}", node.type_name());
                Err(serde::de::Error::custom(message))
            }
        }
    }
}
