//! The container engine of this machine, by its command line: `docker`, or `podman`, which takes the same commands.

use std::ffi::{OsStr, OsString};
use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use tempfile::NamedTempFile;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::command::Tool;
use crate::sources::engine::{Build, Container, Engine, Loading};
use crate::sources::{Answer, Error, ErrorKind};

/// Who an error says did not do its part.
const SERVICE: &str = "container engine";

/// The programs, the preferred one first.
const PROGRAMS: [&str; 2] = ["docker", "podman"];

/// An engine that answered when it was looked for.
#[derive(Clone, Copy, Debug)]
pub struct LocalEngine {
    program: &'static str,
}

impl LocalEngine {
    /// The first engine on `PATH` that answers.
    ///
    /// # Errors
    /// If none does; what each said.
    pub fn find() -> Result<Self, Error> {
        let mut said = Vec::new();
        for program in PROGRAMS {
            let tool = Tool { service: SERVICE, program, directory: Path::new("/"), variables: &[] };
            match tool.bytes(&["ps"]) {
                Ok(_) => return Ok(Self { program }),
                Err(failure) if failure.is_missing() => said.push(format!("{program} is not installed")),
                Err(failure) => said.push(format!("{program}: {}", Error::from(failure).message)),
            }
        }
        Err(Error {
            service: SERVICE,
            request: PROGRAMS.map(|program| format!("{program} ps")).join(", "),
            message: said.join("; "),
            kind: ErrorKind::Refused { status: 0 },
        })
    }

    /// The program that people would run it by.
    #[must_use]
    pub const fn program(&self) -> &'static str {
        self.program
    }

    fn failed(self, what: &str, why: impl ToString) -> Error {
        let request = format!("{} {what}", self.program);
        Error { service: SERVICE, request, message: why.to_string(), kind: ErrorKind::Refused { status: 0 } }
    }

    fn built(self, build: &Build) -> Result<(), Error> {
        let failed = |why: String| self.failed(&format!("build of {}", build.tag), why);
        let mut command = Command::new(self.program);
        command.args(["build", "--tag", &build.tag]);
        for (name, value) in &build.arguments {
            command.arg("--build-arg").arg(format!("{name}={value}"));
        }
        // Our own standard output is for the result.
        command.arg("-").stdin(Stdio::piped()).stdout(io::stderr());
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        // An engine that does not want all of it says by its exit code whether that is a failure.
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(&build.context));
        let status = child.wait().map_err(|error| failed(error.to_string()))?;
        if status.success() { Ok(()) } else { Err(failed(status.to_string())) }
    }

    async fn ran(self, container: &Container) -> Result<u8, Error> {
        let failed = |error: io::Error| self.failed("run", error);
        let invocation = Invocation::of(container).map_err(failed)?;
        let shown = invocation.arguments.iter().map(|argument| argument.to_string_lossy());
        log::info!("Running: {} {}", self.program, shown.collect::<Vec<_>>().join(" "));
        // While the container runs, signals are its affair: files made for it are removed only after it.
        let mut signals = Signals::new().map_err(failed)?;
        let mut command = tokio::process::Command::new(self.program);
        let mut child = command.args(&invocation.arguments).spawn().map_err(failed)?;
        loop {
            tokio::select! {
                status = child.wait() => return Ok(exit_code(status.map_err(failed)?)),
                // The terminal has sent these to the engine as well.
                _ = signals.interrupt.recv() => {}
                _ = signals.hangup.recv() => {}
                _ = signals.terminate.recv() => pass_on_termination(child.id()),
            }
        }
    }
}

impl Engine for LocalEngine {
    fn build<'a>(&'a self, build: &'a Build) -> Answer<'a, ()> {
        Box::pin(async move { self.built(build) })
    }

    fn load(&self) -> Result<Box<dyn Loading>, Error> {
        let mut command = Command::new(self.program);
        let spawned = command.args(["image", "load"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|error| self.failed("image load", error))?;
        let stdin = child.stdin.take();
        Ok(Box::new(Load { engine: *self, child, stdin }))
    }

    fn run<'a>(&'a self, container: &'a Container) -> Answer<'a, u8> {
        Box::pin(self.ran(container))
    }
}

/// The signals that would end this program.
struct Signals {
    interrupt: Signal,
    hangup: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }
}

/// The engine passes it on to the container.
fn pass_on_termination(process: Option<u32>) {
    if let Some(process) = process {
        // It fails where the engine has ended by itself, which is what is wanted.
        let _ = Command::new("kill").args(["-s", "TERM", &process.to_string()]).status();
    }
}

/// As a shell tells it: 128 and the number of the signal.
fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// `docker run`, and the files that are removed after it.
struct Invocation {
    arguments: Vec<OsString>,
    _files: Vec<NamedTempFile>,
}

impl Invocation {
    fn of(container: &Container) -> io::Result<Self> {
        let mut arguments: Vec<OsString> = vec!["run".into(), "-i".into()];
        let mut files = Vec::new();
        arguments.extend(container.terminal.then(|| "-t".into()));
        arguments.extend((!container.keep).then(|| "--rm".into()));
        // A line break would end the variable in the file.
        let (long, lines): (Vec<_>, Vec<_>) =
            container.environment.iter().partition(|(_, value)| value.contains(['\n', '\r']));
        if !lines.is_empty() {
            let lines: Vec<String> = lines.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let file = file_with(&lines.join("\n"))?;
            arguments.push(joined("--env-file=", file.path().as_os_str()));
            files.push(file);
        }
        arguments.extend(long.iter().map(|(name, value)| format!("--env={name}={value}").into()));
        for (path, content) in &container.files {
            let file = file_with(content)?;
            // Whoever the container's user is must be able to read it.
            file.as_file().set_permissions(Permissions::from_mode(0o644))?;
            arguments.extend(["-v".into(), joined(file.path().as_os_str(), format!(":{path}").as_ref())]);
            files.push(file);
        }
        for (here, there) in &container.volumes {
            arguments.extend(["-v".into(), format!("{here}:{there}").into()]);
        }
        arguments.push(container.image.clone().into());
        arguments.extend(container.command.iter().map(OsString::from));
        Ok(Self { arguments, _files: files })
    }
}

fn joined(one: impl AsRef<OsStr>, other: &OsStr) -> OsString {
    let mut joined = one.as_ref().to_owned();
    joined.push(other);
    joined
}

fn file_with(content: &str) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(content.as_bytes())?;
    file.flush()?;
    Ok(file)
}

/// `docker image load`, reading from us.
struct Load {
    engine: LocalEngine,
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Write for Load {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stdin.as_mut().map_or_else(|| Err(io::ErrorKind::BrokenPipe.into()), |stdin| stdin.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdin.as_mut().map_or(Ok(()), ChildStdin::flush)
    }
}

impl Loading for Load {
    fn finish(mut self: Box<Self>) -> Result<String, Error> {
        drop(self.stdin.take());
        let failed = |why: &dyn ToString| self.engine.failed("image load", why.to_string());
        let mut said = String::new();
        if let Some(mut stdout) = self.child.stdout.take() {
            io::Read::read_to_string(&mut stdout, &mut said).map_err(|error| failed(&error))?;
        }
        let status = self.child.wait().map_err(|error| failed(&error))?;
        if status.success() { Ok(said) } else { Err(failed(&status)) }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // First of all: an engine that sees the end of half an archive may take it for a whole one. Where it has
        // ended already there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
