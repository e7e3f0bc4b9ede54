//! The log of a run: a file that becomes an artifact, and lines for whoever watches.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::local::report::{Event, Reporter};

/// A log that several threads write whole lines to.
pub(super) struct Log {
    pub(super) path: PathBuf,
    file: Mutex<File>,
    task: String,
    reporter: Arc<dyn Reporter>,
}

impl Log {
    /// Begins the log of `task` in `folder`.
    pub(super) fn create(folder: &Path, task: &str, reporter: &Arc<dyn Reporter>) -> io::Result<Arc<Self>> {
        let path = folder.join("live.log");
        let file = Mutex::new(File::create(&path)?);
        Ok(Arc::new(Self { path, file, task: task.to_owned(), reporter: Arc::clone(reporter) }))
    }

    /// Writes a line of the worker itself.
    pub(super) fn say(&self, line: &str) {
        self.write(format!("[taskcluster] {line}\n").as_bytes());
    }

    /// Writes everything that `output` yields, until all who hold its other end are gone.
    pub(super) fn copy(&self, output: impl Read) {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            self.write(&line);
            line.clear();
        }
    }

    fn write(&self, line: &[u8]) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk shows when the log is uploaded; the task itself need not end for it.
        let _ = file.write_all(line);
        drop(file);
        let line = String::from_utf8_lossy(line);
        self.reporter.tell(&Event::Output { name: &self.task, line: line.trim_end_matches(['\n', '\r']) });
    }
}
