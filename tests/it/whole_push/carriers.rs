//! A push that says what it wants runs that and what that needs, whatever carries it.

use super::repository::small;
use super::served::{Served, names};
use super::{group_of, repository};
use crate::support::Tree;

/// What is asked for, and what that needs.
const MIDDLE: [&str; 3] = ["Decision Task", "hello-base", "hello-middle"];

/// A tree whose pushes may ask for tasks in every way.
fn tree() -> Tree {
    let tree = small();
    let path = tree.path().join("taskcluster/config.yml");
    let config = std::fs::read_to_string(path).expect("it is there");
    let carriers = "try: {carriers: [hg-extras, note, trailers, try-line, try-task-config], presets: presets.yml}\n";
    let kind = std::fs::read_to_string(tree.path().join("taskcluster/kinds/hello/kind.yml")).expect("it is there");
    let kind = kind.replace("needed by the top,", "needed by the top, attributes: {job_try_name: middle},");
    let presets = "p: {selector: query, query: '=hello-middle'}\n";
    tree.file("taskcluster/config.yml", &format!("{config}{carriers}"))
        .file("taskcluster/kinds/hello/kind.yml", &kind)
        .file("presets.yml", presets)
}

fn committed(tree: Tree, message: &str) -> Tree {
    tree.git(&["add", "--all"]);
    tree.git(&["commit", "--quiet", "--message", message]);
    tree
}

/// The names of the tasks that a push makes, and the selection it publishes.
fn pushed(tree: &Tree) -> (Vec<String>, serde_json::Value) {
    let served = Served::start(tree);
    let group = group_of(&repository::pushgraph(tree, "local push").run().ends_with(0));
    let tasks = served.group(&group);
    let made = names(&tasks).into_iter().map(str::to_owned).collect();
    (made, served.json(&group, "public/selection.json"))
}

#[test]
fn trailers() {
    let (made, selection) = pushed(&committed(tree(), "A change\n\nTry-Query: =hello-middle\nTry-Env: A=b"));
    assert_eq!(made, MIDDLE);
    assert_eq!(selection["origin"], "trailers");
    assert_eq!((&selection["text"], &selection["query"]), (&"query: =hello-middle".into(), &"=hello-middle".into()));
    assert_eq!(selection["terms"], serde_json::json!([{"term": "=hello-middle", "tasks": 1, "negated": false}]));
    assert_eq!(selection["tasks"], serde_json::json!({"hello-middle": [0]}));
}

#[test]
fn a_try_line() {
    let (made, selection) = pushed(&committed(tree(), "A change\n\ntry: -j middle"));
    assert_eq!((&made[..], &selection["origin"]), (&MIDDLE.map(str::to_owned)[..], &"try-line".into()));
}

#[test]
fn a_file() {
    let file = r#"{"version": 1, "tasks": ["hello-middle"]}"#;
    let (made, selection) = pushed(&committed(tree().file("try_task_config.json", file), "A change"));
    assert_eq!((&made[..], &selection["origin"]), (&MIDDLE.map(str::to_owned)[..], &"try-task-config".into()));
}

#[test]
fn a_note() {
    let tree = committed(tree(), "A change\n\nTry-Labels: hello-top");
    let note = r#"{"try_task_config": {"preset": "p"}}"#;
    tree.git(&["notes", "--ref=refs/notes/decision-parameters", "add", "--message", note]);
    let (made, selection) = pushed(&tree);
    assert_eq!((&made[..], &selection["origin"]), (&MIDDLE.map(str::to_owned)[..], &"note".into()));
}
