//! Tasks and the changes they go through.

use rusqlite::{Row, params};
use serde::Serialize;
use serde_json::{Value, json};

use super::runs::{Created, Reason, Run, State};
use super::{Db, json as json_column};
use crate::local::time::Time;

/// Runs that a task may have.
pub(crate) const MAX_RUNS: usize = 50;

/// Priorities, the highest first.
pub(crate) const PRIORITIES: [&str; 7] = ["highest", "very-high", "high", "medium", "low", "very-low", "lowest"];

/// A task with its runs.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) task_id: String,
    /// The definition as `queue.task` answers it.
    pub(crate) definition: Value,
    pub(crate) runs: Vec<Run>,
    pub(crate) retries_left: u32,
    pub(crate) deadline: Time,
    pub(crate) expires: Time,
}

/// A run as `queue.status` answers it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NumberedRun<'a> {
    run_id: usize,
    #[serde(flatten)]
    run: &'a Run,
}

const COLUMNS: &str = "task_id, definition, runs, retries_left, deadline, expires";

impl Task {
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            task_id: row.get("task_id")?,
            definition: json_column(row, "definition")?,
            runs: json_column(row, "runs")?,
            retries_left: row.get("retries_left")?,
            deadline: row.get("deadline")?,
            expires: row.get("expires")?,
        })
    }

    /// A text of the definition; every definition has all of them.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.definition[name].as_str().unwrap_or_default()
    }

    /// Texts of a list of the definition.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let items = self.definition[name].as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    pub(crate) fn state(&self) -> State {
        self.runs.last().map_or(State::Unscheduled, |run| run.state)
    }

    /// The status as `queue.status` answers it.
    pub(crate) fn status(&self) -> Value {
        let runs: Vec<_> = self.runs.iter().enumerate().map(|(run_id, run)| NumberedRun { run_id, run }).collect();
        let definition = &self.definition;
        json!({
            "taskId": self.task_id,
            "provisionerId": definition["provisionerId"],
            "workerType": definition["workerType"],
            "taskQueueId": definition["taskQueueId"],
            "schedulerId": definition["schedulerId"],
            "projectId": definition["projectId"],
            "taskGroupId": definition["taskGroupId"],
            "priority": definition["priority"],
            "deadline": self.deadline,
            "expires": self.expires,
            "retriesLeft": self.retries_left,
            "state": self.state(),
            "runs": runs,
        })
    }

    /// Gives an unscheduled task its first run.
    pub(crate) fn schedule(&mut self, db: &Db<'_>, now: Time) -> rusqlite::Result<()> {
        if self.runs.is_empty() {
            self.runs.push(Run::pending(Created::Scheduled, now));
            self.save(db)?;
        }
        Ok(())
    }

    /// A new run for a task that is neither pending nor running and hasn't had [`MAX_RUNS`].
    pub(crate) fn rerun(&mut self, db: &Db<'_>, now: Time) -> rusqlite::Result<()> {
        let busy = matches!(self.state(), State::Pending | State::Running);
        if busy || self.runs.len() >= MAX_RUNS {
            return Ok(());
        }
        let retries = self.definition["retries"].as_u64().and_then(|retries| u32::try_from(retries).ok());
        let room = u32::try_from(MAX_RUNS - self.runs.len() - 1).unwrap_or_default();
        self.retries_left = retries.unwrap_or_default().min(room);
        self.runs.push(Run::pending(Created::Rerun, now));
        self.save(db)
    }

    /// Resolves a task that is not resolved, whether it ever ran or not; says whether it did.
    pub(crate) fn cancel(&mut self, db: &Db<'_>, reason: Reason, now: Time) -> rusqlite::Result<bool> {
        if self.state().is_resolved() {
            return Ok(false);
        }
        if self.runs.is_empty() {
            self.runs.push(Run::pending(Created::Exception, now));
        }
        if let Some(run) = self.runs.last_mut() {
            run.resolve(State::Exception, reason, now);
        }
        self.save(db)?;
        Ok(true)
    }

    /// Resolves the running run, with a new one after it if `retry` says so and retries are left.
    pub(crate) fn resolve(
        &mut self,
        db: &Db<'_>,
        (state, reason, retry): (State, Reason, Option<Created>),
        now: Time,
    ) -> rusqlite::Result<()> {
        let Some(run) = self.runs.last_mut().filter(|run| run.state == State::Running) else { return Ok(()) };
        run.resolve(state, reason, now);
        if let Some(created) = retry.filter(|_| self.retries_left > 0) {
            self.retries_left -= 1;
            self.runs.push(Run::pending(created, now));
        }
        self.save(db)
    }

    /// Writes a task for the first time.
    pub(crate) fn insert(&self, db: &Db<'_>) -> rusqlite::Result<()> {
        db.run(
            "INSERT INTO tasks (task_id, task_group_id, task_queue_id, state, priority, deadline, expires, \
             retries_left, definition, runs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '[]')",
            params![
                self.task_id,
                self.text("taskGroupId"),
                self.text("taskQueueId"),
                State::Unscheduled.name(),
                priority_number(self.text("priority")),
                self.deadline,
                self.expires,
                self.retries_left,
                self.definition.to_string(),
            ],
        )?;
        Ok(())
    }

    /// Writes what may change in a task's life.
    pub(crate) fn save(&self, db: &Db<'_>) -> rusqlite::Result<()> {
        let last = self.runs.last();
        let pending_since = last.filter(|run| run.state == State::Pending).map(|run| run.scheduled);
        let taken_until = last.filter(|run| run.state == State::Running).and_then(|run| run.taken_until);
        if pending_since.is_some() {
            db.note_pending();
        }
        db.run(
            "UPDATE tasks SET state = ?, pending_since = ?, taken_until = ?, retries_left = ?, runs = ? WHERE task_id = ?",
            params![
                self.state().name(),
                pending_since,
                taken_until,
                self.retries_left,
                json!(self.runs).to_string(),
                self.task_id,
            ],
        )?;
        Ok(())
    }

    /// Changes the priority, in the definition too.
    pub(crate) fn set_priority(&mut self, db: &Db<'_>, priority: &str) -> rusqlite::Result<()> {
        self.definition["priority"] = json!(priority);
        db.run(
            "UPDATE tasks SET priority = ?, definition = ? WHERE task_id = ?",
            params![priority_number(priority), self.definition.to_string(), self.task_id],
        )?;
        Ok(())
    }
}

fn priority_number(priority: &str) -> i64 {
    PRIORITIES.iter().rev().position(|name| *name == priority).and_then(|place| i64::try_from(place).ok()).unwrap_or(0)
}

impl Db<'_> {
    pub(crate) fn task(&self, task_id: &str) -> rusqlite::Result<Option<Task>> {
        self.one(&format!("SELECT {COLUMNS} FROM tasks WHERE task_id = ?"), [task_id], Task::from_row)
    }

    /// The tasks of a query that ends `SELECT … FROM tasks`.
    pub(crate) fn tasks(&self, rest: &str, params: impl rusqlite::Params) -> rusqlite::Result<Vec<Task>> {
        self.all(&format!("SELECT {COLUMNS} FROM tasks {rest}"), params, Task::from_row)
    }
}
