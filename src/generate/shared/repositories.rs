//! The repositories a task may check out.
//!
//! Source: `TransformConfig.repo_configs` of the reference.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::model::{Pattern, RepositoryConfig};
use crate::yaml::Node;

/// One repository as this push sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Repository {
    /// Begins the names of its variables and of `run-task`'s options.
    pub prefix: String,
    /// Its name for people, which only the worker's log shows.
    pub name: Node,
    /// Where its base is.
    pub base_repository: Option<String>,
    /// Where its head is.
    pub head_repository: Option<String>,
    /// The ref to check out.
    pub head_ref: Option<String>,
    /// `git` or `hg`.
    pub repository_type: Option<String>,
    /// Where below the checkout it goes.
    pub path: String,
    /// The revision to check out, if known.
    pub head_rev: Option<String>,
    /// The secret that holds its ssh key.
    pub ssh_secret_name: Option<String>,
}

/// What `run.checkout.<prefix>` may say otherwise about a repository.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryChanges {
    /// What its variables begin with.
    #[serde(default, deserialize_with = "given")]
    prefix: Option<String>,
    /// Its name for people.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    name: Option<Node>,
    /// Where it comes from.
    #[serde(default, deserialize_with = "given")]
    base_repository: Option<Option<String>>,
    /// Where the revision is.
    #[serde(default, deserialize_with = "given")]
    head_repository: Option<Option<String>>,
    /// The ref to check out.
    #[serde(default, deserialize_with = "given")]
    head_ref: Option<Option<String>>,
    /// `git` or `hg`.
    #[serde(default, deserialize_with = "given", rename = "type")]
    repository_type: Option<Option<String>>,
    /// Where below the checkout it goes.
    #[serde(default, deserialize_with = "given")]
    path: Option<String>,
    /// The revision to check out.
    #[serde(default, deserialize_with = "given")]
    head_rev: Option<Option<String>>,
    /// The secret that holds its ssh key.
    #[serde(default, deserialize_with = "given")]
    ssh_secret_name: Option<Option<String>>,
}

/// Tells `key: null`, which takes a value away where there may be none, from a key that is not there.
fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

impl Repository {
    /// The same with some fields replaced.
    #[must_use]
    pub fn with(self, changes: &RepositoryChanges) -> Self {
        let changes = changes.clone();
        Self {
            prefix: changes.prefix.unwrap_or(self.prefix),
            name: changes.name.unwrap_or(self.name),
            base_repository: changes.base_repository.unwrap_or(self.base_repository),
            head_repository: changes.head_repository.unwrap_or(self.head_repository),
            head_ref: changes.head_ref.unwrap_or(self.head_ref),
            repository_type: changes.repository_type.unwrap_or(self.repository_type),
            path: changes.path.unwrap_or(self.path),
            head_rev: changes.head_rev.unwrap_or(self.head_rev),
            ssh_secret_name: changes.ssh_secret_name.unwrap_or(self.ssh_secret_name),
        }
    }
}

/// All repositories of the configuration, the tree's own first.
///
/// # Errors
/// If there are several and not just one is the push's, or another one does not say where it is.
pub fn repositories(run: &RunContext<'_>) -> Result<Vec<Repository>, Diagnostic> {
    let configured = &run.graph_config.taskgraph.repositories;
    let own = match configured.as_slice() {
        [(prefix, _)] => prefix,
        several => own_prefix(several, &run.parameters.project)?,
    };
    let (mine, others): (Vec<_>, Vec<_>) = configured.iter().partition(|(prefix, _)| prefix == own);
    let mine = mine.into_iter().map(|(prefix, config)| Ok(of_the_push(run, prefix, config)));
    mine.chain(others.into_iter().map(|(prefix, config)| elsewhere(prefix, config))).collect()
}

fn own_prefix<'a>(configured: &'a [(String, RepositoryConfig)], project: &str) -> Result<&'a str, Diagnostic> {
    let mut matching = Vec::new();
    for (prefix, config) in configured {
        let pattern = config.project_regex.as_deref().ok_or_else(|| missing(prefix, "project-regex"))?;
        let pattern = Pattern::anchored(pattern).and_then(|pattern| pattern.matches(project));
        if pattern.map_err(|error| Diagnostic::error(error.to_string()))? {
            matching.push(prefix.as_str());
        }
    }
    match matching.as_slice() {
        [only] => Ok(only),
        [] => Err(Diagnostic::error(format!("no repository's `project-regex` matches project `{project}`"))),
        _ => Err(Diagnostic::error(format!("several repositories' `project-regex` match project `{project}`"))),
    }
}

fn of_the_push(run: &RunContext<'_>, prefix: &str, config: &RepositoryConfig) -> Repository {
    Repository {
        prefix: prefix.to_owned(),
        name: Node::new(config.name.as_str()),
        base_repository: Some(run.parameters.base_repository.clone()),
        head_repository: Some(run.parameters.head_repository.clone()),
        head_ref: Some(run.parameters.head_ref.clone()),
        repository_type: Some(run.parameters.repository_type.clone()),
        path: String::new(),
        head_rev: Some(run.parameters.head_rev.clone()),
        ssh_secret_name: config.ssh_secret_name.clone(),
    }
}

fn elsewhere(prefix: &str, config: &RepositoryConfig) -> Result<Repository, Diagnostic> {
    let required = |value: &Option<Node>, key: &str| {
        let value = value.as_ref().ok_or_else(|| missing(prefix, key))?;
        value.as_str().map(str::to_owned).ok_or_else(|| {
            let message = format!("expected `{key}` of repository `{prefix}` as a string, found {}", value.type_name());
            Diagnostic::error(message).at(value.span)
        })
    };
    let home = required(&config.default_repository, "default-repository")?;
    Ok(Repository {
        prefix: prefix.to_owned(),
        name: Node::new(config.name.as_str()),
        base_repository: Some(home.clone()),
        head_repository: Some(home),
        head_ref: Some(required(&config.default_ref, "default-ref")?),
        repository_type: Some(required(&config.repository_type, "type")?),
        path: String::new(),
        head_rev: None,
        ssh_secret_name: config.ssh_secret_name.clone(),
    })
}

fn missing(prefix: &str, key: &str) -> Diagnostic {
    Diagnostic::error(format!("repository `{prefix}` of the configuration needs `{key}`, as there are several"))
}
