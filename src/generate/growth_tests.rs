//! How the work of generation grows: twice the tasks, edges, kinds or files may take little more than twice the steps.

use super::testing::World;
use super::{Phase, generate};
use crate::steps;

/// More than n log n takes between these sizes, and much less than n².
const MOST: f64 = 2.4;

/// Size of the smaller of two trees.
const SIZE: usize = 400;

type File = (String, String);

fn kind(name: &str, text: &str) -> File {
    let transforms = ["matrix", "run", "task"].map(|name| format!("taskgraph.transforms.{name}:transforms")).join(", ");
    kind_through(name, &transforms, text)
}

fn kind_through(name: &str, transforms: &str, text: &str) -> File {
    let loader = "loader: taskgraph.loader.transform:loader";
    (format!("taskcluster/kinds/{name}/kind.yml"), format!("{loader}\ntransforms: [{transforms}]\n{text}"))
}

const TASK: &str = "description: d, worker-type: b-linux, worker: {docker-image: a, max-run-time: 1, artifacts: \
    [{type: file, path: /a, name: public/a}]}, run: {using: run-task, checkout: false, command: a}";

fn numbers(size: usize) -> String {
    (0..size).map(|number| format!("'{number}'")).collect::<Vec<_>>().join(", ")
}

/// So many tasks of one kind.
fn tasks(size: usize) -> Vec<File> {
    let matrix = format!("matrix: {{number: [{}], substitution-fields: [name]}}", numbers(size));
    vec![kind("build", &format!("tasks: {{t: {{{TASK}, attributes: {{n: '{{matrix[number]}}'}}, {matrix}}}}}"))]
}

/// A task for each of so many, which fetches from it, and one for each group of two.
fn made_from_others(size: usize) -> Vec<File> {
    let with =
        |transforms: [&str; 3]| transforms.map(|name| format!("taskgraph.transforms.{name}:transforms")).join(", ");
    let signing = format!(
        "kind-dependencies: [build]\ntasks: {{t: {{{TASK}, from-deps: {{copy-attributes: true, fetches: {{build: \
         [{{artifact: a}}]}}}}}}}}"
    );
    let report = format!(
        "kind-dependencies: [build, signing]\ntasks: {{t: {{{TASK}, from-deps: {{group-by: {{attribute: name}}}}}}}}"
    );
    let named = format!(
        "tasks:\n{}",
        (0..size).map(|n| format!("  t{n}: {{{TASK}, attributes: {{name: n{n}}}}}\n")).collect::<String>()
    );
    vec![
        kind("build", &named),
        kind_through("signing", &with(["from_deps", "run", "task"]), &signing),
        kind_through("report", &with(["from_deps", "run", "task"]), &report),
    ]
}

/// So many edges between a few tasks and many.
fn edges(size: usize) -> Vec<File> {
    let dependencies: Vec<String> = (0..size).map(|n| format!("d{n}: build-t{n}")).collect();
    let builds: String = (0..size).map(|n| format!("  t{n}: {{{TASK}}}\n")).collect();
    let all: String =
        (0..4).map(|n| format!("  a{n}: {{{TASK}, dependencies: {{{}}}}}\n", dependencies.join(", "))).collect();
    vec![
        kind("build", &format!("tasks:\n{builds}")),
        kind("all", &format!("kind-dependencies: [build]\ntasks:\n{all}")),
    ]
}

/// So many kinds, each after the one before.
fn kinds(size: usize) -> Vec<File> {
    let one = |n: usize| {
        let after = if n == 0 { String::new() } else { format!("kind-dependencies: [k{}]\n", n - 1) };
        kind(&format!("k{n}"), &format!("{after}tasks: {{t: {{{TASK}}}}}"))
    };
    (0..size).map(one).collect()
}

/// So many files of one kind.
fn files(size: usize) -> Vec<File> {
    let names: Vec<String> = (0..size).map(|n| format!("f{n}.yml")).collect();
    let one = |n: usize| (format!("taskcluster/kinds/k/f{n}.yml"), format!("t{n}: {{{TASK}}}\n"));
    std::iter::once(kind("k", &format!("tasks-from: [{}]", names.join(", ")))).chain((0..size).map(one)).collect()
}

/// So many mistakes, all of them different.
fn mistakes(size: usize) -> Vec<File> {
    let tasks: String = (0..size).map(|n| format!("  t{n}: {{{TASK}, wrong-{n}: 1}}\n")).collect();
    vec![kind("k", &format!("tasks:\n{tasks}"))]
}

fn steps_of(files: &[File]) -> u64 {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let world = World::new(&files);
    let (told, steps) = steps::count(|| {
        let generated = futures::executor::block_on(generate(&world.inputs(), Phase::TargetTaskGraph));
        generated.err().map_or(0, |error| error.to_string().lines().count())
    });
    let warned = world.warnings.take().len();
    assert!(told + warned < 10 || files[0].1.contains("wrong"), "{told} mistakes and {warned} warnings");
    steps
}

#[test]
fn the_work_grows_with_what_there_is_to_do_and_no_faster() {
    type Tree = fn(usize) -> Vec<File>;
    let trees: [(&str, Tree); 6] = [
        ("tasks", tasks),
        ("tasks made from others", made_from_others),
        ("edges", edges),
        ("kinds", kinds),
        ("files", files),
        ("mistakes", mistakes),
    ];
    for (what, tree) in trees {
        let (small, large) = (steps_of(&tree(SIZE)), steps_of(&tree(2 * SIZE)));
        let growth = large as f64 / small as f64;
        assert!(growth < MOST, "twice the {what} take {growth:.1} times the steps: {small}, then {large}");
    }
}
