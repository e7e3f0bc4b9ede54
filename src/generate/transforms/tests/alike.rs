//! What is made once for tasks that are alike is what each of them alone would get.

use proptest::prelude::*;
use serde_json::Value;

use crate::generate::testing::{World, apply, task};
use crate::generate::transforms::run::RUN;
use crate::generate::transforms::task::TASK;
use crate::model::{Label, Stub, Task};
use crate::yaml::Node;

/// What the tasks differ in: of each line one is chosen.
const CHOICES: &[&[&str]] = &[
    &["command: x", "command: [x, y]", "command: {task-reference: '<build>'}", "command: []", "command: 3"],
    &["", "checkout: false", "use-caches: false", "use-caches: [cargo]", "cwd: '{checkout}/in'", "typo: 1"],
];

const TASK_CHOICES: &[&[&str]] = &[
    &[
        "worker: {docker-image: debian, max-run-time: 60}",
        "worker: {docker-image: {in-tree: image}, max-run-time: 60, env: {A: b}, artifacts: [{type: file, path: /x, name: public/x}]}",
        "worker: {docker-image: debian, max-run-time: 60, caches: [{name: c, mount-point: /c}], chain-of-trust: true}",
        "worker: {docker-image: debian, max-run-time: 60, command: [false]}",
        "worker: {docker-image: debian, max-run-time: no}",
    ],
    &["", "fetches: {build: [target.zip]}", "fetches: {fetch: [data]}", "fetches: {secret: [key], fetch: [data]}"],
    &[
        "dependencies: {build: build-one, secret: secret-thing}",
        "dependencies: {build: build-two, secret: secret-thing}",
        "dependencies: {build: build-other, secret: secret-thing}",
        "dependencies: {build: nowhere}",
    ],
    &["", "scopes: [a]", "scopes: ['x:{level}']", "scopes: ['{nothing}']"],
    &[
        "",
        "treeherder: {symbol: T, platform: linux/opt}",
        "treeherder: {symbol: U, platform: linux/opt}",
        "treeherder: {platform: linux}",
    ],
    &["worker-type: b-linux", "worker-type: t-linux-x", "worker-type: b-win", "worker-type: nothing"],
    &["", "tags: {a: b}", "expires-after: 3 days", "expires-after: soon", "deadline-after: 1 hour", "priority: high"],
    &[
        "",
        "routes: [r]",
        "extra: {index: {x: 1}}",
        "extra: {treeherder: {tier: 2}}",
        "attributes: {artifact_prefix: p}",
    ],
];

fn written(name: usize, choices: &[usize]) -> String {
    let (run, of_task) = choices.split_at(CHOICES.len());
    let of = |table: &[&[&str]], chosen: &[usize]| -> Vec<String> {
        let said = table.iter().zip(chosen).map(|(row, at)| row[at % row.len()].to_owned());
        said.filter(|said| !said.is_empty()).collect()
    };
    let (run, rest) = (of(CHOICES, run).join(", "), of(TASK_CHOICES, of_task).join(", "));
    format!("- {{name: t{name}, description: d{name}, run: {{using: run-task, {run}}}, {rest}}}\n")
}

fn dependencies() -> Vec<Task<Label>> {
    vec![
        task("fetch", "fetch-data", "{fetch-artifact: public/data.zip}"),
        task("build", "build-one", "{}"),
        task("build", "build-two", "{}"),
        task("build", "build-other", "{artifact_prefix: public/mine}"),
        task("secret", "secret-thing", "{artifact_prefix: project/secret}"),
    ]
}

/// Those tasks as if one description were the origin of them all: nothing of them is at a place of its own.
fn siblings(world: &World, text: &str) -> Vec<Stub> {
    let plain = |stub: Stub| {
        let text = serde_json::to_string(&stub.to_node()).unwrap();
        Stub::from_node(crate::json::parse(&text).unwrap()).unwrap()
    };
    world.stubs(text).into_iter().map(plain).collect()
}

