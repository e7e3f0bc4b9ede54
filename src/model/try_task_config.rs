//! What a push asks for: which tasks are to run, and what is to be changed in them.
//!
//! The keys are those of Firefox's `try_task_config`, and those that it lacks. Whatever carried the request, it is
//! kept in this form, as parameter `try_task_config`.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use super::{CarrierName, Priority};
use crate::yaml::{self, Map, Node};

/// The parameter that holds it.
pub const TRY_TASK_CONFIG: &str = "try_task_config";

/// Its key that says which carrier a decision found it in.
pub const CARRIED_BY: &str = "carried-by";

/// Keys of Firefox's that mean something to the harness only: each is handed to the template of its name.
pub const HARNESS_KEYS: [&str; 16] = [
    "browsertime",
    "disable-pgo",
    "gecko-profile",
    "gecko-profile-entries",
    "gecko-profile-features",
    "gecko-profile-interval",
    "gecko-profile-threads",
    "github",
    "interactive",
    "new-test-config",
    "perftest-options",
    "pernosco",
    "tag",
    "taskcluster-worker",
    "ubuntu-bionic",
    "use-artifact-builds",
];

/// A request. What selects is united; without any of it `paths` select.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = closed)]
pub struct TryTaskConfig {
    /// Which tasks.
    #[serde(flatten)]
    pub selects: Selects,
    /// What is changed in all tasks of the graph, or where it says so in the selected ones.
    #[serde(flatten)]
    pub changes: Changes,
    /// What is changed in some tasks beside it; later ones win.
    #[serde(rename = "for", skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub for_some: Vec<ChangesFor>,
}

/// The part of a request that says which tasks run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Selects {
    /// The form of Firefox's file in which the keys stand at the top; only 1 is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// What carried the request; it is found out, and need not be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_by: Option<CarrierName>,
    /// Labels; one that ends in `-*` stands for all chunks of a suite. An empty list selects nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Vec<String>>,
    /// A query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Searches as fzf knows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fuzzy: Vec<String>,
    /// A legacy `try:` line, with or without `try:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syntax: Option<String>,
    /// The name of a preset of the tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// Of what is selected, only labels that these are found in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks_regex: Option<TasksRegex>,
    /// Of what is selected, only tasks of these worker types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub worker_types: Vec<String>,
}

/// Regular expressions that are looked for in labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TasksRegex {
    /// One of them must be found; without any, all labels will do.
    #[serde(default)]
    pub include: Option<Vec<String>>,
    /// None of them may be found.
    #[serde(default)]
    pub exclude: Option<Vec<String>>,
}

/// What is changed in tasks. Where it goes is the tree's to say, in `try-templates`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Changes {
    /// Extra arguments for the harness.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// Environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Test paths: files, or directories whose tests are to run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// How often the selected tasks run; or label → how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebuild: Option<Rebuild>,
    /// How urgent the tasks are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Worker type of a task → alias of `config.yml` to run it on instead.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub worker_overrides: BTreeMap<String, String>,
    /// Tasks that fail are not tried again by the queue.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_retry: bool,
    /// Whether selected tasks may be optimized away; they may not if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimize: Option<bool>,
    /// Further routes of the selected tasks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<String>,
    /// Name of a template of the tree → what it is handed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub inputs: BTreeMap<String, Node>,
}

/// What is changed in some tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = closed)]
pub struct ChangesFor {
    /// A query that says which.
    pub tasks: String,
    /// The changes.
    #[serde(flatten)]
    pub changes: Changes,
}

/// A schema of changes, with the keys that [`changes`] takes for others and with no further ones.
fn closed(schema: &mut Schema) {
    schema.insert("additionalProperties".into(), false.into());
    let Some(properties) = schema.get_mut("properties").and_then(|properties| properties.as_object_mut()) else {
        return;
    };
    for key in HARNESS_KEYS {
        let description = format!("Firefox's; handed to the template `{key}` of the tree.");
        properties.insert(key.into(), serde_json::json!({"description": description}));
    }
    let description = "Firefox's; the same as priority `low`.";
    properties.insert("chemspill-prio".into(), serde_json::json!({"description": description, "type": "boolean"}));
}

/// How often tasks run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Rebuild {
    /// All of them.
    All(u32),
    /// Those of these labels.
    Each(BTreeMap<String, u32>),
}

impl JsonSchema for Rebuild {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rebuild".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let count = json_schema!({"type": "integer", "minimum": 1});
        json_schema!({"anyOf": [count, {"type": "object", "additionalProperties": count}]})
    }
}

impl<'de> Deserialize<'de> for Rebuild {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        match node.as_map() {
            Some(_) => yaml::read_within(&node).map(Self::Each),
            None => yaml::read_within(&node).map(Self::All),
        }
    }
}

impl<'de> Deserialize<'de> for TryTaskConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        let mut rest = mapping::<D>(&node)?;
        let selects = take(&mut rest, &SELECTS);
        let for_some = rest.remove("for").map(|list| yaml::read_within(&list)).transpose()?.unwrap_or_default();
        Ok(Self { selects: yaml::read_within(&selects.into())?, changes: changes::<D>(rest)?, for_some })
    }
}

