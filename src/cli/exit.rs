//! Exit codes: what a caller can conclude without reading the report.

use std::process::ExitCode;

/// How the program ends. `docs/exit-codes.md` and `--help` say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// What was asked for is done.
    Done,
    /// The tree or the input is wrong; running again changes nothing.
    Wrong,
    /// The command line cannot be understood.
    Usage,
    /// A service did not answer; running again may help (`EX_TEMPFAIL` of sysexits.h).
    Unavailable,
    /// The user interrupted it (128 + SIGINT, as shells report it).
    Interrupted,
    /// A bug in the program (the code of a Rust panic).
    Bug,
    /// The task that the program ran ended with this code.
    Task(u8),
}

impl Exit {
    /// Every way to end by ourselves, by number.
    pub(crate) const ALL: &[Self] =
        &[Self::Done, Self::Wrong, Self::Usage, Self::Unavailable, Self::Bug, Self::Interrupted];

    /// The number the operating system is given.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Wrong => 1,
            Self::Usage => 2,
            Self::Unavailable => 75,
            Self::Bug => 101,
            Self::Interrupted => 130,
            Self::Task(code) => code,
        }
    }

    /// What it means, for `--help` and the documentation.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Wrong => "the tree or the input is wrong; the report says where",
            Self::Usage => "the command line is wrong",
            Self::Unavailable => "a service was unavailable; running again may help",
            Self::Bug => "a bug in pushgraph",
            Self::Interrupted => "interrupted",
            Self::Task(_) => "load-task: the code of the task",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The table of exit codes that ends `--help`.
pub(crate) fn table() -> String {
    let rows = Exit::ALL.iter().map(|exit| format!("  {:>3}  {}", exit.code(), exit.meaning()));
    let task = format!("  any  {}", Exit::Task(0).meaning());
    std::iter::once("Exit codes:".to_owned()).chain(rows).chain([task]).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_code() {
        let page = include_str!("../../docs/exit-codes.md");
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit.code(), exit.meaning());
            assert!(page.contains(&row), "docs/exit-codes.md lacks: {row}");
        }
        let row = format!("| any | {} |", Exit::Task(0).meaning());
        assert!(page.contains(&row), "docs/exit-codes.md lacks: {row}");
    }

    #[test]
    fn codes_are_distinct_and_sorted() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert!(codes.is_sorted_by(|one, two| one < two), "{codes:?}");
    }
}