/// What comes out, and the mistakes and warnings on the way, of those stubs in one kind.
fn made(world: &World, stubs: Vec<Stub>) -> (Vec<Value>, Vec<String>) {
    let made = world.kind("test", "{transforms: []}", dependencies(), |kind| {
        let crate::generate::transforms::Apply::Whole(run) = RUN.apply else { unreachable!("it orders the tasks") };
        let (described, mut mistakes) = run(kind, stubs);
        let mut finished = Vec::new();
        for stub in described {
            match apply(&TASK, kind, vec![stub]) {
                Ok(Value::Array(tasks)) => finished.extend(tasks),
                Ok(_) => unreachable!("a transform gives a list"),
                Err(more) => mistakes.extend(more.0),
            }
        }
        (finished, mistakes)
    });
    let warnings = world.warnings.take();
    // What is suggested depends on the other tasks.
    let told = made.1.0.iter().chain(&warnings).map(|told| format!("{:?} {}", told.tasks, told.message));
    let mut told: Vec<String> = told.collect();
    told.sort();
    told.dedup();
    (made.0, told)
}

proptest! {
    #[test]
    fn tasks_are_made_among_others_as_alone(
        // Of each choice the first few are the most frequent, so that tasks are alike.
        choices in prop::collection::vec(
            prop::collection::vec(prop_oneof![4 => Just(0_usize), 2 => Just(1), 1 => 2..6_usize], 10..11),
            1..9,
        ),
    ) {
        let text: String = choices.iter().enumerate().map(|(name, chosen)| written(name, chosen)).collect();
        let world = World::new(&[("taskcluster/docker/image/Dockerfile", "FROM debian\nVOLUME /v\n")]);
        let stubs = siblings(&world, &text);
        let (together, told_together) = made(&world, stubs.clone());
        let (mut alone, mut told_alone) = (Vec::new(), Vec::new());
        for stub in stubs {
            let (tasks, told) = made(&world, vec![stub]);
            alone.extend(tasks);
            told_alone.extend(told);
        }
        told_alone.sort();
        // What is told twice in one place is folded.
        told_alone.dedup();
        prop_assert_eq!(together, alone, "{}", text);
        prop_assert_eq!(told_together, told_alone, "{}", text);
    }
}

#[test]
fn tasks_that_differ_in_their_commands_share_the_rest() {
    let world = World::new(&[]);
    let text = written(1, &[0, 0, 1, 1, 0, 0, 1, 0, 0, 0]) + &written(2, &[2, 0, 1, 1, 1, 0, 2, 0, 0, 0]);
    let stubs = siblings(&world, &text);
    let shared = world.kind("test", "{}", dependencies(), |kind| {
        let crate::generate::transforms::Apply::Whole(run) = RUN.apply else { unreachable!("it orders the tasks") };
        let (described, _) = run(kind, stubs);
        let env = |stub: &Stub| stub.body.get("worker").and_then(|worker| worker.get("env")).cloned();
        let [one, other] = [&described[0], &described[1]].map(env);
        let is_one = |one: &Node, other: &Node| match (&one.value, &other.value) {
            (crate::yaml::Value::Map(one), crate::yaml::Value::Map(other)) => std::sync::Arc::ptr_eq(one, other),
            _ => false,
        };
        one.zip(other).is_some_and(|(one, other)| is_one(&one, &other))
    });
    assert!(shared);
}

#[test]
fn mistakes_of_tasks_that_are_alike_keep_their_place() {
    let world = World::new(&[]);
    let text = "- {name: t, description: d, run: {using: run-task, command: x}, worker-type: b-linux, worker: {docker-image: i}}";
    let first = world.stubs(text).remove(0);
    let second = Stub { body: first.body.clone().into_iter().chain([("name".into(), "u".into())]).collect(), ..first };
    let stubs = vec![
        Stub { body: second.body.iter().cloned().chain([("name".into(), "t".into())]).collect(), ..second },
        second,
    ];
    let mistakes = world.kind("test", "{transforms: []}", Vec::new(), |kind| {
        let crate::generate::transforms::Apply::Whole(run) = RUN.apply else { unreachable!("it orders the tasks") };
        let (described, mut mistakes) = run(kind, stubs);
        for stub in described {
            mistakes.extend(apply(&TASK, kind, vec![stub]).unwrap_err().0);
        }
        mistakes
    });
    let place = "1:95 missing key `max-run-time`";
    assert_eq!(world.told(&mistakes), [place, place]);
}
