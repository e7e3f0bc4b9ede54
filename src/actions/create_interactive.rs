//! A copy of a task that somebody can log into.
//!
//! Source: `create-interactive` of Firefox. The copy is in a group of its own, indexes nothing, and has none of the
//! scopes and caches that would let whoever logs in change what others use.

use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::support::{Call, Error, Extension, PushTasks, map_in};
use super::{Action, GENERIC, Origin, always};
use crate::model::{Label, Parameters, Task};
use crate::yaml::{Map, Node};

pub(super) const ACTION: Action = Action {
    cb_name: "create-interactive",
    name: "create-interactive",
    title: "Create Interactive Task",
    symbol: "create-inter",
    description: "Create a copy of the task that you can interact with.",
    order: 50,
    context: &[&[("worker-implementation", "docker-worker"), ("kind", "test")]],
    permission: GENERIC,
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::Extra,
    run,
};

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "notify": {
      "type": "string",
      "format": "email",
      "title": "Who to notify of the pending interactive task",
      "description": "Enter your email here to get an email containing a link to interact with the task",
      "default": "noreply@noreply.mozilla.org"
    }
  },
  "additionalProperties": false
}"#;

/// The address that stands for nobody.
const NOBODY: &str = "noreply@noreply.mozilla.org";

/// The least that somebody needs, in seconds.
const SHORTEST: i64 = 3 * 60 * 60;

/// Scopes that a copy keeps: what reads, what its worker needs, and caches of the level where nothing is at stake.
const KEPT: [&str; 8] = [
    "project:releng:services/tooltool/api/download/",
    "queue:get-artifact:project/",
    "secrets:get:project/taskcluster/gecko/hgfingerprint",
    "secrets:get:project/taskcluster/gecko/hgmointernal",
    "docker-worker:feature:allowPtrace",
    "docker-worker:capability:device:",
    "docker-worker:capability:privileged",
    "docker-worker:cache:",
];

#[derive(Deserialize)]
struct Input {
    #[serde(default)]
    notify: String,
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let Input { notify } = call.read_input()?;
        let label = call.label_of(call.task_id()?).await?;
        let push = PushTasks::fetch(call).await?;
        if !push.full_task_graph.contains(&label) {
            let message = format!("`{label}` is not in the full task graph: only what the push itself runs is copied");
            return Err(Error::refused(message));
        }
        let change = |task: &mut Task<Label>| interactive(task, call.run.parameters, &notify);
        // A group of its own: whoever looks at the push need not see it.
        let push = PushTasks { decision_task_id: call.creator()?, ..push };
        push.extend(call, vec![Extension { to_run: vec![label], suffix: String::new(), change: Some(&change) }]).await
    })
}

fn interactive(task: &mut Task<Label>, parameters: &Parameters, notify: &str) {
    let definition = &mut task.definition;
    let after = |time: &str| Node::new(Map::from([("relative-datestamp", time)]));
    definition.insert("routes", Node::new(Vec::<Node>::new()));
    definition.insert("retries", 0_i64);
    definition.insert("created", after("0 hours"));
    definition.insert("deadline", after("12 hours"));
    definition.insert("expires", after("1 day"));
    let scopes = definition.get("scopes").and_then(Node::as_list).unwrap_or_default();
    let kept: Vec<Node> = scopes
        .iter()
        .filter(|scope| scope.as_str().is_some_and(|scope| keeps(scope, &parameters.level)))
        .cloned()
        .collect();
    definition.insert("scopes", kept);
    let payload = map_in(definition, "payload");
    let time = payload.get("maxRunTime").and_then(Node::as_i64).unwrap_or_default();
    payload.insert("maxRunTime", time.max(SHORTEST));
    payload.insert("cache", Node::empty_map());
    payload.insert("artifacts", Node::empty_map());
    map_in(payload, "features").insert("interactive", true);
    map_in(payload, "env").insert("TASKCLUSTER_INTERACTIVE", "true");
    if !notify.is_empty() && notify != NOBODY {
        let route = format!("notify.email.{notify}.on-pending");
        definition.insert("routes", [route.as_str()].into_iter().collect::<Node>());
        tell(map_in(definition, "extra"), &task.label, parameters);
    }
}

/// Caches of other levels than the first are those that others trust.
fn keeps(scope: &str, level: &str) -> bool {
    let is_cache = scope.starts_with("docker-worker:cache:");
    KEPT.iter().any(|kept| scope.starts_with(kept)) && (!is_cache || level == "1")
}

/// What the notification says.
fn tell(extra: &mut Map, label: &Label, parameters: &Parameters) {
    let email = map_in(map_in(extra, "notify"), "email");
    let (revision, project) = (&parameters.head_rev, &parameters.project);
    email.insert("subject", format!("Interactive Task Ready for {label}").as_str());
    email.insert(
        "content",
        format!("As you asked, an interactive copy of {label} of revision {revision} of {project} was created.")
            .as_str(),
    );
    let link = Map::from([("text", "Connect"), ("href", "${root_url}/tasks/${taskId}/connect")]);
    email.insert("link", Node::new(link));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_scopes_are_kept() {
        assert!(keeps("docker-worker:cache:project-level-1-checkouts", "1"));
        assert!(!keeps("docker-worker:cache:project-level-3-checkouts", "3"));
        assert!(keeps("queue:get-artifact:project/x/*", "3") && keeps("docker-worker:capability:device:kvm", "3"));
        assert!(!keeps("secrets:get:project/release/key", "3") && !keeps("queue:create-task:*", "1"));
    }
}
