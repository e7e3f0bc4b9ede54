//! The `.taskcluster.yml` of `init`, rendered as Taskcluster renders it for each event, and checked against the schemas
//! that the workers check payloads by.

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::{files, repository};
use crate::support::Tree;

const URL: &str = "https://github.com/example/demo";
const REVISION: &str = "0123456789012345678901234567890123456789";
const TASK: &str = "fN1SbArXTPSVFNUvaOlinQ";
const GROUP: &str = "AfN1SbArXTPSVFNUvaOlin";

/// What the events say, each with its `tasks_for`.
fn events() -> Vec<(&'static str, Value)> {
    let repository = json!({"html_url": URL, "name": "demo"});
    let side = |name: &str| json!({"ref": name, "sha": REVISION, "repo": repository});
    let request = json!({"head": side("topic"), "base": side("main"), "user": {"login": "someone"}});
    let push = json!({"ref": "refs/heads/main", "base_ref": null, "before": REVISION, "after": REVISION});
    let github = |event: Value| json!({"event": event});
    let told = json!({"url": URL, "base_url": URL, "project": "demo", "level": "3", "type": "git"});
    let pushed = json!({
        "owner": "someone@example.com", "branch": "main", "revision": REVISION, "base_revision": REVISION,
        "pushlog_id": 12, "pushdate": 1_700_000_000,
    });
    let in_tree = |more: Value| {
        let mut context = json!({"repository": told, "push": pushed, "ownTaskId": TASK});
        context.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        context
    };
    let action = json!({
        "title": "A title", "description": "What it does", "name": "retrigger", "cb_name": "retrigger", "symbol": "r",
        "taskGroupId": GROUP, "repo_scope": "assume:repo:github.com/example/demo:action:generic",
    });
    let action = json!({"action": action, "taskId": TASK, "input": {"times": 2}, "clientId": "someone", "user": "x"});
    let cron = json!({"cron": {"job_name": "nightly", "job_symbol": "N", "quoted_args": "--a 'b c'", "task_id": TASK}});
    let with = |mut event: Value, key: &str, value: Value| {
        event[key] = value;
        event
    };
    let push = with(with(push, "repository", repository.clone()), "pusher", json!({"email": "someone@example.com"}));
    let request = json!({"action": "opened", "pull_request": request, "repository": repository});
    let release = json!({"tag_name": "v1", "target_commitish": REVISION});
    let release = json!({
        "action": "published", "release": release, "sender": {"login": "someone"}, "repository": repository,
    });
    vec![
        ("github-push", github(push)),
        ("github-pull-request", github(request.clone())),
        ("github-pull-request-untrusted", github(request)),
        ("github-release", github(release)),
        ("hg-push", in_tree(json!({}))),
        ("cron", in_tree(cron)),
        ("action", in_tree(action.clone())),
        ("pr-action", in_tree(action)),
    ]
}

/// The one task that a template has for an event.
fn render(template: &str, tasks_for: &str, context: &Value) -> Value {
    let template = template.replace("{$eval: as_slugid(\"decision_task\")}", TASK);
    let template: Value = serde_yaml::from_str(&template).unwrap();
    let mut context = context.clone();
    context["tasks_for"] = tasks_for.into();
    let mut rendered = json_e::render(&template, &context).unwrap_or_else(|error| panic!("{tasks_for}: {error}"));
    assert_eq!(rendered["tasks"].as_array().map(Vec::len), Some(1), "{tasks_for}");
    rendered["tasks"][0].take()
}

/// The template that `init` writes.
fn template(tree: &Tree, worker: &str) -> String {
    tree.pushgraph(&format!("init --force --name demo --worker {worker}")).run().succeeds();
    files(tree)[".taskcluster.yml"].clone()
}

/// A schema of those that Taskcluster publishes.
fn schema(name: &str) -> Validator {
    let documents: Vec<Value> = serde_json::from_str(include_str!("payloads.json")).unwrap();
    let mut found = documents.into_iter().find(|document| document["filename"] == name).expect("it is there");
    let content = found["content"].as_object_mut().unwrap();
    // They are told of by names that only Taskcluster's own deployments resolve.
    content.remove("$schema");
    content.remove("$id");
    let options = jsonschema::options().with_draft(Draft::Draft6).should_validate_formats(true);
    options.should_ignore_unknown_formats(true).build(&found["content"]).unwrap()
}

