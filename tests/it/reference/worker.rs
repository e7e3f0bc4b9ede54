//! The reference, imported once for each hash seed and forked for every run: a run costs what it does, not what Python
//! needs to start. `worker.py` is the other end.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use serde::Serialize;

use super::programs::reference_python;

/// What Python reads when it starts, which is before a request is known.
const READ_AT_START: [&str; 3] = ["PYTHON", "LC_", "LANG"];

/// The variable that a worker is started with.
const HASH_SEED: &str = "PYTHONHASHSEED";

/// One run of the reference's command line.
#[derive(Serialize)]
pub(super) struct Request<'a> {
    pub(super) directory: &'a Path,
    pub(super) arguments: &'a [&'a str],
    /// All of it.
    pub(super) environment: BTreeMap<String, String>,
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub(super) limit: Duration,
    /// Where to write what the run met.
    pub(super) record: Option<&'a Path>,
}

fn seconds<S: serde::Serializer>(limit: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(limit.as_secs_f64())
}

/// The workers that nobody is using, by hash seed.
static IDLE: Mutex<BTreeMap<u32, Vec<Worker>>> = Mutex::new(BTreeMap::new());

/// Runs the reference with a hash seed. A worker that fails is not used again.
pub(super) fn run(seed: u32, mut request: Request<'_>) -> Result<Output, String> {
    let fixed = |name: &&String| READ_AT_START.iter().any(|prefix| name.starts_with(prefix));
    let fixed: Vec<&String> = request.environment.keys().filter(fixed).collect();
    assert!(fixed.is_empty(), "{fixed:?} cannot be set for a worker, which has started already");
    request.environment.insert(HASH_SEED.to_owned(), seed.to_string());
    let idle = || IDLE.lock().expect("whoever holds it does not panic");
    let taken = idle().get_mut(&seed).and_then(Vec::pop);
    let mut worker = taken.unwrap_or_else(|| Worker::start(seed));
    let output = worker.run(&request)?;
    idle().entry(seed).or_default().push(worker);
    Ok(output)
}

/// A Python process with the reference imported. It ends when this value does.
struct Worker {
    process: Child,
    requests: Option<ChildStdin>,
    answers: ChildStdout,
    /// Its standard error, which is not that of its runs.
    said: std::fs::File,
}

