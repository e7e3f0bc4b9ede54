//! The transforms from `docker_image` to `task`, compared with the reference.

use std::collections::BTreeMap;

use crate::diagnostics::{Files, collect};
use crate::generate::testing::{World, task};
use crate::generate::transforms::{Apply, TRANSFORMS};
use crate::model::{Parameters, Stub};
use crate::sources::scripts::{MemoryScripts, Script};
use crate::yaml::{self, Map, Node};

const CASES: &str = include_str!("../../../../tests/reference/back_end/cases.yml");
const EXPECTED: &str = include_str!("../../../../tests/reference/back_end/expected.json");

fn over(under: Option<&Node>, over: Option<&Node>) -> Map {
    let maps = [under, over].map(|node| node.and_then(Node::as_map).cloned().unwrap_or_default());
    maps.into_iter().flatten().collect()
}

fn world(common: &Node, case: &Node) -> World {
    let files = over(common.get("files"), case.get("files"));
    let files: Vec<(&str, &str)> = files.text_entries().map(|(path, text)| (path, text.as_str().unwrap())).collect();
    let config = serde_json::to_string(&over(common.get("config"), case.get("config"))).unwrap();
    let mut world = World::with_config(&config, &files);
    world.parameters = Parameters::from_document(over(common.get("parameters"), case.get("parameters"))).unwrap();
    world.options.fast = case.get("fast").is_some();
    let task_id = case.get("environment").and_then(|environment| environment.get("TASK_ID"));
    world.surroundings.task_id = task_id.and_then(Node::as_str).map(str::to_owned);
    let script = |(path, content): &(&str, &str)| {
        let name = path.strip_prefix("scripts/").filter(|name| !name.contains('/'))?;
        Some((name.to_owned(), Script { content: content.as_bytes().to_vec(), mode: 0o644 }))
    };
    let mut scripts: BTreeMap<String, Script> = files.iter().filter_map(script).collect();
    // Only images hold the test's scripts; the name of a cache tells the package's own.
    if !case.get("kind").and_then(Node::as_str).unwrap().contains("image") {
        scripts.clear();
    }
    world.scripts = MemoryScripts(scripts);
    world
}

fn run(common: &Node, case: &Node) -> serde_json::Value {
    let world = world(common, case);
    let given = case.get("dependencies").and_then(Node::as_list).unwrap_or_default();
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).unwrap().to_owned();
    let attributes = |node: &Node| serde_json::to_string(node.get("attributes").unwrap()).unwrap();
    let dependencies =
        given.iter().map(|node| task(&text(node, "kind"), &text(node, "label"), &attributes(node))).collect();
    let stubs = case.get("stubs").and_then(Node::as_list).unwrap().iter().cloned();
    let mut stubs: Vec<Stub> = stubs.map(|stub| Stub::from_node(stub).unwrap()).collect();
    world.kind(&text(case, "kind"), "{}", dependencies, |kind| {
        for name in case.get("transforms").and_then(Node::as_list).unwrap() {
            let name = format!("taskgraph.transforms.{}:transforms", name.as_str().unwrap());
            let transform = TRANSFORMS.iter().find(|transform| transform.name == name).unwrap();
            let made = match transform.apply {
                Apply::Each(each) => {
                    collect(std::mem::take(&mut stubs), |stub| each(kind, stub)).map(|all| all.concat())
                }
                Apply::Whole(whole) => {
                    let (stubs, mistakes) = whole(kind, std::mem::take(&mut stubs));
                    mistakes.or(stubs)
                }
            };
            stubs = made.unwrap_or_else(|mistakes| panic!("{}: {:?}", text(case, "name"), world.told(&mistakes)));
        }
    });
    stubs.iter().map(|stub| serde_json::to_value(stub.to_node()).unwrap()).collect()
}

fn by_label(tasks: &serde_json::Value) -> String {
    let tasks = tasks.as_array().unwrap().iter().map(|task| (task["label"].as_str().unwrap(), task));
    serde_json::to_string_pretty(&tasks.collect::<BTreeMap<_, _>>()).unwrap()
}

#[test]
fn every_case_gives_what_the_reference_gives() {
    let document = yaml::load(&Files::default(), "cases.yml", CASES).unwrap().root;
    let expected: BTreeMap<String, serde_json::Value> = serde_json::from_str(EXPECTED).unwrap();
    let cases = document.get("cases").and_then(Node::as_list).unwrap();
    assert_eq!(cases.len(), expected.len());
    for case in cases {
        let name = case.get("name").and_then(Node::as_str).unwrap();
        let made = run(document.get("common").unwrap(), case);
        // The order of cached tasks changes with the hash seed in the reference.
        let (made, expected) = (by_label(&made), by_label(&expected[name]));
        if let Some((ours, theirs)) = made.lines().zip(expected.lines()).find(|(ours, theirs)| ours != theirs) {
            panic!("case `{name}`: we say {ours}, the reference says {theirs}\n{made}");
        }
        assert_eq!(made.len(), expected.len(), "case `{name}`");
    }
}