fn assert_valid(schema: &Validator, payload: &Value) {
    let mistakes: Vec<String> = schema.iter_errors(payload).map(|error| error.to_string()).collect();
    assert!(mistakes.is_empty(), "{mistakes:?}: {payload:#}");
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn payloads_are_what_docker_worker_takes() {
    let tree = repository(Some(URL));
    let template = template(&tree, "docker-worker");
    // The second takes the payloads of docker-worker as well.
    let schemas = ["schemas/docker-worker/v1/payload.json", "schemas/generic-worker/multiuser_posix.json"].map(schema);
    for (tasks_for, context) in events() {
        let task = render(&template, tasks_for, &context);
        let payload = &task["payload"];
        schemas.iter().for_each(|schema| assert_valid(schema, payload));
        assert_eq!(payload["features"], json!({"taskclusterProxy": true, "chainOfTrust": true}));
        assert_eq!(payload["image"], concat!("pushgraph:", env!("CARGO_PKG_VERSION")));
        let artifacts = payload["artifacts"].as_object().unwrap();
        assert!(artifacts.values().all(|artifact| artifact["expires"].as_str() <= task["expires"].as_str()));
        assert_command(tasks_for, &words(&payload["command"]));
    }
}

#[test]
fn payloads_are_what_generic_worker_takes() {
    let tree = repository(Some(URL));
    let template = template(&tree, "generic-worker");
    let schema = schema("schemas/generic-worker/multiuser_posix.json");
    for (tasks_for, context) in events() {
        let payload = &render(&template, tasks_for, &context)["payload"];
        assert_valid(&schema, payload);
        let command = words(&payload["command"][1]);
        let at = command.iter().position(|word| word.starts_with("pushgraph:")).expect("the image is named");
        assert_command(tasks_for, &command[at + 1..]);
        assert_eq!(payload["mounts"][0]["directory"], "store");
        assert!(command.contains(&"--volume=./store:/builds/worker/store"));
    }
}

/// What is run for an event.
fn assert_command(tasks_for: &str, command: &[&str]) {
    let is_action = tasks_for.ends_with("action");
    assert_eq!(command[..2], ["pushgraph", if is_action { "action-callback" } else { "decision" }]);
    assert!(command.contains(&"--checkout-project=demo"), "{command:?}");
    let level = if ["hg-push", "cron"].contains(&tasks_for) { "--level=3" } else { "--level=1" };
    assert_eq!(command.contains(&level), !is_action, "{tasks_for}: {command:?}");
    assert_eq!(command.contains(&"--quoted-arguments=--a 'b c'"), tasks_for == "cron", "{command:?}");
    assert_eq!(command.contains(&"--pushlog-id=12"), tasks_for == "hg-push", "{command:?}");
}

#[test]
fn what_a_task_may_do_follows_from_its_event() {
    let tree = repository(Some(URL));
    let template = template(&tree, "docker-worker");
    let scopes: Vec<String> = events()
        .iter()
        .map(|(tasks_for, context)| render(&template, tasks_for, context)["scopes"][0].as_str().unwrap().to_owned())
        .collect();
    let ends: Vec<&str> = scopes.iter().map(|scope| &scope["assume:repo:github.com/example/demo:".len()..]).collect();
    assert_eq!(
        ends,
        [
            "branch:main",
            "pull-request",
            "pull-request-untrusted",
            "release:published",
            "branch:default",
            "cron:nightly",
            "action:generic",
            "action:generic"
        ]
    );
    let env = |event: usize| {
        let (tasks_for, context) = &events()[event];
        render(&template, tasks_for, context)["payload"]["env"].clone()
    };
    assert_eq!((&env(0)["DEMO_HEAD_REV"], &env(0)["ACTION_INPUT"]), (&json!(REVISION), &Value::Null));
    assert_eq!(env(6)["ACTION_INPUT"], "{\"times\":2}");
    assert_eq!(env(7)["ACTION_TASK_ID"], format!("\"{TASK}\""));
}

#[test]
fn tags_and_closed_requests_make_no_task() {
    let tree = repository(Some(URL));
    let template: Value = serde_yaml::from_str(&template(&tree, "docker-worker").replace("as_slugid", "str")).unwrap();
    let mut all = events();
    all[0].1["event"]["ref"] = "refs/tags/v1".into();
    all[1].1["event"]["action"] = "closed".into();
    all[3].1["event"]["action"] = "deleted".into();
    for index in [0, 1, 3] {
        let (tasks_for, mut context) = all[index].clone();
        context["tasks_for"] = tasks_for.into();
        let rendered = json_e::render(&template, &context).unwrap();
        assert_eq!(rendered["tasks"], json!([]), "{tasks_for}");
    }
}
