//! What a task can be asked for by name, beside its attributes.

/// A property of a task that patterns are compared with. A task may have several texts for one; any of them counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Its name in the push.
    Label,
    /// The kind that made it.
    Kind,
    /// What it builds for or tests on.
    Platform,
    /// The test suite it runs.
    Suite,
    /// Its tier on Treeherder.
    Tier,
    /// Its symbol on Treeherder.
    Symbol,
    /// The group of its symbol on Treeherder.
    Group,
    /// The worker pool it runs on.
    WorkerType,
    /// A scope it has.
    Scope,
}

impl Field {
    /// All of them, in the order of the manual.
    pub const ALL: [Self; 9] = [
        Self::Label,
        Self::Kind,
        Self::Platform,
        Self::Suite,
        Self::Tier,
        Self::Symbol,
        Self::Group,
        Self::WorkerType,
        Self::Scope,
    ];

    /// Its name in a query.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Kind => "kind",
            Self::Platform => "platform",
            Self::Suite => "suite",
            Self::Tier => "tier",
            Self::Symbol => "symbol",
            Self::Group => "group",
            Self::WorkerType => "worker-type",
            Self::Scope => "scope",
        }
    }
}
