//! The action hooks that a `.taskcluster.yml` has, defined as Mozilla's ciadmin defines them.
//!
//! Which of them are needed is said by the decision task's `public/actions.json`: the trust domain and the level are
//! in the names of the hooks it points to, and so is the hash of the file they must have been made from.

use std::collections::BTreeSet;

use fancy_regex::Regex;
use serde_json::{Value, json};

use super::template::Template;
use crate::local::caller::{CallError, Caller, Service};

/// The hook that an entry of `actions.json` points to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionHook {
    /// `project-<trust domain>`.
    pub group: String,
    /// `in-tree-action-<level>-<permission>/<hash>`, or `in-tree-pr-action-…`.
    pub id: String,
    /// `1`, `2` or `3`.
    pub level: String,
    /// The permission, such as `generic`.
    pub permission: String,
    /// The hash of the `.taskcluster.yml`.
    pub hash: String,
    /// Whether it acts on a pull request.
    pub is_for_pull_requests: bool,
}

impl ActionHook {
    /// The hook of that name, if it is an action hook's.
    #[must_use]
    pub fn parse(group: &str, id: &str) -> Option<Self> {
        let pattern = Regex::new(r"^in-tree-(pr-)?action-(\d+)-([^/]+)/([0-9a-f]{10})$").ok()?;
        let captures = pattern.captures(id).ok()??;
        let part = |index| captures.get(index).map(|part| part.as_str().to_owned());
        Some(Self {
            group: group.to_owned(),
            id: id.to_owned(),
            level: part(2)?,
            permission: part(3)?,
            hash: part(4)?,
            is_for_pull_requests: captures.get(1).is_some(),
        })
    }

    /// `<group>/<id>`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.group, self.id)
    }

    /// The definition of the hook, for `createHook`; nothing if the file has no task to make it of.
    fn definition(&self, template: &Template) -> Option<Value> {
        Some(json!({
            "metadata": {
                "name": self.name(),
                "description": format!(
                    "The action tasks with permission `{}` of level {} in the `.taskcluster.yml` that has the hash {}",
                    self.permission, self.level, self.hash
                ),
                "owner": "pushgraph@localhost",
                "emailOnError": false,
            },
            "schedule": [],
            "task": self.task(template.first_task()?),
            "triggerSchema": trigger_schema(),
        }))
    }

    /// The file's first task, in the context that an action task is rendered with.
    fn task(&self, first_task: &Value) -> Value {
        let (tasks_for, url, role) = if self.is_for_pull_requests {
            ("pr-action", "base_url", "pr-action")
        } else {
            ("action", "url", "action")
        };
        // The scope is that of the repository without `https://`; the permission is fixed here, not by the payload.
        let repo_scope = format!(
            "assume:repo:${{payload.decision.repository.{url}[8:]}}:{role}:{permission}",
            permission = self.permission
        );
        let baked = |key: &str| format!("${{payload.decision.action.{key}}}");
        json!({
            "$let": {
                "tasks_for": tasks_for,
                "action": {
                    "name": baked("name"), "title": baked("title"), "description": baked("description"),
                    "taskGroupId": baked("taskGroupId"), "symbol": baked("symbol"), "cb_name": baked("cb_name"),
                    "repo_scope": repo_scope, "action_perm": self.permission,
                },
                "push": {"$eval": "payload.decision.push"},
                "repository": {"$eval": "payload.decision.repository"},
                "parameters": {
                    "$if": "'parameters' in payload.decision",
                    "then": {"$eval": "payload.decision.parameters"},
                    "else": {},
                },
                "input": {"$eval": "payload.user.input"},
                "taskId": {"$eval": "payload.user.taskId"},
                "taskGroupId": {"$eval": "payload.user.taskGroupId"},
                "ownTaskId": {"$eval": "taskId"},
            },
            "in": first_task,
        })
    }
}

