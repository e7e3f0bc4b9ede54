//! A tree of which every question is noted, with a digest of its answer.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::generate::context::RunContext;
use crate::sources::Error;
use crate::sources::checkout::{Checkout, Entry, FileKind};
use crate::sources::scripts::{Script, Scripts};

/// A question, and the path or name that it is about.
pub(super) type Question = (About, PathBuf);

/// What an answer is known by.
pub(super) type Answer = [u8; 32];

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    Content,
    Kind,
    Entries,
    RealPath,
    Mode,
    TrackedFiles,
    Script,
}

impl About {
    /// All of them; each is written as its place here.
    pub(super) const ALL: [Self; 7] =
        [Self::Content, Self::Kind, Self::Entries, Self::RealPath, Self::Mode, Self::TrackedFiles, Self::Script];
}

/// A tree and the package of scripts, both watched.
pub(super) struct Watched<'a> {
    checkout: &'a dyn Checkout,
    scripts: &'a dyn Scripts,
    asked: Mutex<BTreeMap<Question, Answer>>,
}

impl<'a> Watched<'a> {
    pub(super) fn new(run: &RunContext<'a>) -> Self {
        Self { checkout: run.checkout, scripts: run.scripts, asked: Mutex::default() }
    }

    /// All that was asked.
    pub(super) fn asked(&self) -> BTreeMap<Question, Answer> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, about: About, path: &Path, answer: Answer) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert((about, path.to_owned()), answer);
    }
}

/// Whether a question has the same answer here.
pub(super) fn is_the_same(((about, path), answer): &(Question, Answer), run: &RunContext<'_>) -> bool {
    let checkout = run.checkout;
    let now = match about {
        About::Content => of_content(&checkout.read(path)),
        About::Kind => of_kind(checkout.kind(path)),
        About::Entries => of_entries(&checkout.list(path)),
        About::RealPath => of_real_path(&checkout.real_path(path)),
        About::Mode => of_mode(&checkout.mode(path)),
        About::TrackedFiles => of_tracked(&checkout.tracked_files(path)),
        About::Script => of_script(&run.scripts.read(&path.to_string_lossy())),
    };
    now == *answer
}

fn digest(content: impl AsRef<[u8]>) -> Answer {
    Sha256::digest(content).into()
}

/// That there is no answer, and why: a file that cannot be read and one that is not there are two things.
fn of_failure(error: &io::Error) -> Answer {
    digest(format!("failed: {:?}", error.kind()))
}

fn of_content(answer: &io::Result<Vec<u8>>) -> Answer {
    match answer {
        Ok(content) => digest(content),
        Err(error) => of_failure(error),
    }
}

fn of_kind(answer: Option<FileKind>) -> Answer {
    digest(format!("{answer:?}"))
}

fn of_entries(answer: &io::Result<Vec<Entry>>) -> Answer {
    match answer {
        Ok(entries) => digest(format!("{entries:?}")),
        Err(error) => of_failure(error),
    }
}

fn of_real_path(answer: &io::Result<PathBuf>) -> Answer {
    match answer {
        Ok(path) => digest(path.as_os_str().as_encoded_bytes()),
        Err(error) => of_failure(error),
    }
}

fn of_mode(answer: &io::Result<u32>) -> Answer {
    match answer {
        Ok(mode) => digest(mode.to_le_bytes()),
        Err(error) => of_failure(error),
    }
}

fn of_tracked(answer: &Result<Vec<String>, Error>) -> Answer {
    match answer {
        Ok(paths) => digest(paths.join("\n")),
        Err(error) => digest(format!("failed: {error:?}")),
    }
}

fn of_script(answer: &Result<Option<Script>, Error>) -> Answer {
    digest(format!("{answer:?}"))
}

impl Checkout for Watched<'_> {
    fn current_directory(&self) -> &Path {
        self.checkout.current_directory()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let answer = self.checkout.read(path);
        self.note(About::Content, path, of_content(&answer));
        answer
    }

    fn kind(&self, path: &Path) -> Option<FileKind> {
        let answer = self.checkout.kind(path);
        self.note(About::Kind, path, of_kind(answer));
        answer
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let answer = self.checkout.list(directory);
        self.note(About::Entries, directory, of_entries(&answer));
        answer
    }

    fn real_path(&self, path: &Path) -> io::Result<PathBuf> {
        let answer = self.checkout.real_path(path);
        self.note(About::RealPath, path, of_real_path(&answer));
        answer
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        let answer = self.checkout.mode(path);
        self.note(About::Mode, path, of_mode(&answer));
        answer
    }

    fn tracked_files(&self, directory: &Path) -> Result<Vec<String>, Error> {
        let answer = self.checkout.tracked_files(directory);
        self.note(About::TrackedFiles, directory, of_tracked(&answer));
        answer
    }
}

impl Scripts for Watched<'_> {
    fn read(&self, name: &str) -> Result<Option<Script>, Error> {
        let answer = self.scripts.read(name);
        self.note(About::Script, Path::new(name), of_script(&answer));
        answer
    }
}
