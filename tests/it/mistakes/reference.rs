//! The reference's answers, live: one Python that imports it once and forks for each case.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::reference::reference_python;
use crate::support::repository;

/// A run to make.
#[derive(Serialize)]
pub(super) struct Question<'a> {
    pub(super) directory: &'a Path,
    pub(super) arguments: Vec<&'a str>,
}

/// What came of it.
#[derive(Deserialize)]
pub(super) struct Answer {
    pub(super) code: i32,
    output: String,
}

/// The reference's answers, in the order of the questions.
pub(super) fn ask(questions: &[Question<'_>]) -> Vec<Answer> {
    let python = reference_python();
    let mut child = Command::new(&python)
        .arg(repository().join("tests/mistakes/reference.py"))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", python.parent().unwrap().display()))
        .envs([("HOME", "/nonexistent"), ("TZ", "UTC"), ("PYTHONHASHSEED", "0"), ("TASKGRAPH_SERIAL", "1")])
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("COLUMNS", "120")])
        .envs([("TASKCLUSTER_ROOT_URL", super::table::ROOT_URL), ("TASK_ID", super::table::TASK_ID)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python can be run");
    let text = serde_json::to_vec(questions).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "tests/mistakes/reference.py failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

impl Answer {
    /// What it says of the mistake: without the log, the trace, and the document it was met in.
    pub(super) fn words(&self, directory: &Path) -> String {
        let output = self.output.replace(&*directory.to_string_lossy(), "<tree>");
        let time = fancy_regex::Regex::new(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - (INFO|WARNING|DEBUG) - ").unwrap();
        let mut kept: Vec<&str> = Vec::new();
        let mut in_document = false;
        for line in output.lines().filter(|line| !line.trim().is_empty()) {
            let is_log = time.is_match(line).unwrap();
            // Only the last trace counts; those before it are its causes.
            if line.starts_with("Traceback ") {
                kept.clear();
            }
            in_document = !is_log && (line.starts_with(['{', '[']) || in_document && line.starts_with([' ', '}', ']']));
            let is_trace = line.starts_with("  ") || line.starts_with("Traceback ");
            if !is_log && !in_document && !is_trace {
                kept.push(line);
            }
        }
        let kept: Vec<String> = kept.into_iter().map(|line| line.chars().take(200).collect()).collect();
        match kept.as_slice() {
            [] => "(nothing)".into(),
            lines => lines[lines.len().saturating_sub(5)..].join("\n"),
        }
    }
}
