//! What `explain` and `query` say of a decision, ours and the reference's, from its artifacts.

use std::collections::BTreeMap;

use super::artifacts::files;
use super::decision::{decide, with_template};
use super::index::Taskcluster;
use super::programs::{Checkout, Program};
use super::trees::Settings;
use crate::support::repository;

/// A task for everything that can become of one.
const KIND: &str = "\
task-defaults:
    worker-type: b-linux
    worker: {docker-image: debian:12, max-run-time: 600}
    run: {using: run-task, checkout: false, command: 'true'}
    run-on-projects: []
tasks:
    built: {description: needed}
    created: {description: created, run-on-projects: [all], dependencies: {built: hello-built}}
    found:
        description: in the index
        run-on-projects: [all]
        optimization: {index-search: [example.nothing, example.found]}
    never: {description: run by nobody}
    skipped:
        description: for other files
        run-on-projects: [all]
        optimization: {skip-unless-changed: ['nowhere/**']}
";
const QUERIES: &str = "queries: {elsewhere: files(nowhere/), everything: all()}\n";
const CRON: &str = "jobs: [{name: nightly, job: {type: decision-task, target-tasks-method: everything}}]\n";
const INDEX: &str = "example.found: {state: completed, expires: 1 year}\n";
const OURS: &str = "fzy3l9dCSDKRYTxTQTZjGg";
const THEIRS: &str = "DDDDDDDDQDCDDDDDDDDDDA";

/// A decision of one program, and its artifacts in a Taskcluster.
struct Decided {
    checkout: Checkout,
    taskcluster: Taskcluster,
    id: &'static str,
    /// Label → task id.
    ids: BTreeMap<String, String>,
}

impl Decided {
    fn by(program: &Program<'_>, id: &'static str) -> Self {
        let tree = with_template(&repository().join("tests/trees/hello"));
        let write = |path: &str, text: &str| std::fs::write(tree.path().join(path), text).expect("it can be written");
        write("taskcluster/kinds/hello/kind.yml", KIND);
        write("index.yml", INDEX);
        let config = std::fs::read_to_string(tree.path().join("taskcluster/config.yml")).expect("it is there");
        write("taskcluster/config.yml", &format!("{config}{QUERIES}"));
        write(".cron.yml", CRON);
        let (checkout, taskcluster) = (Checkout::of(tree.path()), Taskcluster::start());
        taskcluster.fill(tree.path());
        taskcluster.start_task(id, id);
        let environment = [("TASKCLUSTER_ROOT_URL", taskcluster.root_url()), ("TASK_ID", id)];
        decide(program, &checkout, &Settings::default(), &environment);
        let made = files(checkout.path());
        taskcluster.finish_task(id, &made);
        let ids = serde_json::from_slice(&made["artifacts/label-to-taskid.json"].0).expect("labels and ids");
        Self { checkout, taskcluster, id, ids }
    }

    /// What our program prints on that decision, with the ids of tasks replaced by their labels.
    fn prints(&self, arguments: &[&str]) -> String {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--task-id", self.id]).collect();
        let environment = [("TASKCLUSTER_ROOT_URL", self.taskcluster.root_url())];
        let printed = Program::Ours.output(&self.checkout, &arguments, &environment);
        self.ids.iter().fold(printed, |printed, (label, id)| printed.replace(id, &format!("<{label}>")))
    }

    fn refuses(&self, arguments: &[&str]) -> String {
        let environment = [("TASKCLUSTER_ROOT_URL", self.taskcluster.root_url())];
        let output = Program::Ours.run(&self.checkout, arguments, &environment);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(output.stderr).expect("it is UTF-8")
    }
}

/// The lines that both programs' decisions are told of in the same words.
const CREATED: &str =
    "hello-created\n  kind        hello\n  target      yes, chosen by the target tasks method `default`\n";
const NEVER: &str = "hello-never
  kind        hello
  target      no: the target tasks method `default` does not choose it, and no target needs it
  result      not created: it is not in the target task graph
";
const BUILT: &str = "hello-built\n  kind        hello\n  target      yes, as `hello-created` depends on it\n";
const SKIPPED: &str =
    "  result      not created: optimization left it out (skip-unless-changed (skip-unless-changed))\n";
const FOUND: &str = "  result      not created: <hello-found> takes its place (index-search (index-search))\n";

