//! The few things asked of the `git` command about the checkout that is pushed.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// A `git` command that did not succeed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GitError {
    /// The command could not be started.
    #[error("cannot run `git`: {0}")]
    NotStarted(String),
    /// It ran and said no.
    #[error("`git {command}` failed: {message}")]
    Failed {
        /// Its arguments.
        command: String,
        /// What it wrote, on one line.
        message: String,
    },
}

/// Variables that would make `git` look at another repository than the one in the folder it runs in.
const MISLEADING: &[&str] = &["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"];

/// Runs `git` in `folder` and returns what it printed.
///
/// # Errors
/// If it cannot be started or fails.
pub(super) async fn git_bytes(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
    git_with_input(folder, arguments, "").await
}

/// Runs `git` in `folder` with `input` on its standard input and returns what it printed.
///
/// # Errors
/// If it cannot be started or fails.
pub(super) async fn git_with_input(folder: &Path, arguments: &[&str], input: &str) -> Result<Vec<u8>, GitError> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "core.quotePath=false"]).args(arguments);
    command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").kill_on_drop(true);
    for name in MISLEADING {
        command.env_remove(name);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let not_started = |error: std::io::Error| GitError::NotStarted(error.to_string());
    let mut child = command.spawn().map_err(not_started)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that reads nothing may be gone already; what it says counts.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = child.wait_with_output().await.map_err(not_started)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    Err(GitError::Failed { command: arguments.join(" "), message })
}

/// Runs `git` in `folder` and returns the text it printed, without the white space at its ends.
///
/// # Errors
/// If it cannot be started or fails.
pub(super) async fn git(folder: &Path, arguments: &[&str]) -> Result<String, GitError> {
    let bytes = git_bytes(folder, arguments).await?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}
