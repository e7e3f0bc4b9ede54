//! What `optimizations.log` says, line by line as the reference says it.

use std::collections::BTreeMap;

use arcstr::ArcStr;

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How important it is.
    pub level: LogLevel,
    /// The text.
    pub message: String,
}

/// How important a line of a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// For whoever looks for a reason.
    Debug,
    /// For everybody.
    Info,
}

/// The lines so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(pub(super) Vec<LogLine>);

impl Log {
    pub(super) fn debug(&mut self, message: String) {
        self.0.push(LogLine { level: LogLevel::Debug, message });
    }

    pub(super) fn info(&mut self, message: String) {
        self.0.push(LogLine { level: LogLevel::Info, message });
    }

    /// How many tasks were `verb` (`removed`, `replaced`) for which reason.
    pub(super) fn summary(&mut self, verb: &str, counts: &BTreeMap<ArcStr, usize>) {
        if counts.is_empty() {
            return self.info(format!("No tasks {verb} during optimization"));
        }
        let each: Vec<String> = counts.iter().map(|(reason, count)| format!("{count} tasks by {reason}")).collect();
        let (first, rest) = verb.split_at(1);
        self.info(format!("{}{rest} {} during optimization.", first.to_uppercase(), each.join(", ")));
    }
}
