//! Commits that ask for tasks, made and pushed with git or hg beside the checkout, which stays as it is.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::command::no_option;
use super::repository::Found;
use super::{Git, Hg};
use crate::sources::proposal::{Destination, Load, Proposal, Proposer};
use crate::sources::repository::Repository as _;
use crate::sources::{Error, ErrorKind, without_credentials};

/// Where notes are put together before they are pushed.
const OWN_NOTES: &str = "refs/notes/pushgraph-try";

/// Whoever commits and pushes from the checkout that a directory (absolute) is in.
#[must_use]
pub fn proposer_at(directory: &Path) -> Option<Box<dyn Proposer>> {
    Some(match Found::at(directory)? {
        Found::Git(git) => Box::new(git),
        // To commit and push takes the program; without it that is told when it is run.
        Found::GitObjects(objects) => Box::new(Git::new(objects.root().to_owned())),
        Found::Hg(hg) => Box::new(hg),
    })
}

impl Proposer for Git {
    fn propose(&self, proposal: &Proposal, to: &Destination) -> Result<String, Error> {
        // To a URL, so that no branch of a remote is written down here.
        let url = self.url_of_push(&to.remote)?;
        let scratch = Scratch::new("git")?;
        let message = scratch.write("message", &proposal.full_message())?;
        let tree = match &proposal.load {
            Load::File { name, content } => self.tree_with(&scratch, name, content)?,
            Load::Extra { .. } => return Err(cannot_hold("git", "extra fields")),
            Load::Message(_) | Load::Note { .. } => "HEAD^{tree}".to_owned(),
        };
        let commit = self.word(&["commit-tree", &tree, "-p", "HEAD", "-F", &message])?;
        let branch = format!("+{commit}:refs/heads/{}", to.branch);
        match &proposal.load {
            Load::Note { reference, content } => {
                let noted = self.note_on(&scratch, &commit, reference, content, &url);
                // The note is there before anybody hears of the commit: both go in one push.
                let pushed = noted.and_then(|notes| self.push(&url, &[&notes, &branch]));
                self.word(&["update-ref", "-d", OWN_NOTES])?;
                pushed?;
            }
            _ => self.push(&url, &[&branch])?,
        }
        Ok(commit)
    }

    fn url_of(&self, remote: &str) -> Result<String, Error> {
        self.url_of_push(remote).map(|url| without_credentials(&url))
    }
}

impl Git {
    fn url_of_push(&self, remote: &str) -> Result<String, Error> {
        no_option("git", remote)?;
        url_or_name(remote, self.word(&["remote", "get-url", "--push", remote]))
    }

    /// The tree of the head revision with a file more, made in an index of its own.
    fn tree_with(&self, scratch: &Scratch, name: &str, content: &str) -> Result<String, Error> {
        let file = scratch.write("file", content)?;
        let blob = self.word(&["hash-object", "-w", "--no-filters", &file])?;
        let index = scratch.path("index").into_os_string();
        let variables = [(OsString::from("GIT_INDEX_FILE"), index)];
        let tool = self.tool();
        tool.bytes_with(&["read-tree", "HEAD"], &variables)?;
        tool.bytes_with(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{name}")], &variables)?;
        let tree = tool.bytes_with(&["write-tree"], &variables)?;
        Ok(String::from_utf8_lossy(&tree).trim().to_owned())
    }

    /// The notes that the remote has and this one; what to push.
    fn note_on(
        &self,
        scratch: &Scratch,
        commit: &str,
        reference: &str,
        content: &str,
        remote: &str,
    ) -> Result<String, Error> {
        self.fetch_reference(reference, OWN_NOTES, remote)?;
        let note = scratch.write("note", content)?;
        self.tool().bytes(&["notes", &format!("--ref={OWN_NOTES}"), "add", "--force", "-F", &note, commit])?;
        Ok(format!("{OWN_NOTES}:{reference}"))
    }

    fn push(&self, remote: &str, references: &[&str]) -> Result<(), Error> {
        self.tool().bytes(&[&["push", "--quiet", "--atomic", remote], references].concat())?;
        Ok(())
    }
}

impl Proposer for Hg {
    fn propose(&self, proposal: &Proposal, to: &Destination) -> Result<String, Error> {
        let url = self.url_of_push(&to.remote)?;
        let head = self.word(&["log", "-r", ".", "-T", "{node}"])?;
        // Beside the store, a clone is made of links to its files.
        let scratch = Scratch::within("hg", &self.root().join(".hg"))?;
        let clone = scratch.path("clone").to_string_lossy().into_owned();
        self.word(&["--config", "phases.publish=False", "clone", "--quiet", "--noupdate", ".", &clone])?;
        let beside = self.beside(scratch.path("clone"));
        // Without a work tree: the dirstate is told that every file is there, and only one is looked at.
        beside.word(&["debugsetparents", &head])?;
        beside.word(&["debugrebuilddirstate", "-r", &head])?;
        let message = scratch.write("message", &proposal.full_message())?;
        let mut commit = ["--config", "extensions.commitextras=", "--config", "ui.allowemptycommit=True", "commit"]
            .map(str::to_owned)
            .to_vec();
        commit.extend(["--logfile".to_owned(), message]);
        match &proposal.load {
            Load::Message(_) => commit.extend(["--exclude".to_owned(), EVERY_FILE.to_owned()]),
            Load::File { name, content } => {
                beside.add(name, content)?;
                commit.push((*name).to_owned());
            }
            Load::Extra { key, value } => {
                commit.extend(["--extra".to_owned(), format!("{key}={value}")]);
                commit.extend(["--exclude".to_owned(), EVERY_FILE.to_owned()]);
            }
            Load::Note { .. } => return Err(cannot_hold("hg", "notes")),
        }
        beside.tool().bytes(&commit)?;
        let revision = beside.word(&["log", "-r", "tip", "-T", "{node}"])?;
        beside.word(&["push", "--quiet", "--force", "-r", &revision, &url])?;
        Ok(revision)
    }

