//! What a task may say once its own kind's transforms are done with it.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::shared::entries::Entries;
use crate::generate::shared::integer::Integer;
use crate::generate::shared::text::Text;
use crate::model::{Priority, keyed_schema};
use crate::yaml::{self, Node};

/// A task as the transform `task` takes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TaskDescription {
    /// The task's name within the push; its kind and its `name` if unset.
    pub label: Text,
    /// One line for people.
    pub description: Text,
    /// Whether every push targets the task, whatever the target tasks method says.
    #[serde(default)]
    pub always_target: bool,
    /// How the task may be optimized away: a strategy and its argument.
    #[serde(default)]
    pub optimization: Option<Entries<Node>>,
    /// The alias of a worker pool.
    pub worker_type: Text,
    /// Whether the task compiles with a shared cache.
    #[serde(default)]
    pub needs_sccache: bool,
    /// Facts about the task for methods, strategies and queries.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub attributes: Entries<Node>,
    /// The file the task was written in, relative to its kind.
    #[serde(rename = "task-from", default)]
    _task_from: Option<Text>,
    /// Tasks depended on: a name for use within the task → label.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub dependencies: Entries<Node>,
    /// How urgent the task is.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// Labels of tasks depended on if they exist in the end.
    #[serde(default)]
    pub soft_dependencies: Option<Vec<Text>>,
    /// Names of dependencies of which at least one must remain, else the task is removed.
    #[serde(default)]
    pub if_dependencies: Option<Vec<Text>>,
    /// How the dependencies must have ended.
    #[serde(default)]
    pub requires: Option<Requires>,
    /// When the task is forgotten, from its creation.
    #[serde(default)]
    pub expires_after: Option<Text>,
    /// When the task must be done, from its creation.
    #[serde(default)]
    pub deadline_after: Option<Text>,
    /// Routes beside those that other keys make.
    #[serde(default, deserialize_with = "null_is_default")]
    pub routes: Vec<Text>,
    /// Scopes beside those the worker needs; `{level}` and `{project}` are filled in.
    #[serde(default, deserialize_with = "null_is_default")]
    pub scopes: Vec<Text>,
    /// Tags.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub tags: Entries<Text>,
    /// More of the definition's `extra`.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub extra: Entries<Node>,
    /// How the task is shown on Treeherder; `true` for defaults.
    #[serde(default)]
    pub treeherder: Option<TreeherderChoice>,
    /// Where the finished task is indexed.
    #[serde(default)]
    pub index: Option<IndexDescription>,
    /// Projects on which the task is targeted; `by-build-platform`.
    #[serde(default)]
    #[schemars(schema_with = "keyed_schema::<Option<Vec<String>>>")]
    pub run_on_projects: Option<Node>,
    /// Sorts of push for which the task is targeted.
    #[serde(default)]
    pub run_on_tasks_for: Option<Vec<Text>>,
    /// Git branches on which the task is targeted, as regular expressions.
    #[serde(default)]
    pub run_on_git_branches: Option<Vec<Text>>,
    /// The phase of a release that the task is part of.
    #[serde(default)]
    pub shipping_phase: Option<ShippingPhase>,
    /// What the worker is told; which keys there are depends on its implementation.
    pub worker: Node,
}

/// How dependencies must have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Requires {
    /// All have succeeded.
    AllCompleted,
    /// All have ended.
    AllResolved,
}

/// A phase of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ShippingPhase {
    Build,
    Promote,
    Push,
    Ship,
}

/// Key `treeherder` of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum TreeherderChoice {
    /// With defaults, or not at all.
    Shown(bool),
    /// With these.
    With(TreeherderDescription),
}

/// How a task is shown on Treeherder.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TreeherderDescription {
    /// `symbol` or `group(symbol)`; the first letters of the kind if unset.
    pub symbol: Option<Text>,
    /// The sort of job; told from the kind's name if unset.
    pub kind: Option<JobKind>,
    /// The tier; 1 if unset.
    pub tier: Option<Integer>,
    /// `platform/collection`; `default/opt` if unset.
    pub platform: Option<Text>,
}

