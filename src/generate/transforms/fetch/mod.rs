//! `fetch`: tasks that download something once, for other tasks to use as an artifact.
//!
//! Source: `taskgraph.transforms.fetch` of the reference. What comes out is for the transforms `run` and `task`.

mod git;
mod static_url;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::git::Git;
pub use self::static_url::StaticUrl;
use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::generate::context::KindContext;
use crate::generate::shared::cached_task::{CachedTask, add_optimization};
use crate::generate::shared::entries::Entries;
use crate::generate::shared::paths::join;
use crate::generate::shared::text::Text;
use crate::generate::starlark::{self, Argument, Hook};
use crate::model::Stub;
use crate::script::Point;
use crate::yaml::{self, Map, Node};

/// The row.
pub(super) const FETCH: Transform =
    Transform { name: "taskgraph.transforms.fetch:transforms", apply: Apply::Each(make) };

/// Where the task leaves what it has fetched.
const ARTIFACTS: &str = "/builds/worker/artifacts";

/// How fetches are called in the index.
const CACHE_TYPE: &str = "content.v1";

/// A way to fetch.
struct FetchType {
    /// Its name: `fetch.type`.
    name: &'static str,
    /// Makes the command from the key `fetch`.
    plan: fn(&KindContext<'_>, &Node) -> Result<Plan, Mistakes>,
}

/// Every way to fetch, by name.
const FETCH_TYPES: &[FetchType] =
    &[FetchType { name: "git", plan: git::plan }, FetchType { name: "static-url", plan: static_url::plan }];

/// What a way to fetch says of the task.
struct Plan {
    /// The command.
    command: Vec<String>,
    /// The name of what is fetched.
    artifact_name: String,
    /// Lines that tell all that shows in what is fetched.
    digest_data: Vec<String>,
    /// Environment variables.
    env: Map,
    /// The secret that the task must read.
    secret: Option<String>,
}

impl Plan {
    /// Where the command is to leave what it has fetched.
    fn destination(artifact_name: &str) -> String {
        format!("{ARTIFACTS}/{artifact_name}")
    }
}

/// A fetch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FetchDescription {
    /// The fetch's name.
    name: Text,
    /// One line for people.
    description: Text,
    /// What to fetch and how; which keys there are depends on `type`.
    fetch: Node,
    /// The file the fetch was written in.
    #[serde(rename = "task-from")]
    _task_from: Option<Text>,
    /// When the task is forgotten.
    expires_after: Option<Text>,
    /// The image it runs in; the tree's image `fetch` if unset.
    #[serde(default)]
    docker_image: Option<Node>,
    /// Another name for it.
    fetch_alias: Option<Text>,
    /// What the artifact's name begins with; `public` if unset.
    artifact_prefix: Option<Text>,
    /// More attributes.
    attributes: Option<Entries<Node>>,
}

fn make(kind: &KindContext<'_>, mut stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let fetch: FetchDescription = stub.read()?;
    let plan = plan(kind, &fetch)?;
    Ok(vec![Stub { body: task(kind, &fetch, plan)?, span: stub.span }])
}

/// What the way to fetch says: one of the tree's own, or one of ours.
fn plan(kind: &KindContext<'_>, fetch: &FetchDescription) -> Result<Plan, Mistakes> {
    let named = fetch.fetch.get("type").and_then(|named| Some((named.as_str()?, named.span)));
    if let Some((name, span)) = named
        && let Some(own) = starlark::hook(kind.run, Point::FetchBuilder, name, span)?
    {
        return own_plan(kind, &own, fetch)
            .map_err(|mistakes| mistakes.map(|told| if told.span.is_written() { told } else { told.at(span) }));
    }
    let own = starlark::names(kind.run, Point::FetchBuilder)?;
    (fetch_type(fetch, &own)?.plan)(kind, &fetch.fetch)
}

/// What a function of the tree's own says.
fn own_plan(kind: &KindContext<'_>, own: &Hook<'_>, fetch: &FetchDescription) -> Result<Plan, Mistakes> {
    let name = Node::from(&fetch.name);
    let arguments = [Argument::Config(kind), Argument::Document(&name), Argument::Document(&fetch.fetch)];
    let said: OwnPlan = yaml::read(&own.call_for(kind, &arguments)?.returned)?;
    Ok(Plan {
        command: said.command,
        artifact_name: said.artifact_name,
        digest_data: said.digest_data,
        env: said.env.map(Entries::into_document).unwrap_or_default(),
        secret: said.secret,
    })
}

