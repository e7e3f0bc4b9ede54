use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::diagnostics::Span;
use crate::json;
use crate::model::{Label, LabelGraph, Optimization, Task};
use crate::query::{Direction, Field, Pattern, TargetOf, parse_text};
use crate::yaml::Node;

/// A task, and the rest of it as JSON: `attributes`, `task`, `optimization`.
fn task(label: &str, kind: &str, dependencies: &[String], rest: &str) -> Task<Label> {
    let rest = json::parse(rest).unwrap();
    let map = |key: &str| rest.get(key).and_then(Node::as_map).cloned().unwrap_or_default();
    Task {
        kind: kind.into(),
        label: label.into(),
        description: "".into(),
        attributes: map("attributes"),
        definition: map("task"),
        optimization: rest.get("optimization").and_then(Optimization::from_node),
        dependencies: dependencies.iter().map(|on| (on.as_str().into(), on.as_str().into())).collect(),
        soft_dependencies: Vec::new(),
        if_dependencies: Vec::new(),
        span: Span::NONE,
    }
}

fn graph(tasks: Vec<Task<Label>>) -> LabelGraph {
    tasks.into_iter().map(|task| (task.label.clone(), Arc::new(task))).collect()
}

fn small() -> LabelGraph {
    let on = |labels: &[&str]| labels.iter().map(ToString::to_string).collect::<Vec<_>>();
    graph(vec![
        task(
            "build-linux/opt",
            "build",
            &[],
            r#"{"attributes": {"build_platform": "linux/opt", "build_type": "opt", "n": 3, "run": {"in": ["a", "b"]}},
                "task": {"provisionerId": "p", "workerType": "b-linux", "scopes": ["secrets:get:x", "queue:*"]},
                "optimization": {"skip-unless-changed": ["src/**"]}}"#,
        ),
        task("build-win/opt", "build", &[], r#"{"attributes": {"build_platform": "win/opt", "nightly": true}}"#),
        task(
            "test-linux-1",
            "test",
            &on(&["build-linux/opt", "elsewhere"]),
            r#"{"attributes": {"unittest_suite": "reftest", "test_manifests": ["layout/a/reftest.list"], "nightly": false},
                "task": {"extra": {"treeherder": {"tier": 2, "symbol": "R1", "groupSymbol": "R",
                "machine": {"platform": "linux"}, "collection": {"opt": true}}}, "taskQueueId": "p/t-linux"}}"#,
        ),
        task("sign", "signing", &on(&["test-linux-1"]), "{}"),
    ])
}

struct Sample;

impl Project for Sample {
    fn target(&self, of: &TargetOf) -> Result<Meaning, Mistakes> {
        match of.project.as_deref() {
            None => Ok(Meaning::Tasks(BTreeSet::from(["sign".into(), "not-there".into()]))),
            Some(_) => NoProject.target(of),
        }
    }

    fn cron(&self, name: &str) -> Result<Meaning, Mistakes> {
        self.named(name).map(Meaning::Query)
    }

    fn named(&self, name: &str) -> Result<Query, Mistakes> {
        match name {
            "circle" => parse_text("kind(build) | query(other)"),
            "other" => parse_text("query(circle)"),
            "builds" => parse_text("kind(build)"),
            other => NoProject.named(other),
        }
    }
}

fn select(text: &str) -> Result<Selected, Mistakes> {
    let graph = small();
    Universe::new(&graph).select(&parse_text(text).unwrap(), &Sample)
}

fn labels(text: &str) -> Vec<String> {
    select(text).unwrap().tasks.keys().map(ToString::to_string).collect()
}

