//! Artifacts of other tasks that a task fetches before it runs.
//!
//! Source: `use_fetches` of the reference's `run` transforms.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use arcstr::ArcStr;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::edit::{list_in, map_in};
use super::entries::Entries;
use super::paths::directory;
use super::python_text::to_str;
use super::text::Text;
use crate::diagnostics::{Diagnostic, Mistakes, collect, suggest};
use crate::generate::context::KindContext;
use crate::json::{self, Format};
use crate::model::Stub;
use crate::yaml::{self, Map, Node, Value};

/// Kinds whose tasks are fetched by name, without being named as dependencies.
const KINDS_BY_NAME: [&str; 2] = ["fetch", "toolchain"];

/// What the names of a task's artifacts begin with if it does not say.
const USUAL_PREFIX: ArcStr = arcstr::literal!("public/build");

/// What the names of a task's artifacts begin with: attribute `artifact_prefix`, else `public/build`.
#[must_use]
pub fn artifact_prefix(attributes: Option<&Map>) -> String {
    prefix_of(attributes).to_string()
}

fn prefix_of(attributes: Option<&Map>) -> ArcStr {
    let prefix = attributes.and_then(|attributes| attributes.get("artifact_prefix")).filter(|it| it.is_truthy());
    prefix.map_or(USUAL_PREFIX, |prefix| to_str(prefix).into())
}

/// One artifact to fetch: its name, or more about it.
#[derive(Clone, Debug)]
pub enum Fetch {
    /// Just the name.
    Name(Text),
    /// All of it.
    Entry(FetchEntry),
}

/// One artifact to fetch.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FetchEntry {
    /// Its name: of the task for kinds `fetch` and `toolchain`, else of the artifact below the task's prefix.
    pub artifact: Text,
    /// The directory it goes to, below that of all fetches.
    #[serde(default)]
    pub dest: Option<Text>,
    /// Whether to unpack it; it is unless this says no.
    #[serde(default = "yes")]
    pub extract: Option<bool>,
    /// Whether to compare it with the hash that Taskcluster knows.
    #[serde(default)]
    pub verify_hash: Option<bool>,
}

/// `null` is neither; it goes to the worker as it is.
#[expect(clippy::unnecessary_wraps, reason = "serde asks for the field's type")]
const fn yes() -> Option<bool> {
    Some(true)
}

impl<'de> Deserialize<'de> for Fetch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        match &node.value {
            Value::Str(_) => yaml::read_within(&node).map(Self::Name),
            Value::Map(_) => yaml::read_within(&node).map(Self::Entry),
            _ => Err(serde::de::Error::custom(format!(
                "expected the name of an artifact, or a mapping with `artifact`, found {}",
                node.type_name()
            ))),
        }
    }
}

impl JsonSchema for Fetch {
    fn schema_name() -> Cow<'static, str> {
        "Fetch".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [{"type": "string"}, generator.subschema_for::<FetchEntry>()]})
    }
}

impl From<Fetch> for FetchEntry {
    fn from(fetch: Fetch) -> Self {
        match fetch {
            Fetch::Name(artifact) => Self { artifact, dest: None, extract: yes(), verify_hash: None },
            Fetch::Entry(entry) => entry,
        }
    }
}

/// Section `fetches` of a task: edge name or kind → artifacts.
pub type Fetches = Entries<Vec<Fetch>>;

/// What tasks can be fetched from, gathered once for a kind.
#[derive(Debug, Default)]
pub struct Sources {
    /// Label → the artifact of a fetch or toolchain.
    artifacts: BTreeMap<String, String>,
    /// `<kind>-<alias>` → label.
    aliases: BTreeMap<String, String>,
    /// Label → variables that go with it; the reference gives none for tasks of the kind itself.
    env: BTreeMap<String, Map>,
    /// Label → what the names of its artifacts begin with.
    prefixes: HashMap<ArcStr, ArcStr>,
}

/// Whether what is under that key of `fetches` is fetched from tasks that are named there.
#[must_use]
pub fn is_by_name(key: &Node) -> bool {
    key.as_str().is_some_and(|key| KINDS_BY_NAME.contains(&key))
}