impl<'de> Deserialize<'de> for ChangesFor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Which {
            tasks: String,
        }
        let node = Node::deserialize(deserializer)?;
        let mut rest = mapping::<D>(&node)?;
        let Which { tasks } = yaml::read_within(&node)?;
        rest.remove("tasks");
        Ok(Self { tasks, changes: changes::<D>(rest)? })
    }
}

/// The keys of [`Selects`].
const SELECTS: [&str; 9] =
    [CARRIED_BY, "fuzzy", "preset", "query", "syntax", "tasks", "tasks-regex", "version", "worker-types"];

fn mapping<'de, D: Deserializer<'de>>(node: &Node) -> Result<Map, D::Error> {
    node.mapping("what a push asks for").cloned().map_err(yaml::misread)
}

/// The changes of a mapping; keys for the harness become inputs of templates, and Firefox's older name a priority.
fn changes<'de, D: Deserializer<'de>>(mut rest: Map) -> Result<Changes, D::Error> {
    let inputs = take(&mut rest, &HARNESS_KEYS);
    let chemspill = rest.remove("chemspill-prio").is_some_and(|urgent| urgent.is_truthy());
    let mut changes: Changes = yaml::read_within(&rest.into())?;
    if chemspill {
        changes.priority.get_or_insert(Priority::Low);
    }
    let wanted = inputs.iter().filter(|(_, value)| value.is_truthy());
    changes.inputs.extend(wanted.filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value.clone()))));
    Ok(changes)
}

fn take(from: &mut Map, keys: &[&str]) -> Map {
    let is_taken = |key: &Node| key.as_str().is_some_and(|key| keys.contains(&key));
    let (taken, left): (Vec<_>, Vec<_>) = from.iter().cloned().partition(|(key, _)| is_taken(key));
    *from = left.into_iter().collect();
    taken.into_iter().collect()
}

impl Changes {
    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These and, where both say something of one thing, the later `other`.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.arguments.extend(other.arguments);
        self.env.extend(other.env);
        let new = other.paths.into_iter().filter(|path| !self.paths.contains(path)).collect::<Vec<_>>();
        self.paths.extend(new);
        self.rebuild = other.rebuild.or(self.rebuild);
        self.priority = other.priority.or(self.priority);
        self.worker_overrides.extend(other.worker_overrides);
        self.no_retry |= other.no_retry;
        self.optimize = other.optimize.or(self.optimize);
        self.routes.extend(other.routes);
        self.inputs.extend(other.inputs);
        self
    }
}

impl TryTaskConfig {
    /// Whether it says which tasks run.
    #[must_use]
    pub fn selects(&self) -> bool {
        let Selects { tasks, query, fuzzy, syntax, preset, .. } = &self.selects;
        let says = tasks.is_some() || query.is_some() || syntax.is_some() || preset.is_some();
        says || !fuzzy.is_empty() || !self.changes.paths.is_empty()
    }

    /// The same as a document.
    #[must_use]
    pub fn to_node(&self) -> Node {
        yaml::write(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Mistakes;
    use crate::json;

    fn read(text: &str) -> Result<TryTaskConfig, String> {
        yaml::read(&json::parse(text).unwrap()).map_err(|mistakes: Mistakes| mistakes.to_string())
    }

    #[test]
    fn firefoxs_keys_are_read() {
        let config = read(
            r#"{"version": 1, "tasks": ["a"], "rebuild": 3, "env": {"A": "b"}, "chemspill-prio": true,
                "use-artifact-builds": true, "disable-pgo": false, "gecko-profile-interval": 2.5,
                "worker-overrides": {"b": "c"}, "tasks-regex": {"include": ["x"]}}"#,
        )
        .unwrap();
        assert_eq!(config.selects.tasks.as_deref(), Some(&["a".to_owned()][..]));
        assert_eq!((config.changes.rebuild, config.changes.priority), (Some(Rebuild::All(3)), Some(Priority::Low)));
        let inputs: Vec<&str> = config.changes.inputs.keys().map(String::as_str).collect();
        assert_eq!(inputs, ["gecko-profile-interval", "use-artifact-builds"]);
        assert_eq!(
            read(r#"{"rebuild": {"a": 2}}"#).unwrap().changes.rebuild,
            Some(Rebuild::Each([("a".into(), 2)].into()))
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        let config = read(
            r#"{"query": "kind(test)", "paths": ["layout/"], "no-retry": true, "tag": "x",
                "for": [{"tasks": "~linux", "arguments": ["--verbose"], "priority": "lowest"}]}"#,
        )
        .unwrap();
        assert_eq!(config.for_some[0].changes.arguments, ["--verbose"]);
        assert_eq!(yaml::read::<TryTaskConfig>(&config.to_node()).unwrap(), config);
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert_eq!(read(r#"{"taks": []}"#).unwrap_err(), "unknown key `taks`");
        assert_eq!(read(r#"{"for": [{"tasks": "a", "rebild": 2}]}"#).unwrap_err(), "unknown key `rebild`");
        assert!(read(r#"{"rebuild": "often"}"#).unwrap_err().starts_with("expected a whole number"));
    }
}