    fn url_of(&self, remote: &str) -> Result<String, Error> {
        self.url_of_push(remote).map(|url| without_credentials(&url))
    }
}

/// A pattern that matches every file, so that none is committed.
const EVERY_FILE: &str = "re:.";

impl Hg {
    fn word(&self, arguments: &[&str]) -> Result<String, Error> {
        Ok(self.tool().text(arguments)?.trim().to_owned())
    }

    /// Adds a file.
    fn add(&self, name: &str, content: &str) -> Result<(), Error> {
        let path = self.root().join(name);
        fs::write(&path, content).map_err(|error| cannot("hg", "write a file", &error.to_string()))?;
        // A file of that name may be there already.
        if self.word(&["files", "-r", ".", name]).is_err() {
            self.word(&["add", name])?;
        }
        Ok(())
    }

    fn url_of_push(&self, remote: &str) -> Result<String, Error> {
        no_option("hg", remote)?;
        url_or_name(remote, self.word(&["paths", remote]))
    }
}

/// The URL of a remote; a name that is none, but is a URL or a path, stands for itself.
fn url_or_name(remote: &str, url: Result<String, Error>) -> Result<String, Error> {
    match url {
        Ok(url) if !url.is_empty() => Ok(url),
        _ if remote.contains(['/', ':']) => Ok(remote.to_owned()),
        Ok(_) => Err(cannot("hg", "find the remote", &format!("there is no path `{remote}`"))),
        Err(error) => Err(error),
    }
}

fn cannot_hold(service: &'static str, what: &str) -> Error {
    cannot(service, "commit", &format!("its commits have no {what}"))
}

fn cannot(service: &'static str, request: &str, message: &str) -> Error {
    let kind = ErrorKind::Refused { status: 0 };
    Error { service, request: request.to_owned(), message: message.to_owned(), kind }
}

/// A directory that goes when this does.
struct Scratch {
    directory: tempfile::TempDir,
    service: &'static str,
}

impl Scratch {
    fn new(service: &'static str) -> Result<Self, Error> {
        Self::from(service, tempfile::tempdir())
    }

    fn within(service: &'static str, directory: &Path) -> Result<Self, Error> {
        Self::from(service, tempfile::tempdir_in(directory))
    }

    fn from(service: &'static str, directory: std::io::Result<tempfile::TempDir>) -> Result<Self, Error> {
        let directory = directory.map_err(|error| cannot(service, "make a directory", &error.to_string()))?;
        Ok(Self { directory, service })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The path of a new file.
    fn write(&self, name: &str, content: &str) -> Result<String, Error> {
        let path = self.path(name);
        fs::write(&path, content).map_err(|error| cannot(self.service, "write a file", &error.to_string()))?;
        Ok(path.to_string_lossy().into_owned())
    }
}