impl Sources {
    /// What the names of a task's artifacts begin with.
    #[must_use]
    pub fn prefix(&self, label: &str) -> Option<&str> {
        self.prefixes.get(label).map(ArcStr::as_str)
    }

    /// The tasks of the kind-dependencies, and those of the kind itself.
    #[must_use]
    pub fn new(kind: &KindContext<'_>, stubs: &[Stub]) -> Self {
        let mut sources = Self::default();
        for task in kind.dependencies.iter() {
            let label = task.label.as_str();
            sources.prefixes.insert(task.label.as_arc_str().clone(), prefix_of(Some(&task.attributes)));
            if KINDS_BY_NAME.contains(&task.kind.as_str()) {
                sources.add(task.kind.as_str(), label, &task.attributes, &format!("{}-artifact", task.kind));
                let env = task.attribute(&format!("{}-env", task.kind)).and_then(Node::as_map).cloned();
                sources.env.extend(env.map(|env| (label.to_owned(), env)));
            }
        }
        for stub in stubs {
            let Some(label) = stub.body.get("label").and_then(Node::as_arc_str) else { continue };
            let attributes = stub.body.get("attributes").and_then(Node::as_map);
            sources.prefixes.insert(label.clone(), prefix_of(attributes));
            if let (true, Some(run)) = (KINDS_BY_NAME.contains(&kind.kind.as_str()), stub.body.get("run")) {
                sources.add(kind.kind.as_str(), label, run.as_map().unwrap_or(&Map::new()), "toolchain-artifact");
            }
        }
        sources
    }

    /// The reference knows only aliases that are strings, though it lets a list of them pass; ours knows both.
    fn add(&mut self, kind: &str, label: &str, facts: &Map, artifact_key: &str) {
        if let Some(artifact) = facts.get(artifact_key).and_then(Node::as_str).filter(|name| !name.is_empty()) {
            self.artifacts.insert(label.to_owned(), artifact.to_owned());
        }
        let aliases = facts.get(&format!("{kind}-alias"));
        let several = aliases.and_then(Node::as_list).unwrap_or_default();
        for alias in aliases.into_iter().chain(several).filter_map(Node::as_str).filter(|alias| !alias.is_empty()) {
            self.aliases.insert(format!("{kind}-{alias}"), label.to_owned());
        }
    }
}

/// Turns section `fetches` of a task into dependencies, scopes and the variables `MOZ_FETCHES` and
/// `MOZ_FETCHES_DIR`.
///
/// # Errors
/// Artifacts of tasks that do not exist, or that the task does not depend on; all of them.
pub fn use_fetches(kind: &KindContext<'_>, sources: &Sources, stub: &mut Stub) -> Result<(), Mistakes> {
    let Some(node) = stub.body.remove("fetches").filter(Node::is_truthy) else { return Ok(()) };
    let fetches: Fetches = yaml::read(&node)?;
    let mut groups: Vec<&(Text, Vec<Fetch>)> = fetches.iter().collect();
    groups.sort_by(|one, two| one.0.as_str().cmp(two.0.as_str()));
    map_in(&mut stub.body, "dependencies")?;
    map_in(map_in(&mut stub.body, "worker")?, "env")?;
    let entries = collect(groups, |(source, artifacts)| {
        let mut artifacts: Vec<FetchEntry> = artifacts.iter().cloned().map(FetchEntry::from).collect();
        artifacts.sort_by(|one, two| one.artifact.as_str().cmp(two.artifact.as_str()));
        let group = Group { kind, sources, source };
        if KINDS_BY_NAME.contains(&source.as_str()) {
            collect(artifacts, |entry| Ok(group.by_name(stub, entry)?))
        } else {
            group.of_dependency(stub, artifacts).map_err(Mistakes::from)
        }
    })?
    .concat();
    add_scopes(stub, &entries)?;
    let listed = entries.into_iter().map(Node::new).collect::<Node>();
    let text = json::to_string(&listed, Format { sort_keys: true, ..Format::COMPACT })?;
    let env = map_in(map_in(&mut stub.body, "worker")?, "env")?;
    env.insert("MOZ_FETCHES", Map::from([("task-reference", text)]));
    env.get_or_insert("MOZ_FETCHES_DIR", || Node::new("fetches"));
    Ok(())
}

