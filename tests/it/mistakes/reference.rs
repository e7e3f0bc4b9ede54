//! What the reference says, for people.

use std::path::Path;
use std::process::Output;

use crate::reference::run_reference;

/// What the reference answered.
pub(super) struct Answer {
    pub(super) code: i32,
    output: String,
}

/// The reference's answer to a command in a directory.
pub(super) fn ask(directory: &Path, arguments: &str, environment: &[(&str, &str)]) -> Answer {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let Output { status, stderr, .. } = run_reference(directory, &arguments, environment);
    let code = status.code().expect("no signal ends the reference");
    Answer { code, output: String::from_utf8_lossy(&stderr).into_owned() }
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
        let kept: Vec<String> = kept.into_iter().map(|line| stable(line).chars().take(200).collect()).collect();
        match kept.as_slice() {
            [] => "(nothing)".into(),
            lines => lines[lines.len().saturating_sub(5)..].join("\n"),
        }
    }
}

/// A line without the time, and with lists in order that come in that of a directory.
fn stable(line: &str) -> String {
    let time = fancy_regex::Regex::new(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - ").unwrap();
    let line = time.replace(line, "");
    match line.split_once("Known callbacks: ") {
        None => line.into_owned(),
        Some((before, names)) => {
            let mut names: Vec<&str> = names.split(", ").collect();
            names.sort_unstable();
            format!("{before}Known callbacks: {}", names.join(", "))
        }
    }
}
