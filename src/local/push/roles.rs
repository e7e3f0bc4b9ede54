//! What a repository's tasks and hooks may do, where the local Taskcluster enforces scopes.
//!
//! In production ciadmin grants this from a project's configuration. Locally every repository may do everything that
//! a decision task and its actions do; what is enforced is the chain of roles itself.

use serde_json::json;

use super::checkout::WebAddress;
use super::hooks::ActionHook;
use crate::local::caller::{CallError, Caller, Service};

const REPOSITORY_SCOPES: &[&str] = &[
    "queue:create-task:*",
    "queue:scheduler-id:*",
    "queue:route:*",
    "queue:cancel-task:*",
    "queue:rerun-task:*",
    "queue:schedule-task:*",
    "queue:change-task-priority:*",
    "queue:seal-task-group:*",
    "queue:cancel-task-group:*",
    "queue:get-artifact:*",
    "queue:list-task-group:*",
    "index:insert-task:*",
    "index:find-task:*",
    "in-tree:hook-action:*",
    "hooks:trigger-hook:*",
    "secrets:get:*",
    "docker-worker:*",
    "generic-worker:*",
    "notify:*",
    "project:*",
    "purge-cache:*",
    "auth:current-scopes",
];

/// Lets whatever runs for the repository do what its tasks do.
///
/// # Errors
/// If the auth service refuses.
pub(super) async fn grant_repository(caller: &Caller, web: &WebAddress) -> Result<(), CallError> {
    let role = format!("repo:{}/{}/{}:*", web.host, web.owner, web.name);
    grant(caller, &role, "Tasks of a repository that was pushed locally", REPOSITORY_SCOPES).await
}

/// Lets a hook create action tasks with its permission, and nothing else.
///
/// # Errors
/// If the auth service refuses.
pub(super) async fn grant_hook(caller: &Caller, hook: &ActionHook, web: &WebAddress) -> Result<(), CallError> {
    let kind = if hook.is_for_pull_requests { "pr-action" } else { "action" };
    let assume = format!("assume:repo:{}/{}/{}:{kind}:{}", web.host, web.owner, web.name, hook.permission);
    let role = format!("hook-id:{}", hook.name());
    let scopes = [assume.as_str(), "queue:create-task:*", "queue:scheduler-id:*", "queue:route:*"];
    grant(caller, &role, "An action hook of a repository that was pushed locally", &scopes).await
}

async fn grant(caller: &Caller, role: &str, description: &str, scopes: &[&str]) -> Result<(), CallError> {
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    let body = json!({"description": description, "scopes": scopes});
    caller.define(Service::Auth, &["roles", role], &body).await.map(drop)
}
