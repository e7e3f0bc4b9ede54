//! `try`: pushes from a checkout that stays as it is.

mod examples;
mod terminal;

use std::process::Command;

use crate::reference::Taskcluster;
use crate::support::{Run, Tree};

const TRY: &str = "\
try:
    carriers: [trailers, note, try-task-config, hg-extras]
    remote: shared
    treeherder: https://treeherder.example.com
    taskcluster: https://tc.example.com
    max-rebuild: 3
    ask-above: 6
try-templates:
    paths: {tasks: kind(test), task: {payload: {env: {PATHS: {$json: {$eval: input}}}}}}
";
const KIND: &str = "\
task-defaults:
    worker-type: b-linux
    worker: {docker-image: debian:12, max-run-time: 600}
    run: {using: run-task, checkout: false, command: 'true'}
    run-on-projects: []
tasks:
    build: {description: a build}
    test-1: {description: tests it, dependencies: {build: hello-build}}
    test-2: {description: tests it, dependencies: {build: hello-build}}
";

/// A tree whose pushes may ask for tasks.
fn tree() -> Tree {
    let tree = Tree::small();
    let config = std::fs::read_to_string(tree.path().join("taskcluster/config.yml")).unwrap();
    tree.file("taskcluster/config.yml", &(config + TRY)).file("taskcluster/kinds/hello/kind.yml", KIND)
}

/// The same in git, and the repository that it pushes to.
fn in_git() -> (Tree, Tree) {
    let (tree, shared) = (tree().committed(), Tree::empty());
    shared.git(&["init", "--quiet", "--bare", "--initial-branch=main"]);
    tree.git(&["remote", "add", "shared", &shared.path().to_string_lossy()]);
    (tree, shared)
}

fn run(tree: &Tree, arguments: &[&str]) -> Run {
    let python = crate::reference::reference_python();
    let path = format!("{}:{}", python.parent().unwrap().display(), env!("PATH"));
    let state = tree.path().join(".git/state");
    tree.pushgraph("try").arguments(arguments).env("PATH", &path).env("XDG_STATE_HOME", &state.to_string_lossy())
}

/// Everything of a checkout that a push must leave alone.
fn untouched(tree: &Tree) -> [String; 4] {
    let of = |arguments: &[&str]| tree.git(arguments);
    [of(&["status", "--porcelain"]), of(&["for-each-ref"]), of(&["rev-parse", "HEAD"]), of(&["ls-files", "--stage"])]
}

#[test]
fn a_query_is_shown_and_pushed() {
    let (tree, shared) = in_git();
    let before = untouched(&tree);
    let ran = run(&tree, &["query", "~test", "--rebuild", "2", "--message", "Look at this"]).run().ends_with(0);
    let pushed = shared.git(&["rev-parse", "refs/heads/try"]);
    let expected = format!(
        "\
Query: ~test
Selected: 2 tasks
    hello-test-1
    hello-test-2
Estimated cost: with what they depend on at most 5 tasks, 0 h 50 min of workers
    example-provisioner/b-linux-1: 5 tasks, 0 h 50 min
Commit, which carries it as `trailers`:
    Look at this

    Try-Query: ~test
    Try-Rebuild: 2
Pushed {pushed} to {}
Treeherder: https://treeherder.example.com/jobs?repo=try&revision={pushed}
Taskcluster: https://tc.example.com/tasks/index/example.v2.try.revision.{pushed}.taskgraph/decision
",
        shared.path().display()
    );
    assert_eq!(ran.stdout(), expected);
    assert_eq!(untouched(&tree), before);
    let message = shared.git(&["log", "-n1", "--format=%B", "try"]);
    assert_eq!(message, "Look at this\n\nTry-Query: ~test\nTry-Rebuild: 2");
    assert_eq!(shared.git(&["rev-parse", "try~"]), before[2]);
    let again = run(&tree, &["again", "--no-push"]).run().ends_with(0).stdout();
    assert!(again.contains("    Try-Query: ~test\n    Try-Rebuild: 2\nNothing is pushed.\n"), "{again}");
    assert_eq!(shared.git(&["rev-parse", "try"]), pushed);
}

#[test]
fn a_file_and_a_note_carry_it_too() {
    let (tree, shared) = in_git();
    let before = untouched(&tree);
    let push = |arguments: &[&str]| run(&tree, arguments).run().succeeds();
    push(&["labels", "hello-build", "--carrier", "try-task-config"]);
    assert_eq!(shared.git(&["diff", "--name-status", "try~", "try"]), "A\ttry_task_config.json");
    let file = shared.git(&["show", "try:try_task_config.json"]);
    assert!(file.contains("\"version\": 2") && file.contains("\"hello-build\""), "{file}");
    push(&["fuzzy", "tst1", "--carrier", "note"]);
    push(&["empty", "--carrier", "note"]);
    let note = |revision: &str| {
        let reference = "--ref=refs/notes/decision-parameters";
        shared.git(&["notes", reference, "show", revision])
    };
    assert!(note("try").contains("none()"), "{}", note("try"));
    assert_eq!(shared.git(&["notes", "--ref=refs/notes/decision-parameters", "list"]).lines().count(), 2);
    assert_eq!(untouched(&tree), before);
}

