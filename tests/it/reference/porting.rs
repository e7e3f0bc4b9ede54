//! Transforms ported from Python to Starlark, pair by pair: both make the same tasks, and the page shows both.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::programs::{Checkout, Program, copy, reference_python};
use crate::support::repository;

/// Where the pairs are.
fn folder() -> PathBuf {
    repository().join("tests/porting")
}

/// The pairs, by name.
fn pairs() -> Vec<String> {
    let entries = fs::read_dir(folder()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A tree with a kind for each pair, whose transform is `name` with the pair's name in it.
fn tree(name: impl Fn(&str) -> String, place: impl Fn(&str) -> Option<(&'static str, String)>) -> Checkout {
    let tree = tempfile::tempdir().unwrap();
    let write = |path: String, text: String| {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    write("taskcluster/config.yml".into(), read(&folder().join("config.yml")));
    for pair in pairs() {
        let own = folder().join(&pair);
        let kind = read(&own.join("kind.yml")).replace("PORTED", &name(&pair));
        write(format!("taskcluster/kinds/{pair}/kind.yml"), kind);
        for entry in fs::read_dir(&own).unwrap().map(Result::unwrap) {
            let file = entry.file_name().into_string().unwrap();
            if let Some((from, to)) = place(&pair).filter(|(from, _)| *from == file) {
                write(to, read(&own.join(from)));
            } else if entry.path().is_dir() {
                copy(&entry.path(), &tree.path().join(&file));
            } else if file != "kind.yml" && !file.starts_with("ported.") {
                write(file, read(&entry.path()));
            }
        }
    }
    let checkout = Checkout::of(tree.path());
    for (file, level, event) in [("push.yml", "1", "github-push"), ("ship.yml", "3", "cron")] {
        let parameters = read(&repository().join("tests/trees/python-transforms/parameters/push.yml"));
        let parameters =
            parameters.replace("level: \"1\"", &format!("level: \"{level}\"")).replace("github-push", event);
        fs::write(checkout.path().join(file), parameters).unwrap();
    }
    checkout
}

/// The workers' scripts of the reference, which both programs read.
fn scripts() -> PathBuf {
    let packages = reference_python().parent().unwrap().parent().unwrap().join("lib");
    let versions = fs::read_dir(packages).unwrap().map(|entry| entry.unwrap().path());
    let mut folders = versions.map(|version| version.join("site-packages/taskgraph/run-task"));
    folders.find(|folder| folder.is_dir()).unwrap()
}

#[test]
fn ported_transforms_make_the_same_tasks() {
    let python = tree(
        |pair| format!("'own_taskgraph.{pair}:transforms'"),
        |pair| Some(("ported.py", format!("taskcluster/own_taskgraph/{pair}.py"))),
    );
    let starlark = tree(
        |pair| format!("'transforms/{pair}.star:transforms'"),
        |pair| Some(("ported.star", format!("taskcluster/transforms/{pair}.star"))),
    );
    assert!(pairs().len() >= 10);
    for parameters in ["push.yml", "ship.yml"] {
        let arguments = ["full", "-J", "-p", parameters];
        let theirs = Program::Reference { seed: 0 }.output(&python, &arguments, &[]);
        // Nothing of Python is there to be started.
        let scripts = scripts().display().to_string();
        let environment = [("PUSHGRAPH_PYTHON", "/nonexistent/python"), ("PUSHGRAPH_SCRIPTS", scripts.as_str())];
        let ours = Program::Ours.output(&starlark, &arguments, &environment);
        let tasks = |text: &str| serde_json::from_str::<Value>(text).unwrap().as_object().unwrap().clone();
        let (theirs, ours) = (tasks(&theirs), tasks(&ours));
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{parameters}");
        for (label, task) in &theirs {
            assert_eq!(&ours[label], task, "{parameters}: {label}");
        }
        let kinds: Vec<&str> = theirs.values().filter_map(|task| task["kind"].as_str()).collect();
        let missing: Vec<String> = pairs().into_iter().filter(|pair| !kinds.contains(&pair.as_str())).collect();
        assert!(missing.is_empty(), "{parameters}: {missing:?} make no tasks");
    }
}

#[test]
fn the_page_shows_every_pair() {
    let page = fs::read_to_string(repository().join("docs/starlark.md")).unwrap();
    for pair in pairs() {
        for (language, file) in [("python", "ported.py"), ("starlark", "ported.star")] {
            let text = fs::read_to_string(folder().join(&pair).join(file)).unwrap();
            assert!(page.contains(&format!("```{language}\n{text}```\n")), "docs/starlark.md: {pair}/{file}");
        }
    }
}

/// The second of a chain's Python steps is ported: Python, ours, Starlark and ours again make what Python alone makes.
#[test]
fn a_chain_mixes_all_three_languages() {
    let python = Checkout::of(&repository().join("tests/trees/python-transforms"));
    let mixed = Checkout::of(&repository().join("tests/trees/python-transforms"));
    let kind = mixed.path().join("taskcluster/kinds/greet/kind.yml");
    let text = fs::read_to_string(&kind).unwrap();
    assert!(text.contains("own_taskgraph.greet:symbols"));
    fs::write(&kind, text.replace("own_taskgraph.greet:symbols", "symbols.star:symbols")).unwrap();
    let program = "def add_symbols(config, task):
    task['dependencies'] = {label: label for label in config.kind_dependencies_tasks}
    symbol = task['attributes']['language'][0]
    task['treeherder'] = {'symbol': symbol, 'platform': 'linux/opt', 'kind': 'other', 'tier': 1}
    task['description'] += f\" at level {config.params['level']}\"
    return task

symbols = each(add_symbols)
";
    fs::write(mixed.path().join("taskcluster/symbols.star"), program).unwrap();
    let reference = reference_python().display().to_string();
    let environment = [("PUSHGRAPH_PYTHON", reference.as_str())];
    for parameters in ["push", "pull-request"] {
        let arguments = ["full", "-J", "-p", &format!("parameters/{parameters}.yml")];
        let tasks = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let theirs = tasks(&Program::Reference { seed: 0 }.output(&python, &arguments, &[]));
        assert_eq!(tasks(&Program::Ours.output(&mixed, &arguments, &environment)), theirs, "{parameters}");
        assert!(theirs["greet-greet-french"].is_object(), "{theirs}");
    }
    let shown = Program::Ours.output(&mixed, &["explain", "--kinds"], &environment);
    let line = shown.lines().find(|line| line.starts_with("greet")).unwrap();
    assert!(line.contains("with Python for own_taskgraph.greet:transforms"), "{line}");
    assert!(line.contains("Starlark: `symbols.star:symbols`"), "{line}");
}
