//! The document `actions.json`, as Treeherder and Taskcluster read it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::yaml::Node;

/// What `actions.json` says: the actions that a push offers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ActionsJson<'a> {
    /// The version of the format, 1.
    pub(super) version: i64,
    /// Values that templates of actions may name; there are none.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub(super) variables: Node,
    /// The actions, in the order of menus.
    pub(super) actions: Vec<ActionEntry<'a>>,
}

/// One action.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ActionEntry<'a> {
    /// Its name, by which programs know it.
    pub(super) name: &'a str,
    /// Its title in menus.
    pub(super) title: &'a str,
    /// What it does.
    pub(super) description: &'a str,
    /// The tasks it is offered for: those that have all tags of one of these sets. An empty list means the whole push.
    #[schemars(with = "Vec<std::collections::BTreeMap<String, String>>")]
    pub(super) context: Node,
    /// The JSON Schema of its input; it takes none if unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub(super) schema: Option<Node>,
    /// How it is triggered: `hook`.
    pub(super) kind: &'a str,
    /// The group of the hook that is fired.
    #[serde(rename = "hookGroupId")]
    pub(super) hook_group_id: String,
    /// The name of the hook that is fired.
    #[serde(rename = "hookId")]
    pub(super) hook_id: String,
    /// What the hook is fired with: JSON-e.
    #[serde(rename = "hookPayload")]
    pub(super) hook_payload: HookPayload<'a>,
    /// More for whoever fires it.
    pub(super) extra: Extra<'a>,
}

/// What a hook is fired with.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct HookPayload<'a> {
    /// What the decision knows.
    pub(super) decision: DecisionPayload<'a>,
    /// What the user chose: JSON-e.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub(super) user: Node,
}

/// What the decision tells the hook.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DecisionPayload<'a> {
    /// The action.
    pub(super) action: ActionPayload<'a>,
    /// Where the push went.
    pub(super) repository: RepositoryPayload<'a>,
    /// The push.
    pub(super) push: PushPayload<'a>,
}

/// The action, as its task is told of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ActionPayload<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its title.
    pub(super) title: &'a str,
    /// What it does.
    pub(super) description: &'a str,
    /// The group of the push's tasks.
    #[serde(rename = "taskGroupId")]
    pub(super) task_group_id: &'a str,
    /// What the task calls back.
    pub(super) cb_name: &'a str,
    /// Its symbol on Treeherder.
    pub(super) symbol: &'a str,
}

/// Where a push went.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RepositoryPayload<'a> {
    /// The repository of the push.
    pub(super) url: &'a str,
    /// The project.
    pub(super) project: &'a str,
    /// The trust level.
    pub(super) level: &'a str,
    /// The repository it is compared with.
    pub(super) base_url: &'a str,
}

/// A push.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PushPayload<'a> {
    /// Who pushed.
    pub(super) owner: &'a str,
    /// The id of the push in its pushlog.
    pub(super) pushlog_id: &'a str,
    /// The revision pushed.
    pub(super) revision: &'a str,
    /// The revision it is compared with.
    pub(super) base_revision: &'a str,
    /// The ref pushed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) branch: Option<&'a str>,
    /// The ref it is compared with, if that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) base_branch: Option<&'a str>,
}

/// What else there is to know of an action.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Extra<'a> {
    /// What its scope is named after.
    #[serde(rename = "actionPerm")]
    pub(super) permission: &'a str,
}
