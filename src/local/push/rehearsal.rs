//! What a `.taskcluster.yml` would make of every event, without making it.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::checkout::{Checkout, Given};
use super::event::{self, EventKind, Project};
use super::template::{FILE_NAME, Template};
use super::{seed, slugids};
use crate::diagnostics::{Files, Mistakes};
use crate::model::TaskId;

/// A template's mistakes: those of the file, and those that show when it is rendered for a push, a pull request, a
/// timer and an action. Where `folder` is in no git checkout, the push is a made-up one.
pub async fn rehearse(folder: &Path, content: &[u8], root_url: &str, now: DateTime<Utc>, files: &Files) -> Mistakes {
    let template = match Template::read(FILE_NAME.into(), content, files) {
        Ok(template) => template,
        Err(mistakes) => return mistakes,
    };
    let mut mistakes = Mistakes::default();
    for (mut context, seed) in contexts(folder, now).await {
        context.insert("taskcluster_root_url".into(), root_url.into());
        mistakes.extend(template.render(&context, now, &seed).err().unwrap_or_default().0);
    }
    mistakes.fold()
}

/// What each event tells, and what ids are derived from.
async fn contexts(folder: &Path, now: DateTime<Utc>) -> Vec<(Map<String, Value>, TaskId)> {
    let Ok(checkout) = Checkout::read(folder, &Given::default()).await else { return Vec::new() };
    let pull_request = EventKind::PullRequest { number: 1, base: checkout.branch.clone(), by_collaborator: true };
    let cron = EventKind::Cron { job_name: "nightly".into(), job_symbol: "N".into(), quoted_args: String::new() };
    let events = [EventKind::Push, pull_request, cron].map(|kind| {
        let told = event::told(&checkout, &kind, &Project::default(), now);
        let seed = seed(&checkout, &told, now);
        let mut context = told.context;
        context.insert("tasks_for".into(), told.tasks_for.into());
        if !told.is_github {
            context.insert("ownTaskId".into(), slugids::slugid(&seed, "own task").as_str().into());
        }
        (context, seed)
    });
    let seed = events[0].1.clone();
    events.into_iter().chain([(action(&checkout, &seed, now), seed)]).collect()
}

/// What an action hook tells, as the hooks of [`super::hooks`] do.
fn action(checkout: &Checkout, seed: &TaskId, now: DateTime<Utc>) -> Map<String, Value> {
    let (id, address) = (slugids::slugid(seed, "own task"), &checkout.web);
    let scope = format!("assume:repo:{}/{}/{}:action:generic", address.host, address.owner, address.name);
    let context = json!({
        "tasks_for": "action",
        "action": {
            "name": "retrigger", "title": "Retrigger", "description": "", "taskGroupId": id.as_str(), "symbol": "rt",
            "cb_name": "retrigger", "repo_scope": scope, "action_perm": "generic",
        },
        "push": {
            "owner": "nobody@example.com", "pushlog_id": "0", "revision": checkout.revision,
            "base_revision": checkout.before, "branch": checkout.branch, "base_branch": checkout.branch,
        },
        "repository": {"url": address.url, "base_url": address.url, "project": address.name, "level": "1"},
        "parameters": {},
        "input": {},
        "taskId": null,
        "taskGroupId": id.as_str(),
        "ownTaskId": id.as_str(),
        "now": now.to_rfc3339_opts(SecondsFormat::Millis, true),
    });
    match context {
        Value::Object(context) => context,
        _ => Map::new(),
    }
}
