use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::generate::optimization::Verdict;
use crate::generate::testing::task;
use crate::model::{LabelGraph, TaskGraph};

const LOG: &str = "\
2024-01-01 00:00:00,000 - DEBUG - no files found matching a pattern in `skip-unless-changed` for \"gone\"
2024-01-01 00:00:00,000 - DEBUG - optimize: gone removed because of skip-unless-changed
2024-01-01 00:00:00,000 - DEBUG - optimize: made kept because of never
2024-01-01 00:00:00,000 - DEBUG - replace_tasks: old
2024-01-01 00:00:00,000 - DEBUG - replace_tasks: old replaced with OLD by optimization strategy
2024-01-01 00:00:00,000 - DEBUG - not replacing made with X because it expires before 2024
";

fn found() -> Found {
    let depending = |label: &str, on: &str| {
        let mut made = task("test", label, "{}");
        made.dependencies.push(("on".into(), on.into()));
        made
    };
    let tasks = [
        task("build", "base", "{}"),
        depending("made", "base"),
        task("test", "gone", "{}"),
        task("test", "old", "{}"),
        task("test", "never", "{}"),
        task("lint", "always", "{always_target: true}"),
    ];
    let full: LabelGraph = tasks.into_iter().map(|task| (task.label.clone(), Arc::new(task))).collect();
    let ids = [("base", "BASE"), ("made", "MADE"), ("old", "OLD"), ("always", "ALWAYS")];
    let created = [("base", "BASE"), ("made", "MADE"), ("always", "ALWAYS"), ("index", "INDEX")].map(|(label, id)| {
        let made = task("test", label, "{}");
        let made = crate::model::Task::<TaskId> {
            kind: made.kind,
            label: made.label,
            description: made.description,
            attributes: made.attributes,
            definition: made.definition,
            optimization: None,
            dependencies: Vec::new(),
            soft_dependencies: Vec::new(),
            if_dependencies: Vec::new(),
            span: made.span,
        };
        (TaskId::from(id), Arc::new(made))
    });
    Found {
        full,
        created: created.into_iter().collect::<TaskGraph<TaskId>>(),
        task_ids: ids.into_iter().map(|(label, id)| (label.into(), id.into())).collect(),
        targets: ["made", "gone", "old"].into_iter().map(Label::from).collect::<BTreeSet<_>>(),
        log: LOG.to_owned(),
        parameters: None,
    }
}

#[test]
fn artifacts_tell_what_became_of_every_task() {
    let explanations = explain_found(&found());
    let told: BTreeMap<&str, String> = explanations
        .tasks
        .iter()
        .map(|(label, task)| (label.as_str(), in_one_line(label, task, Time::Past).trim_end().to_owned()))
        .collect();
    let expected = [
        ("always", "always: created as ALWAYS"),
        ("base", "base: created as BASE"),
        ("gone", "gone: not created: optimization left it out (skip-unless-changed)"),
        ("index", "index: created as INDEX by a morph"),
        ("made", "made: created as MADE (never)"),
        ("never", "never: not created: it is not in the target task graph"),
        ("old", "old: not created: OLD takes its place"),
    ];
    assert_eq!(told, expected.map(|(label, line)| (label, line.to_owned())).into());
    let full = |label: &str| in_full(&explanations, &label.into(), &explanations.tasks[label], Time::Past);
    assert!(full("base").contains("  target      yes, as `made` depends on it\n"), "{}", full("base"));
    assert!(full("always").contains("  target      yes, by its attribute `always_target`\n"), "{}", full("always"));
    assert!(full("old").contains("  log         replace_tasks: old replaced with OLD by optimization strategy\n"));
    assert!(full("made").contains("  log         not replacing made with X because it expires before 2024\n"));
    assert!(full("gone").contains("for \"gone\"\n"), "{}", full("gone"));
}

#[test]
fn explanations_are_read_back_as_they_were() {
    let said = |strategy: &str, verdict, parts| Said {
        strategy: strategy.into(),
        verdict,
        reason: "so it is".to_owned(),
        parts,
    };
    let part = said("index-search", Verdict::Replace("X".into()), Vec::new());
    let whole = said("Any(a)", Verdict::Replace("X".into()), vec![part, said("never", Verdict::Keep, Vec::new())]);
    let task = |wanted, fate, removal, replacement| Explanation {
        kind: "test".into(),
        wanted,
        fate,
        reason: "why".into(),
        removal,
        replacement,
        log: Vec::new(),
    };
    let removed = said("always", Verdict::Remove, Vec::new());
    let tasks = [
        ("a", task(Wanted::Chosen(vec![0, 1]), Fate::Replaced("X".into()), None, Some(whole))),
        ("b", task(Wanted::Always, Fate::Created("B".into()), None, None)),
        ("c", task(Wanted::Needed(vec!["a".into()]), Fate::Removed, Some(removed), None)),
        ("d", task(Wanted::Not, Fate::NotTargeted, None, None)),
        ("e", task(Wanted::Not, Fate::Added("E".into()), None, None)),
        ("f", task(Wanted::Chosen(vec![]), Fate::Created("F".into()), None, None)),
    ];
    let chooser = Chooser::Selection {
        origin: "trailer `Try-Query`".to_owned(),
        query: "a | b".to_owned(),
        terms: vec!["a".to_owned(), "b".to_owned()],
    };
    let mut explanations = Explanations { chooser, tasks: tasks.map(|(label, task)| (label.into(), task)).into() };
    assert_eq!(read(&explanations.to_document()).unwrap(), explanations);
    let told = in_full(&explanations, &"a".into(), &explanations.tasks["a"], Time::Past);
    let expected = "\
a
  kind        test
  target      yes, selected by `a`, `b` (trailer `Try-Query`)
  replaced?   yes, by X: `Any(a)`: so it is
                yes, by X: `index-search`: so it is
                no: `never`: so it is
  result      not created: X takes its place (why)
";
    assert_eq!(told, expected);
    explanations.chooser = Chooser::Method("default".to_owned());
    assert_eq!(read(&explanations.to_document()).unwrap(), explanations);
    assert!(
        read(&crate::json::parse("{\"version\": 2}").unwrap()).unwrap_err().to_string().contains("another version")
    );
}
