//! Tasks made from tasks, as the reference makes them.

use serde_json::{Value, json};

use super::FROM_DEPS;
use crate::generate::testing::{World, apply, task};
use crate::model::{Label, Task};

fn dependencies() -> Vec<Task<Label>> {
    vec![
        task("build", "build-linux/opt", "{build_platform: linux, build_type: opt, shippable: true, n: '1'}"),
        task("build", "build-win/opt", "{build_platform: win, build_type: opt}"),
        task("sign", "sign-linux/opt", "{build_platform: linux, build_type: opt, artifact: target.tar}"),
        task("sign", "odd", "{build_platform: ''}"),
    ]
}

fn made(kind_yml: &str, stub: &str) -> Result<Value, Vec<String>> {
    let world = World::new(&[]);
    let stubs = world.stubs(stub);
    let made = world.kind("test", kind_yml, dependencies(), |kind| apply(&FROM_DEPS, kind, stubs));
    made.map_err(|mistakes| world.told(&mistakes))
}

/// Name and dependencies of each task made.
fn shape(made: &Value) -> Vec<(String, Value)> {
    let shape = |task: &Value| (task["name"].as_str().unwrap().to_owned(), task["dependencies"].clone());
    made.as_array().unwrap().iter().map(shape).collect()
}

const KINDS: &str = "kind-dependencies: [build, sign]";

#[test]
fn each_task_makes_one_by_default() {
    let made = made(KINDS, "- {name: x, dependencies: {a: b}, from-deps: {kinds: [sign]}}").unwrap();
    let expected = json!([
        {"name": "linux/opt", "dependencies": {"a": "b", "sign": "sign-linux/opt"},
            "attributes": {"primary-kind-dependency": "sign", "primary-dependency-label": "sign-linux/opt"}},
        {"name": "odd", "dependencies": {"a": "b", "sign": "odd"},
            "attributes": {"primary-kind-dependency": "sign", "primary-dependency-label": "odd"}},
    ]);
    assert_eq!(made, expected);
}

#[test]
fn tasks_are_grouped_and_filtered() {
    let by_platform = made(KINDS, "- {name: x, from-deps: {group-by: {attribute: build_platform}}}").unwrap();
    let expected = [
        ("linux/opt".to_owned(), json!({"build": "build-linux/opt", "sign": "sign-linux/opt"})),
        ("win/opt".to_owned(), json!({"build": "build-win/opt"})),
    ];
    assert_eq!(shape(&by_platform), expected);
    let all =
        made(KINDS, "- {name: x, from-deps: {kinds: [build], group-by: all, unique-kinds: false, set-name: null}}");
    let both = json!({"build-linux/opt": "build-linux/opt", "build-win/opt": "build-win/opt"});
    assert_eq!(shape(&all.unwrap()), [("x".to_owned(), both)]);
    let with = made(
        KINDS,
        "- {name: x, from-deps: {set-name: retain-kind, with-attributes: {build_platform: [win, mac], build_type: opt}}}",
    );
    assert_eq!(shape(&with.unwrap()), [("build-win/opt".to_owned(), json!({"build": "build-win/opt"}))]);
}

#[test]
fn filters_of_the_kind_count_where_they_are_asked_for() {
    let kind_yml =
        "{kind-dependencies: [build, sign], only-for-build-platforms: [linux/opt], not-for-attributes: [artifact]}";
    let filtered = made(kind_yml, "- {name: x, from-deps: {group-by: single-with-filters}}").unwrap();
    assert_eq!(shape(&filtered), [("linux/opt".to_owned(), json!({"build": "build-linux/opt"}))]);
    assert_eq!(made(kind_yml, "- {name: x, from-deps: {}}").unwrap().as_array().unwrap().len(), 4);
}

#[test]
fn attributes_are_copied_and_artifacts_fetched() {
    let stub = "- name: x
  attributes: {n: 2}
  from-deps:
    group-by: {attribute: build_platform}
    with-attributes: {build_platform: linux}
    copy-attributes: true
    fetches: {sign: [{artifact: 'a/{artifact}', dest: '{build_type}', extract: false}], other: [{artifact: '{zzz}'}]}";
    let made = made(KINDS, stub).unwrap();
    let attributes = json!({"build_platform": "linux", "build_type": "opt", "shippable": true, "n": 2, "kind": "build",
        "primary-kind-dependency": "build", "primary-dependency-label": "build-linux/opt"});
    assert_eq!(made[0]["attributes"], attributes);
    assert_eq!(made[0]["fetches"], json!({"sign": [{"artifact": "a/target.tar", "dest": "opt", "extract": false}]}));
}

#[test]
fn mistakes_point_at_what_was_written() {
    let told = |kind_yml: &str, stub: &str| made(kind_yml, stub).unwrap_err();
    assert_eq!(told(KINDS, "- {name: x}"), ["1:3 missing key `from-deps`"]);
    assert_eq!(
        told(KINDS, "- {name: x, from-deps: {kinds: [biuld]}}"),
        ["1:33 kind `biuld` is not among the `kind-dependencies` (did you mean `build`?)"]
    );
    assert_eq!(
        told("{}", "- {name: x, from-deps: {}}"),
        ["1:24 there are no kinds to make tasks from (name at least one kind in `kind-dependencies`)"]
    );
    assert_eq!(
        told(KINDS, "- {name: x, from-deps: {group-by: attribute}}"),
        ["1:35 `group-by: attribute` needs the name of an attribute (write `group-by: {attribute: name}`)"]
    );
    assert_eq!(
        told(KINDS, "- {name: x, from-deps: {set-name: true}}"),
        ["1:35 expected a way to set names, found a boolean (expected one of `retain-kind`, `strip-kind`)"]
    );
    assert_eq!(
        told(KINDS, "- {name: x, from-deps: {set-name: [a]}}"),
        ["1:35 expected a way to set names, found a list (expected one of `retain-kind`, `strip-kind`)"]
    );
    // The reference, too, looks at it only where there is something to name.
    for named in ["true", "none-of-ours"] {
        let stub = format!("- {{name: x, from-deps: {{set-name: {named}, with-attributes: {{build_type: none}}}}}}");
        assert_eq!(made(KINDS, &stub), Ok(json!([])));
    }
    assert_eq!(
        told(KINDS, "- {name: x, from-deps: {kinds: [build], group-by: all}}"),
        [
            "1:24 a group may have only one task of each kind: `build-linux/opt` and `build-win/opt` are both of kind `build` \
          (group them otherwise, or set `unique-kinds: false`)"
        ]
    );
    assert_eq!(
        told(KINDS, "- {name: x, from-deps: {kinds: [sign], fetches: {sign: [{artefact: a}]}}}")[0],
        "1:58 unknown key `artefact` (did you mean `artifact`?)"
    );
    assert_eq!(
        told(KINDS, "- {name: x, from-deps: {kinds: [sign], with-attributes: {artifact: true}}}"),
        ["1:68 expected a string or a list, found a boolean"]
    );
}
