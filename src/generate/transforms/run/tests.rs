//! Tasks described as the reference describes them.

use serde_json::Value;

use super::RUN;
use crate::generate::testing::{World, apply, task};
use crate::model::{Label, Task};

fn dependencies() -> Vec<Task<Label>> {
    vec![
        task("fetch", "fetch-data", "{fetch-artifact: public/data.zip}"),
        task(
            "toolchain",
            "toolchain-linux64-gcc-12",
            "{toolchain-artifact: public/build/gcc.tar, toolchain-alias: gcc, toolchain-env: {GCC: '12'}}",
        ),
        task("toolchain", "toolchain-clang", "{toolchain-artifact: public/build/clang.tar}"),
        task("build", "build-linux", "{artifact_prefix: public/mine}"),
        task("secret", "secret-thing", "{artifact_prefix: project/secret}"),
    ]
}

fn made(world: &World, kind: &str, stubs: &str) -> Result<Value, Vec<String>> {
    let stubs = world.stubs(stubs);
    let made = world.kind(kind, "{}", dependencies(), |kind| apply(&RUN, kind, stubs));
    made.map_err(|mistakes| world.told(&mistakes))
}

fn by_label(tasks: &Value) -> Vec<&Value> {
    let mut tasks: Vec<&Value> = tasks.as_array().unwrap().iter().collect();
    tasks.sort_by_key(|task| task["label"].as_str());
    tasks
}

#[test]
fn tasks_are_described_as_the_reference_describes_them() {
    let made = made(&World::new(&[]), "test", include_str!("stubs.yml")).unwrap();
    let expected: Value = serde_json::from_str(include_str!("expected.json")).unwrap();
    let (made, expected) = (by_label(&made), by_label(&expected));
    assert_eq!(made.len(), expected.len());
    for (made, expected) in made.into_iter().zip(expected) {
        assert_eq!(made, expected, "{}", expected["label"]);
    }
}

#[test]
fn several_repositories_are_checked_out_as_the_reference_does() {
    let world = World::with_config(include_str!("several_config.yml"), &[]);
    let made = made(&world, "test", include_str!("several.yml")).unwrap();
    let expected: Value = serde_json::from_str(include_str!("several.json")).unwrap();
    assert_eq!(by_label(&made), by_label(&expected));
    let unsaid = "- {name: a, description: d, worker-type: b-linux, run: {using: run-task, command: x}}";
    let stubs = world.stubs(unsaid);
    let mistakes = world.kind("test", "{}", Vec::new(), |kind| apply(&RUN, kind, stubs)).unwrap_err();
    assert_eq!(
        world.told(&mistakes),
        ["1:3 the task must say which of the several repositories it checks out (name them under `run.checkout`: \
          `ci`, `other`)"]
    );
}

#[test]
fn mistakes_of_all_tasks_point_at_what_was_written() {
    let told = |stubs: &str| made(&World::new(&[]), "test", stubs).unwrap_err();
    let start = "- {name: a, description: d, worker-type: b-linux, ";
    assert_eq!(told(&format!("{start}}}")), ["1:3 missing key `run`"]);
    assert_eq!(
        told(&format!("{start}run: {{using: run-tsak}}}}")),
        ["1:64 unknown way to run `run-tsak` (did you mean `run-task`?)"]
    );
    assert_eq!(
        told(&format!("{start}run: {{using: index-search}}}}")),
        ["1:64 `using: index-search` is not for tasks on `docker-worker` (it is for `always-optimized`)"]
    );
    assert_eq!(
        told(&format!(
            "{start}run: {{using: run-task}}}}\n- {{name: b, description: d, worker-type: b-linus, run: {{using: x}}}}"
        )),
        ["2:42 no worker alias matches worker type `b-linus` (did you mean `b-linux`?)", "1:56 missing key `command`"]
    );
    assert_eq!(
        told(&format!(
            "{start}run: {{using: run-task, command: [x, 1]}}}}\n{start}label: o, run: {{using: run-task, command: {{}}}}}}"
        )),
        [
            "1:87 expected a string, or a mapping with `task-reference` or `artifact-reference`, found a whole number",
            "2:93 expected `task-reference` or `artifact-reference` in this mapping"
        ]
    );
    assert_eq!(
        told(&format!("{start}run: {{using: run-task, command: x, checkout: {{cii: {{}}}}}}}}")),
        ["1:97 there is no repository `cii` (did you mean `ci`?)"]
    );
    assert_eq!(
        told(&format!("{start}fetches: {{toolchain: [gc], biuld: [x]}}, run: {{using: run-task, command: x}}}}")),
        [
            "1:78 the task fetches from `biuld` but has no such dependency (expected one of `fetch`, `toolchain`)",
            "1:73 there is no toolchain task `gc` among the kind-dependencies of `test` (did you mean `gcc`?)"
        ]
    );
    assert_eq!(
        told(&format!(
            "{start}when: {{files-changed: [x]}}, optimization: {{a: b}}, run: {{using: run-task, command: x}}}}"
        )),
        ["1:57 `optimization` and `when` cannot both be given"]
    );
}

#[test]
fn what_comes_after_is_looked_at_in_the_same_round() {
    let told = |stub: &str| -> Vec<String> {
        let told = made(&World::new(&[]), "test", stub).unwrap_err();
        told.iter().filter_map(|told| Some(told.split_once(' ')?.1.to_owned())).collect()
    };
    let wrong = "- {name: a, description: d, worker-type: b-linux, run: {using: run-tsak}, when: {files-changed: 1},
  priority: urgent, worker: {docker-image: [], max-run-time: x}, treeherder: {platform: p, symbol: g(s)}}";
    assert_eq!(
        told(wrong),
        [
            "expected a list, found the number `1`",
            "unknown way to run `run-tsak` (did you mean `run-task`?)",
            "unknown value `urgent` (expected one of `high`, `highest`, `low`, `lowest`, `medium`, `very-high`, `very-low`)",
            "expected an image's name, or a mapping with `in-tree` or `indexed`, found a list",
            "expected a whole number, found the string `x`",
        ]
    );
    let wrong = "- {name: a, description: d, worker-type: b-linux, run: {using: run-task},
  deadline-after: 1 day, worker: {docker-image: i, max-run-time: 1, env: {A: 1}}, treeherder: {platform: p},
  index: {product: x, job-name: y}}";
    assert_eq!(
        told(wrong),
        [
            "missing key `command`",
            "expected a string, or a mapping with `task-reference` or `artifact-reference`, found a whole number",
            "`p` is not a Treeherder platform (write `platform/collection`)",
            "index product `x` is not among `index.products` in config.yml",
        ]
    );
}

#[test]
fn a_name_is_not_empty() {
    let stub = "- {name: '', description: d, worker-type: b-linux, run: {using: run-task, command: x}}";
    assert_eq!(made(&World::new(&[]), "test", stub).unwrap_err(), ["1:10 the task's `name` is empty"]);
}

#[test]
fn keys_of_run_that_mean_nothing_are_warned_of() {
    let world = World::new(&[]);
    let stub =
        "- {name: a, description: d, worker-type: b-linux, run: {using: run-task, command: x, run-as-rot: true}}";
    made(&world, "test", stub).unwrap();
    let warnings = world.warnings.take();
    assert_eq!(warnings[0].message, "unknown key `run-as-rot`");
    assert_eq!(warnings[0].help.as_deref(), Some("did you mean `run-as-root`?"));
}
