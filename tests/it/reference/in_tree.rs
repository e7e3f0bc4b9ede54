//! In-tree Python: what it prints, raises and creates, and an interpreter that is not as it should be.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::programs::{Checkout, Program, copy, reference_python};
use crate::support::{Ran, Tree, repository};

/// A tree of `tests/trees/` with something in its `own_taskgraph/__init__.py` at the end.
fn tree_with(name: &str, code: &str) -> Tree {
    let tree = Tree::copy_of(&repository().join("tests/trees").join(name));
    let module = "taskcluster/own_taskgraph/__init__.py";
    let text = fs::read_to_string(tree.path().join(module)).unwrap() + code;
    tree.file(module, &text).committed()
}

fn full(tree: &Tree, environment: &[(&str, &str)]) -> Ran {
    run(tree, "full -J -p parameters/push.yml", environment)
}

fn run(tree: &Tree, arguments: &str, environment: &[(&str, &str)]) -> Ran {
    let run = tree.pushgraph(arguments).env("PUSHGRAPH_PYTHON", &reference_python().to_string_lossy());
    environment.iter().fold(run, |run, (name, value)| run.env(name, value)).run()
}

#[test]
fn what_a_tree_prints_is_no_output() {
    let ran = full(&tree_with("python-transforms", "\nprint('what a tree prints is no output')\n"), &[]).ends_with(0);
    assert!(ran.stderr().contains("what a tree prints is no output"), "{}", ran.stderr());
    let graph: Value = serde_json::from_str(&ran.stdout()).unwrap();
    assert_eq!(graph.as_object().unwrap().len(), 3);
}

#[test]
fn an_exception_is_shown_at_its_line() {
    let tree = Tree::copy_of(&repository().join("tests/trees/python-transforms"));
    let path = "taskcluster/own_taskgraph/greet.py";
    let text = fs::read_to_string(tree.path().join(path)).unwrap();
    let tree = tree.file(path, &text.replace("task.pop('greeting')", "task.pop('greting')")).committed();
    let ran = full(&tree, &[]).ends_with(1);
    let told = ran.stderr();
    assert!(told.contains("error: Python raised KeyError in kind `greet` in `greet`: 'greting'"), "{told}");
    assert!(told.contains("taskcluster/own_taskgraph/greet.py:"), "{told}");
    assert!(told.contains("greet-english"), "{told}");
    assert!(!told.contains("Traceback"), "{told}");
    let told = run(&tree, "full -v -p parameters/push.yml", &[]).ends_with(1).stderr();
    assert!(told.contains("Traceback"), "{told}");
}

/// Which steps were whose, in a line for each kind.
#[test]
fn explain_says_what_ran_where() {
    let explained = |name: &str| {
        let tree = Tree::copy_of(&repository().join("tests/trees").join(name)).committed();
        run(&tree, "explain --kinds", &[]).ends_with(0).stdout()
    };
    let told = explained("python-transforms");
    let steps = "own_taskgraph.greet:transforms, own_taskgraph.greet:symbols";
    assert_eq!(told, format!("greet  pushgraph, with Python for {steps}\nhello  pushgraph\n"));
    assert!(explained("python-loader").contains("words  Python, from its loader on\n"));
    let told = explained("python-morphs");
    let why = "Python: `register` names `own_taskgraph:register`, and the tree's code changes \
               taskgraph.transforms.task.TREEHERDER_ROUTE_ROOT (taskcluster/config.yml:";
    assert!(told.contains(why), "{told}");
}