#[test]
fn each_term_asks_what_it_says() {
    let rows: &[(&str, &[&str])] = &[
        ("build-*", &["build-linux/opt", "build-win/opt"]),
        ("=sign", &["sign"]),
        ("kind(test, sign*)", &["sign", "test-linux-1"]),
        ("platform(linux)", &["build-linux/opt", "test-linux-1"]),
        ("platform(linux/opt)", &["build-linux/opt", "test-linux-1"]),
        ("suite(ref*)", &["test-linux-1"]),
        ("tier(2)", &["test-linux-1"]),
        ("symbol(R1)", &["test-linux-1"]),
        ("symbol(\"R(R1)\")", &["test-linux-1"]),
        ("group(R)", &["test-linux-1"]),
        ("worker-type(b-linux, p/t-linux)", &["build-linux/opt", "test-linux-1"]),
        ("worker-type(t-linux)", &["test-linux-1"]),
        ("scope(secrets:*)", &["build-linux/opt"]),
        ("attr(nightly)", &["build-win/opt"]),
        ("attr(nightly, false)", &["test-linux-1"]),
        ("attr(n, 3)", &["build-linux/opt"]),
        ("attr(run.in, b)", &["build-linux/opt"]),
        ("attr(run, in)", &["build-linux/opt"]),
        ("files(src/a.c)", &["build-linux/opt"]),
        ("files(layout/)", &["test-linux-1"]),
        ("deps(sign)", &["build-linux/opt", "sign", "test-linux-1"]),
        ("deps(sign, 1)", &["sign", "test-linux-1"]),
        ("deps(sign, 0)", &["sign"]),
        ("rdeps(build-linux/opt, 1)", &["build-linux/opt", "test-linux-1"]),
        ("target()", &["sign"]),
        ("cron(builds) & query(builds)", &["build-linux/opt", "build-win/opt"]),
        ("all() - kind(build)", &["sign", "test-linux-1"]),
        ("none()", &[]),
        ("!all()", &[]),
    ];
    for (text, expected) in rows {
        assert_eq!(labels(text), *expected, "{text}");
    }
}

#[test]
fn every_task_knows_the_terms_that_chose_it() {
    let selected = select("kind(build) | deps(sign) - tier(2)").unwrap();
    let terms: Vec<_> = selected.terms.iter().map(|term| (term.term.as_str(), term.tasks, term.is_negated)).collect();
    assert_eq!(terms, [("kind(build)", 2, false), ("deps(sign)", 3, false), ("tier(2)", 1, true)]);
    let expected = BTreeMap::from([
        ("build-linux/opt".into(), vec![0, 1]),
        ("build-win/opt".into(), vec![0]),
        ("sign".into(), vec![1]),
    ]);
    assert_eq!(selected.tasks, expected);
}

#[test]
fn what_selects_nothing_is_told_with_its_nearest_neighbour() {
    let told = |text: &str| {
        let warnings = select(text).unwrap().warnings.into_iter();
        warnings.map(|told| (told.message, told.help.unwrap_or_default())).collect::<Vec<_>>()
    };
    let row = |message: &str, help: &str| (message.to_owned(), help.to_owned());
    assert_eq!(
        told("label(=sign, =test-linux-2)"),
        [row("there is no task `test-linux-2`", "did you mean `test-linux-1`?")]
    );
    assert_eq!(
        told("tset-*"),
        [row("no task has a label that matches `tset-*`", "")].map(|mut row| {
            row.1 = "expected one of `build-linux/opt`, `build-win/opt`, `sign`, `test-linux-1`".into();
            row
        })
    );
    assert_eq!(told("kind(bild)"), [row("no task has a kind that matches `bild`", "did you mean `build`?")]);
    assert_eq!(told("attr(nightlyy)"), [row("no task has an attribute `nightlyy`", "did you mean `nightly`?")]);
    assert_eq!(told("files(nowhere/)"), [row("no task runs because of `nowhere/`", "")]);
    assert_eq!(told("kind(build) | sign"), []);
}

#[test]
fn names_that_stand_for_nothing_are_mistakes() {
    let told = |text: &str| select(text).unwrap_err().0.into_iter().map(|told| told.message).collect::<Vec<_>>();
    assert_eq!(
        told("query(circle)"),
        ["`query(circle)` is made of itself: `query(circle)`, `query(other)`, `query(circle)`"]
    );
    assert_eq!(
        told("query(a) | cron(b) & target(project=x)"),
        ["the query `a` is not known here", "the query `b` is not known here", "what a push runs is not known here"]
    );
}

