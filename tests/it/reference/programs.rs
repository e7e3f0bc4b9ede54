//! The two programs, run in a checkout of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use super::worker::{self, Request};

/// How long a run of the reference may take: much longer than it does, on a machine that does much else.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// A git checkout of a tree, in a directory that goes with this value.
pub(crate) struct Checkout {
    directory: tempfile::TempDir,
    base: Option<String>,
}

impl Checkout {
    /// The files of `tree`, committed to a fresh repository whose remote is on GitHub.
    pub(crate) fn of(tree: &Path) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        copy(tree, directory.path());
        let checkout = Self { directory, base: None };
        checkout.git(&["init", "--quiet", "--initial-branch=main"]);
        checkout.git(&["remote", "add", "origin", "https://github.com/example/project"]);
        checkout.commit("A tree");
        checkout
    }

    /// With these revisions after the first: files and their new content, or nothing where they are deleted.
    pub(super) fn with(mut self, commits: &[BTreeMap<String, Option<String>>]) -> Self {
        for files in commits {
            let head = self.head();
            self.base.get_or_insert(head);
            for (name, content) in files {
                let path = self.path().join(name);
                match content {
                    Some(content) => std::fs::write(path, content).expect("it can be written"),
                    None => std::fs::remove_file(path).expect("it is there"),
                }
            }
            self.commit("A change");
        }
        self
    }

    /// With other files in place of all it had: making a repository takes longer than most runs in it.
    pub(super) fn refill(&self, write: impl FnOnce(&Path)) {
        for entry in std::fs::read_dir(self.path()).expect("a directory").map(|entry| entry.expect("an entry")) {
            let (path, is_directory) = (entry.path(), entry.file_type().expect("it has a type").is_dir());
            let removed = match (entry.file_name() == ".git", is_directory) {
                (true, _) => Ok(()),
                (false, true) => std::fs::remove_dir_all(path),
                (false, false) => std::fs::remove_file(path),
            };
            removed.expect("it can be removed");
        }
        write(self.path());
        self.commit("Another tree");
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    /// The first revision, if there are others.
    pub(super) fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The revision checked out.
    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// What git prints.
    pub(super) fn git(&self, arguments: &[&str]) -> String {
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
pub(crate) enum Program<'a> {
    /// The one under test.
    Ours,
    /// The Python package, with a hash seed.
    Reference {
        /// `PYTHONHASHSEED`.
        seed: u32,
    },
    /// The Python package, which writes what it met.
    Recording {
        /// Where to.
        record: &'a Path,
    },
}

impl Program<'_> {
    /// Runs the program with nothing in its environment but what is said here.
    pub(crate) fn run(&self, checkout: &Checkout, arguments: &[&str], extra: &[(&str, &str)]) -> Output {
        let (seed, record) = match self {
            Self::Ours => return self.command(checkout, arguments, extra).output().expect("the program starts"),
            Self::Reference { seed } => (*seed, None),
            Self::Recording { record } => (0, Some(*record)),
        };
        refer(seed, checkout.path(), arguments, environment(checkout, extra), record)
    }

    /// The program as a process of its own, to be run in another way; the reference starts slowly so.
    pub(super) fn command(&self, checkout: &Checkout, arguments: &[&str], extra: &[(&str, &str)]) -> Command {
        let mut command = match self {
            Self::Ours => Command::new(env!("CARGO_BIN_EXE_pushgraph")),
            Self::Reference { .. } | Self::Recording { .. } => {
                let mut command = Command::new(reference_python());
                command.args(["-c", "import sys; from taskgraph.main import main; sys.exit(main())"]);
                command
            }
        };
        command.env_clear().envs(environment(checkout, extra)).args(arguments).current_dir(checkout.path());
        match self {
            Self::Reference { seed } => command.env("PYTHONHASHSEED", seed.to_string()),
            Self::Ours | Self::Recording { .. } => &mut command,
        };
        if let Some(file) = std::env::var_os("LLVM_PROFILE_FILE") {
            command.env("LLVM_PROFILE_FILE", file);
        }
        command
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
            Self::Reference { .. } | Self::Recording { .. } => "the reference",
        }
    }
}

/// What the reference does in a directory that is nobody's [`Checkout`].
pub(crate) fn run_reference(directory: &Path, arguments: &[&str], extra: &[(&str, &str)]) -> Output {
    refer(0, directory, arguments, environment_in(directory, extra), None)
}

/// Has a worker run the reference.
fn refer(
    seed: u32,
    directory: &Path,
    arguments: &[&str],
    environment: BTreeMap<String, String>,
    record: Option<&Path>,
) -> Output {
    let request = Request { directory, arguments, environment, limit: TIME_LIMIT, record };
    worker::run(seed, request).unwrap_or_else(|error| panic!("{error}"))
}

/// The environment of both programs.
pub(super) fn environment(checkout: &Checkout, extra: &[(&str, &str)]) -> BTreeMap<String, String> {
    environment_in(checkout.path(), extra)
}

fn environment_in(directory: &Path, extra: &[(&str, &str)]) -> BTreeMap<String, String> {
    let python = reference_python();
    // The scripts of workers come from the same package for both.
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", python.parent().expect("in a directory").display());
    let home = directory.to_str().expect("UTF-8 paths");
    let common = [("PATH", path.as_str()), ("HOME", home), ("TASKGRAPH_SERIAL", "1")];
    common.iter().chain(extra).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The Python that has the pinned reference installed.
pub(crate) fn reference_python() -> PathBuf {
    let python = std::env::var_os("PUSHGRAPH_REFERENCE_PYTHON");
    PathBuf::from(python.expect("PUSHGRAPH_REFERENCE_PYTHON names a Python with the reference; `tests/run` sets it"))
}