/// What may trigger an action hook: the half that the decision baked, and the half that the user fills.
fn trigger_schema() -> Value {
    let text = json!({"type": "string"});
    let number = json!({"type": ["string", "integer"]});
    let url = json!({"type": "string", "pattern": "^https?://.*[^/]$"});
    let closed = |required: &[&str], properties: Value| {
        json!({
            "type": "object", "additionalProperties": false, "required": required, "properties": properties,
        })
    };
    let action = ["name", "title", "description", "taskGroupId", "symbol", "cb_name"];
    let action_properties = action.iter().map(|key| ((*key).to_owned(), text.clone())).collect();
    let repository = json!({"url": url, "base_url": url, "project": text, "level": number});
    let push = json!({
        "owner": text, "pushlog_id": number, "revision": text, "base_revision": text,
        "branch": text, "base_branch": text,
    });
    let decision = json!({
        "action": closed(&action, Value::Object(action_properties)),
        "repository": closed(&["url", "project", "level"], repository),
        "push": closed(&["owner", "pushlog_id", "revision"], push),
        "parameters": {"type": "object"},
    });
    let user = json!({
        "input": {},
        "taskId": {"anyOf": [text, {"type": "null"}]},
        "taskGroupId": text,
    });
    let sections = json!({
        "decision": closed(&["action", "repository", "push"], decision),
        "user": closed(&["input", "taskId", "taskGroupId"], user),
    });
    closed(&["decision", "user"], sections)
}

/// The action hooks that `actions.json` points to, each once.
#[must_use]
pub fn named_hooks(actions: &Value) -> BTreeSet<ActionHook> {
    let entries = actions["actions"].as_array().into_iter().flatten();
    entries.filter_map(|entry| ActionHook::parse(entry["hookGroupId"].as_str()?, entry["hookId"].as_str()?)).collect()
}

/// What became of the hooks that `actions.json` points to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// Those that exist now.
    pub hooks: Vec<ActionHook>,
    /// Those that belong to another `.taskcluster.yml` than the one pushed.
    pub of_other_files: Vec<ActionHook>,
}

/// Defines the hooks that `actions` points to and `template` has.
///
/// # Errors
/// If the hooks service refuses one.
pub(super) async fn register(caller: &Caller, template: &Template, actions: &Value) -> Result<Registered, CallError> {
    let mut registered = Registered::default();
    for hook in named_hooks(actions) {
        let definition = hook.definition(template).filter(|_| hook.hash == template.hash);
        let Some(definition) = definition else {
            registered.of_other_files.push(hook);
            continue;
        };
        caller.define(Service::Hooks, &["hooks", &hook.group, &hook.id], &definition).await?;
        registered.hooks.push(hook);
    }
    Ok(registered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Files;
    use crate::json;

    #[test]
    fn a_hook_is_named_by_level_permission_and_hash() {
        let hook = ActionHook::parse("project-x", "in-tree-pr-action-1-release-promotion/0123456789").unwrap();
        assert_eq!((hook.level.as_str(), hook.permission.as_str()), ("1", "release-promotion"));
        assert!(hook.is_for_pull_requests);
        assert_eq!(ActionHook::parse("project-x", "cron-task"), None);
    }

    #[test]
    fn the_task_is_rendered_for_the_action() {
        let text = "version: 1\ntasks:\n  - name: ${action.name}\n    scopes: ['${action.repo_scope}']\n    own: ${ownTaskId}\n    on: ${taskId}\n    for: ${tasks_for}\n    input: {$eval: input}\n    rev: ${push.revision}\n";
        let template = Template::read(".taskcluster.yml".into(), text.as_bytes(), &Files::default()).unwrap();
        let hook = ActionHook::parse("project-x", &format!("in-tree-action-3-generic/{}", template.hash)).unwrap();
        let definition = hook.definition(&template).unwrap();
        let payload = json!({
            "decision": {
                "action": {"name": "retrigger", "title": "t", "description": "d", "taskGroupId": "G", "symbol": "rt", "cb_name": "retrigger"},
                "repository": {"url": "https://github.com/o/r", "project": "r", "level": "3"},
                "push": {"owner": "o", "pushlog_id": "0", "revision": "abc"},
            },
            "user": {"input": {"times": 2}, "taskId": null, "taskGroupId": "G"},
        });
        assert!(jsonschema::is_valid(&definition["triggerSchema"], &payload));
        let context = json!({"payload": payload, "taskId": "OWN", "clientId": "me", "firedBy": "triggerHook"});
        let task = json::render(&definition["task"], &context).unwrap();
        assert_eq!(
            task,
            json!({
                "name": "retrigger", "scopes": ["assume:repo:github.com/o/r:action:generic"], "own": "OWN", "on": "",
                "for": "action", "input": {"times": 2}, "rev": "abc",
            })
        );
    }
}
