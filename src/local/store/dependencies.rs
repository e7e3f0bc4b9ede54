//! Which task waits for which.

use rusqlite::params;

use super::Db;
use super::runs::State;
use super::tasks::Task;
use crate::local::time::Time;

impl Db<'_> {
    /// Notes what a task waits for, and which of it is there already; says whether it is all there.
    pub(crate) fn track_dependencies(&self, task: &Task, required: &[Task]) -> rusqlite::Result<bool> {
        for other in required {
            let satisfied = satisfies(task, other.state());
            self.run(
                "INSERT INTO task_dependencies (dependent, required, satisfied) VALUES (?, ?, ?)",
                params![task.task_id, other.task_id, satisfied],
            )?;
        }
        self.is_blocked(&task.task_id).map(|blocked| !blocked)
    }

    /// Notes a dependency of a task on itself: it is never there.
    pub(crate) fn track_dependency_on_itself(&self, task: &Task) -> rusqlite::Result<()> {
        self.run(
            "INSERT INTO task_dependencies (dependent, required, satisfied) VALUES (?1, ?1, 0)",
            params![task.task_id],
        )
        .map(drop)
    }

    fn is_blocked(&self, task_id: &str) -> rusqlite::Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM task_dependencies WHERE dependent = ? AND NOT satisfied)";
        self.count(sql, [task_id]).map(|found| found != 0)
    }

    /// Schedules every task that waited for nothing else than this one.
    pub(crate) fn schedule_dependents(&self, resolved: &Task, now: Time) -> rusqlite::Result<()> {
        let sql = "SELECT dependent FROM task_dependencies WHERE required = ? AND NOT satisfied";
        let waiting: Vec<String> = self.all(sql, [&resolved.task_id], |row| row.get(0))?;
        for dependent in waiting {
            let Some(mut task) = self.task(&dependent)?.filter(|task| satisfies(task, resolved.state())) else {
                continue;
            };
            self.run(
                "UPDATE task_dependencies SET satisfied = 1 WHERE dependent = ? AND required = ?",
                params![dependent, resolved.task_id],
            )?;
            if task.deadline >= now && !self.is_blocked(&dependent)? {
                task.schedule(self, now)?;
            }
        }
        Ok(())
    }
}

/// Whether a task that waits is content with how the other one ended.
fn satisfies(task: &Task, state: State) -> bool {
    match state {
        State::Completed => true,
        State::Failed | State::Exception => task.text("requires") == "all-resolved",
        State::Unscheduled | State::Pending | State::Running => false,
    }
}