/// What a function of the tree's own returns; its keys are those of the reference.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnPlan {
    command: Vec<String>,
    artifact_name: String,
    digest_data: Vec<String>,
    #[serde(default)]
    env: Option<Entries<Node>>,
    #[serde(default)]
    secret: Option<String>,
}

fn fetch_type(fetch: &FetchDescription, own: &[&str]) -> Result<&'static FetchType, Diagnostic> {
    let written = fetch.fetch.get("type");
    let missing = || Diagnostic::error("`fetch` needs the key `type`").at(fetch.fetch.span.or(fetch.name.span()));
    let name = written.and_then(Node::as_str).ok_or_else(missing)?;
    FETCH_TYPES.iter().find(|row| row.name == name).ok_or_else(|| {
        let mut mistake = Diagnostic::error(format!("unknown fetch type `{name}`"));
        mistake.help = suggest(name, FETCH_TYPES.iter().map(|row| row.name).chain(own.iter().copied()));
        mistake.at(written.map_or(fetch.fetch.span, |node| node.span))
    })
}

fn task(kind: &KindContext<'_>, fetch: &FetchDescription, plan: Plan) -> Result<Map, Diagnostic> {
    let label = format!("fetch-{}", fetch.name.as_str());
    let prefix = fetch.artifact_prefix.as_ref().map_or("public", Text::as_str);
    let command: Vec<Node> = plan.command.iter().map(|word| Node::new(word.as_str())).collect();
    let run = [("using", Node::new("run-task")), ("checkout", Node::new(false)), ("command", Node::new(command))];
    let mut task = Map::from([
        ("attributes", Node::new(attributes(fetch, prefix, &plan.artifact_name))),
        ("name", Node::from(&fetch.name)),
        ("description", Node::from(&fetch.description)),
        ("expires-after", expires_after(kind, fetch)),
        ("label", Node::new(label.as_str())),
        ("run-on-projects", Node::new(Vec::new())),
        ("run", Node::new(Map::from(run))),
        ("worker-type", Node::new("images")),
    ]);
    let mut worker = worker(fetch, prefix, plan.env);
    // The mere presence of the key counts, whatever it holds.
    if kind.graph_config.document.get("treeherder").is_some() {
        task.insert("treeherder", treeherder(&fetch.name));
    }
    if let Some(secret) = plan.secret {
        task.insert("scopes", Node::from_iter([format!("secrets:get:{secret}")]));
        worker.insert("taskcluster-proxy", true);
    }
    task.insert("worker", worker);
    if !kind.options.fast {
        let name = label.replacen(&format!("{}-", kind.kind), "", 1);
        add_optimization(kind, &mut task, &CachedTask::of(CACHE_TYPE, name, &plan.digest_data))?;
    }
    Ok(task)
}

fn attributes(fetch: &FetchDescription, prefix: &str, artifact_name: &str) -> Map {
    let mut attributes = fetch.attributes.clone().map(Entries::into_document).unwrap_or_default();
    attributes.insert("fetch-artifact", join(prefix, artifact_name));
    if let Some(alias) = fetch.fetch_alias.as_ref().filter(|alias| !alias.as_str().is_empty()) {
        attributes.insert("fetch-alias", Node::from(alias));
    }
    attributes
}

/// What is fetched never changes, so on level 3 it is kept for good.
fn expires_after(kind: &KindContext<'_>, fetch: &FetchDescription) -> Node {
    match &fetch.expires_after {
        Some(time) => Node::from(time),
        None if kind.parameters.level == "3" => Node::new("1000 years"),
        None => Node::new(kind.graph_config.task_expires_after.as_deref().unwrap_or("28 days")),
    }
}

fn worker(fetch: &FetchDescription, prefix: &str, mut env: Map) -> Map {
    env.insert("UPLOAD_DIR", ARTIFACTS);
    let in_tree = || Node::new(Map::from([("in-tree", "fetch")]));
    let artifact = Map::from([("type", "directory"), ("name", prefix), ("path", ARTIFACTS)]);
    Map::from([
        ("chain-of-trust", Node::new(true)),
        ("docker-image", fetch.docker_image.clone().unwrap_or_else(in_tree)),
        ("env", Node::new(env)),
        ("max-run-time", Node::new(900)),
        ("artifacts", Node::new(vec![Node::new(artifact)])),
    ])
}

fn treeherder(name: &Text) -> Map {
    Map::from([
        ("symbol", Node::new(format!("Fetch({})", name.as_str()))),
        ("kind", Node::new("build")),
        ("platform", Node::new("fetch/opt")),
        ("tier", Node::new(1)),
    ])
}
