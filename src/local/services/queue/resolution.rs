//! What follows when a task is resolved, and what resolves tasks when time passes.

use crate::local::api::Time;
use crate::local::services::index;
use crate::local::store::Db;
use crate::local::store::runs::{Created, Reason, State};
use crate::local::store::tasks::Task;

/// Schedules what waited for the task, and indexes it if it is completed.
///
/// A task that got a retry isn't resolved; nothing follows.
pub(crate) fn after_resolution(db: &Db<'_>, task: &Task, now: Time) -> rusqlite::Result<()> {
    if !task.state().is_resolved() {
        return Ok(());
    }
    if task.state() == State::Completed {
        index::index_completed(db, task)?;
    }
    db.schedule_dependents(task, now)
}

/// Resolves what time has resolved by now: claims that ran out, tasks past their deadline.
///
/// The real queue polls for both, seconds to a minute later; here it happens as soon as anyone looks.
pub(crate) fn sweep(db: &Db<'_>, now: Time) -> rusqlite::Result<()> {
    for mut task in db.tasks("WHERE taken_until < ?1 AND deadline >= ?1", [now])? {
        task.resolve(db, (State::Exception, Reason::ClaimExpired, Some(Created::Retry)), now)?;
        after_resolution(db, &task, now)?;
    }
    let overdue = "WHERE deadline < ? AND state IN ('unscheduled', 'pending', 'running')";
    for mut task in db.tasks(overdue, [now])? {
        task.cancel(db, Reason::DeadlineExceeded, now)?;
        after_resolution(db, &task, now)?;
    }
    Ok(())
}
