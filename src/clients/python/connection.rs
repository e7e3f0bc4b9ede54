//! A kind's process: it comes to a socket, and messages go both ways until the kind is made.

use std::io::{self, ErrorKind as Io, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::process::receive;
use crate::sources::{Error, ErrorKind};

/// How often a socket is looked at that nobody has come to yet.
const LOOK: Duration = Duration::from_micros(200);

/// Where the processes of kinds come to, one at a time.
pub(super) struct Door {
    directory: tempfile::TempDir,
    listener: UnixListener,
}

impl Door {
    /// A door that only processes of the same user find.
    ///
    /// # Errors
    /// If there is no place for one.
    pub(super) fn open() -> io::Result<Self> {
        let directory = tempfile::tempdir()?;
        let listener = UnixListener::bind(directory.path().join("s"))?;
        listener.set_nonblocking(true)?;
        Ok(Self { directory, listener })
    }

    /// The socket's path.
    pub(super) fn path(&self) -> PathBuf {
        self.directory.path().join("s")
    }

    /// The process that was just made.
    ///
    /// # Errors
    /// If none comes in time.
    pub(super) fn accept(&self, pid: i64, limit: Duration) -> io::Result<Connection> {
        let start = Instant::now();
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false)?;
                    stream.set_read_timeout(Some(limit))?;
                    return Ok(Connection { stream, pid, limit });
                }
                Err(error) if error.kind() == Io::WouldBlock && start.elapsed() < limit => thread::sleep(LOOK),
                Err(error) => return Err(error),
            }
        }
    }
}

/// The way to a kind's process. The process ends when it is dropped.
pub(super) struct Connection {
    stream: UnixStream,
    pid: i64,
    /// How long it may be silent.
    limit: Duration,
}

impl Connection {
    /// Sends a message. A socket that is closed is noticed when an answer is waited for.
    pub(super) fn send(&mut self, message: &[u8]) {
        let length = (message.len() as u64).to_be_bytes();
        let _ = self.stream.write_all(&length).and_then(|()| self.stream.write_all(message));
    }

    /// The next message.
    ///
    /// # Errors
    /// If the process ends, or says nothing for as long as the limit; `doing` says what it was doing.
    pub(super) fn receive(&mut self, doing: &str) -> Result<Vec<u8>, Error> {
        let (message, kind) = match receive(&mut self.stream) {
            Ok(Some(message)) => return Ok(message),
            Err(error) if matches!(error.kind(), Io::WouldBlock | Io::TimedOut) => {
                let _ = Command::new("kill").args(["-KILL", &self.pid.to_string()]).status();
                let message = format!("no answer within {} seconds", self.limit.as_secs());
                (message, ErrorKind::Refused { status: 0 })
            }
            Ok(None) | Err(_) => ("its process ended".to_owned(), ErrorKind::Unavailable),
        };
        Err(Error { service: "python", request: doing.to_owned(), message, kind })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_process_that_does_not_come_is_not_waited_for_beyond_the_limit() {
        let door = Door::open().unwrap();
        assert!(door.accept(0, Duration::from_millis(1)).is_err());
    }

    #[test]
    fn a_process_that_goes_is_an_error() {
        let door = Door::open().unwrap();
        let mut process = UnixStream::connect(door.path()).unwrap();
        let mut connection = door.accept(0, Duration::from_secs(5)).unwrap();
        process.write_all(&[0, 0, 0, 0, 0, 0, 0, 2, b'o', b'k']).unwrap();
        assert_eq!(connection.receive("test").unwrap(), b"ok");
        let mut left = Vec::new();
        connection.send(b"yes");
        drop(connection);
        process.read_to_end(&mut left).unwrap();
        assert_eq!(left, [0, 0, 0, 0, 0, 0, 0, 3, b'y', b'e', b's']);
        let process = UnixStream::connect(door.path()).unwrap();
        let mut connection = door.accept(0, Duration::from_secs(5)).unwrap();
        drop(process);
        assert_eq!(connection.receive("test").unwrap_err().message, "its process ended");
    }
}