/// A push says what runs in a tree of Python too; where Python makes the whole graph, it says nothing else.
#[test]
fn a_push_asks_of_python_s_tasks() {
    let asked = |name: &str, request: &str| {
        let tree = Tree::copy_of(&repository().join("tests/trees").join(name));
        let read = |path: &str| fs::read_to_string(tree.path().join(path)).unwrap();
        let config = read("taskcluster/config.yml") + "try: {carriers: [trailers]}\n";
        let parameters = format!("{}try_task_config: {request}\n", read("parameters/push.yml"));
        let tree = tree.file("taskcluster/config.yml", &config).file("asked.yml", &parameters).committed();
        run(&tree, "target -J -p asked.yml", &[])
    };
    let mixed = asked("python-transforms", "{query: 'greet-greet-english', env: {ASKED: for}}").ends_with(0);
    let graph: Value = serde_json::from_str(&mixed.stdout()).unwrap();
    let environment = &graph["greet-greet-english"]["task"]["payload"]["env"];
    assert_eq!((graph.as_object().unwrap().len(), &environment["ASKED"]), (1, &"for".into()), "{graph}");
    let whole = asked("python-morphs", "{tasks: [say-hello]}").ends_with(0);
    let graph: Value = serde_json::from_str(&whole.stdout()).unwrap();
    assert_eq!(graph.as_object().unwrap().keys().collect::<Vec<_>>(), ["say-hello"]);
    let refused = asked("python-morphs", "{tasks: [say-hello], env: {A: b}}").ends_with(1).stderr();
    assert!(refused.contains("tasks cannot be changed here: the tree's own Python makes all of them"), "{refused}");
}

/// A step of a kind is run in the kind's own process.
#[test]
fn a_kind_whose_process_dies_or_hangs_is_an_error() {
    let tree_that = |code: &str| {
        let tree = Tree::copy_of(&repository().join("tests/trees/python-transforms"));
        let path = "taskcluster/own_taskgraph/greet.py";
        let text = fs::read_to_string(tree.path().join(path)).unwrap();
        let code = format!("import os\n        import time\n        {code}\n        yield task\n");
        tree.file(path, &text.replacen("yield task\n", &code, 1)).committed()
    };
    let told = full(&tree_that("os._exit(3)"), &[]).ends_with(75).stderr();
    assert!(told.contains("kind greet: its process ended"), "{told}");
    let told = full(&tree_that("time.sleep(1000)"), &[("PUSHGRAPH_PYTHON_TIMEOUT", "3")]).ends_with(1).stderr();
    assert!(told.contains("kind greet: no answer within 3 seconds"), "{told}");
}

/// What native steps refuse after Python is shown where it was written, if Python left it as it was.
#[test]
fn what_went_through_python_still_knows_its_line() {
    let tree = Tree::copy_of(&repository().join("tests/trees/python-transforms"));
    let path = "taskcluster/kinds/greet/kind.yml";
    let text = fs::read_to_string(tree.path().join(path)).unwrap();
    let tree = tree.file(path, &text.replace("max-run-time: 600", "max-run-time: soon")).committed();
    let told = full(&tree, &[]).ends_with(1).stderr();
    assert!(told.contains("taskcluster/kinds/greet/kind.yml:19:27"), "{told}");
}

#[test]
fn an_interpreter_that_is_killed_is_an_error_that_may_pass() {
    let tree = tree_with("python-targets", "\nimport os\nos.kill(os.getpid(), 9)\n");
    let told = full(&tree, &[]).ends_with(75).stderr();
    assert!(told.contains("register: it was killed by signal 9"), "{told}");
    let tree = tree_with("python-targets", "\nimport os\nos._exit(3)\n");
    let told = full(&tree, &[]).ends_with(75).stderr();
    assert!(told.contains("it ended with exit status: 3"), "{told}");
}

/// The process that a kind is made in holds the interpreter's pipes too, and outlives it.
#[test]
fn an_interpreter_that_leaves_a_child_behind_is_noticed() {
    let code = "\nimport os\nimport time\nif os.fork() == 0:\n    os.close(1)\n    os.close(2)\n    time.sleep(60)\n    os._exit(0)\nos.kill(os.getpid(), 9)\n";
    let start = Instant::now();
    let told = full(&tree_with("python-targets", code), &[]).ends_with(75).stderr();
    assert!(told.contains("killed by signal 9"), "{told}");
    assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
}

#[test]
fn an_interpreter_that_hangs_is_given_up() {
    let tree = tree_with("python-targets", "\nimport time\ntime.sleep(1000)\n");
    let told = full(&tree, &[("PUSHGRAPH_PYTHON_TIMEOUT", "1")]).ends_with(1).stderr();
    assert!(told.contains("register: no answer within 1 seconds"), "{told}");
    let told = full(&tree, &[("PUSHGRAPH_PYTHON_TIMEOUT", "soon")]).ends_with(1).stderr();
    assert!(told.contains("PUSHGRAPH_PYTHON_TIMEOUT: expected a number of seconds, found `soon`"), "{told}");
}

