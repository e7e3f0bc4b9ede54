//! From kind.yml to tasks, with transforms of the tests' own.

use std::sync::Arc;

use super::{KindGraph, load_kinds, load_tasks};
use crate::diagnostics::Mistakes;
use crate::generate::context::KindContext;
use crate::generate::testing::World;
use crate::generate::transforms::{Apply, Transform};
use crate::model::{Label, Stub, Task};
use crate::script::{Error, MemoryCode, MemoryStep};
use crate::yaml::{Map, Node};

/// Gives every stub a label and a definition: what it was, and which tasks it saw.
const FINISH: Transform = Transform { name: "test.finish:transforms", apply: Apply::Each(finish_stub) };
const RUN: Transform = Transform { name: "taskgraph.transforms.run:transforms", apply: Apply::Each(unchanged) };
const TASK: Transform = Transform { name: "taskgraph.transforms.task:transforms", apply: Apply::Each(finish_stub) };
const TABLE: &[Transform] = &[RUN, TASK, FINISH];

fn unchanged(_: &KindContext<'_>, stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    Ok(vec![stub])
}

fn finish_stub(kind: &KindContext<'_>, stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let name = stub.body.get("name").and_then(Node::as_str).unwrap_or_default();
    if stub.body.contains("bad") {
        return Err(crate::diagnostics::Diagnostic::error("bad").into());
    }
    let seen: Node = kind.dependencies.iter().map(|task| Node::from(&task.label)).collect();
    let mut definition = stub.body.clone();
    definition.insert("seen", seen);
    let label = stub.body.get("label").cloned().unwrap_or_else(|| Node::new(format!("{}-{name}", kind.kind)));
    let body = Map::from([
        ("label", label),
        ("description", Node::new("d")),
        ("attributes", Node::empty_map()),
        ("task", Node::new(definition)),
    ]);
    Ok(vec![Stub { body, span: stub.span }])
}

const TRANSFORM: &str = "loader: taskgraph.loader.transform:loader\ntransforms: [test.finish]\n";

fn load(world: &World) -> Result<Vec<Arc<Task<Label>>>, Vec<String>> {
    let run = world.run();
    let kinds = load_kinds(&run);
    load_tasks(&run, &kinds, TABLE).map_err(|error| world.told(&mistakes(error)))
}

fn mistakes(error: Error) -> Mistakes {
    let Error::Mistakes(mistakes) = error else { panic!("{error}") };
    mistakes
}

fn kind(name: &str, text: &str) -> (String, String) {
    (format!("taskcluster/kinds/{name}/kind.yml"), format!("{TRANSFORM}{text}"))
}

fn world(files: &[(String, String)]) -> World {
    World::new(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>())
}

fn labels(tasks: &[Arc<Task<Label>>]) -> Vec<&str> {
    tasks.iter().map(|task| task.label.as_str()).collect()
}

#[test]
fn stubs_come_from_the_kind_and_its_files_with_their_defaults() {
    let text = "task-defaults: {env: {A: 1}, l: [1]}
tasks: {one: {env: {B: 2}, l: [2]}, two: {}}
tasks-from: [more.yml]";
    let more = "task-defaults: {env: {A: 3}}\nthree: {l: null}\n";
    let files = [kind("k", text), ("taskcluster/kinds/k/more.yml".into(), more.into())];
    let tasks = load(&world(&files)).unwrap();
    let told: Vec<String> = tasks.iter().map(|task| serde_json::to_string(&task.definition).unwrap()).collect();
    // As the reference's loader gives them.
    assert_eq!(
        told,
        [
            r#"{"env":{"A":1,"B":2},"l":[1,2],"task-from":"kind.yml","name":"one","seen":[]}"#,
            r#"{"env":{"A":1},"l":[1],"task-from":"kind.yml","name":"two","seen":[]}"#,
            r#"{"env":{"A":3},"l":null,"task-from":"more.yml","name":"three","seen":[]}"#,
        ]
    );
    assert_eq!(tasks[0].attribute("kind"), Some(&Node::new("k")));
}

#[test]
fn the_default_loader_adds_its_transforms() {
    let world = World::new(&[("taskcluster/kinds/k/kind.yml", "tasks: {a: {}}")]);
    assert_eq!(labels(&load(&world).unwrap()), ["k-a"]);
    let listed = "transforms: ['taskgraph.transforms.task:transforms']\ntasks: {a: {}}";
    let world = World::new(&[("taskcluster/kinds/k/kind.yml", listed)]);
    assert_eq!(
        load(&world).unwrap_err(),
        ["1:14 transform `taskgraph.transforms.task:transforms` is already added by the default loader \
          (leave it out, or choose `loader: taskgraph.loader.transform:loader`)"]
    );
}