#[test]
fn what_cannot_be_pushed_is_refused() {
    let (tree, shared) = in_git();
    let refused = |arguments: &[&str]| run(&tree, arguments).run().ends_with(1).stderr();
    let many = refused(&["query", "all()", "--rebuild", "3"]);
    assert!(many.contains("error: 9 tasks are more than the 6 that are pushed without asking"), "{many}");
    let unknown = refused(&["labels", "hello-tset-1"]);
    assert!(unknown.contains("there is no task `hello-tset-1`") && unknown.contains("hello-test-1"), "{unknown}");
    assert!(refused(&["query", "~nothing"]).contains("trailers selects no task"));
    assert!(refused(&["query", "~test", "--rebuild", "4"]).contains("tasks cannot run 4 times"));
    assert!(refused(&["query", "~test", "--carrier", "try-line"]).contains("is not honoured on project `try`"));
    assert!(refused(&["again"]).contains("there is no earlier push `0`"));
    assert!(refused(&["preset", "p"]).contains("there is no preset `p`"));
    assert!(refused(&["query", "~test", "--remote", "nowhere"]).contains("nowhere"));
    let no_terminal = run(&tree, &["fuzzy"]).run().ends_with(2).stderr();
    assert!(no_terminal.contains("needs a search where there is no terminal"), "{no_terminal}");
    std::fs::write(tree.path().join(".taskcluster.yml"), "changed").unwrap();
    assert!(refused(&["query", "~test"]).contains("changes that are not committed"));
    assert_eq!(shared.git(&["for-each-ref"]), "");
}

#[test]
fn mercurial_carries_it_in_an_extra_field() {
    let (tree, shared) = (tree(), Tree::empty());
    let python = crate::reference::reference_python();
    let program = python.parent().unwrap().join("hg");
    let hg = |tree: &Tree, arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(tree.path()).env("HGPLAIN", "1").env("HGRCPATH", "").env("HGUSER", "A");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    hg(&shared, &["init"]);
    hg(&tree, &["init"]);
    let paths = format!("[paths]\nshared = {}\n[ui]\nusername = A\n", shared.path().display());
    std::fs::write(tree.path().join(".hg/hgrc"), &paths).unwrap();
    std::fs::write(shared.path().join(".hg/hgrc"), "[phases]\npublish = False\n").unwrap();
    hg(&tree, &["commit", "--quiet", "--addremove", "--message", "A tree"]);
    let seen = || [hg(&tree, &["status"]), hg(&tree, &["log", "-T", "{node} {phase}\n"]), hg(&tree, &["summary"])];
    let before = seen();
    let pushed = |carrier: &str, template: &str| {
        let state = tree.path().join(".hg/state");
        let state = state.to_string_lossy();
        let arguments = ["query", "~test", "--carrier", carrier];
        run(&tree, &arguments).env("XDG_STATE_HOME", &state).env("HGUSER", "A").run().succeeds();
        assert_eq!(seen(), before);
        hg(&shared, &["log", "-r", "tip", "-T", template])
    };
    let extra = pushed("hg-extras", "{get(extras, 'try_task_config')}");
    assert!(extra.contains(r#""query": "~test""#) || extra.contains(r#""query":"~test""#), "{extra}");
    assert_eq!(pushed("try-task-config", "{files}"), "try_task_config.json");
    let message = pushed("trailers", "{desc}");
    assert!(message.ends_with("\n\nTry-Query: ~test"), "{message}");

    let clone = Tree::empty();
    hg(&clone, &["clone", "--quiet", &shared.path().to_string_lossy(), "."]);
    hg(&clone, &["update", "--quiet", "first(extra(try_task_config))"]);
    let head = hg(&clone, &["log", "-r", ".", "-T", "{node}"]);
    let (labels, origin) = decided(&clone, &head);
    assert_eq!(
        (labels, origin.as_str()),
        (vec!["hello-build", "hello-test-1", "hello-test-2"].into_iter().map(str::to_owned).collect(), "hg-extras")
    );
}

/// The labels of the tasks that the decision of a Mercurial checkout creates, and what carried the request for them.
fn decided(tree: &Tree, head: &str) -> (Vec<String>, String) {
    const ID: &str = "fzy3l9dCSDKRYTxTQTZjGg";
    let taskcluster = Taskcluster::start();
    taskcluster.start_task(ID, ID);
    let arguments = format!(
        "decision --repository-type=hg --base-repository=https://hg.example.com/try --head-repository=https://hg.example.com/try \
         --base-rev={head} --head-rev={head} --head-ref=default --base-ref=default --project=try --level=1 \
         --tasks-for=hg-push --owner=someone@example.com --pushlog-id=1 --pushdate=1700000000"
    );
    let python = crate::reference::reference_python();
    let path = format!("{}:{}", python.parent().unwrap().display(), env!("PATH"));
    let ran = tree.pushgraph(&arguments).env("PATH", &path).env("TASK_ID", ID);
    ran.env("TASKCLUSTER_ROOT_URL", taskcluster.root_url()).run().succeeds();
    let json = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(tree.path().join("artifacts").join(name)).unwrap()).unwrap()
    };
    let labels = json("label-to-taskid.json").as_object().unwrap().keys().cloned().collect();
    (labels, json("selection.json")["origin"].as_str().unwrap().to_owned())
}
