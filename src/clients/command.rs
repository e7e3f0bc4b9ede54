//! Running a tool and taking what it prints.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::sources::{Error, ErrorKind, without_credentials};

/// The longest text of a tool that an error repeats, in characters.
const LONGEST: usize = 2000;

/// A tool, and how it is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tool<'a> {
    /// Who an error says did not answer.
    pub service: &'static str,
    /// The program, looked for on `PATH`.
    pub program: &'a str,
    /// Where it runs.
    pub directory: &'a Path,
    /// Variables set beside those of this process.
    pub variables: &'static [(&'static str, &'static str)],
}

/// A tool that did not do what it was asked.
#[derive(Debug)]
pub(super) struct Failure {
    /// Its exit code, if it ran to its end.
    pub code: Option<i32>,
    is_missing: bool,
    error: Error,
}

impl Failure {
    /// Whether there is no such tool.
    pub(super) const fn is_missing(&self) -> bool {
        self.is_missing
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// Refuses a revision, reference or remote that the tool would take for an option: they come with a push.
///
/// # Errors
/// A text that begins with a dash.
pub(super) fn no_option(service: &'static str, text: &str) -> Result<(), Error> {
    if !text.starts_with('-') {
        return Ok(());
    }
    Err(Error {
        service,
        request: "look at a revision".into(),
        message: format!("`{text}` is an option, not a revision or a repository"),
        kind: ErrorKind::Refused { status: 0 },
    })
}

impl Tool<'_> {
    /// What the tool prints to its standard output, as text.
    ///
    /// # Errors
    /// A tool that is not there, fails, or prints something that is not UTF-8.
    pub(super) fn text<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String, Failure> {
        let output = self.bytes(arguments)?;
        String::from_utf8(output).map_err(|_| self.failure(arguments, None, "it printed something that is not UTF-8"))
    }

    /// The lines the tool prints, split as Python splits them.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub(super) fn lines<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Vec<String>, Failure> {
        Ok(split_lines(&self.text(arguments)?))
    }

    /// What the tool prints to its standard output.
    ///
    /// # Errors
    /// A tool that is not there, or fails.
    pub(super) fn bytes<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Vec<u8>, Failure> {
        self.bytes_with(arguments, &[])
    }

    /// The same, with further variables.
    ///
    /// # Errors
    /// As [`Self::bytes`].
    pub(super) fn bytes_with<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        variables: &[(OsString, OsString)],
    ) -> Result<Vec<u8>, Failure> {
        let mut command = Command::new(self.program);
        command.args(arguments).current_dir(self.directory).stdin(Stdio::null());
        command.envs(self.variables.iter().copied()).envs(variables.iter().cloned());
        let output = command.output().map_err(|error| {
            let is_missing = error.kind() == std::io::ErrorKind::NotFound;
            Failure { is_missing, ..self.failure(arguments, None, &error.to_string()) }
        })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim();
        let why = if said.is_empty() { output.status.to_string() } else { said.to_owned() };
        Err(self.failure(arguments, output.status.code(), &why))
    }

    fn failure<S: AsRef<OsStr>>(&self, arguments: &[S], code: Option<i32>, why: &str) -> Failure {
        let words = arguments.iter().map(|argument| argument.as_ref().to_string_lossy());
        let words: Vec<_> = std::iter::once(self.program.into()).chain(words).collect();
        let message = without_credentials(why).chars().take(LONGEST).collect();
        let kind = ErrorKind::Refused { status: 0 };
        Failure {
            code,
            is_missing: false,
            error: Error { service: self.service, request: without_credentials(&words.join(" ")), message, kind },
        }
    }
}

/// The lines of a text as Python's `splitlines` has them: more characters end a line than one would think.
fn split_lines(text: &str) -> Vec<String> {
    let ends = ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];
    let text = text.replace("\r\n", "\n");
    text.split_terminator(ends).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<String, Error> {
        let tool =
            Tool { service: "shell", program: "sh", directory: Path::new("/"), variables: &[("GREETING", "hello")] };
        Ok(tool.text(&["-c", script])?)
    }

    #[test]
    fn a_failure_tells_the_command_and_what_it_said() {
        assert_eq!(shell("echo $GREETING").unwrap(), "hello\n");
        let failure = shell("echo never mind; echo no such thing >&2; exit 3").unwrap_err();
        assert!(failure.request.starts_with("sh -c echo never mind"), "{}", failure.request);
        assert_eq!(failure.message, "no such thing");
        assert_eq!(shell("exit 3").unwrap_err().message, "exit status: 3");
        assert_eq!(shell(r"printf '\377'").unwrap_err().message, "it printed something that is not UTF-8");
    }

    #[test]
    fn a_missing_tool_is_named() {
        let tool = Tool { service: "tool", program: "no-such-tool", directory: Path::new("/"), variables: &[] };
        let failure: Error = tool.text(&["--version"]).unwrap_err().into();
        assert!(failure.to_string().starts_with("tool: no-such-tool --version: "), "{failure}");
    }

    #[test]
    fn lines_end_where_python_ends_them() {
        assert_eq!(split_lines("a\r\nb\nc\u{2028}d\n\ne"), ["a", "b", "c", "d", "", "e"]);
        assert!(split_lines("").is_empty());
    }
}
