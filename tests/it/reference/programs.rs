//! The two programs, run in a checkout of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A git checkout of a tree, in a directory that goes with this value.
pub(crate) struct Checkout {
    directory: tempfile::TempDir,
}

impl Checkout {
    /// The files of `tree`, committed to a fresh repository whose remote is on GitHub.
    pub(crate) fn of(tree: &Path) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        copy(tree, directory.path());
        let checkout = Self { directory };
        checkout.git(&["init", "--quiet", "--initial-branch=main"]);
        checkout.git(&["remote", "add", "origin", "https://github.com/example/project"]);
        checkout.git(&["add", "--all"]);
        checkout.git(&["commit", "--quiet", "--message=A tree"]);
        checkout
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The revision checked out.
    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    fn git(&self, arguments: &[&str]) -> String {
        let date = "2024-01-01T00:00:00Z";
        let output = Command::new("git")
            .args(["-c", "user.name=Someone", "-c", "user.email=someone@example.com", "-c", "core.autocrlf=false"])
            .args(arguments)
            .envs([("GIT_AUTHOR_DATE", date), ("GIT_COMMITTER_DATE", date), ("GIT_CONFIG_GLOBAL", "/dev/null")])
            .current_dir(self.path())
            .output()
            .expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("git prints text").trim_end().to_owned()
    }
}

/// Copies files, directories and links.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory can be made");
    for entry in walkdir::WalkDir::new(from).min_depth(1) {
        let entry = entry.expect("a tree can be walked");
        let target = to.join(entry.path().strip_prefix(from).expect("below its root"));
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(&target).expect("a directory can be made");
        } else if entry.file_type().is_symlink() {
            let link = std::fs::read_link(entry.path()).expect("a link can be read");
            std::os::unix::fs::symlink(link, &target).expect("a link can be made");
        } else {
            std::fs::copy(entry.path(), &target).expect("a file can be copied");
        }
    }
}

/// One of the two programs.
pub(crate) enum Program {
    /// The one under test.
    Ours,
    /// The Python package, with a hash seed.
    Reference {
        /// `PYTHONHASHSEED`.
        seed: u32,
    },
}

impl Program {
    /// Runs the program with nothing in its environment but what is said here.
    pub(crate) fn run(&self, checkout: &Checkout, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let python = reference_python();
        let mut command = match self {
            Self::Ours => Command::new(env!("CARGO_BIN_EXE_pushgraph")),
            Self::Reference { .. } => {
                let mut command = Command::new(&python);
                command.args(["-c", "import sys; from taskgraph.main import main; sys.exit(main())"]);
                command
            }
        };
        // The scripts of workers come from the same package for both.
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", python.parent().expect("in a directory").display());
        command.env_clear().env("PATH", path).env("HOME", checkout.path()).env("TASKGRAPH_SERIAL", "1");
        for (name, value) in
            std::env::vars().filter(|(name, _)| name == "PYTHONHASHSEED" || name == "LLVM_PROFILE_FILE")
        {
            command.env(name, value);
        }
        if let Self::Reference { seed } = self {
            command.env("PYTHONHASHSEED", seed.to_string());
        }
        command.envs(environment.iter().copied()).args(arguments).current_dir(checkout.path());
        command.output().expect("the program starts")
    }

    /// The standard output of a run that must succeed.
    pub(crate) fn output(&self, checkout: &Checkout, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let output = self.run(checkout, arguments, environment);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {arguments:?} failed: {errors}", self.name());
        String::from_utf8(output.stdout).expect("output is UTF-8")
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Ours => "pushgraph",
            Self::Reference { .. } => "the reference",
        }
    }
}

/// The Python that has the pinned reference installed.
pub(crate) fn reference_python() -> PathBuf {
    let python = std::env::var_os("PUSHGRAPH_REFERENCE_PYTHON");
    PathBuf::from(python.expect("PUSHGRAPH_REFERENCE_PYTHON names a Python with the reference; `tests/run` sets it"))
}
