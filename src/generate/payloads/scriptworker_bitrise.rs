//! `scriptworker-bitrise`: runs workflows on Bitrise. From `mozilla_taskgraph`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::{Package, Payload, PayloadBuilder, PayloadContext, scriptworker};
use crate::diagnostics::Mistakes;
use crate::generate::shared::entries::Entries;
use crate::generate::shared::reference::Reference;
use crate::generate::shared::schema::schema_of;
use crate::model::Parameters;
use crate::yaml::{self, Map, Node};

/// The row.
pub(super) const SCRIPTWORKER_BITRISE: PayloadBuilder = PayloadBuilder {
    implementation: "scriptworker-bitrise",
    package: Package::MozillaTaskgraph,
    schema: schema_of::<Worker>,
    build,
};

/// `worker` of a task that runs workflows on Bitrise. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
struct Worker {
    /// `scriptworker-bitrise`
    #[serde(rename = "implementation")]
    _implementation: String,
    /// The operating system, which means nothing here.
    #[serde(rename = "os", default)]
    _os: Option<String>,
    /// What is run.
    bitrise: Bitrise,
}

/// `worker.bitrise`. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
struct Bitrise {
    /// The app on Bitrise.
    app: String,
    /// The workflows to run.
    workflows: Vec<Workflow>,
    /// What the artifacts' names begin with; `public` makes them public.
    #[serde(default)]
    artifact_prefix: Option<String>,
}

/// One of `workflows`: its name, or name → environments of which each makes a run of its own.
#[derive(Debug)]
enum Workflow {
    Named(String),
    With(Entries<Vec<Entries<Reference>>>),
}

impl<'de> Deserialize<'de> for Workflow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        match node.as_str() {
            Some(name) => Ok(Self::Named(name.to_owned())),
            None => yaml::read_within(&node).map(Self::With),
        }
    }
}

impl JsonSchema for Workflow {
    fn schema_name() -> Cow<'static, str> {
        "Workflow".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A workflow, or workflow → environments of which each makes a run of its own.",
            "anyOf": [{"type": "string"}, generator.subschema_for::<Entries<Vec<Entries<Reference>>>>()],
        })
    }
}

fn build(context: &PayloadContext<'_>) -> Result<Payload, Mistakes> {
    let worker: Worker = yaml::read_noting(context.worker, context.kind.warnings)?;
    let Bitrise { app, workflows, artifact_prefix } = &worker.bitrise;
    let prefix = scriptworker::scope_prefix(context)?;
    let scope = |of: &str, name: &str| Node::new(format!("{prefix}:bitrise:{of}:{name}"));
    let scopes =
        [scope("app", app)].into_iter().chain(names(workflows).into_iter().map(|name| scope("workflow", name)));
    let mut payload = Map::from([("global_params", global_parameters(context.kind.parameters))]);
    let runs = runs(workflows);
    if !runs.is_empty() {
        payload.insert("workflow_params", runs);
    }
    if let Some(prefix) = artifact_prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
        payload.insert("artifact_prefix", prefix);
    }
    Ok(Payload { scopes: scopes.collect(), ..scriptworker::payload(payload) })
}

fn names<'a>(workflows: &'a [Workflow]) -> BTreeSet<&'a str> {
    let of = |workflow: &'a Workflow| -> Vec<&str> {
        match workflow {
            Workflow::Named(name) => vec![name],
            Workflow::With(runs) => runs.iter().map(|(name, _)| name.as_str()).collect(),
        }
    };
    workflows.iter().flat_map(of).collect()
}

/// Workflow → its runs, each with its environment as Bitrise wants it.
fn runs(workflows: &[Workflow]) -> Map {
    let variable = |(name, value): &(_, Reference)| {
        Node::new(Map::from([("mapped_to", Node::from(name)), ("value", value.into())]))
    };
    let mut runs = Map::new();
    for workflow in workflows {
        let Workflow::With(given) = workflow else { continue };
        for (name, environments) in given.iter() {
            let mut all: Vec<Node> = runs.get(name.as_str()).and_then(Node::as_list).unwrap_or_default().to_vec();
            all.extend(environments.iter().map(|environment| {
                let variables: Vec<Node> = environment.iter().map(variable).collect();
                Node::new(Map::from([("environments", variables)]))
            }));
            runs.insert(name, all);
        }
    }
    runs
}

/// What Bitrise is told of the push.
fn global_parameters(parameters: &Parameters) -> Map {
    let mut told = Map::from([
        ("commit_hash", parameters.head_rev.as_str()),
        ("branch_repo_owner", parameters.head_repository.as_str()),
    ]);
    let mut tell = |key: &str, value: Option<Node>| {
        if let Some(value) = value.filter(Node::is_truthy) {
            told.insert(key, value);
        }
    };
    let short = |name: &str, sort: &str| short_ref(name, sort).map(Node::new);
    tell("branch", short(&parameters.head_ref, "heads"));
    tell("tag", short(&parameters.head_tag, "tags"));
    tell("commit_message", parameters.get("commit_message").cloned());
    tell("pull_request_id", parameters.get("pull_request_number").cloned());
    if parameters.tasks_for == "github-pull-request" {
        told.insert("pull_request_author", parameters.owner.as_str());
        let mut tell = |key: &str, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                told.insert(key, value);
            }
        };
        tell("branch_dest", parameters.base_ref.as_deref().and_then(|name| short_ref(name, "heads")));
        tell("branch_dest_repo_owner", Some(&parameters.base_repository));
    }
    told
}

/// The name of a branch or a tag; nothing for refs of another sort.
fn short_ref<'a>(name: &'a str, sort: &str) -> Option<&'a str> {
    let below = name.strip_prefix("refs/").map_or(Some(name), |rest| rest.strip_prefix(sort)?.strip_prefix('/'));
    below.filter(|name| !name.is_empty())
}
