//! `init`: from an empty repository to a push that runs.

mod rendered;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Ran, Run, Tree};

/// Every file of a new project.
const FILES: [&str; 5] = [
    ".taskcluster.yml",
    "taskcluster/config.yml",
    "taskcluster/docker/linux/Dockerfile",
    "taskcluster/kinds/docker-image/kind.yml",
    "taskcluster/kinds/hello/kind.yml",
];

/// A git repository without a commit.
fn repository(remote: Option<&str>) -> Tree {
    let tree = Tree::empty();
    tree.git(&["init", "--quiet", "--initial-branch=main"]);
    if let Some(remote) = remote {
        tree.git(&["remote", "add", "origin", remote]);
    }
    tree
}

/// A new project, committed.
fn project(remote: Option<&str>) -> Tree {
    let tree = repository(remote);
    tree.pushgraph("init").run().succeeds();
    commit(&tree);
    tree
}

fn commit(tree: &Tree) {
    tree.git(&["add", "--all"]);
    tree.git(&["commit", "--quiet", "--message=A project"]);
}

fn files(tree: &Tree) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(tree.path()).into_iter().filter_map(Result::ok);
    let entries = entries.filter(|entry| entry.file_type().is_file());
    let name = |path: &Path| path.strip_prefix(tree.path()).unwrap().display().to_string();
    let all = entries.map(|entry| (name(entry.path()), std::fs::read_to_string(entry.path()).unwrap_or_default()));
    all.filter(|(name, _)| !name.starts_with(".git/") && !name.starts_with(".hg/")).collect()
}

/// Runs it with these answers.
fn answering(run: Run, answers: &str) -> (Option<i32>, String) {
    let mut command = run.command();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn an_empty_repository_becomes_a_project_that_runs() {
    let tree = repository(None);
    let ran = tree.pushgraph("init --name").run();
    assert_eq!(ran.code(), Some(2), "{}", ran.stderr());
    let ran = tree.pushgraph("init --name Demo --trust-domain demo").run().ends_with(0);
    assert!(ran.stderr().contains("pushgraph local push"), "{}", ran.stderr());
    assert_eq!(files(&tree).keys().collect::<Vec<_>>(), FILES);
    commit(&tree);
    let shown = |line: &str| tree.pushgraph(line).run().ends_with(0).stdout();
    assert_eq!(shown("full"), "docker-image-linux\nhello-world\n\n");
    assert_eq!(shown("target"), "hello-world\n\n");
    assert_eq!(shown("kind-graph").lines().last(), Some("    docker_image --> hello"));
    let ran = tree.pushgraph("local push").run().ends_with(0);
    assert!(ran.stdout().contains("  3 completed\n"), "{}", ran.stdout());
    let ran = tree.pushgraph("local action retrigger --task hello-world").run().ends_with(0);
    assert!(ran.stdout().contains("action `retrigger` created 1 tasks"), "{}", ran.stdout());
}

#[test]
fn a_project_with_starlark_runs_without_python() {
    let tree = repository(None);
    tree.pushgraph("init --starlark --name Demo").run().succeeds();
    commit(&tree);
    assert!(files(&tree).contains_key("taskcluster/transforms/hello.star"));
    // The workers' scripts are there, and no Python is.
    let scripts = Tree::empty().file("run-task", "").file("fetch-content", "");
    let folder = scripts.path().display().to_string();
    let run = |line: &str| {
        let run = tree.pushgraph(line).env("PUSHGRAPH_PYTHON", "/nonexistent/python");
        run.env("PUSHGRAPH_SCRIPTS", &folder).run().ends_with(0)
    };
    assert!(run("full -J").stdout().contains("Says hello to World at level"));
    assert!(
        run("explain --kinds")
            .stdout()
            .contains("hello         pushgraph, Starlark: `transforms/hello.star:transforms`")
    );
    assert!(run("local push").stdout().contains("  3 completed\n"));
}

#[test]
fn every_event_makes_tasks() {
    let tree = project(Some("https://github.com/example/demo"));
    tree.git(&["tag", "v1.0.0"]);
    for event in ["push", "pull-request", "pull-request --untrusted", "release", "cron", "hg-push"] {
        let ran = tree.pushgraph(&format!("local push --event {event}")).run().ends_with(0);
        assert!(ran.stdout().contains(" completed\n"), "{event}: {}", ran.stdout());
        assert!(!ran.stdout().contains(" failed\n"), "{event}: {}", ran.stdout());
    }
    tree.pushgraph("init --force --worker generic-worker").run().succeeds();
    commit(&tree);
    let ran = tree.pushgraph("local push").run().ends_with(0);
    assert!(
        ran.stdout().contains("  2 completed\n"),
        "the same tasks, but for the image, on a generic-worker: {}",
        ran.stdout()
    );
    let ran = tree.pushgraph("local push --event cron --quoted-args --target-tasks-method=nothing").run().ends_with(0);
    assert!(ran.stdout().contains("  1 completed\n"), "the job's arguments count: {}", ran.stdout());
}

#[test]
fn the_first_task_can_be_run_for_real() {
    let tree = project(Some("git@gitlab.com:example/demo.git"));
    // The image is not built where there is no docker; what it is for runs all the same.
    let ran = tree.pushgraph("local push --execute --verbose").run();
    assert!(ran.stderr().contains("Hello World!") || ran.stdout().contains("docker-image"), "{}", ran.stderr());
    assert!(tree.pushgraph("full").run().ends_with(0).stdout().contains("hello-world"));
}

#[test]
fn what_is_there_is_overwritten_only_if_somebody_says_so() {
    let tree =
        project(None).file(".taskcluster.yml", "version: 1\n").file("taskcluster/kinds/own/kind.yml", "tasks: {}\n");
    let (before, init) = (files(&tree), || tree.pushgraph("init"));
    let (code, said) = answering(init(), "");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("overwrite .taskcluster.yml? [y/N]: ") && said.contains("--force"), "{said}");
    for no in ["n\n", "No\n", "\n", "what\nno\n"] {
        let (code, said) = answering(init(), no);
        assert_eq!((code, said.contains("nothing is written")), (Some(1), true), "{said}");
    }
    assert_eq!(files(&tree), before);
    let (code, said) = answering(init(), "maybe\nYES\n");
    assert!(code == Some(0) && said.contains("expected `y` or `n`, found `maybe`"), "{said}");
    let after = files(&tree);
    assert!(after[".taskcluster.yml"].contains("tasks_for"));
    assert_eq!(after["taskcluster/kinds/own/kind.yml"], "tasks: {}\n", "what is not ours stays");
    let ran = init().run().ends_with(0);
    assert!(ran.stderr().contains("there already"), "{}", ran.stderr());
    let tree = tree.file("taskcluster/config.yml", "---\n");
    tree.pushgraph("init -f").run().succeeds();
    assert_eq!(files(&tree), after);
}

