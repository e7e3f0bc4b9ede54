//! Places, suggestions and what is told at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{read, read_noting};
use crate::diagnostics::{Diagnostic, Files, Warnings};
use crate::yaml::{Map, Node, Value};

#[derive(serde::Deserialize, Debug)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct Closed {
    max_run_time: u32,
    env: Option<Node>,
}

#[derive(serde::Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only read")]
struct Open {
    chain_of_trust: Option<bool>,
}

/// What a document gets told when it is read as a `T`: the place, the message and the help of each.
fn told<T: DeserializeOwned>(text: &str) -> Vec<String> {
    let (files, warnings) = (Files::default(), Warnings::default());
    let document = crate::yaml::load(&files, "a.yml", text).unwrap().root;
    let mistakes = read_noting::<T>(&document, &warnings).err().unwrap_or_default();
    let mut all: Vec<Diagnostic> = warnings.take().into_iter().chain(mistakes.0).collect();
    all.sort_by_key(|one| one.span);
    let line = |one: Diagnostic| {
        let (line, column) = files.place(one.span).map(|place| place.line_and_column()).unwrap_or_default();
        let help = one.help.map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{line}:{column} {:?} {}{help}", one.severity, one.message)
    };
    all.into_iter().map(line).collect()
}

#[test]
fn all_mistakes_of_a_document_are_told_at_once() {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Task {
        name: String,
        worker: Worker,
        scopes: Vec<String>,
        sort: Sort,
        tier: Option<u32>,
    }
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Worker {
        image: String,
        memory: u32,
        env: BTreeMap<String, String>,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Sort {
        Build,
        Test,
    }
    let wrong = "
- teir: 1
  nmae: x
  worker: {image: [], env: {A: 1, B: b, C: 2}}
  scopes: [a, 1, b, 2]
  sort: bulid
- name: second
  tier: x
";
    let expected = [
        "2:3 Error unknown key `teir` (did you mean `tier`?)",
        "3:3 Error unknown key `nmae` (did you mean `name`?)",
        "4:11 Error missing key `memory`",
        "4:19 Error expected a string, found a list",
        "4:32 Error expected a string, found the number `1`",
        "4:44 Error expected a string, found the number `2`",
        "5:15 Error expected a string, found the number `1`",
        "5:21 Error expected a string, found the number `2`",
        "6:9 Error unknown value `bulid` (did you mean `build`?)",
        "7:3 Error missing key `worker`",
        "7:3 Error missing key `scopes`",
        "7:3 Error missing key `sort`",
        "8:9 Error expected a whole number of at least 0, found the string `x`",
    ];
    assert_eq!(told::<Vec<Task>>(wrong), expected);
    assert_eq!(told::<Vec<Task>>("x"), ["1:1 Error expected a list, found the string `x`"]);
}

#[test]
fn what_serde_would_take_for_something_else_is_not_taken() {
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Open {
        name: String,
        size: Option<u32>,
    }
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Closed {
        name: Option<String>,
    }
    assert_eq!(told::<Open>("[a, 1]"), ["1:1 Error expected a mapping, found a list"]);
    assert_eq!(told::<Open>("name: !!binary aGVsbG8="), ["1:7 Error expected a string, found binary data"]);
    assert_eq!(told::<Open>("name: a\n1: b"), ["2:1 Warning unknown key `?` (expected one of `name`, `size`)"]);
    assert_eq!(told::<Closed>("0: a"), ["1:1 Error unknown key `0` (expected one of `name`)"]);
}

#[test]
fn a_misspelt_key_that_is_required_is_told_once() {
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Demanding {
        workers: Node,
        colour: Option<String>,
    }
    let expected = [
        "1:1 Error missing key `workers` (did you mean `workers`?)",
        "2:1 Warning unknown key `color` (did you mean `colour`?)",
    ];
    assert_eq!(told::<Demanding>("wokrers: 1\ncolor: red\n"), expected);
}

fn written(files: &Files, key: &str, value: Node) -> Node {
    let file = files.add("a.yml", format!("{key}: ...\n")).unwrap();
    let mut map = Map::new();
    map.push_new(Node::new(key).at(file.span(0..key.len())), value.at(file.span(key.len() + 2..key.len() + 5)));
    Node::new(map)
}

#[test]
fn mistakes_point_at_the_text() {
    let files = Files::default();
    let wrong = read::<Closed>(&written(&files, "max-run-time", Node::new("1 hour"))).unwrap_err().0.remove(0);
    assert_eq!(wrong.message, "expected a whole number of at least 0, found the string `1 hour`");
    assert_eq!(files.place(wrong.span).unwrap().line_and_column(), (1, 15));
    let unknown = read::<Closed>(&written(&files, "max-run-tim", Node::new(1))).unwrap_err().0.remove(0);
    assert_eq!(unknown.help.as_deref(), Some("did you mean `max-run-time`?"));
    assert_eq!(files.place(unknown.span).unwrap().line_and_column(), (1, 1));
}

#[test]
fn accepted_unknown_keys_are_warned_of() {
    let (files, warnings) = (Files::default(), Warnings::default());
    read_noting::<Open>(&written(&files, "chain-of-trus", Node::new(true)), &warnings).unwrap();
    let warning = warnings.take().remove(0);
    assert_eq!(warning.help.as_deref(), Some("did you mean `chain-of-trust`?"));
    assert!(warning.span.is_written());
}

#[test]
fn a_missing_key_is_shown_where_it_is_misspelt() {
    #[derive(serde::Deserialize, Debug)]
    #[expect(dead_code, reason = "only read")]
    struct Demanding {
        workers: Node,
    }
    let files = Files::default();
    let wrong = read::<Demanding>(&written(&files, "worker", Node::new(1))).unwrap_err().0.remove(0);
    assert_eq!(
        (wrong.message.as_str(), wrong.help.as_deref()),
        ("missing key `workers`", Some("did you mean `workers`?"))
    );
    assert_eq!(files.place(wrong.span).unwrap().line_and_column(), (1, 1));
    let absent = read::<Demanding>(&written(&files, "kinds", Node::new(1))).unwrap_err().0.remove(0);
    assert_eq!((absent.message.as_str(), absent.help), ("missing key `workers`", None));
}

#[test]
fn nodes_pass_through_whole() {
    let shared = Node::new(Map::from([("A", "b")]));
    let map = Map::from([("max-run-time", Node::new(1)), ("env", shared.clone())]);
    let closed: Closed = read(&Node::new(map)).unwrap();
    let (Some(Node { value: Value::Map(one), .. }), Value::Map(two)) = (&closed.env, &shared.value) else { panic!() };
    assert!(Arc::ptr_eq(one, two));
}

#[test]
fn json_becomes_a_document() {
    let node: Node = serde_json::from_str(r#"{"a": [1, null, "x", 1.5]}"#).unwrap();
    assert_eq!(node.get("a").unwrap().as_list().unwrap().len(), 4);
}

/// However `serde_json` keeps its numbers, they are numbers here.
#[test]
fn numbers_of_json_values_pass_both_ways() {
    let text = r#"{"a":[1,-2,1.5,12345678901234567890123,1e3,true],"b":{"c":0}}"#;
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let parsed: Node = serde_json::from_str(text).unwrap();
    for node in [crate::yaml::write(&value), parsed, serde_json::from_value(value).unwrap()] {
        let items: Vec<&str> = node.get("a").unwrap().as_list().unwrap().iter().map(Node::type_name).collect();
        assert_eq!(items, ["a whole number", "a whole number", "a number", "a whole number", "a number", "a boolean"]);
        assert_eq!(node.get("a").unwrap().as_list().unwrap()[1], Node::new(-2));
        assert_eq!(node.get("b").unwrap().get("c"), Some(&Node::new(0)));
    }
}