#[test]
fn what_needs_python_is_named_where_there_is_none() {
    let tree = tree_with("python-targets", "");
    let told = full(&tree, &[("PUSHGRAPH_PYTHON", "no-such-python")]).ends_with(1).stderr();
    assert!(told.contains("`register` names `own_taskgraph:register`, which needs Python's package"), "{told}");
    assert!(told.contains("there is no `no-such-python`"), "{told}");
    assert!(told.contains("taskcluster/config.yml:5:15"), "{told}");
    let bare = script(tree.path(), "bare", &format!("exec {} -I -S \"$@\"", reference_python().display()));
    let told = full(&tree, &[("PUSHGRAPH_PYTHON", &bare.to_string_lossy())]).ends_with(1).stderr();
    assert!(told.contains("does not have it"), "{told}");
    assert!(told.contains("-m pip install taskcluster-taskgraph==24.5.1"), "{told}");
    // A kind tells it too, where no hook does.
    let tree = tree_with("python-loader", "");
    let told = full(&tree, &[("PUSHGRAPH_PYTHON", "no-such-python")]).ends_with(1).stderr();
    assert!(told.contains("kind `words` uses `own_taskgraph.loader:loader`, which needs"), "{told}");
    // So does one of `mozilla_taskgraph`'s that is no plain data.
    let kind = "loader: taskgraph.loader.transform:loader\ntransforms: [mozilla_taskgraph.transforms.replicate]\n\
        tasks: {all: {replicate: {target: [index.path]}}}\n";
    let tree = Tree::copy_of(&repository().join("tests/trees/hello")).file("taskcluster/kinds/copies/kind.yml", kind);
    let told = full(&tree.committed(), &[("PUSHGRAPH_PYTHON", "no-such-python")]).ends_with(1).stderr();
    assert!(told.contains("kind `copies` uses `mozilla_taskgraph.transforms.replicate"), "{told}");
}

#[test]
fn the_command_line_names_the_interpreter_too() {
    let tree = tree_with("python-targets", "");
    let arguments = format!("--python {} full -p parameters/push.yml", reference_python().display());
    let ran = tree.pushgraph(&arguments).env("PUSHGRAPH_PYTHON", "no-such-python").run().ends_with(0);
    assert_eq!(ran.stdout(), "say-hi\nsay-moin\nsay-salut\n\n");
}

/// A Python beside which another version of the package lies, as far as can be told without asking it.
fn of_another_version(directory: &Path) -> PathBuf {
    let packages = directory.join("other/lib/python3/site-packages");
    fs::create_dir_all(packages.join("taskcluster_taskgraph-20.0.0.dist-info")).unwrap();
    fs::create_dir_all(packages.join("taskgraph/run-task")).unwrap();
    let package = reference_python().parent().unwrap().parent().unwrap().join("lib");
    for script in ["run-task", "fetch-content"] {
        let version = fs::read_dir(&package).unwrap().next().unwrap().unwrap().path();
        let from = version.join("site-packages/taskgraph/run-task").join(script);
        fs::copy(from, packages.join("taskgraph/run-task").join(script)).unwrap();
    }
    script(directory, "other/bin/python3", &format!("exec {} \"$@\"", reference_python().display()))
}

