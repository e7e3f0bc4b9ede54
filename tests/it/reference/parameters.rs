//! Our parameters beside the reference's, computed from the same checkouts: git and Mercurial, for every `tasks_for`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::{DateTime, Utc};
use pushgraph::clients::{Disk, Git, Hg};
use pushgraph::diagnostics::Files;
use pushgraph::json::{self, Format};
use pushgraph::model::{GraphConfig, Parameters};
use pushgraph::parameters::{DecisionContext, DecisionOptions, carried, defaults, for_decision, parameters_id};
use pushgraph::sources::checkout::Checkout as _;
use pushgraph::sources::repository::Repository;
use pushgraph::yaml::{self, Node};
use serde_json::{Value, json};

use super::programs::reference_python;

/// What the clock of the run or the time zone shows in.
const TIMES: [&str; 3] = ["build_date", "moz_build_date", "pushdate"];

/// A repository made by running its tool, in a directory that goes with this value.
struct Scratch {
    directory: tempfile::TempDir,
    program: PathBuf,
}

impl Scratch {
    fn git() -> Self {
        let scratch = Self { directory: tempfile::tempdir().expect("a step of the test works"), program: "git".into() };
        scratch.run(&["init", "--quiet", "--initial-branch=main"]);
        scratch.run(&["remote", "add", "origin", "git@github.com:example/project.git"]);
        scratch
    }

    fn hg() -> Self {
        let scratch = Self { directory: tempfile::tempdir().expect("a step of the test works"), program: hg_program() };
        scratch.run(&["init"]);
        scratch.write(".hg/hgrc", "[paths]\ndefault = https://hg.mozilla.org/integration/autoland/\n");
        scratch
    }

    fn shallow_clone(&self) -> Self {
        let clone = Self { directory: tempfile::tempdir().expect("a step of the test works"), program: "git".into() };
        let url = format!("file://{}", self.path().display());
        clone.run(&["clone", "--quiet", "--depth=2", &url, "."]);
        clone.run(&["remote", "set-url", "origin", "https://github.com/example/project"]);
        clone
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a step of the test works")).expect("a step of the test works");
        std::fs::write(path, content).expect("a step of the test works");
    }

    /// Commits all files as they are, and returns the revision.
    fn commit(&self, message: &str) -> String {
        if self.is_git() {
            self.run(&["add", "--all"]);
            self.run(&["commit", "--quiet", "--message", message]);
        } else {
            self.run(&["addremove", "--quiet", "--similarity=0"]);
            self.run(&["commit", "--user=Someone", "--date=0 0", "--message", message]);
        }
        self.repository().head_rev().expect("a step of the test works")
    }

    /// Three commits with additions, changes and deletions; the first and the last revision.
    fn with_history(self) -> (Self, String, String) {
        self.write("version.txt", "1.2.3  \nmore\n");
        self.write("a/b.txt", "1");
        self.write("a/grün.txt", "1");
        let first = self.commit("first");
        self.write("a/b.txt", "2");
        self.write("c.txt", "1");
        self.commit("second");
        std::fs::remove_file(self.path().join("a/grün.txt")).expect("a step of the test works");
        self.write("c.txt", "2");
        let last = self.commit("third\n\nwith more to say");
        (self, first, last)
    }

    fn is_git(&self) -> bool {
        self.program == Path::new("git")
    }

    fn repository(&self) -> Box<dyn Repository> {
        let root = self.path().to_owned();
        match self.is_git() {
            true => Box::new(Git::new(root)),
            false => Box::new(Hg::with_program(root, self.program.to_str().expect("a step of the test works"))),
        }
    }

