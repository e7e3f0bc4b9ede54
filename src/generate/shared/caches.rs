//! The caches that a task keeps between runs on one worker.
//!
//! Source: `taskgraph.util.caches` and `support_caches` of the reference.

use std::borrow::Cow;
use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};

use super::paths::join;
use super::repositories::repositories;
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::context::KindContext;
use crate::model::DefaultCache;
use crate::yaml::{self, Node};

/// All caches in the order they are added, with the variable that tells a tool where its cache is.
const CACHES: [(DefaultCache, &str, Option<&str>); 5] = [
    (DefaultCache::Cargo, "cargo", Some("CARGO_HOME")),
    (DefaultCache::Checkout, "checkout", None),
    (DefaultCache::Npm, "npm", Some("npm_config_cache")),
    (DefaultCache::Pip, "pip", Some("PIP_CACHE_DIR")),
    (DefaultCache::Uv, "uv", Some("UV_CACHE_DIR")),
];

/// Which caches to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheChoice {
    /// All of them, or none.
    All(bool),
    /// These.
    These(Vec<DefaultCache>),
}

impl CacheChoice {
    fn includes(&self, cache: DefaultCache) -> bool {
        match self {
            Self::All(all) => *all,
            Self::These(these) => these.contains(&cache),
        }
    }
}

impl<'de> Deserialize<'de> for CacheChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        match (node.as_bool(), node.as_list()) {
            (Some(all), _) => Ok(Self::All(all)),
            (None, Some(_)) => yaml::read_within(&node).map(Self::These),
            (None, None) => Err(serde::de::Error::custom(format!(
                "expected a boolean or a list of caches, found {}",
                node.type_name()
            ))),
        }
    }
}

impl JsonSchema for CacheChoice {
    fn schema_name() -> Cow<'static, str> {
        "CacheChoice".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let these = generator.subschema_for::<Vec<DefaultCache>>();
        schemars::json_schema!({"anyOf": [{"type": "boolean"}, these]})
    }
}

/// Where the task runs, as far as caches care.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Whether docker-worker runs it.
    pub is_docker: bool,
    /// The operating system.
    pub os: &'a str,
    /// The directory it works in.
    pub workdir: &'a str,
}

/// One cache of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// Its name, before the project's and level's are put before it.
    pub name: String,
    /// Where it is for the task.
    pub directory: String,
    /// The variable that says so.
    pub variable: Option<&'static str>,
}

/// Where repositories are checked out.
#[must_use]
pub fn checkout_directory(place: &Place<'_>) -> String {
    match (place.os, place.is_docker) {
        ("windows", _) => "build".into(),
        (_, true) => format!("{}/checkouts", place.workdir),
        (_, false) => "checkouts".into(),
    }
}

/// The caches of a task: its own choice, else the configuration's, else that of the checkout.
///
/// # Errors
/// A choice in the configuration that cannot be understood; and as [`repositories`].
pub fn caches(
    kind: &KindContext<'_>,
    choice: Option<&CacheChoice>,
    has_checkout: bool,
    place: &Place<'_>,
) -> Result<Vec<Cache>, Mistakes> {
    let choice = match choice {
        Some(choice) => choice.clone(),
        None => configured(kind)?,
    };
    let is_used = |cache: DefaultCache| choice.includes(cache) && (cache != DefaultCache::Checkout || has_checkout);
    CACHES.iter().filter(|(cache, ..)| is_used(*cache)).map(|row| Ok(cache(kind, row, place)?)).collect()
}

fn configured(kind: &KindContext<'_>) -> Result<CacheChoice, Mistakes> {
    let written = kind.graph_config.taskgraph.run.as_ref().and_then(|run| run.use_caches.as_ref());
    written.map_or_else(|| Ok(CacheChoice::These(vec![DefaultCache::Checkout])), yaml::read)
}

fn cache(
    kind: &KindContext<'_>,
    (cache, name, variable): &(DefaultCache, &'static str, Option<&'static str>),
    place: &Place<'_>,
) -> Result<Cache, Diagnostic> {
    if *cache == DefaultCache::Checkout {
        return Ok(Cache { name: checkout_name(kind)?, directory: checkout_directory(place), variable: None });
    }
    let base = if place.is_docker { join(place.workdir, ".task-cache") } else { ".task-cache".into() };
    Ok(Cache { name: (*name).to_owned(), directory: format!("{base}/{name}"), variable: *variable })
}

/// Projects of several repositories get caches of their own, as a checkout does not clean up repositories within
/// it. The reference hashes a set in the order of its hash seed; ours is sorted.
fn checkout_name(kind: &KindContext<'_>) -> Result<String, Diagnostic> {
    let repositories = repositories(kind.run)?;
    if repositories.len() < 2 {
        return Ok("checkouts".into());
    }
    let places: BTreeSet<String> =
        repositories.iter().map(|repository| format!("{}\t{}", repository.path, repository.prefix)).collect();
    let digest = Sha256::digest(places.into_iter().collect::<Vec<_>>().join("\n"));
    Ok(format!("checkouts-repos-{}", hex::encode(digest)))
}
