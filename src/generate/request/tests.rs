//! What a request does to a small graph.

use super::*;
use crate::generate::testing::{CONFIG, World, task};
use crate::json;
use crate::yaml::Map;

const TRY: &str = "
try:
    carriers: [trailers]
    max-rebuild: 5
    worker-types: [images]
    routes: ['notify.email.*']
try-templates:
    arguments:
        tasks: kind(test)
        task: {payload: {env: {ARGUMENTS: {$eval: 'join(input, \" \")'}}}}
    paths:
        task: {payload: {env: {PATHS: {$json: {$eval: input}}}}}
    wicked:
        task: {scopes: ['queue:everything']}
";

fn graph() -> LabelGraph {
    let pool = [("provisionerId", "example-1"), ("workerType", "linux-b-linux"), ("priority", "medium")];
    let tasks = [
        task("build", "build-linux", "{run_on_projects: [all]}"),
        task("test", "test-linux-1", "{test_chunk: '1', test_paths: [layout/]}"),
        task("test", "test-linux-2", "{test_chunk: '2', test_paths: [layout/]}"),
        task("test", "test-windows", "{test_paths: [layout/]}"),
    ];
    let finished = tasks.into_iter().map(|mut task| {
        task.definition.extend(Map::from(pool));
        let payload = Map::from([("env", Node::new(Map::from([("A", "a")])))]);
        task.definition.insert("payload", payload);
        (task.label.clone(), Arc::new(task))
    });
    finished.collect()
}

use crate::yaml::Node;

/// The targets and the changed graph of a request.
fn asked(request: &str) -> Result<(Vec<String>, LabelGraph), Vec<String>> {
    let mut world = World::with_config(&format!("{CONFIG}{TRY}"), &[]);
    let request = json::parse(request).unwrap();
    world.parameters = world.parameters.with([("try_task_config", request)]).unwrap();
    let (run, full) = (world.run(), graph());
    let told = |mistakes: Mistakes| mistakes.0.into_iter().map(|mistake| mistake.message).collect::<Vec<_>>();
    let selection = selection(&run, &full).map_err(told)?;
    let chosen = chosen(&run, selection.as_ref(), &full).map_err(told)?;
    let labels = chosen.map(|chosen| chosen.labels().map(ToString::to_string).collect()).unwrap_or_default();
    Ok((labels, applied(&run, full).map_err(told)?))
}

fn definition(graph: &LabelGraph, label: &str) -> String {
    let task = graph.get(&Label::from(label)).unwrap();
    json::to_string(&Node::new(task.definition.clone()), json::Format::COMPACT).unwrap()
}

#[test]
fn whatever_selects_is_united() {
    let labels = |request: &str| asked(request).unwrap().0;
    assert_eq!(labels(r#"{"tasks": ["build-linux"], "query": "test-windows"}"#), ["build-linux", "test-windows"]);
    assert_eq!(labels(r#"{"tasks": ["test-linux-*"]}"#), ["test-linux-1", "test-linux-2"]);
    assert_eq!(labels(r#"{"fuzzy": ["tst win"]}"#), ["test-windows"]);
    assert_eq!(labels(r#"{"paths": ["layout/"]}"#), ["test-linux-1", "test-windows"]);
    assert_eq!(labels(r#"{"tasks": []}"#), [""; 0]);
    assert_eq!(labels(r#"{"query": "all()", "tasks-regex": {"include": ["linux"], "exclude": ["-1$"]}}"#).len(), 2);
}

#[test]
fn changes_go_where_the_tree_says() {
    let request = r#"{"query": "kind(test)", "env": {"B": "b"}, "rebuild": 3, "priority": "low", "no-retry": true,
        "for": [{"tasks": "~windows", "arguments": ["--x", "y"], "routes": ["notify.email.a"]}]}"#;
    let (_, graph) = asked(request).unwrap();
    let build = definition(&graph, "build-linux");
    assert!(build.contains(r#""env":{"A":"a","B":"b"}"#) && build.contains(r#""retries":0"#), "{build}");
    assert!(build.contains(r#""priority":"low""#), "{build}");
    let windows = definition(&graph, "test-windows");
    assert!(
        windows.contains(r#""ARGUMENTS":"--x y""#) && windows.contains(r#""routes":["notify.email.a"]"#),
        "{windows}"
    );
    let duplicates = |label: &str| graph.get(&Label::from(label)).unwrap().attribute("task_duplicates").is_some();
    assert!(duplicates("test-linux-1") && !duplicates("build-linux"));
    assert_eq!(definition(&graph, "test-linux-1").matches("ARGUMENTS").count(), 0);
    let (_, graph) = asked(r#"{"paths": ["layout/"]}"#).unwrap();
    assert!(definition(&graph, "test-windows").contains(r#""PATHS":"[\"layout/\"]""#));
    let (_, graph) = asked(r#"{"query": "all()", "worker-overrides": {"b-linux": "images"}}"#).unwrap();
    assert!(definition(&graph, "build-linux").contains(r#""workerType":"images""#));
}

#[test]
fn a_parameter_of_the_tree_s_own_asks_for_nothing() {
    let selected = |request: &str| {
        let mut world = World::with_config(CONFIG, &[]);
        world.parameters = world.parameters.with([("try_task_config", json::parse(request).unwrap())]).unwrap();
        let asked = selection(&world.run(), &graph()).map_err(|mistakes| mistakes.to_string());
        asked.unwrap().map(|selection| (selection.origin.to_string(), selection.query.to_string()))
    };
    assert_eq!(selected(r#"{"whatever": 1}"#), None);
    let found = selected(r#"{"query": "kind(test)", "carried-by": "note"}"#);
    assert_eq!(found, Some(("note".to_owned(), "kind(test)".to_owned())), "a decision found it, and so it counts");
}

#[test]
fn what_is_not_allowed_is_refused() {
    let refused = |request: &str| asked(request).unwrap_err();
    let told = |request: &str| refused(&format!(r#"{{"query": "all()", {request}}}"#));
    assert_eq!(told(r#""rebuild": 6"#), ["the push asks (parameter `try_task_config`): tasks cannot run 6 times"]);
    assert!(told(r#""priority": "highest""#)[0].ends_with("priority `highest` may not be asked for"));
    assert!(told(r#""routes": ["index.x"]"#)[0].ends_with("route `index.x` may not be asked for"));
    assert!(
        told(r#""worker-overrides": {"b-linux": "b-win"}"#)[0].ends_with("may not be moved to worker type `b-win`")
    );
    assert!(told(r#""tag": "net""#)[0].ends_with("config.yml does not say where `tag` goes in a task"));
    assert!(told(r#""inputs": {"wicked": 1}"#)[0].contains("changes `scopes`, which no push may ask for"));
    assert!(refused(r#"{"tasks": ["test-window"]}"#)[0].ends_with("there is no task `test-window`"));
    assert!(refused(r#"{"query": "kind(tset"}"#)[0].starts_with("the push asks (parameter `try_task_config`): "));
}
