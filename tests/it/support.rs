//! Running the built program in a tree of its own, with nothing of this machine's showing through.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// Set to write expected results anew instead of comparing them.
const BLESS: &str = "PUSHGRAPH_BLESS";

/// Whether expected results are to be written anew.
#[expect(clippy::disallowed_methods, reason = "the tests have no environment of ours")]
pub(crate) fn is_blessing() -> bool {
    std::env::var_os(BLESS).is_some()
}

/// The root of this repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A directory that is gone with the value: a CI tree to run the program in.
pub(crate) struct Tree {
    directory: TempDir,
}

impl Tree {
    /// An empty directory.
    pub(crate) fn empty() -> Self {
        // A space in the path finds whoever forgets to quote.
        let directory = tempfile::Builder::new().prefix("push graph").tempdir().expect("a temporary directory");
        Self { directory }
    }

    /// A copy of a directory.
    pub(crate) fn copy_of(directory: &Path) -> Self {
        let tree = Self::empty();
        copy(directory, tree.path());
        tree
    }

    /// The smallest tree that has a task, `hello-world`, with what a decision needs.
    pub(crate) fn small() -> Self {
        Self::copy_of(&repository().join("tests/trees/hello")).file(".taskcluster.yml", "version: 1\ntasks: []\n")
    }

    /// The same with a file written.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("directories can be made");
        fs::write(path, text).expect("files can be written");
        self
    }

    /// The same as a git repository with one commit, always of the same hash.
    pub(crate) fn committed(self) -> Self {
        for arguments in [
            &["init", "--quiet", "--template=", "--initial-branch=main"][..],
            &["remote", "add", "origin", "https://github.com/example/project"],
            &["add", "--all"],
            &["commit", "--quiet", "--message=A tree", "--allow-empty"],
        ] {
            self.git(arguments);
        }
        self
    }

    /// What git prints.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = isolated("git", self.path()).args(arguments).output().expect("git can be run");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("git prints text").trim_end().to_owned()
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The program, to be run here.
    pub(crate) fn pushgraph(&self, arguments: &str) -> Run {
        let mut command = isolated(env!("CARGO_BIN_EXE_pushgraph"), self.path());
        command.args(arguments.split_whitespace());
        Run { command, tree: self.path().to_owned() }
    }
}

/// A command that sees nothing of this machine but its programs.
fn isolated(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).env_clear().envs([
        ("PATH", env!("PATH")),
        ("HOME", "/nonexistent"),
        ("TZ", "UTC"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "A. Author"),
        ("GIT_AUTHOR_EMAIL", "author@example.com"),
        ("GIT_AUTHOR_DATE", "2026-01-31T12:00:00Z"),
        ("GIT_COMMITTER_NAME", "A. Author"),
        ("GIT_COMMITTER_EMAIL", "author@example.com"),
        ("GIT_COMMITTER_DATE", "2026-01-31T12:00:00Z"),
    ]);
    command
}

/// A run of the program that is being prepared.
pub(crate) struct Run {
    command: Command,
    tree: PathBuf,
}

impl Run {
    /// With further arguments, which may have spaces.
    pub(crate) fn arguments(mut self, more: &[&str]) -> Self {
        self.command.args(more);
        self
    }

    /// With an environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// In another folder.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Starts it, to be killed.
    pub(crate) fn start(mut self) -> Child {
        self.command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program can be run")
    }

    /// The command itself, to be run in another way.
    pub(crate) fn command(self) -> Command {
        self.command
    }

    /// Runs it.
    pub(crate) fn run(mut self) -> Ran {
        let output = self.command.output().expect("the program can be run");
        Ran { output, tree: self.tree }
    }
}

/// A run of the program that has ended.
#[must_use = "look at the exit code at least"]
pub(crate) struct Ran {
    output: Output,
    tree: PathBuf,
}

impl Ran {
    /// The exit code; none if a signal ended it.
    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// The same, after a look at the exit code.
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "{}{}", self.stdout(), self.stderr());
        self
    }

    /// Asserts that it ended well, where nothing else is looked at.
    pub(crate) fn succeeds(&self) {
        assert_eq!(self.code(), Some(0), "{}{}", self.stdout(), self.stderr());
    }

    /// What it printed, without what changes from run to run.
    pub(crate) fn stdout(&self) -> String {
        self.steady(&self.output.stdout)
    }

    /// What it said on stderr, without what changes from run to run.
    pub(crate) fn stderr(&self) -> String {
        self.steady(&self.output.stderr)
    }

    /// The artifacts it left, by name.
    pub(crate) fn artifacts(&self) -> BTreeMap<String, Vec<u8>> {
        let directory = self.tree.join("artifacts");
        let files = walkdir::WalkDir::new(&directory).into_iter().filter_map(Result::ok);
        let files = files.filter(|entry| entry.file_type().is_file());
        let name = |path: &Path| path.strip_prefix(&directory).expect("it is below").display().to_string();
        files.map(|entry| (name(entry.path()), fs::read(entry.path()).expect("it can be read"))).collect()
    }

    fn steady(&self, text: &[u8]) -> String {
        let text = String::from_utf8_lossy(text).replace(&*self.tree.to_string_lossy(), "<tree>");
        let time = fancy_regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - ").expect("it is one");
        let port = fancy_regex::Regex::new(r"127\.0\.0\.1:\d+").expect("it is one");
        let text = time.replace_all(&text, "<time> - ");
        port.replace_all(&text, "127.0.0.1:<port>").into_owned()
    }
}

/// Compares a file with what it should hold, or writes it anew when blessing.
pub(crate) fn assert_file(path: &Path, actual: &str) -> Result<(), String> {
    if is_blessing() {
        fs::write(path, actual).expect("the expected result can be written");
        return Ok(());
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    Err(format!("{} should be\n{expected}\nbut is\n{actual}\n(set {BLESS}=1 to accept)", path.display()))
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).min_depth(1) {
        let entry = entry.expect("the directory can be read");
        let target = to.join(entry.path().strip_prefix(from).expect("it is below"));
        if entry.file_type().is_dir() {
            fs::create_dir(target).expect("directories can be made");
        } else {
            fs::copy(entry.path(), target).expect("files can be copied");
        }
    }
}