fn same_of_both(decided: &Decided) {
    let explain = |what: &str| decided.prints(&["explain", what]);
    let created = explain("hello-created");
    assert!(created.starts_with(CREATED), "{created}");
    assert!(created.ends_with("  result      created as <hello-created> (never)\n"), "{created}");
    assert_eq!(explain("hello-never"), NEVER);
    assert!(explain("hello-built").starts_with(BUILT), "{}", explain("hello-built"));
    assert!(explain("hello-skipped").ends_with(SKIPPED), "{}", explain("hello-skipped"));
    assert!(explain("hello-found").ends_with(FOUND), "{}", explain("hello-found"));
    let several = explain("deps(=hello-created)");
    assert!(several.contains(CREATED) && several.contains(BUILT), "{several}");

    let query = |arguments: &[&str]| decided.prints(&[&["query"], arguments].concat());
    assert_eq!(query(&["target() - ~ed"]), "hello-found\n");
    assert_eq!(query(&["files(nowhere/)"]), "hello-skipped\n");
    assert_eq!(query(&["all()", "--count"]), "5\n");
    assert_eq!(query(&["query(elsewhere)"]), "hello-skipped\n");
    assert_eq!(query(&["target(project=other) - cron(nightly)"]), "");
    assert_eq!(query(&["cron(nightly) - target(project=other)"]), "hello-built\nhello-never\n");
    let unknown = decided.refuses(&["query", "query(elsewere)", "--task-id", decided.id]);
    assert!(unknown.contains("did you mean `elsewhere`?"), "{unknown}");
    assert_eq!(query(&["deps(=hello-created)", "--format", "mermaid"]).lines().count(), 4);
    assert!(query(&["all()", "--format", "svg"]).starts_with("<svg "));
}

#[test]
fn a_decision_of_the_reference_is_explained_by_its_artifacts() {
    let decided = Decided::by(&Program::Reference { seed: 0 }, THEIRS);
    same_of_both(&decided);
    let skipped = decided.prints(&["explain", "hello-skipped"]);
    let said = "  log         no files found matching a pattern in `skip-unless-changed` for \"hello-skipped\"\n";
    assert!(skipped.contains(said), "{skipped}");
}

#[test]
fn a_decision_of_ours_says_what_each_strategy_said() {
    let decided = Decided::by(&Program::Ours, OURS);
    same_of_both(&decided);
    let skipped = decided.prints(&["explain", "hello-skipped"]);
    let said = "  may it go?  yes: `skip-unless-changed`: no file that changed matches `nowhere/**`\n";
    assert!(skipped.contains(said), "{skipped}");
    let found = decided.prints(&["explain", "hello-found"]);
    let said = "  replaced?   yes, by <hello-found>: `index-search`: <hello-found> is at `example.found`\n";
    assert!(found.contains(said), "{found}");
    let selection = files(decided.checkout.path())["artifacts/selection.json"].0.clone();
    let selection: serde_json::Value = serde_json::from_slice(&selection).unwrap();
    let tasks: Vec<&String> = selection["tasks"].as_object().unwrap().keys().collect();
    assert_eq!(selection["method"], "default");
    assert_eq!(tasks, ["hello-created", "hello-found", "hello-skipped"]);

    let unknown = decided.refuses(&["explain", "hello-creatd", "--task-id", OURS]);
    assert!(unknown.contains("`hello-creatd` selects no task") && unknown.contains("did you mean `hello-created`?"));
    let missing = decided.refuses(&["explain", "hello-created", "--task-id", THEIRS]);
    assert!(missing.contains(&format!("task {THEIRS} has no artifact `public/full-task-graph.json`")), "{missing}");
    let wrong = decided.refuses(&["query", "kind(", "--task-id", OURS]);
    assert!(wrong.contains("--> <query>:1:5"), "{wrong}");
}

/// The graph of an earlier run answers, until something that it was made from changes.
#[test]
fn a_query_asked_again_is_answered_as_if_it_were_the_first() {
    let (checkout, cache) = (Checkout::of(&repository().join("tests/trees/hello")), tempfile::tempdir().unwrap());
    let cache_home = cache.path().to_string_lossy().into_owned();
    let environment = [("TASKCLUSTER_ROOT_URL", "https://tc.example.com"), ("XDG_CACHE_HOME", cache_home.as_str())];
    let query = || Program::Ours.output(&checkout, &["query", "all()"], &environment);
    let kept = || {
        walkdir::WalkDir::new(cache.path())
            .into_iter()
            .filter(|entry| entry.as_ref().unwrap().file_type().is_file())
            .count()
    };
    let first = query();
    assert_eq!((query(), kept()), (first.clone(), 1));
    let kind = checkout.path().join("taskcluster/kinds/hello/kind.yml");
    let text = std::fs::read_to_string(&kind).unwrap();
    std::fs::write(&kind, text + "    another: {description: x, worker-type: b-linux, worker: {docker-image: debian:12, max-run-time: 600}, run: {using: run-task, checkout: false, command: x}}\n").unwrap();
    assert_eq!(query(), format!("hello-another\n{first}"));
}

#[test]
fn a_graph_that_is_only_looked_at_is_explained_too() {
    let decided = Decided::by(&Program::Ours, OURS);
    let environment = [("TASKCLUSTER_ROOT_URL", decided.taskcluster.root_url())];
    let print = |arguments: &[&str]| Program::Ours.output(&decided.checkout, arguments, &environment);
    let created = print(&["explain", "hello-created"]);
    assert!(created.ends_with("  result      to be created (never)\n"), "{created}");
    assert_eq!(print(&["query", "kind(hello) & rdeps(hello-built) - hello-built"]), "hello-created\n");
    assert!(print(&["help", "query"]).starts_with("# Queries\n"));
}