    fn run(&self, arguments: &[&str]) {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.path()).env("HGPLAIN", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Someone").env(format!("GIT_{who}_EMAIL"), "someone@example.com");
        }
        let output = command.output().expect("a step of the test works");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where their tools are")]
fn hg_program() -> PathBuf {
    let hg = std::env::var_os("PUSHGRAPH_TEST_HG");
    PathBuf::from(hg.expect("PUSHGRAPH_TEST_HG names a Mercurial; `tests/run` sets it"))
}

/// What the reference answers to these requests.
fn reference(requests: &Value) -> Vec<Value> {
    let python = reference_python();
    let hg = hg_program();
    let tools = [&python, &hg].map(|tool| tool.parent().expect("a tool is in a folder").display().to_string());
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", tools.join(":"));
    let mut child = Command::new(&python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/reference/parameters.py"))
        .env("PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the reference starts");
    child
        .stdin
        .take()
        .expect("a step of the test works")
        .write_all(requests.to_string().as_bytes())
        .expect("a step of the test works");
    let output = child.wait_with_output().expect("a step of the test works");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the reference failed on {requests}: {said}");
    serde_json::from_slice(&output.stdout).expect("a step of the test works")
}

fn as_json(parameters: &Parameters) -> Value {
    let text =
        json::to_string(&Node::new(parameters.document().clone()), Format::COMPACT).expect("a step of the test works");
    serde_json::from_str(&text).expect("a step of the test works")
}

fn without(mut parameters: Value, names: &[&str]) -> Value {
    for name in names {
        parameters.as_object_mut().expect("a step of the test works").remove(*name);
    }
    parameters
}

fn our_defaults(scratch: &Scratch) -> Parameters {
    let repository = scratch.repository();
    let disk = Disk::new(scratch.path().into());
    defaults(Some(repository.as_ref()), &disk, scratch.path(), DateTime::<Utc>::UNIX_EPOCH)
        .expect("a step of the test works")
}

/// Both programs' defaults for a checkout, without what may differ.
fn compare_defaults(scratch: &Scratch, may_differ: &[&str]) {
    let theirs = &reference(&json!([{"request": "defaults", "directory": scratch.path()}]))[0];
    let may_differ = [&TIMES, may_differ].concat();
    let ours = our_defaults(scratch);
    assert_eq!(without(as_json(&ours), &may_differ), without(theirs["parameters"].clone(), &may_differ));
    let theirs_here =
        ours.with(TIMES.map(|name| (name, document(&theirs["parameters"][name])))).expect("a step of the test works");
    if may_differ.len() == TIMES.len() {
        assert_eq!(parameters_id(&theirs_here).expect("a step of the test works"), theirs["id"]);
    }
}

fn document(value: &Value) -> Node {
    json::parse(&value.to_string()).expect("a step of the test works")
}

fn change_work_tree(scratch: &Scratch) {
    scratch.write("a/b.txt", "changed");
    scratch.write("new.txt", "untracked");
    scratch.write("staged.txt", "staged");
    scratch.run(&["add", "staged.txt"]);
}

#[test]
fn defaults_of_git() {
    let (scratch, first, _) = Scratch::git().with_history();
    compare_defaults(&scratch, &[]);
    change_work_tree(&scratch);
    compare_defaults(&scratch, &[]);
    scratch.run(&["checkout", "--quiet", "--force", "--detach", &first]);
    compare_defaults(&scratch, &[]);
    // Where the reference gives up on the remote, and later on every task, we do not.
    for remote in ["https://gitlab.com/example/project.git", "/srv/git/project"] {
        scratch.run(&["remote", "set-url", "origin", remote]);
        compare_defaults(&scratch, &["project", "head_repository", "base_repository"]);
        assert_eq!(our_defaults(&scratch).project, "project");
    }
}

#[test]
fn defaults_of_mercurial() {
    let (scratch, _, _) = Scratch::hg().with_history();
    compare_defaults(&scratch, &[]);
    scratch.run(&["bookmark", "topic"]);
    change_work_tree(&scratch);
    compare_defaults(&scratch, &[]);
    for remote in ["https://example.com/project", "ssh://hg.mozilla.org/try"] {
        scratch.write(".hg/hgrc", &format!("[paths]\ndefault = {remote}\n"));
        compare_defaults(&scratch, &[]);
    }
}

#[test]
fn history() {
    let (git, git_first, git_last) = Scratch::git().with_history();
    let shallow = git.shallow_clone();
    let parent = format!("{git_last}~1");
    let (hg, hg_first, hg_last) = Scratch::hg().with_history();
    let cases = [
        (&git, git_first, git_last.clone()),
        (&git, "0".repeat(40), git_last.clone()),
        (&git, String::new(), git_last.clone()),
        (&shallow, parent, git_last),
        (&hg, hg_first, hg_last),
    ];
    let requests: Vec<Value> = cases
        .iter()
        .map(|(scratch, base, head)| json!({"request": "history", "directory": scratch.path(), "base": base, "head": head}))
        .collect();
    for ((scratch, base, head), theirs) in cases.iter().zip(reference(&Value::from(requests))) {
        assert_eq!(our_history(scratch, base, head), theirs);
    }
}

fn our_history(scratch: &Scratch, base: &str, head: &str) -> Value {
    let repository = scratch.repository();
    let tracked = match scratch.is_git() {
        true => {
            json!(Disk::new(scratch.path().into()).tracked_files(scratch.path()).expect("a step of the test works"))
        }
        false => json!(["a/b.txt", "c.txt", "version.txt"]),
    };
    json!({
        "kind": repository.kind().name(),
        "root": repository.root(),
        "head_rev": repository.head_rev().expect("a step of the test works"),
        "branch": repository.branch().expect("a step of the test works"),
        "message": repository.commit_message().expect("a step of the test works"),
        "tracked": tracked,
        "work_tree": repository.changed_in_work_tree().expect("a step of the test works"),
        "between": repository.changed_between(base, head).expect("a step of the test works"),
        "is_clean": repository.is_clean().expect("a step of the test works"),
    })
}

/// The options of a decision, as the reference takes them and as we do.
fn options(scratch: &Scratch, base: &str, head: &str, changes: Value) -> (Value, DecisionOptions) {
    let mut options = json!({
        "base_repository": "https://github.com/example/project", "base_ref": "main", "base_rev": base,
        "head_repository": scratch.path(), "head_ref": "topic", "head_rev": head, "head_tag": "",
        "project": "project", "pushlog_id": "7", "pushdate": 1_700_000_000, "owner": "someone@example.com",
        "repository_type": scratch.repository().kind().name(), "level": "1", "tasks_for": "github-push",
        "target_tasks_method": null, "allow_parameter_override": false, "try_task_config_file": null,
    });
    options
        .as_object_mut()
        .expect("a step of the test works")
        .extend(changes.as_object().expect("a step of the test works").clone());
    let text = |name: &str| options[name].as_str().expect("a step of the test works").to_owned();
    let ours = DecisionOptions {
        base_repository: text("base_repository"),
        base_ref: text("base_ref"),
        base_rev: text("base_rev"),
        head_repository: text("head_repository"),
        head_ref: text("head_ref"),
        head_rev: text("head_rev"),
        head_tag: text("head_tag"),
        project: text("project"),
        pushlog_id: text("pushlog_id"),
        pushdate: options["pushdate"].as_i64().expect("a step of the test works"),
        repository_type: text("repository_type"),
        owner: text("owner"),
        level: text("level"),
        target_tasks_method: options["target_tasks_method"].as_str().map(str::to_owned),
        tasks_for: text("tasks_for"),
        allow_parameter_override: options["allow_parameter_override"].as_bool().expect("a step of the test works"),
        try_task_config_file: options["try_task_config_file"].as_str().map(PathBuf::from),
    };
    (options, ours)
}

fn our_decision(scratch: &Scratch, options: &DecisionOptions) -> Parameters {
    let files = Files::default();
    let config =
        "{trust-domain: d, task-priority: low, workers: {aliases: {}}, taskgraph: {repositories: {r: {name: r}}}}";
    let document = yaml::load(&files, "config.yml", config).expect("a step of the test works").root;
    let config = yaml::read(&document).expect("a step of the test works");
    let graph_config = GraphConfig { config, document, root: "taskcluster".into(), vcs_root: scratch.path().into() };
    let repository = scratch.repository();
    let context = DecisionContext {
        graph_config: &graph_config,
        repository: repository.as_ref(),
        checkout: &Disk::new(scratch.path().into()),
        files: &files,
        now: DateTime::<Utc>::UNIX_EPOCH,
    };
    let carried = carried(options, context).expect("a step of the test works");
    for_decision(options, context, &carried).expect("a step of the test works")
}

/// Both programs' parameters for decisions with these changes to the usual options.
fn compare_decisions(scratch: &Scratch, base: &str, head: &str, changes: &[Value]) {
    let cases: Vec<_> = changes.iter().map(|changes| options(scratch, base, head, changes.clone())).collect();
    let request = |theirs: &Value| json!({"request": "decision", "directory": scratch.path(), "options": theirs});
    let requests: Vec<Value> = cases.iter().map(|(theirs, _)| request(theirs)).collect();
    for ((theirs, ours), answer) in cases.iter().zip(reference(&Value::from(requests))) {
        let timeless: &[&str] = if ours.pushdate == 0 { &TIMES } else { &[] };
        let ours = without(as_json(&our_decision(scratch, ours)), timeless);
        assert_eq!(ours, without(answer["parameters"].clone(), timeless), "{theirs}");
    }
}

const TASKS_FOR: [&str; 9] = [
    "github-push",
    "hg-push",
    "github-pull-request",
    "github-pull-request-untrusted",
    "github-release",
    "github-issue-comment",
    "cron",
    "action",
    "pr-action",
];

fn compare_decisions_for(scratch: Scratch, tasks_for: &[&str]) {
    let (scratch, first, last) = scratch.with_history();
    let plain: Vec<Value> = tasks_for.iter().map(|tasks_for| json!({"tasks_for": tasks_for})).collect();
    let others = [
        json!({"owner": "ffxbld", "pushdate": 0}),
        json!({"target_tasks_method": "nightly"}),
        json!({"target_tasks_method": ""}),
    ];
    compare_decisions(&scratch, &first, &last, &[&plain[..], &others].concat());
    scratch.write("d.txt", "1");
    let last = scratch.commit("fourth DONTBUILD please");
    let asked = |tasks_for: &&str| json!({"tasks_for": tasks_for, "target_tasks_method": "nightly"});
    compare_decisions(&scratch, &first, &last, &tasks_for.iter().map(asked).collect::<Vec<_>>());
}

#[test]
fn decisions_for_everything_there_are_tasks_for() {
    compare_decisions_for(Scratch::git(), &TASKS_FOR);
}

/// Fewer, because Mercurial is slow to start.
#[test]
fn decisions_of_mercurial() {
    compare_decisions_for(Scratch::hg(), &["hg-push", "cron"]);
}

#[test]
fn decisions_of_new_branches_and_of_shallow_clones() {
    let (scratch, first, last) = Scratch::git().with_history();
    compare_decisions(&scratch, &"0".repeat(40), &last, &[json!({})]);
    compare_decisions(&scratch, "", &last, &[json!({"base_ref": ""})]);
    compare_decisions(&scratch, &first, &first, &[json!({"tasks_for": "cron"})]);
    compare_decisions(&scratch.shallow_clone(), &format!("{last}~1"), &last, &[json!({"head_tag": "v1"})]);
}

#[test]
fn decisions_whose_parameters_are_overridden() {
    let (scratch, first, last) = Scratch::git().with_history();
    let allowed = json!({"allow_parameter_override": true});
    compare_decisions(&scratch, &first, &last, std::slice::from_ref(&allowed));
    // The push's own repository is also the remote the note is fetched from.
    scratch.run(&["notes", "--ref=decision-parameters", "add", "--message", r#"{"level": "2", "filters": ["x"]}"#]);
    compare_decisions(&scratch, &first, &last, &[json!({}), allowed.clone()]);
    let file = r#"{"version": 2, "parameters": {"level": "3", "optimize_target_tasks": false}}"#;
    scratch.write("try_task_config.json", file);
    let named = json!({"allow_parameter_override": true, "try_task_config_file": "other.json"});
    compare_decisions(&scratch, &first, &last, &[json!({}), allowed, named]);
}
