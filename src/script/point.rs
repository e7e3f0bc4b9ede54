//! Where a tree may register code of its own under a name.

use std::fmt;

/// An extension point: a name in the tree's YAML that a built-in step looks up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// `task-context: from-…`: further values for a task's fields.
    Context,
    /// `fetch: type`.
    FetchBuilder,
    /// `filters` of the parameters.
    Filter,
    /// `from-deps: group-by`.
    GroupBy,
    /// `index: type`.
    IndexBuilder,
    /// Changes of the graph before it is created.
    Morph,
    /// The implementation of a worker.
    PayloadBuilder,
    /// `run: using`; the name is `implementation:using`.
    RunUsing,
    /// `from-deps: set-name`.
    SetName,
    /// `optimization`.
    Strategy,
    /// `target_tasks_method` of the parameters.
    TargetTasks,
    /// Checks of parameters, kinds and graphs.
    Verification,
}

impl Point {
    /// All of them, in order.
    pub const ALL: [Self; 12] = [
        Self::Context,
        Self::FetchBuilder,
        Self::Filter,
        Self::GroupBy,
        Self::IndexBuilder,
        Self::Morph,
        Self::PayloadBuilder,
        Self::RunUsing,
        Self::SetName,
        Self::Strategy,
        Self::TargetTasks,
        Self::Verification,
    ];

    /// What it is called, between languages and in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Context => "context",
            Self::FetchBuilder => "fetch-builder",
            Self::Filter => "filter",
            Self::GroupBy => "group-by",
            Self::IndexBuilder => "index-builder",
            Self::Morph => "morph",
            Self::PayloadBuilder => "payload-builder",
            Self::RunUsing => "run-using",
            Self::SetName => "set-name",
            Self::Strategy => "strategy",
            Self::TargetTasks => "target-tasks",
            Self::Verification => "verification",
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