fn script(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A tree that has no code is made by the installed version if that is another; here it is the same by another name.
#[test]
fn another_version_generates_what_it_is_pinned_for() {
    for name in ["hello", "from-deps"] {
        let tree = Tree::copy_of(&repository().join("tests/trees").join(name)).committed();
        let other = of_another_version(tree.path());
        let mut parameters = fs::read_dir(tree.path().join("parameters")).unwrap();
        let parameters = parameters.next().unwrap().unwrap().file_name().into_string().unwrap();
        for command in ["full -J", "target -J", "optimized -J", "morphed -J", "kind-graph"] {
            let command = format!("{command} -p parameters/{parameters}");
            let native = run(&tree, &command, &[]).ends_with(0).stdout();
            let whole = run(&tree, &command, &[("PUSHGRAPH_PYTHON", &other.to_string_lossy())]).ends_with(0).stdout();
            assert_eq!(whole, native, "{name}: {command}");
        }
    }
}

#[test]
fn the_tree_s_actions_are_offered() {
    let checkout = Checkout::of(&repository().join("tests/trees/python-actions"));
    fs::write(checkout.path().join(".taskcluster.yml"), "version: 1\ntasks: []\n").unwrap();
    for parameters in ["push", "pull-request"] {
        let arguments = ["actions", "-p", &format!("parameters/{parameters}.yml")];
        let output = |program: Program| program.output(&checkout, &arguments, &[]);
        let ours = output(Program::Ours);
        assert_eq!(ours, output(Program::Reference { seed: 0 }), "{parameters}");
        assert!(ours.contains("Greets, as often as it is told.") && !ours.contains("cancel-all"), "{ours}");
    }
}

/// The tasks that testing an action prints: without what is drawn or comes from the clock.
fn printed(output: &str) -> Vec<Value> {
    let documents = serde_json::Deserializer::from_str(output).into_iter::<Vec<Value>>();
    let tasks: Vec<(String, Value)> = documents
        .map(|task| {
            let mut task = task.expect("a list of id and task").into_iter();
            (task.next().unwrap().as_str().unwrap().to_owned(), task.next().unwrap())
        })
        .collect();
    let readable = |task: &Value| {
        let named = |text: String, (id, task): &(String, Value)| {
            text.replace(id, &format!("<{}>", task["metadata"]["name"].as_str().unwrap()))
        };
        let mut task: Value = serde_json::from_str(&tasks.iter().fold(task.to_string(), named)).unwrap();
        for time in ["created", "deadline", "expires"] {
            task.as_object_mut().unwrap().remove(time);
        }
        task
    };
    tasks.iter().map(|(_, task)| readable(task)).collect()
}

#[test]
fn the_tree_s_action_creates_the_same_tasks() {
    let checkout = Checkout::of(&repository().join("tests/trees/python-actions"));
    fs::write(checkout.path().join("input.yml"), "whom: everybody\n").unwrap();
    let group = "fzy3l9dCSDKRYTxTQTZjGg";
    let arguments = [
        "test-action-callback",
        "-p",
        "parameters/push.yml",
        "--task-group-id",
        group,
        "--input",
        "input.yml",
        "greet",
    ];
    let environment = [("TASK_ID", "EEEEEEEEQECEEEEEEEEEEA"), ("TASKCLUSTER_ROOT_URL", "https://tc.example.com")];
    let ours = Program::Ours.run(&checkout, &arguments, &environment);
    let errors = String::from_utf8_lossy(&ours.stderr).into_owned();
    assert!(ours.status.success() && errors.contains("what an action prints is no output"), "{errors}");
    let ours = printed(&String::from_utf8(ours.stdout).unwrap());
    // The reference has what the action prints among the tasks.
    let theirs = Program::Reference { seed: 0 }.output(&checkout, &arguments, &environment);
    assert_eq!(ours, printed(theirs.trim_start_matches("what an action prints is no output\n")));
    assert_eq!(ours.len(), 3);
    let again = || ids(&Program::Ours.output(&checkout, &arguments, &environment));
    assert_eq!(again(), again(), "ids are derived");
}

fn ids(output: &str) -> Vec<String> {
    let documents = serde_json::Deserializer::from_str(output).into_iter::<Vec<Value>>();
    documents.map(|task| task.unwrap()[0].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_action_that_raises_is_reported() {
    let tree = Tree::empty();
    copy(&repository().join("tests/trees/python-actions"), tree.path());
    let command = "test-action-callback -p parameters/push.yml --task-group-id fzy3l9dCSDKRYTxTQTZjGg fail";
    let told = run(&tree.committed(), command, &[]).ends_with(1).stderr();
    assert!(told.contains("Python raised ValueError in `fail`: cannot greet None"), "{told}");
    assert!(told.contains("taskcluster/own_taskgraph/actions.py:"), "{told}");
}

#[test]
fn a_query_chooses_in_a_tree_with_code_of_its_own() {
    let tree = Tree::copy_of(&repository().join("tests/trees/python-targets"));
    let config = fs::read_to_string(tree.path().join("taskcluster/config.yml")).unwrap();
    let tree = tree.file("taskcluster/config.yml", &format!("{config}default-query: say-s*\n")).committed();
    for phase in ["target", "target-graph", "optimized", "morphed"] {
        let ran = run(&tree, &format!("{phase} -p parameters/push.yml"), &[]).ends_with(0);
        assert_eq!(ran.stdout().trim_end(), "say-salut", "{phase}");
    }
}
