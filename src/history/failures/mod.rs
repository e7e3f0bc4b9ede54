//! Which tests failed, as the logs of a task tell it.
//!
//! Three kinds of logs are read, best first: `errorsummary.log`, the structured `*_raw.log` of mozlog, and what a
//! harness prints. Lines that cannot be read are passed over: logs are cut off, and mixed with what programs print.

mod path;
mod plain;
mod raw;
mod summary;
#[cfg(test)]
mod tests;

pub use path::tested_path;

use serde_json::Value;

/// A test that failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailedTest {
    /// Its path in the repository, as far as the log tells it.
    pub path: String,
    /// The manifest it was run from; empty if the log does not say.
    pub group: String,
}

/// How many are kept of a log: a task where more failed is broken as a whole.
pub const MOST: usize = 10;

/// The kinds of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogKind {
    /// One JSON object for each thing that went wrong.
    ErrorSummary,
    /// Everything that happened, one JSON object a line.
    Raw,
    /// What was printed.
    Plain,
}

impl LogKind {
    /// The kind of the artifact of that name, if it is a log.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name {
            _ if name.ends_with("errorsummary.log") => Some(Self::ErrorSummary),
            _ if name.ends_with("_raw.log") => Some(Self::Raw),
            "public/logs/live_backing.log" | "public/logs/live.log" => Some(Self::Plain),
            _ => None,
        }
    }

    /// The tests that failed, each once, in the order of the log; [`MOST`] at most.
    #[must_use]
    pub fn failed(self, log: &[u8], suite: &str) -> Vec<FailedTest> {
        let text = String::from_utf8_lossy(log);
        let mut found = Vec::new();
        let mut groups = raw::Groups::default();
        for line in text.lines() {
            let failed = match self {
                Self::ErrorSummary => summary::failed(line),
                Self::Raw => groups.failed(line),
                Self::Plain => plain::failed(line),
            };
            let Some((test, group)) = failed else { continue };
            let Some(path) = tested_path(&test, suite) else { continue };
            let failed = FailedTest { path, group };
            if !found.iter().any(|known: &FailedTest| known.path == failed.path) {
                found.push(failed);
            }
            if found.len() == MOST {
                break;
            }
        }
        found
    }
}

/// A line that is a JSON object.
fn object(line: &str) -> Option<Value> {
    let line = line.trim_start().starts_with('{').then_some(line)?;
    serde_json::from_str::<Value>(line).ok().filter(Value::is_object)
}

/// Whether a result is not the one that was expected, and not one that is known to come now and then.
fn is_unexpected(entry: &Value) -> bool {
    let Some(expected) = entry["expected"].as_str() else { return false };
    let known = entry["known_intermittent"].as_array();
    let is_known = known.is_some_and(|known| known.contains(&entry["status"]));
    entry["status"].as_str().is_some_and(|status| status != expected) && !is_known
}

fn text(entry: &Value, key: &str) -> String {
    entry[key].as_str().unwrap_or_default().to_owned()
}
