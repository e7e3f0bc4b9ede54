//! Repositories to try things on.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A repository that goes with this value, untouched by the user's configuration.
pub(super) struct Scratch {
    directory: TempDir,
    program: String,
}

impl Scratch {
    /// An empty git repository on branch `main`.
    pub(super) fn git() -> Self {
        let scratch = Self { directory: tempfile::tempdir().unwrap(), program: "git".into() };
        scratch.run(&["init", "--quiet", "--initial-branch=main"]);
        scratch
    }

    /// An empty Mercurial repository.
    pub(super) fn hg(program: &str) -> Self {
        let scratch = Self { directory: tempfile::tempdir().unwrap(), program: program.into() };
        scratch.run(&["init"]);
        scratch
    }

    /// A clone of the last commits of this git repository.
    pub(super) fn shallow_clone(&self, depth: u32) -> Self {
        let clone = Self { directory: tempfile::tempdir().unwrap(), program: "git".into() };
        let url = format!("file://{}", self.path().display());
        clone.run(&["clone", "--quiet", &format!("--depth={depth}"), &url, "."]);
        clone
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn write(&self, name: &str, content: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(super) fn remove(&self, name: &str) {
        fs::remove_file(self.path().join(name)).unwrap();
    }

    /// Runs the repository's tool, and returns what it prints.
    pub(super) fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.path()).env("HGPLAIN", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Someone");
            command.env(format!("GIT_{who}_EMAIL"), "someone@example.com");
            command.env(format!("GIT_{who}_DATE"), "2024-01-01T00:00:00Z");
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The `hg` to test with: `PUSHGRAPH_TEST_HG`, else the one on `PATH`. Tells if there is none.
#[expect(clippy::disallowed_methods, reason = "only tests read this variable")]
pub(super) fn hg_program() -> Option<String> {
    let program = std::env::var("PUSHGRAPH_TEST_HG").unwrap_or_else(|_| "hg".into());
    let found = Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        println!("SKIPPED: Mercurial is not installed; `tests/run` installs it and names it in PUSHGRAPH_TEST_HG");
    }
    found.then_some(program)
}