/// The fetches under one key.
struct Group<'a> {
    kind: &'a KindContext<'a>,
    sources: &'a Sources,
    source: &'a Text,
}

impl Group<'_> {
    /// An artifact of a fetch or toolchain, named by the task's name or alias.
    fn by_name(&self, stub: &mut Stub, entry: FetchEntry) -> Result<Map, Diagnostic> {
        let label = format!("{}-{}", self.source.as_str(), entry.artifact.as_str());
        let label = self.sources.aliases.get(&label).unwrap_or(&label);
        let artifact = self.sources.artifacts.get(label).ok_or_else(|| self.no_such_task(&entry))?;
        if let Some(more) = self.sources.env.get(label) {
            map_in(map_in(&mut stub.body, "worker")?, "env")?.extend(more.clone());
        }
        map_in(&mut stub.body, "dependencies")?.insert(label.as_str(), label.as_str());
        Ok(described(&entry, artifact, label))
    }

    fn no_such_task(&self, entry: &FetchEntry) -> Diagnostic {
        let (source, name) = (self.source.as_str(), entry.artifact.as_str());
        let message = format!("there is no {source} task `{name}` among the kind-dependencies of `{}`", self.kind.kind);
        let mut mistake = Diagnostic::error(message).at(entry.artifact.span()).absent(format!("{source}-{name}"));
        let of_kind = |label| str::strip_prefix(label, source)?.strip_prefix('-');
        let known = self.sources.artifacts.keys().chain(self.sources.aliases.keys());
        mistake.help = suggest(name, known.filter_map(|label| of_kind(label)));
        mistake
    }

    /// Artifacts of a task depended on.
    fn of_dependency(&self, stub: &Stub, artifacts: Vec<FetchEntry>) -> Result<Vec<Map>, Diagnostic> {
        let edge = self.source.as_str();
        let dependencies = stub.body.get("dependencies").and_then(Node::as_map);
        let label = dependencies.and_then(|dependencies| dependencies.get(edge)).and_then(Node::as_str);
        let label = label.ok_or_else(|| {
            let mut mistake = Diagnostic::error(format!("the task fetches from `{edge}` but has no such dependency"));
            mistake.help = suggest(edge, dependencies.into_iter().flat_map(Map::keys).chain(KINDS_BY_NAME));
            mistake.at(self.source.span())
        })?;
        let prefix = self.sources.prefixes.get(label).ok_or_else(|| {
            let message = format!("the task fetches from `{label}`, which is no task of its kind-dependencies");
            let mut mistake = Diagnostic::error(message).at(self.source.span()).absent(label);
            mistake.help = suggest(label, self.sources.prefixes.keys().map(ArcStr::as_str));
            mistake
        })?;
        let path = |entry: &FetchEntry| format!("{prefix}/{}", entry.artifact.as_str());
        Ok(artifacts.iter().map(|entry| described(entry, &path(entry), edge)).collect())
    }
}

/// What the worker is told about an artifact.
fn described(entry: &FetchEntry, artifact: &str, edge: &str) -> Map {
    let mut described = Map::from([
        ("artifact", Node::new(artifact)),
        ("task", Node::new(format!("<{edge}>"))),
        ("extract", Node::new(entry.extract)),
    ]);
    if let Some(dest) = &entry.dest {
        described.insert("dest", dest.as_str());
    }
    if entry.verify_hash == Some(true) {
        described.insert("verify-hash", true);
    }
    described
}

/// Artifacts that are not public need a scope, and the proxy that has the task's credentials.
fn add_scopes(stub: &mut Stub, entries: &[Map]) -> Result<(), Diagnostic> {
    let artifacts = entries.iter().filter_map(|entry| entry.get("artifact")?.as_str());
    let private: BTreeSet<&str> =
        artifacts.filter(|artifact| !artifact.starts_with("public/")).map(directory).collect();
    if private.is_empty() {
        return Ok(());
    }
    map_in(&mut stub.body, "worker")?.insert("taskcluster-proxy", true);
    let scopes = list_in(&mut stub.body, "scopes")?;
    for directory in private {
        let scope = Node::new(format!("queue:get-artifact:{directory}/*"));
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(())
}
