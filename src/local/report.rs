//! What happens while a push is made and worked on, told to whoever prints it.

use super::status::Counts;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A task now exists.
    Created {
        /// Its id.
        task_id: &'a str,
        /// Its `metadata.name`.
        name: &'a str,
    },
    /// An action hook now exists.
    HookRegistered {
        /// `<hookGroupId>/<hookId>`.
        name: &'a str,
    },
    /// The local worker has begun a run.
    Started {
        /// The task.
        task_id: &'a str,
        /// The run.
        run_id: u64,
        /// Its `metadata.name`.
        name: &'a str,
        /// The pool it was claimed from.
        task_queue_id: &'a str,
    },
    /// A process of a run wrote a line, without its newline.
    Output {
        /// The task's name.
        name: &'a str,
        /// The line.
        line: &'a str,
    },
    /// A run has ended.
    Resolved {
        /// The task.
        task_id: &'a str,
        /// The run.
        run_id: u64,
        /// The task's name.
        name: &'a str,
        /// How, such as `completed` or `failed: exit code 1`.
        how: &'a str,
    },
    /// How far the group is.
    Progress {
        /// The group.
        task_group_id: &'a str,
        /// How many of its tasks are in which state.
        counts: &'a Counts,
    },
    /// Something the user should know but need not act on.
    Note(&'a str),
}

/// Is told what happens, from several threads.
pub trait Reporter: Send + Sync {
    /// Something happened.
    fn tell(&self, event: &Event<'_>);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn tell(&self, _: &Event<'_>) {}
}