#[test]
fn kinds_see_the_tasks_of_those_they_depend_on_in_order() {
    let files = [
        kind("z", "tasks: {b: {}, a: {}}"),
        kind("a", "kind-dependencies: [z, m]\ntasks: {x: {}}"),
        kind("m", "kind-dependencies: [z]\ntasks: {y: {}}"),
        kind("b", "tasks: {q: {}}"),
    ];
    let world = world(&files);
    let tasks = load(&world).unwrap();
    assert_eq!(labels(&tasks), ["b-q", "z-b", "z-a", "m-y", "a-x"]);
    assert_eq!(tasks[4].definition.get("seen").unwrap().as_list().unwrap().len(), 3);
    let graph = load_kinds(&world.run()).graph;
    assert_eq!(serde_json::to_string(&Node::from(&graph)).unwrap(), r#"{"a":["m","z"],"b":[],"m":["z"],"z":[]}"#);
}

#[test]
fn target_kinds_bring_what_they_depend_on_and_images() {
    let files = [
        kind("a", "kind-dependencies: [b]"),
        kind("b", ""),
        kind("c", ""),
        kind("docker-image", "kind-dependencies: [d]"),
        kind("d", ""),
    ];
    let with_target = |files: &[(String, String)], target: &str| {
        let mut world = world(files);
        let targets = Node::from_iter([target]);
        world.parameters = world.parameters.with([("target-kinds", targets)]).unwrap();
        let loaded = load_kinds(&world.run());
        let told = world.told(&loaded.mistakes);
        told.is_empty()
            .then_some(loaded)
            .ok_or(told)
            .map(|kinds| kinds.graph.kinds.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(with_target(&files, "a").unwrap(), ["a", "b", "d", "docker-image"]);
    assert_eq!(with_target(&files[..3], "a").unwrap(), ["a", "b"]);
    assert_eq!(
        with_target(&files[..3], "xyz").unwrap_err(),
        ["0:0 there is no kind `xyz` (expected one of `a`, `b`, `c`)"]
    );
}

#[test]
fn missing_kinds_and_circles_are_told_where_they_are_written() {
    let files = [
        kind("build", "kind-dependencies: [tset]"),
        kind("test", "kind-dependencies:\n- sign"),
        kind("sign", "kind-dependencies:\n- test"),
        kind("self", "kind-dependencies: [self]"),
    ];
    let world = world(&files);
    let mistakes = load_kinds(&world.run()).mistakes;
    assert_eq!(
        world.told(&mistakes),
        [
            "3:21 there is no kind `tset` (did you mean `test`?)",
            "3:21 kind `self` depends on itself",
            "4:3 kinds depend on one another in a circle: `sign`, `test`",
        ]
    );
    assert_eq!(mistakes.0[2].related[0].1, "`test` depends on `sign`");
}

#[test]
fn mistakes_of_all_tasks_of_all_kinds_are_told_at_once() {
    let files = [
        kind("a", "tasks: {one: {bad: 1}, two: {}, three: {bad: 1}, four: 4}"),
        kind("b", "kind-dependencies: [a]\ntasks: {also: {bad: 1}}"),
        kind("c", "tasks: {five: {bad: 1}}\ntasks-from: [no.yml]"),
        kind("d", "tasks: {six: {bad: 1}}"),
    ];
    let told = load(&world(&files)).unwrap_err();
    assert_eq!(
        told,
        [
            "3:50 expected a task (a mapping), found a whole number",
            "3:9 bad",
            "3:33 bad",
            "4:14 cannot read `taskcluster/kinds/c/no.yml`: there is no such file",
            "3:9 bad",
            "3:9 bad",
            // What depends on nothing comes first.
            "4:9 bad",
        ]
    );
}

#[test]
fn what_may_only_be_missing_for_another_mistake_is_not_told() {
    let default = |name: &str, text: &str| (format!("taskcluster/kinds/{name}/kind.yml"), text.to_owned());
    let task = "description: d, worker-type: b-linux, worker: {docker-image: x, max-run-time: 1}";
    let run = "run: {using: run-task, checkout: false, command: x}";
    let fetching = format!(
        "kind-dependencies: [toolchain]\ntasks:\n  one: {{{task}, {run}, fetches: {{toolchain: [gcc]}}}}\n  two: {{{task}, ran: 1}}"
    );
    let files = |toolchain: &str| [default("toolchain", toolchain), default("test", &fetching)];
    let of = |toolchain: &str| {
        let world = world(&files(toolchain));
        let kinds = load_kinds(&world.run());
        let error = load_tasks(&world.run(), &kinds, crate::generate::transforms::TRANSFORMS).unwrap_err();
        world.told(&mistakes(error))
    };
    let own = "4:91 missing key `run` (did you mean `run`?)";
    let missing = "3:166 there is no toolchain task `gcc` among the kind-dependencies of `test`";
    assert_eq!(of("tasks: {}"), [own, missing]);
    assert_eq!(of("tasks: {gcc: {}}")[3..], [own]);
    assert_eq!(of("tasks: ]")[1..], [own]);
}

#[test]
fn names_that_are_none_of_ours_are_told_with_the_nearest() {
    let text = "loader: taskgraph.loader.trasform:loader\ntransforms: [a]";
    let world_of = |text: &str| World::new(&[("taskcluster/kinds/k/kind.yml", text)]);
    let told = |text: &str| load(&world_of(text)).unwrap_err();
    assert_eq!(
        told(text),
        ["1:9 unknown loader `taskgraph.loader.trasform:loader` (did you mean `taskgraph.loader.transform:loader`?)"]
    );
    assert_eq!(
        told("transforms: [test.finsh, 'transforms.star:go']"),
        [
            "1:14 unknown transform `test.finsh` (did you mean `test.finish:transforms`?)",
            "1:26 there is no file `taskcluster/transforms.star`",
        ]
    );
    let own = told("transforms: [test_taskgraph.finish]");
    assert!(own[0].ends_with("(a transform is one of ours, or `path.star:name` for one of the tree's own)"), "{own:?}");
    assert_eq!(
        told("transforms:\ntasks:\ntask-defaults:"),
        [
            "1:12 expected `transforms` as a list, found null (leave it out)",
            "2:7 expected `tasks` as a mapping, found null (leave it out)",
        ]
    );
    assert_eq!(
        told("loader: taskgraph.loader.transform:loader"),
        ["1:1 kind `k` has no `transforms`, which its loader needs"]
    );
    assert_eq!(told(""), ["1:1 expected kind `k` as a mapping, found null"]);
}

#[test]
fn two_tasks_with_one_label_are_a_mistake() {
    let files = [kind("a", "tasks: {one: {label: same}}"), kind("b", "tasks: {two: {label: same}}")];
    let world = world(&files);
    let kinds = load_kinds(&world.run());
    let mistakes = mistakes(load_tasks(&world.run(), &kinds, TABLE).unwrap_err());
    assert_eq!(world.told(&mistakes), ["3:9 two tasks of kinds `a` and `b` are called `same`"]);
    assert_eq!(mistakes.0[0].related[0].1, "the first one is here");
}

#[test]
fn keys_of_a_kind_that_look_like_slips_are_warned_of() {
    let world = world(&[kind("a", "kind-dependancies: []\njobs: {}\nmeta: own\n1.5: own\nonly-for-attributes: [x]")]);
    load(&world).unwrap();
    let warnings = world.warnings.take();
    let helps: Vec<&str> = warnings.iter().filter_map(|warning| warning.help.as_deref()).collect();
    assert_eq!(helps, ["did you mean `kind-dependencies`?", "it is called `tasks` now"]);
}

#[test]
fn the_order_is_that_of_dependencies_then_of_names() {
    let edges = [("a", "z"), ("c", "a"), ("b", "z")].map(|(from, to)| (from.into(), to.into()));
    let graph = KindGraph { kinds: ["a", "b", "c", "d", "z"].map(Into::into).into(), edges: edges.into() };
    let order: Vec<&str> = graph.postorder().into_iter().map(|kind| kind.as_str()).collect();
    assert_eq!(order, ["d", "z", "a", "b", "c"]);
}

#[test]
fn a_step_of_the_tree_s_own_stands_anywhere_in_a_chain() {
    let twice: MemoryStep = |stub| {
        let name = stub.body.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
        let named = |suffix: &str| {
            let mut stub = stub.clone();
            stub.body.insert("name", format!("{name}{suffix}"));
            stub
        };
        vec![named("1"), named("2")]
    };
    let text = "loader: taskgraph.loader.transform:loader
transforms: [own_taskgraph.twice, taskgraph.transforms.run, 'own_taskgraph.twice:transforms', test.finish]
tasks: {a: {}, b: {}}";
    let mut world = World::new(&[("taskcluster/kinds/k/kind.yml", text)]);
    world.code = Box::new(MemoryCode {
        steps: [("own_taskgraph.twice:transforms".to_owned(), twice)].into(),
        ..MemoryCode::default()
    });
    let tasks = load(&world).unwrap();
    assert_eq!(labels(&tasks), ["k-a11", "k-a12", "k-a21", "k-a22", "k-b11", "k-b12", "k-b21", "k-b22"]);
}
