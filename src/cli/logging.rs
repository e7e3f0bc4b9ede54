//! Log lines on stderr, in the reference's format: `2026-01-31 12:00:00,000 - INFO - message`.

use std::io::Write as _;

use log::{Level, LevelFilter, Log, Metadata, Record};

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Nothing but the report.
    Quiet,
    /// What is being done.
    Normal,
    /// What is being done, in detail.
    Verbose,
}

impl Verbosity {
    /// That of a command that has `-v` and no `-q`.
    pub(crate) const fn of(verbose: bool) -> Self {
        if verbose { Self::Verbose } else { Self::Normal }
    }

    const fn filter(self) -> LevelFilter {
        match self {
            Self::Quiet => LevelFilter::Off,
            Self::Normal => LevelFilter::Info,
            Self::Verbose => LevelFilter::Debug,
        }
    }
}

/// Starts logging. To be called once.
pub(crate) fn start(verbosity: Verbosity) {
    log::set_max_level(verbosity.filter());
    // Refused only if it was called before, as in tests that run a command in this process.
    let _ = log::set_logger(&Stderr);
}

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // What the libraries below us have to say helps nobody who looks at a graph.
        metadata.target().starts_with("pushgraph")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            // A closed stderr leaves nobody to tell.
            let _ = std::io::stderr().write_all(line(record, local_time()).as_bytes());
        }
    }

    fn flush(&self) {}
}

#[expect(clippy::disallowed_methods, reason = "a log line says when it was written; nothing is computed from it")]
fn local_time() -> chrono::NaiveDateTime {
    chrono::Local::now().naive_local()
}

fn line(record: &Record<'_>, time: chrono::NaiveDateTime) -> String {
    format!("{} - {} - {}\n", time.format("%Y-%m-%d %H:%M:%S,%3f"), name(record.level()), record.args())
}

/// The level's name in Python.
const fn name(level: Level) -> &'static str {
    match level {
        Level::Error => "ERROR",
        Level::Warn => "WARNING",
        Level::Info => "INFO",
        Level::Debug | Level::Trace => "DEBUG",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_looks_as_the_reference_s_does() {
        let time = chrono::NaiveDate::from_ymd_opt(2026, 1, 31).unwrap().and_hms_milli_opt(1, 2, 3, 45).unwrap();
        let record = Record::builder().level(Level::Warn).args(format_args!("no tasks")).build();
        assert_eq!(line(&record, time), "2026-01-31 01:02:03,045 - WARNING - no tasks\n");
    }
}
