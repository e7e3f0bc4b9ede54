//! What fails in the reference and works here: rows of `docs/differences.md`.

use serde_json::{Value, json};

use crate::generate::testing::World;
use crate::generate::transforms::Transform;
use crate::generate::transforms::run::RUN;
use crate::generate::transforms::task::TASK;
use crate::generate::transforms::task_context::TASK_CONTEXT;

fn made(config: Option<&str>, transform: &Transform, stub: &str) -> Value {
    let files = &[("taskcluster/scripts/toolchain/build.sh", "echo\n")];
    let world = config.map_or_else(|| World::new(files), |config| World::with_config(config, files));
    let mut made = world.transform(transform, stub).unwrap_or_else(|mistakes| panic!("{:?}", world.told(&mistakes)));
    made[0].take()
}

#[test]
fn several_matches_are_allowed_where_that_is_said() {
    let stub = "- name: t
  x: {by-name: {t: 1, 't.*': 2}}
  task-context: {substitution-fields: [x], resolve-keyed-by-options: {enforce-single-match: ENFORCE}}";
    assert_eq!(made(None, &TASK_CONTEXT, &stub.replace("ENFORCE", "false"))["x"], 1);
    assert!(
        World::new(&[]).transform(&TASK_CONTEXT, &stub.replace("t: 1", "'.*': 1").replace("ENFORCE", "true")).is_err()
    );
    assert_eq!(made(None, &TASK_CONTEXT, &stub.replace("t: 1", "'.*': 1").replace("ENFORCE", "false"))["x"], 1);
}

#[test]
fn a_task_may_be_invalid() {
    let config = "{trust-domain: e, task-priority: low, taskgraph: {repositories: {ci: {name: P}}},
        workers: {aliases: {nobody: {provisioner: p, implementation: invalid, os: linux, worker-type: w}}}}";
    let stub = "- {name: t, description: d, worker-type: nobody, worker: {}}";
    assert_eq!(made(Some(config), &TASK, stub)["task"]["payload"], "invalid task - should never be created");
}

#[test]
fn a_toolchain_needs_no_environment_of_its_own() {
    let stub = "- {name: t, description: d, worker-type: b-linux, worker: {max-run-time: 1},
        run: {using: toolchain-script, script: build.sh, toolchain-artifact: public/x}}";
    assert_eq!(made(None, &RUN, stub)["worker"]["env"]["MOZ_SCM_LEVEL"], "1");
}

#[test]
fn a_command_with_references_goes_to_the_shell_on_generic_worker_too() {
    let stub = "- {name: t, description: d, worker-type: b-osx, worker: {max-run-time: 1},
        run: {using: run-task, checkout: false, command: {task-reference: echo <build>}}}";
    let command = &made(None, &RUN, stub)["worker"]["command"][1];
    let command = command.as_array().expect("the second command runs the task");
    assert_eq!(command[command.len() - 3..], [json!("bash"), json!("-cx"), json!({"task-reference": "echo <build>"})]);
}

#[test]
fn a_toolchain_may_be_built_in_a_named_image() {
    let stub = "- {name: t, description: d, worker-type: b-linux, worker: {max-run-time: 1, docker-image: debian:12},
        run: {using: toolchain-script, script: build.sh, toolchain-artifact: public/x}}";
    assert_eq!(made(None, &RUN, stub)["worker"]["docker-image"], "debian:12");
}

#[test]
fn a_key_that_is_null_counts_as_not_written() {
    let task = |worker: &str, worker_type: &str, more: &str| {
        let stub = format!("- {{name: t, description: d, worker-type: {worker_type}, worker: {{{worker}}}{more}}}");
        made(None, &TASK, &stub)
    };
    let same = |worker_type: &str, worker: &str, nulls: &str| {
        assert_eq!(task(&format!("{worker}, {nulls}"), worker_type, ""), task(worker, worker_type, ""), "{nulls}");
    };
    for key in ["volumes", "caches", "artifacts", "command", "retry-exit-status", "purge-caches-exit-status"] {
        same("b-linux", "docker-image: x, max-run-time: 1", &format!("{key}: null"));
    }
    for key in ["mounts", "artifacts", "retry-exit-status", "purge-caches-exit-status", "os-groups"] {
        same("b-osx", "command: [[x]], max-run-time: 1", &format!("{key}: null"));
    }
    for key in ["priority", "expires-after", "deadline-after", "routes", "scopes", "extra", "index", "run-on-projects"]
    {
        let worker = "docker-image: x, max-run-time: 1";
        assert_eq!(task(worker, "b-linux", &format!(", {key}: null")), task(worker, "b-linux", ""), "{key}");
    }
    let mount = "command: [[x]], max-run-time: 1, mounts: [{directory: d, content: {url: u}, NULLS}]";
    let mounted = |nulls: &str| task(&mount.replace(", NULLS", nulls), "b-osx", "")["task"].take();
    assert_eq!(mounted(", cache-name: null, file: null, format: null"), mounted(""));
}

#[test]
fn a_value_of_a_context_may_have_any_name() {
    for name in ["item", "field", "item_name", "fields", "task"] {
        let stub = format!(
            "- {{name: t, x: '<{{{name}}}>', task-context: {{from-object: {{{name}: a}}, substitution-fields: [x]}}}}"
        );
        assert_eq!(made(None, &TASK_CONTEXT, &stub)["x"], "<a>");
    }
}