#[test]
fn it_is_written_as_a_whole_or_not_at_all() {
    let tree = repository(None)
        .file(".taskcluster.yml", "version: 1\n")
        .file("taskcluster/kinds/hello/kind.yml/in the way", "");
    let before = files(&tree);
    let ran = tree.pushgraph("init --force").run().ends_with(1);
    assert!(ran.stderr().contains("cannot write `taskcluster/kinds/hello/kind.yml`"), "{}", ran.stderr());
    assert_eq!(files(&tree), before);
    assert!(!tree.path().join("taskcluster/docker").exists());
}

#[test]
fn values_are_given_asked_for_or_made_up() {
    let tree = repository(Some("https://github.com/example/Some.Project.git"));
    tree.pushgraph("init").run().succeeds();
    let config = |tree: &Tree| files(tree)["taskcluster/config.yml"].clone();
    assert!(config(&tree).contains("trust-domain: \"some-project\"\n"), "{}", config(&tree));
    assert!(
        config(&tree).contains("        \"some_project\":\n            name: \"Some.Project\"\n"),
        "{}",
        config(&tree)
    );
    let (code, said) =
        answering(tree.pushgraph("init --prompt -f --trust-domain td"), "Its Name\n3\nexample.com/i:1\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("name [Some.Project]: ") && !said.contains("trust domain ["), "{said}");
    assert!(config(&tree).contains("\"its_name\":\n            name: \"Its Name\"\n"), "{}", config(&tree));
    let template = files(&tree)[".taskcluster.yml"].clone();
    for line in ["image: \"example.com/i:1\"\n", "trustDomain: \"td\"\n", "ITS_NAME_HEAD_REV: ", "\"]': '3'\n"] {
        assert!(template.contains(line), "{line}: {template}");
    }
    for wrong in ["--level 4", "--trust-domain a.b", "--image a;b", "--template x", "--worker x"] {
        assert_eq!(tree.pushgraph(&format!("init -f {wrong}")).run().code(), Some(2), "{wrong}");
    }
}

#[test]
fn no_python_is_needed() {
    let tree = repository(None);
    let programs = Tree::empty();
    let git = std::env::split_paths(env!("PATH")).map(|folder| folder.join("git")).find(|path| path.exists()).unwrap();
    std::os::unix::fs::symlink(git, programs.path().join("git")).unwrap();
    let run = |line: &str| tree.pushgraph(line).env("PATH", &programs.path().to_string_lossy()).run().ends_with(0);
    run("init").succeeds();
    commit(&tree);
    assert_eq!(run("full").stdout(), "docker-image-linux\nhello-world\n\n");
}

#[test]
fn there_must_be_a_repository() {
    let ran: Ran = Tree::empty().pushgraph("init").run().ends_with(1);
    assert!(ran.stderr().contains("is in no repository"), "{}", ran.stderr());
}

#[test]
fn mercurial_gets_a_template_of_its_own() {
    let hg = std::env::var("PUSHGRAPH_TEST_HG").expect("PUSHGRAPH_TEST_HG names a Mercurial; `tests/run` sets it");
    let tree = Tree::empty();
    let path = format!("{}:{}", Path::new(&hg).parent().unwrap().display(), env!("PATH"));
    let run_hg = |arguments: &[&str]| {
        let output = Command::new(&hg).args(arguments).current_dir(tree.path()).env("HGPLAIN", "1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run_hg(&["init"]);
    tree.pushgraph("init --name demo").env("PATH", &path).run().succeeds();
    let template = files(&tree)[".taskcluster.yml"].clone();
    let image = concat!("image: \"pushgraph:", env!("CARGO_PKG_VERSION"), "-full\"\n");
    for line in [image, "--repository-type=hg\n", "DEMO_REPOSITORY_TYPE: hg\n"] {
        assert!(template.contains(line), "{line}: {template}");
    }
    run_hg(&["commit", "--addremove", "--user=Someone", "--message=A project"]);
    let ran = tree.pushgraph("full").env("PATH", &path).run().ends_with(0);
    assert_eq!(ran.stdout(), "docker-image-linux\nhello-world\n\n");
}
