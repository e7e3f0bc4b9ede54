//! `actions.json`: what Treeherder and Taskcluster read to know which actions a push offers.

use sha2::{Digest as _, Sha256};

use super::document::{
    ActionEntry, ActionPayload, ActionsJson, DecisionPayload, Extra, HookPayload, PushPayload, RepositoryPayload,
};
use crate::actions::{Action, Context, Origin};
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::model::{GraphConfig, Parameters, TaskId};
use crate::yaml::{self, Map, Node};

/// Who is said to have pushed, in the payload of hooks.
const PUSH_OWNER: &str = "mozilla-taskcluster-maintenance@mozilla.com";

/// The first digits of the SHA-256 of `.taskcluster.yml`: hooks are named after it, since they contain it.
#[must_use]
pub fn taskcluster_yml_hash(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))[..10].to_owned()
}

/// The document `actions.json`: the actions of `table` that the push offers, in the order of menus.
///
/// `taskcluster_yml_hash` is [`taskcluster_yml_hash()`] of the project's file.
///
/// # Errors
/// Names in `taskgraph.disabled-actions` or `extra-actions` that are no action's.
pub fn actions_json(
    table: &[Action],
    parameters: &Parameters,
    graph_config: &GraphConfig,
    decision_task_id: &TaskId,
    taskcluster_yml_hash: &str,
) -> Result<Node, Mistakes> {
    check_named(table, graph_config)?;
    let push = Push { parameters, graph_config, decision_task_id, taskcluster_yml_hash };
    let disabled = graph_config.taskgraph.disabled_actions.as_deref().unwrap_or_default();
    let offered = |action: &&Action| {
        is_wanted(action, graph_config)
            && !disabled.iter().any(|name| name == action.cb_name)
            && (action.available)(parameters)
    };
    let mut offered: Vec<&Action> = table.iter().filter(offered).collect();
    offered.sort_by_key(|action| action.order);
    let actions = offered.into_iter().map(|action| push.entry(action)).collect();
    Ok(yaml::write(&ActionsJson { version: 1, variables: Node::empty_map(), actions }))
}

/// Whether the project offers the action: those of ours only where it says so.
fn is_wanted(action: &Action, graph_config: &GraphConfig) -> bool {
    let extra = graph_config.extra_actions.as_deref().unwrap_or_default();
    let is_named = |wanted: &str| extra.iter().any(|name| name == wanted);
    match action.origin {
        Origin::Reference => true,
        Origin::Extra => is_named(action.cb_name),
        Origin::SupportOf(other) => is_named(other) || is_named(action.cb_name),
    }
}

/// Every name in the configuration must be that of an action.
fn check_named(table: &[Action], graph_config: &GraphConfig) -> Result<(), Mistakes> {
    let document = &graph_config.document;
    let disabled = document.get("taskgraph").and_then(|taskgraph| taskgraph.get("disabled-actions"));
    let lists = [disabled, document.get("extra-actions")];
    let names = lists.into_iter().flatten().filter_map(Node::as_list).flatten();
    let unknown = names.filter(|name| !table.iter().any(|action| Some(action.cb_name) == name.as_str()));
    Mistakes(unknown.map(|name| unknown_action(table, name)).collect()).or(())
}

fn unknown_action(table: &[Action], node: &Node) -> Diagnostic {
    let name = node.as_str().unwrap_or_default();
    let mut unknown = Diagnostic::error(format!("unknown action `{name}`")).at(node.span);
    unknown.help = suggest(name, table.iter().map(|action| action.cb_name));
    unknown
}

/// The push whose actions are written down.
struct Push<'a> {
    parameters: &'a Parameters,
    graph_config: &'a GraphConfig,
    decision_task_id: &'a TaskId,
    taskcluster_yml_hash: &'a str,
}

impl<'a> Push<'a> {
    fn entry(&self, action: &Action) -> ActionEntry<'a> {
        ActionEntry {
            name: action.name,
            title: action.title,
            description: action.description,
            context: context(action.context),
            schema: action.schema.map(schema_node),
            kind: "hook",
            hook_group_id: format!("project-{}", self.graph_config.trust_domain),
            hook_id: self.hook_id(action),
            hook_payload: HookPayload { decision: self.decision(action), user: user() },
            extra: Extra { permission: action.permission },
        }
    }

    fn hook_id(&self, action: &Action) -> String {
        let kind = if self.parameters.is_pull_request() { "in-tree-pr-action" } else { "in-tree-action" };
        format!("{kind}-{}-{}/{}", self.parameters.level, action.permission, self.taskcluster_yml_hash)
    }

    /// What the decision tells the hook.
    fn decision(&self, action: &Action) -> DecisionPayload<'a> {
        let parameters = self.parameters;
        let (base, head) = (parameters.base_ref.as_deref(), parameters.head_ref.as_str());
        DecisionPayload {
            action: ActionPayload {
                name: action.name,
                title: action.title,
                description: action.description,
                task_group_id: self.decision_task_id.as_str(),
                cb_name: action.cb_name,
                symbol: action.symbol,
            },
            repository: RepositoryPayload {
                url: &parameters.head_repository,
                project: &parameters.project,
                level: &parameters.level,
                base_url: &parameters.base_repository,
            },
            push: PushPayload {
                owner: PUSH_OWNER,
                pushlog_id: &parameters.pushlog_id,
                revision: &parameters.head_rev,
                base_revision: &parameters.base_rev,
                branch: Some(head).filter(|head| !head.is_empty()),
                base_branch: base.filter(|base| !base.is_empty() && *base != head),
            },
        }
    }
}

/// What the user's choice adds: JSON-e that the hook evaluates.
fn user() -> Node {
    map(["input", "taskId", "taskGroupId"].map(|name| (name, map([("$eval", name)]))))
}

fn context(sets: Context) -> Node {
    sets.iter().map(|tags| Map::from_iter(tags.iter().copied())).collect()
}

/// A schema as a document.
pub(super) fn schema_node(schema: &str) -> Node {
    yaml::write(&schema_json(schema))
}

/// A schema as JSON.
pub(super) fn schema_json(schema: &str) -> serde_json::Value {
    serde_json::from_str(schema).expect("a test reads every schema of the table")
}

fn map<V: Into<Node>, const N: usize>(entries: [(&str, V); N]) -> Node {
    Node::new(Map::from(entries))
}