/// A random graph: task `at` depends on some before it.
fn graphs() -> impl Strategy<Value = LabelGraph> {
    let kinds = proptest::sample::select(vec!["build", "test", "lint"]);
    let words = proptest::sample::select(vec!["a", "b", "ab", "ba"]);
    let one = (kinds, words.clone(), proptest::option::of(words), proptest::collection::vec(any::<u8>(), 0..4));
    proptest::collection::vec(one, 1..12).prop_map(|tasks| {
        let label = |at: usize| format!("{}-{at}", tasks[at].1);
        let made = tasks.iter().enumerate().map(|(at, (kind, _, value, on))| {
            let on = on.iter().filter(|_| at > 0).map(|on| label(usize::from(*on) % at)).collect::<Vec<_>>();
            let rest = value.map_or("{}".to_owned(), |value| format!(r#"{{"attributes": {{"x": "{value}"}}}}"#));
            task(&label(at), kind, &on, &rest)
        });
        graph(made.collect())
    })
}

fn queries() -> impl Strategy<Value = Query> {
    let texts = proptest::sample::select(vec!["a*", "*b", "b?*", "a-[0-3]", "build", "test", "{a,b}*", "ab"]);
    let pattern = || texts.clone().prop_map(|text| Pattern::glob(text).unwrap());
    let atom = prop_oneof![
        proptest::collection::vec(pattern(), 1..3).prop_map(|some| Query::field(Field::Label, some)),
        pattern().prop_map(|one| Query::field(Field::Kind, [one])),
        proptest::collection::vec(pattern(), 0..2).prop_map(|some| Query::attribute("x", some)),
        Just(Query::all()),
        Just(Query::none()),
    ];
    atom.prop_recursive(4, 24, 3, |inner| {
        let several = proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several.clone().prop_map(Query::and),
            several.prop_map(Query::or),
            inner.clone().prop_map(|query| !query),
            (inner.clone(), proptest::option::of(0..3_u32)).prop_map(|(query, depth)| query.dependencies(depth)),
            (inner, proptest::option::of(0..3_u32)).prop_map(|(query, depth)| query.dependents(depth)),
        ]
    })
}

/// Whether the task is selected, by the meaning of the words and with no thought for time.
fn is_selected(graph: &LabelGraph, label: &Label, query: &Query) -> bool {
    let task = graph.get(label).unwrap();
    let any = |patterns: &[Pattern], text: &str| patterns.iter().any(|pattern| is_match(pattern.text(), text));
    match query {
        Query::Not(inner) => !is_selected(graph, label, inner),
        Query::And(parts) => parts.iter().all(|part| is_selected(graph, label, part)),
        Query::Or(parts) => parts.iter().any(|part| is_selected(graph, label, part)),
        Query::Term(term) => match &term.atom {
            Atom::All => true,
            Atom::None => false,
            Atom::Field(Field::Label, patterns) => any(patterns, label.as_str()),
            Atom::Field(_, patterns) => any(patterns, task.kind.as_str()),
            Atom::Attribute(_, patterns) => {
                task.attribute("x").is_some_and(|value| patterns.is_empty() || any(patterns, value.as_str().unwrap()))
            }
            Atom::Walk(direction, query, depth) => {
                let depth = depth.map_or(graph.len(), |depth| depth as usize);
                graph.keys().any(|from| {
                    let (above, below) = match direction {
                        Direction::Dependencies => (from, label),
                        Direction::Dependents => (label, from),
                    };
                    is_selected(graph, from, query) && is_within(graph, above, below, depth)
                })
            }
            other => panic!("{other} is not made"),
        },
    }
}

/// Whether `below` is `above`, or what it depends on, over so many edges.
fn is_within(graph: &LabelGraph, above: &Label, below: &Label, depth: usize) -> bool {
    let dependencies = || graph.get(above).unwrap().dependencies.iter();
    above == below || depth > 0 && dependencies().any(|(_, on)| is_within(graph, on, below, depth - 1))
}

/// Globs by the book: the first sign is compared, then the rest.
fn is_match(glob: &str, text: &str) -> bool {
    let Some(first) = glob.chars().next() else { return text.is_empty() };
    let rest = &glob[first.len_utf8()..];
    match first {
        '*' => (0..=text.len()).any(|at| is_match(rest, &text[at..])),
        '?' => !text.is_empty() && is_match(rest, &text[1..]),
        '[' => {
            let (class, rest) = rest.split_once(']').unwrap();
            let (low, high) = class.split_once('-').unwrap();
            text.chars().next().is_some_and(|next| (low..=high).contains(&next.to_string().as_str()))
                && is_match(rest, &text[1..])
        }
        '{' => {
            let (choices, rest) = rest.split_once('}').unwrap();
            choices.split(',').any(|choice| is_match(&format!("{choice}{rest}"), text))
        }
        _ => text.starts_with(first) && is_match(rest, &text[first.len_utf8()..]),
    }
}

proptest! {
    #[test]
    fn a_query_selects_what_its_words_mean(graph in graphs(), query in queries()) {
        let expected: Vec<&Label> = graph.keys().filter(|label| is_selected(&graph, label, &query)).collect();
        let selected = Universe::new(&graph).select(&query, &NoProject).unwrap();
        prop_assert_eq!(selected.tasks.keys().collect::<Vec<_>>(), expected, "{}", query);
    }
}