/// The sorts of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum JobKind {
    Build,
    Test,
    Other,
}

/// Where a finished task is indexed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IndexDescription {
    /// The product; one of `index.products` in `config.yml`.
    pub product: Option<Text>,
    /// The name under the product.
    pub job_name: Option<Text>,
    /// Which paths; `generic` if unset.
    #[serde(rename = "type")]
    pub index_type: Option<Text>,
    /// Which of two tasks is found under one path: the one of higher rank. `by-tier` if unset.
    pub rank: Option<Rank>,
}

/// The rank of an indexed task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// The push's time for tasks of tier 1, else 0.
    ByTier,
    /// The push's time.
    BuildDate,
    /// This.
    Number(Integer),
}

impl TaskDescription {
    /// Checks what types do not say.
    ///
    /// # Errors
    /// Reserved names of dependencies; arguments of wrong types for the strategies that the reference checks.
    pub fn check(&self) -> Result<(), Mistakes> {
        let reserved = self.dependencies.iter().filter(|(name, _)| matches!(name.as_str(), "self" | "decision"));
        let mut mistakes = Mistakes::default();
        mistakes.extend(reserved.map(|(name, _)| {
            Diagnostic::error(format!("the dependency name `{}` is reserved", name.as_str())).at(name.span())
        }));
        for strategy in ["index-search", "skip-unless-changed"] {
            let argument = self.optimization.as_ref().and_then(|optimization| optimization.get(strategy));
            if let Some(argument) = argument.filter(|argument| !argument.is_null()) {
                mistakes.extend(yaml::read::<Vec<Text>>(argument).err().unwrap_or_default().0);
            }
        }
        mistakes.or(())
    }
}

fn null_is_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn null_is_empty<'de, D, V>(deserializer: D) -> Result<Entries<V>, D::Error>
where
    D: Deserializer<'de>,
    V: Deserialize<'de>,
{
    null_is_default(deserializer)
}

impl<'de> Deserialize<'de> for TreeherderChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeherderVisitor)
    }
}

struct TreeherderVisitor;

impl<'de> Visitor<'de> for TreeherderVisitor {
    type Value = TreeherderChoice;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a boolean or a mapping")
    }

    fn visit_bool<E>(self, shown: bool) -> Result<TreeherderChoice, E> {
        Ok(TreeherderChoice::Shown(shown))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TreeherderChoice, A::Error> {
        let description = TreeherderDescription::deserialize(MapAccessDeserializer::new(map))?;
        // As in the reference, an empty mapping says no.
        Ok(match description == TreeherderDescription::default() {
            true => TreeherderChoice::Shown(false),
            false => TreeherderChoice::With(description),
        })
    }
}

impl JsonSchema for TreeherderChoice {
    fn schema_name() -> Cow<'static, str> {
        "TreeherderChoice".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [{"type": "boolean"}, generator.subschema_for::<TreeherderDescription>()]})
    }
}

impl<'de> Deserialize<'de> for Rank {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i128(RankVisitor)
    }
}

struct RankVisitor;

impl Visitor<'_> for RankVisitor {
    type Value = Rank;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("`by-tier`, `build_date` or a whole number")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Rank, E> {
        match name {
            "by-tier" => Ok(Rank::ByTier),
            "build_date" => Ok(Rank::BuildDate),
            _ => Err(E::unknown_variant(name, &["by-tier", "build_date"])),
        }
    }

    fn visit_i64<E>(self, rank: i64) -> Result<Rank, E> {
        Ok(Rank::Number(rank.into()))
    }

    fn visit_i128<E>(self, rank: i128) -> Result<Rank, E> {
        Ok(Rank::Number(rank.into()))
    }
}

impl JsonSchema for Rank {
    fn schema_name() -> Cow<'static, str> {
        "Rank".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [{"enum": ["by-tier", "build_date"]}, {"type": "integer"}]})
    }
}
