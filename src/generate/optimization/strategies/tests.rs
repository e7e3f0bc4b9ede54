use serde::Deserialize;

use super::*;
use crate::diagnostics::{Mistakes, Span};
use crate::model::TaskId;
use crate::sources::queue::{TaskState, TaskStatus};
use crate::yaml::Map;

/// What the reference's composites say for all answers of their parts; see `composites.py` beside it.
const REFERENCE: &str = include_str!("../../../../tests/reference/composites.json");

fn read(name: &str, argument: Node) -> Result<Strategy, String> {
    Strategies::default().read(&Node::new(name), &argument).map_err(|mistakes| mistakes.to_string())
}

#[test]
fn every_name_is_a_strategy_and_every_strategy_has_a_name() {
    for name in NAMES {
        assert_eq!(read(name, Node::new(vec![])).unwrap().description(), *name);
    }
    assert_eq!(read("allways", Node::default()).unwrap_err(), "unknown optimization strategy `allways`");
}

#[test]
fn every_file_is_a_strategy() {
    let files = crate::generate::testing::modules_beside(
        "src/generate/optimization/strategies",
        &["composite", "own", "registry", "tests"],
    );
    assert!(files.iter().all(|file| NAMES.contains(&file.replace('_', "-").as_str())), "{files:?}");
}

#[test]
fn arguments_are_lists_of_texts() {
    assert_eq!(read("index-search", Node::new("a.b")).unwrap_err(), "expected a list, found the string `a.b`");
    assert!(read("skip-unless-changed", Node::from_iter([1_i64])).is_err());
}

#[derive(Deserialize)]
struct Case {
    expression: Node,
    argument: Node,
    description: String,
    removes: bool,
    replacement: Node,
    log: (Vec<String>, Vec<String>),
}

/// A leaf is its name and, after a space, a word that tells it apart; a composite is its name and its parts.
fn definition(strategies: &Strategies, expression: &Node) -> Definition {
    if let Some(leaf) = expression.as_str() {
        let name = leaf.split(' ').next().unwrap();
        return strategies.parts(&[name]).unwrap().remove(0);
    }
    let (name, parts) = expression.as_list().unwrap().split_first().unwrap();
    let mut parts: Vec<Definition> = parts.iter().map(|part| definition(strategies, part)).collect();
    let split: Split = std::sync::Arc::new(|argument, _| Ok(argument.as_list().unwrap().to_vec()));
    match name.as_str().unwrap() {
        "any" => Definition::any(parts, Some(split)),
        "all" => Definition::all(parts, Some(split)),
        "not" => Definition::not(parts.remove(0)),
        _ => Definition::alias(parts.remove(0)),
    }
}

fn facts() -> Facts {
    let status = |id: &str, state| TaskStatus {
        task_id: id.into(),
        task_group_id: id.into(),
        state,
        expires: "2027-01-01T00:00:00Z".parse().unwrap(),
    };
    let statuses = [("found", TaskState::Completed), ("other", TaskState::Running), ("failed", TaskState::Failed)];
    Facts {
        tasks: statuses.iter().map(|(id, _)| (format!("index.{id}"), TaskId::from(*id))).collect(),
        statuses: statuses.into_iter().map(|(id, state)| (id.into(), status(id, state))).collect(),
    }
}

fn task() -> Task<Label> {
    Task {
        kind: "test".into(),
        label: "task".into(),
        description: "".into(),
        attributes: Map::new(),
        definition: Map::new(),
        optimization: None,
        dependencies: Vec::new(),
        soft_dependencies: Vec::new(),
        if_dependencies: Vec::new(),
        span: Span::NONE,
    }
}

#[test]
fn composites_say_what_the_reference_says() {
    let cases: Vec<Case> = serde_json::from_str(REFERENCE).unwrap();
    assert!(cases.len() > 250);
    let files: Node = ["README.md"].into_iter().collect();
    let revisions = [("base_rev", "a"), ("head_rev", "b")].map(|(key, letter)| (key, Node::new(letter.repeat(40))));
    let parameters = crate::model::github_push().with(revisions.into_iter().chain([("files_changed", files)])).unwrap();
    let (facts, deadline) = (facts(), "2026-01-02T00:00:00Z".parse().unwrap());
    let lines = |log: Log| -> Vec<String> { log.0.into_iter().map(|line| line.message).collect() };
    for case in cases {
        let told = serde_json::to_string(&case.expression).unwrap();
        let mut strategies = Strategies::default();
        strategies.register("whole", definition(&strategies, &case.expression));
        let strategy = strategies.read(&Node::new("whole"), &case.argument).unwrap();
        assert_eq!(strategy.description(), case.description, "{told}");
        let (mut removal, mut replacement) = (Log::default(), Log::default());
        assert_eq!(
            strategy.removal(&task(), &Changes::new(&parameters), &mut removal).verdict != Verdict::Keep,
            case.removes,
            "{told}"
        );
        let expected = match (case.replacement.as_str(), case.replacement.as_bool()) {
            (Some(id), _) => Verdict::Replace(id.into()),
            (_, Some(true)) => Verdict::Remove,
            _ => Verdict::Keep,
        };
        assert_eq!(strategy.replacement(&task(), Some(deadline), &facts, &mut replacement).verdict, expected, "{told}");
        assert_eq!((lines(removal), lines(replacement)), case.log, "{told}");
    }
}

#[test]
fn the_first_registration_counts_and_parts_have_names() {
    let mut strategies = Strategies::default();
    let [never, search]: [Definition; 2] = strategies.parts(&["never", "index-search"]).unwrap().try_into().unwrap();
    strategies.register("either", Definition::any(vec![never.clone(), search], None));
    strategies.register("either", never);
    let either = strategies.read(&Node::new("either"), &["a.b"].into_iter().collect()).unwrap();
    assert_eq!((either.description(), either.index_paths()), ("never-or-index-search", vec![&"a.b".to_owned()]));
    let told = |mistakes: Mistakes| mistakes.0.into_iter().map(|mistake| mistake.message).collect::<Vec<_>>();
    let missing = told(strategies.parts(&["a", "never", "b"]).unwrap_err());
    assert_eq!(missing, ["unknown optimization strategy `a`", "unknown optimization strategy `b`"]);
}
