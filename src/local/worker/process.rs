//! One command of a task, as a process of its own with its children, stopped as a whole when its time is over.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::log::Log;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// By itself, with this code; 128 and the signal's number for one that was killed, as a shell says it.
    Exited(i64),
    /// It took too long and was killed.
    TimedOut,
}

/// How long output may still come after a command has ended: something it left behind may hold its end of the pipe.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Runs `command` in `folder` with nothing but `environment`, its output going to `log`.
///
/// # Errors
/// If it cannot be started.
pub(super) async fn run(
    command: &[String],
    folder: &Path,
    environment: &BTreeMap<String, String>,
    time: Duration,
    log: &Arc<Log>,
) -> io::Result<Ended> {
    let Some((program, arguments)) = command.split_first() else { return Ok(Ended::Exited(0)) };
    // One pipe for both streams keeps their lines in the order they were written.
    let (output, writer) = io::pipe()?;
    let mut child = {
        let mut builder = Command::new(program);
        builder.args(arguments).current_dir(folder).env_clear().envs(environment).process_group(0);
        builder.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).kill_on_drop(true);
        builder.spawn()?
    };
    let group = ProcessGroup(child.id());
    let copying = {
        let log = Arc::clone(log);
        tokio::task::spawn_blocking(move || log.copy(output))
    };
    let waited = timeout(time, child.wait()).await;
    // Whatever the command left running would run in a container no longer either.
    drop(group);
    let ended = match waited {
        Ok(status) => Ended::Exited(code(status?)),
        Err(_) => Ended::TimedOut,
    };
    let _ = timeout(LAST_WORDS, copying).await;
    Ok(ended)
}

fn code(status: ExitStatus) -> i64 {
    status.code().map_or_else(|| 128 + i64::from(status.signal().unwrap_or(0)), i64::from)
}

/// A process and its descendants, killed when dropped: also when the run is given up in the middle.
struct ProcessGroup(Option<u32>);

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        let Some(id) = self.0 else { return };
        let mut kill = std::process::Command::new("sh");
        kill.args(["-c", &format!("kill -s KILL -- -{id}")]).stdin(Stdio::null());
        // It fails where nobody is left, which is what is wanted.
        let _ = kill.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::report::Silent;

    async fn ended(script: &str, time: Duration) -> (Ended, String) {
        let folder = tempfile::tempdir().unwrap();
        let reporter: Arc<dyn crate::local::report::Reporter> = Arc::new(Silent);
        let log = Log::create(folder.path(), "task", &reporter).unwrap();
        let command: Vec<String> = ["sh", "-c", script].map(str::to_owned).to_vec();
        let environment = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        let ended = run(&command, folder.path(), &environment, time, &log).await.unwrap();
        (ended, std::fs::read_to_string(&log.path).unwrap())
    }

    #[tokio::test]
    async fn both_streams_are_kept_in_order() {
        let (ended, log) = ended("echo one; echo two >&2; printf three; exit 3", Duration::from_secs(60)).await;
        assert_eq!((ended, log.as_str()), (Ended::Exited(3), "one\ntwo\nthree"));
    }

    #[tokio::test]
    async fn time_is_limited_for_children_too() {
        let (ended, log) = ended("sleep 600 & echo $!; sleep 600", Duration::from_millis(300)).await;
        assert_eq!(ended, Ended::TimedOut);
        let id = log.trim();
        let is_there = || {
            let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            !state.is_empty() && !state.contains(") Z ")
        };
        while is_there() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn a_signal_is_told_as_a_shell_does() {
        assert_eq!(ended("kill -TERM $$", Duration::from_secs(60)).await.0, Ended::Exited(143));
    }
}
