//! The scripts of workers, where they are installed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::Disk;
use super::command::Tool;
use super::python::version_in;
use crate::environment::Environment;
use crate::sources::checkout::Checkout;
use crate::sources::scripts::{Script, Scripts};
use crate::sources::{Error, ErrorKind};

/// Prints the folder of the scripts in the reference's package, or nothing if it is not installed.
///
/// The package is found but not imported, and not looked for in the current directory, where a tree may well have a
/// folder of that name.
const FIND: &str = r#"
import os, sys
if sys.path[:1] == [""]:
    del sys.path[0]
from importlib.util import find_spec
found = find_spec("taskgraph")
if found and found.origin:
    print(os.path.join(os.path.dirname(found.origin), "run-task"), end="")
"#;

/// The scripts of a folder, or of the Python package `taskcluster-taskgraph`.
///
/// The folder is `PUSHGRAPH_SCRIPTS` if that is set; else it is where the packages of `PUSHGRAPH_PYTHON` are, or those
/// of the first `python3` on `PATH`: in the `site-packages` beside it, else where Python itself, asked once and only
/// when the first script is wanted, says. Without Python or the package there are none.
#[derive(Debug)]
pub struct PackageScripts {
    folder: Option<PathBuf>,
    python: Option<String>,
    path: Option<String>,
    found: OnceLock<Result<Option<PathBuf>, Error>>,
}

impl PackageScripts {
    /// The scripts the environment points to.
    #[must_use]
    pub fn new(environment: &Environment) -> Self {
        let folder = environment.scripts.as_ref().map(PathBuf::from);
        Self { folder, python: environment.python.clone(), path: environment.path.clone(), found: OnceLock::new() }
    }

    fn folder(&self) -> Result<Option<&Path>, Error> {
        if let Some(folder) = &self.folder {
            return Ok(Some(folder));
        }
        let found = self.found.get_or_init(|| match self.beside_python() {
            Some(folder) => Ok(Some(folder)),
            None => ask(self.python.as_deref()),
        });
        found.as_ref().map(Option::as_deref).map_err(Clone::clone)
    }

    /// The version of the package, if it can be told without starting Python.
    #[must_use]
    pub fn version(&self) -> Option<String> {
        version_in(self.beside_python()?.parent()?.parent()?)
    }

    /// The package where a virtual environment, or a Python with a prefix of its own, has it. Starting Python to ask
    /// takes longer than generating most graphs.
    fn beside_python(&self) -> Option<PathBuf> {
        let python = match &self.python {
            Some(python) => PathBuf::from(python),
            None => std::env::split_paths(self.path.as_ref()?)
                .map(|folder| folder.join("python3"))
                .find(|it| it.is_file())?,
        };
        let library = python.parent()?.parent()?.join("lib");
        let versions = std::fs::read_dir(library).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        let mut folders = versions.map(|version| version.join("site-packages/taskgraph/run-task"));
        folders.find(|folder| folder.is_dir())
    }
}

impl Scripts for PackageScripts {
    fn read(&self, name: &str) -> Result<Option<Script>, Error> {
        let Some(folder) = self.folder()? else { return Ok(None) };
        let path = folder.join(name);
        let refused = |error: io::Error| Error {
            service: "scripts",
            request: format!("read {}", path.display()),
            message: error.to_string(),
            kind: if error.kind() == io::ErrorKind::NotFound { ErrorKind::NotFound } else { REFUSED },
        };
        let disk = Disk::new(PathBuf::from("/"));
        let content = disk.read(&path).map_err(refused)?;
        Ok(Some(Script { content, mode: disk.mode(&path).map_err(refused)? }))
    }
}

const REFUSED: ErrorKind = ErrorKind::Refused { status: 0 };

/// Asks Python. A Python that was named must be there; `python3` need not.
fn ask(python: Option<&str>) -> Result<Option<PathBuf>, Error> {
    let program = python.unwrap_or("python3");
    let tool = Tool { service: "python", program, directory: Path::new("/"), variables: &[] };
    match tool.text(&["-c", FIND]) {
        Ok(folder) if folder.is_empty() => Ok(None),
        Ok(folder) => Ok(Some(folder.into())),
        Err(failure) if failure.is_missing() && python.is_none() => Ok(None),
        Err(failure) => {
            let request = format!("{program}: where the package taskcluster-taskgraph is");
            Err(Error { request, ..failure.into() })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn executable(path: &Path, content: &str) {
        fs::write(path, content).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_folder_that_is_named_is_used() {
        let folder = tempfile::tempdir().unwrap();
        executable(&folder.path().join("run-task"), "#!/bin/sh\n");
        let named = folder.path().to_str().map(str::to_owned);
        let scripts = PackageScripts::new(&Environment { scripts: named, ..Environment::default() });
        let script = scripts.read("run-task").unwrap().unwrap();
        assert_eq!((script.content.as_slice(), script.mode), (&b"#!/bin/sh\n"[..], 0o755));
        assert!(scripts.read("fetch-content").unwrap_err().is_not_found());
    }

    /// A Python that says where the package is, and counts how often it was asked.
    #[test]
    fn python_is_asked_once() {
        let folder = tempfile::tempdir().unwrap();
        let (python, package) = (folder.path().join("python"), folder.path().join("run-task"));
        fs::create_dir(&package).unwrap();
        fs::write(package.join("run-task"), "script").unwrap();
        let asked = folder.path().join("asked");
        executable(&python, &format!("#!/bin/sh\necho >> {}\nprintf {}\n", asked.display(), package.display()));
        let named = python.to_str().map(str::to_owned);
        let scripts = PackageScripts::new(&Environment { python: named, ..Environment::default() });
        assert!(!asked.exists());
        for _ in 0..2 {
            assert_eq!(scripts.read("run-task").unwrap().unwrap().content, b"script");
        }
        assert_eq!(fs::read_to_string(asked).unwrap(), "\n");
    }

    #[test]
    fn a_package_beside_python_is_found_without_asking() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("lib/python3.11/site-packages/taskgraph/run-task");
        fs::create_dir_all(&package).unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::write(package.join("run-task"), "script").unwrap();
        executable(&folder.path().join("bin/python3"), "#!/bin/sh\nexit 1\n");
        let path = folder.path().join("bin").to_str().map(str::to_owned);
        let scripts = PackageScripts::new(&Environment { path, ..Environment::default() });
        assert_eq!(scripts.read("run-task").unwrap().unwrap().content, b"script");
    }

    #[test]
    fn without_the_package_there_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("python");
        executable(&python, "#!/bin/sh\n");
        let scripts = |python: &Path| {
            let named = python.to_str().map(str::to_owned);
            PackageScripts::new(&Environment { python: named, ..Environment::default() })
        };
        assert_eq!(scripts(&python).read("run-task").unwrap(), None);
        let missing = scripts(&folder.path().join("nope")).read("run-task").unwrap_err();
        assert!(missing.request.ends_with("where the package taskcluster-taskgraph is"), "{missing}");
    }
}
