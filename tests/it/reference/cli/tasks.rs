//! `decision` and `actions`, flag by flag.

use super::{Left, Variable, both_succeed, checkout, commit, left, served, write};
use crate::reference::programs::{Checkout, Program};

const IDS: [&str; 2] = ["fzy3l9dCSDKRYTxTQTZjGg", "DDDDDDDDQDCDDDDDDDDDDA"];
const KIND: &str = "taskcluster/kinds/hello/kind.yml";

/// Runs a decision in both, with more arguments, each with a Taskcluster that has not seen it before.
pub(in crate::reference) fn decide(checkout: &Checkout, more: &[&str]) -> [Left; 2] {
    let (head, head_rev) = (checkout.head(), "--head-rev=".to_owned());
    let head_rev = head_rev + &head;
    let mut arguments = vec![
        "decision",
        "--project=project",
        "--pushlog-id=0",
        "--pushdate=1700000000",
        "--owner=someone@example.com",
        "--level=1",
        "--tasks-for=github-push",
        "--repository-type=git",
        "--base-repository=https://github.com/example/project",
        "--head-repository=https://github.com/example/project",
        "--head-ref=refs/heads/main",
        &head_rev,
    ];
    arguments.extend(more);
    let programs = [Program::Ours, super::REFERENCE];
    let runs = programs.iter().zip(IDS).map(|(program, id)| {
        let (taskcluster, root_url) = served();
        taskcluster.start_task(id, id);
        let environment: [Variable<'_>; 2] = [("TASKCLUSTER_ROOT_URL", &root_url), ("TASK_ID", id)];
        left(program, checkout, &arguments, &environment)
    });
    runs.collect::<Vec<_>>().try_into().expect("there are two programs")
}

/// The parameters that both decided on, which must be the same.
pub(in crate::reference) fn parameters(checkout: &Checkout, more: &[&str]) -> String {
    let [ours, theirs] = decide(checkout, more);
    assert_eq!((ours.code, theirs.code), (Some(0), Some(0)), "{more:?}");
    let of = |left: &Left| left.files["artifacts/parameters.yml"].clone();
    assert_eq!(of(&ours), of(&theirs), "{more:?}");
    assert_eq!(ours.files.keys().collect::<Vec<_>>(), theirs.files.keys().collect::<Vec<_>>(), "{more:?}");
    of(&ours)
}

#[test]
fn a_decision_takes_every_flag() {
    let checkout = checkout("hello");
    let plain = parameters(&checkout, &[]);
    for ignored in [&["--message=try: -b o"][..], &["-v"], &["--verbose", "-r", "taskcluster"], &["--no-verify"]] {
        assert_eq!(parameters(&checkout, ignored), plain, "{ignored:?}");
    }
    let has = |more: &[&str], line: &str| {
        let parameters = parameters(&checkout, more);
        assert!(parameters.contains(line), "{more:?}: {parameters}");
    };
    has(&["--target-tasks-method=default", "--head-tag", "v1"], "head_tag: v1\n");
    has(&["--base-ref=main", "--tasks-for=cron", "--level", "1"], "tasks_for: cron\n");
    has(&["--base-rev", &"0".repeat(40), "--pushlog-id=7"], "pushlog_id: '7'\n");
    has(&["--owner=ffxbld", "--project", "other"], "owner: ffxbld@noreply.mozilla.org\n");
}

#[test]
fn a_decision_reads_what_the_pusher_asks_for() {
    let checkout = checkout("hello");
    let config = r#"{"version": 2, "parameters": {"build_number": 7}}"#;
    write(&checkout, "try_task_config.json", config);
    write(&checkout, "other.json", &config.replace('7', "8"));
    commit(&checkout, "Ask");
    let number = |more: &[&str]| {
        let parameters = parameters(&checkout, more);
        let line = parameters.lines().find(|line| line.starts_with("build_number")).expect("it has one");
        line.to_owned()
    };
    assert_eq!(number(&[]), "build_number: 1");
    assert_eq!(number(&["--allow-parameter-override"]), "build_number: 7");
    let named = ["--allow-parameter-override", "--try-task-config-file=other.json"];
    assert_eq!(number(&named), "build_number: 8");
    assert_eq!(number(&named[1..]), "build_number: 1");
}

#[test]
fn verifications_can_be_skipped() {
    let checkout = checkout("hello");
    let text = std::fs::read_to_string(checkout.path().join(KIND)).expect("it is there");
    let (head, task) = text.split_once("    world:\n").expect("it greets the world");
    let symbol = "        treeherder: {symbol: H, kind: test, tier: 1, platform: linux/opt}\n";
    write(&checkout, KIND, &format!("{head}    world:\n{symbol}{task}    moon:\n{symbol}{task}"));
    commit(&checkout, "Two tasks of one symbol");
    let codes = |more: &[&str]| decide(&checkout, more).map(|left| left.code);
    assert_eq!(codes(&[]), [Some(1); 2]);
    let [ours, theirs] = decide(&checkout, &["--no-verify"]);
    assert_eq!([ours.code, theirs.code], [Some(0); 2]);
    let graph = "artifacts/full-task-graph.json";
    // Each has the graph name its own decision task.
    assert_eq!(ours.files[graph].replace(IDS[0], IDS[1]), theirs.files[graph]);
}

#[test]
fn a_decision_needs_its_flags() {
    let checkout = checkout("hello");
    for wrong in ["--pushdate=yesterday", "--level", "--nothing=x"] {
        assert_eq!(decide(&checkout, &[wrong]).map(|left| left.code), [Some(2); 2], "{wrong}");
    }
    assert_eq!(decide(&checkout, &["--target-tasks-method=nowhere"]).map(|left| left.code), [Some(1); 2]);
    assert_eq!(decide(&checkout, &["--root=nowhere"]).map(|left| left.code), [Some(1); 2]);
}

#[test]
fn actions_are_those_of_the_parameters() {
    let checkout = checkout("hello");
    let plain = both_succeed(&checkout, "actions -p parameters/push.yml", &[]);
    for line in ["actions --verbose -r taskcluster --param parameters/push.yml", "actions -vp parameters/push.yml"] {
        assert_eq!(both_succeed(&checkout, line, &[]), plain);
    }
    assert_ne!(both_succeed(&checkout, "actions -p parameters/pull-request.yml", &[]), plain);
    both_succeed(&checkout, "actions", &[]);
}
