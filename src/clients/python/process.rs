//! The interpreter as a process: messages over its pipes, and the certainty that it ends.

use std::io::{self, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::sources::{Error, ErrorKind};

/// What the interpreter runs, and what it runs of it only if it is needed: single steps, and the whole.
const WORKER: &str = concat!(include_str!("worker/base.py"), "\n\n", include_str!("worker/main.py"));
const STEPS: &str = concat!(include_str!("worker/changes.py"), "\n\n", include_str!("worker/steps.py"));
const WHOLE: &str = include_str!("worker/whole.py");

/// How often a silent interpreter is looked after. A process that it started may hold its pipe open when it is gone.
const LOOK: Duration = Duration::from_millis(100);

/// How long an interpreter may take to end by itself once nothing more is asked.
const TO_END: Duration = Duration::from_secs(2);

/// A running interpreter.
pub(super) struct Process {
    child: Child,
    program: String,
    to: Option<ChildStdin>,
    from: Receiver<io::Result<Vec<u8>>>,
    /// How long it may be silent.
    limit: Duration,
}

impl Process {
    /// Starts the interpreter.
    ///
    /// # Errors
    /// If there is none of that name.
    pub(super) fn start(program: &str, directory: &Path, limit: Duration, hash_seed: Option<&str>) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(["-c", WORKER, STEPS, WHOLE]).current_dir(directory).stdin(Stdio::piped()).stdout(Stdio::piped());
        // The order of sets shows in graphs; the same push shall give the same bytes.
        command.env("PYTHONHASHSEED", hash_seed.unwrap_or("0"));
        let mut child = command.spawn()?;
        let (to, mut out) = (child.stdin.take(), child.stdout.take());
        let (sender, from) = sync_channel(1);
        thread::spawn(move || {
            while let Some(out) = &mut out {
                let message = receive(out).transpose();
                let Some(message) = message else { return };
                let is_broken = message.is_err();
                // Nobody listens any more if the run is over.
                if sender.send(message).is_err() || is_broken {
                    return;
                }
            }
        });
        Ok(Self { child, program: program.to_owned(), to, from, limit })
    }

    /// Sends a message. A pipe that is closed is noticed when an answer is waited for.
    pub(super) fn send(&mut self, message: &str) {
        if let Some(to) = &mut self.to {
            let length = (message.len() as u64).to_be_bytes();
            let _ = to.write_all(&length).and_then(|()| to.write_all(message.as_bytes())).and_then(|()| to.flush());
        }
    }

    /// The next message.
    ///
    /// # Errors
    /// If the interpreter ends, or says nothing for as long as the limit; `doing` says what it was doing.
    pub(super) fn receive(&mut self, doing: &str) -> Result<String, Error> {
        let start = Instant::now();
        loop {
            match self.from.recv_timeout(LOOK) {
                Ok(Ok(message)) => {
                    return String::from_utf8(message).map_err(|_| self.error(doing, "it sent something garbled"));
                }
                Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => return Err(self.ended(doing)),
                Err(RecvTimeoutError::Timeout) => self.look(doing, start)?,
            }
        }
    }

    /// Whether a silent interpreter may still answer.
    fn look(&mut self, doing: &str, start: Instant) -> Result<(), Error> {
        if self.child.try_wait().is_ok_and(|status| status.is_some()) && self.from.try_recv().is_err() {
            return Err(self.ended(doing));
        }
        if start.elapsed() < self.limit {
            return Ok(());
        }
        self.interrupt();
        let message = format!("no answer within {} seconds", self.limit.as_secs());
        Err(Error { kind: ErrorKind::Refused { status: 0 }, ..self.error(doing, &message) })
    }

    fn ended(&mut self, doing: &str) -> Error {
        let status = self.wait();
        let how = match status {
            None => "it closed its pipe".to_owned(),
            Some(status) => status.signal().map_or_else(
                || format!("it ended with {status}"),
                |signal| format!("it was killed by signal {signal}"),
            ),
        };
        self.error(doing, &how)
    }

    /// An interpreter that is killed, by the system for want of memory at the most, may do better another time.
    fn error(&self, doing: &str, message: &str) -> Error {
        let request = format!("{}: {doing}", self.program);
        Error { service: "python", request, message: message.to_owned(), kind: ErrorKind::Unavailable }
    }

    /// Has it end as Ctrl-C does, so that it can end the processes that it started.
    fn interrupt(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        if self.wait().is_none() {
            let _ = self.child.kill();
        }
    }

    /// Waits for the end for a short while.
    fn wait(&mut self) -> Option<ExitStatus> {
        let start = Instant::now();
        while start.elapsed() < TO_END {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(2));
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.to = None;
        if self.wait().is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The next message: its length in eight bytes, and so many bytes.
pub(super) fn receive(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u64::from_be_bytes(length);
    let mut message = Vec::new();
    let read = from.take(length).read_to_end(&mut message)?;
    if (read as u64) < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(Some(message)) }
}