impl Worker {
    fn start(seed: u32) -> Self {
        let said = tempfile::tempfile().expect("a temporary file");
        let mut process = Command::new(reference_python())
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/reference/worker.py"))
            .env_clear()
            .env(HASH_SEED, seed.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(said.try_clone().expect("a file can be opened twice"))
            .spawn()
            .expect("Python starts");
        let (requests, answers) = (process.stdin.take(), process.stdout.take().expect("it is piped"));
        Self { process, requests, answers, said }
    }

    fn run(&mut self, request: &Request<'_>) -> Result<Output, String> {
        let arguments = request.arguments;
        let (status, stdout, stderr) = self.exchange(request).map_err(|error| self.died(arguments, &error))?;
        match serde_json::from_slice(&status).expect("a worker answers as it should") {
            Some(status) => Ok(Output { status: ExitStatus::from_raw(status), stdout, stderr }),
            None => {
                let (limit, stderr) = (request.limit, String::from_utf8_lossy(&stderr));
                Err(format!("the reference was still running {arguments:?} after {limit:?}; it has said:\n{stderr}"))
            }
        }
    }

    fn exchange(&mut self, request: &Request<'_>) -> io::Result<(Vec<u8>, Vec<u8>, Vec<u8>)> {
        let request = serde_json::to_vec(request)?;
        let length = u32::try_from(request.len()).map_err(io::Error::other)?;
        let requests = self.requests.as_mut().expect("open until it is dropped");
        requests.write_all(&length.to_be_bytes())?;
        requests.write_all(&request)?;
        Ok((self.frame()?, self.frame()?, self.frame()?))
    }

    fn frame(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.answers.read_exact(&mut length)?;
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.answers.read_exact(&mut frame)?;
        Ok(frame)
    }

    /// What to say of a worker that does not answer.
    fn died(&mut self, arguments: &[&str], error: &io::Error) -> String {
        drop(self.process.kill());
        let status = self.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let mut said = String::new();
        drop(self.said.rewind().and_then(|()| self.said.read_to_string(&mut said)));
        format!("the worker of the reference died ({status}; {error}) running {arguments:?}; it said:\n{said}")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // There are no more requests, so it ends.
        drop(self.requests.take());
        drop(self.process.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::super::programs::{Checkout, Program, environment};
    use super::*;
    use crate::support::repository;

    const LIMIT: Duration = Duration::from_secs(300);

    fn hello() -> Checkout {
        Checkout::of(&repository().join("tests/trees/hello"))
    }

    /// The console script itself.
    fn fresh(checkout: &Checkout, arguments: &[&str], extra: &[(&str, &str)]) -> Output {
        let python = reference_python();
        let mut command = Command::new(&python);
        command.arg(python.with_file_name("taskgraph")).args(arguments).current_dir(checkout.path());
        command.env_clear().envs(environment(checkout, extra)).env(HASH_SEED, "3");
        command.output().expect("Python starts")
    }

    /// Exit code, output and errors; without the times and durations of a log.
    fn shown(output: &Output) -> (Option<i32>, String, String) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let time =
            fancy_regex::Regex::new(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} |\d+\.\d\ds$").expect("it is one");
        (output.status.code(), text(&output.stdout), time.replace_all(&text(&output.stderr), "").into_owned())
    }

    #[test]
    fn a_worker_and_a_fresh_process_give_the_same_bytes() {
        let mut checkout = hello();
        let cases: [(&[&str], i32); 9] = [
            (&["full", "-J", "-p", "parameters/push.yml"], 0),
            (&["target", "-L", "-p", "parameters/push.yml", "--verbose"], 0),
            (&["target-graph", "-Y", "-p", "parameters/push.yml", "--force-local-files-changed"], 0),
            (&["full", "-J", "-p", "parameters/push.yml", "-o", "output.json"], 0),
            (&["actions", "-p", "parameters/push.yml"], 1),
            (&["full", "-J", "-r", "elsewhere", "-p", "parameters/push.yml"], 1),
            (&["full", "--no-such-option"], 2),
            (&["--help"], 0),
            (&[], 1),
        ];
        let extra = [("TZ", "Asia/Kolkata"), ("TASK_ID", "fzy3l9dCSDKRYTxTQTZjGg")];
        let path = checkout.path().join("output.json");
        for (arguments, code) in cases {
            let worker = Program::Reference { seed: 3 }.run(&checkout, arguments, &extra);
            let written = std::fs::read(&path).ok();
            let (one, other) = (shown(&worker), shown(&fresh(&checkout, arguments, &extra)));
            assert_eq!(one, other, "{arguments:?}");
            assert_eq!(one.0, Some(code), "{arguments:?}: {}{}", one.1, one.2);
            assert_eq!(written, std::fs::read(&path).ok(), "{arguments:?}");
        }
        // One run leaves nothing to the next: not the tree, not the environment.
        checkout = Checkout::of(&repository().join("tests/trees/keyed-by"));
        let arguments = ["full", "-J", "-p", "parameters/push.yml"];
        let worker = Program::Reference { seed: 3 }.run(&checkout, &arguments, &[]);
        assert_eq!(shown(&worker), shown(&fresh(&checkout, &arguments, &[])));
    }

    fn request<'a>(checkout: &'a Checkout, arguments: &'a [&'a str], limit: Duration) -> Request<'a> {
        Request { directory: checkout.path(), arguments, environment: environment(checkout, &[]), limit, record: None }
    }

    #[test]
    fn a_run_has_a_time_limit() {
        let checkout = hello();
        let mut worker = Worker::start(0);
        let error = worker.run(&request(&checkout, &["full"], Duration::ZERO)).expect_err("there is no time");
        assert!(error.contains(r#"still running ["full"] after 0ns"#), "{error}");
        let next = worker.run(&request(&checkout, &["--help"], LIMIT));
        assert!(next.is_ok_and(|output| output.status.success()), "the worker itself goes on");
    }

    #[test]
    fn the_death_of_a_worker_is_told() {
        let checkout = hello();
        let mut worker = Worker::start(0);
        worker.run(&request(&checkout, &["--help"], LIMIT)).expect("it answers");
        worker.process.kill().expect("it can be killed");
        let error = worker.run(&request(&checkout, &["full"], LIMIT)).expect_err("it is dead");
        assert!(error.starts_with("the worker of the reference died (signal: 9"), "{error}");
        // One that cannot go on says why.
        let mut worker = Worker::start(0);
        let nowhere =
            Request { directory: Path::new("/nonexistent/elsewhere"), ..request(&checkout, &["full"], LIMIT) };
        let output = worker.run(&nowhere).expect("only the run fails");
        assert!(String::from_utf8_lossy(&output.stderr).contains("/nonexistent/elsewhere"));
    }

    #[test]
    #[should_panic(expected = "cannot be set for a worker")]
    fn what_python_reads_at_its_start_is_refused() {
        drop(Program::Reference { seed: 0 }.run(&hello(), &["--help"], &[("PYTHONUTF8", "1")]));
    }
}
