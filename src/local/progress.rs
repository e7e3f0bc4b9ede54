//! How happenings look: a progress bar on a terminal, plain lines elsewhere; and states as a table.

use std::io::{IsTerminal as _, Write, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::report::{Event, Reporter};
use super::status::{Counts, GroupStatus, TaskStatus};

/// What is told on the error stream: a bar if it is a terminal, else lines. `is_verbose` adds every run's output.
#[must_use]
pub fn on_stderr(is_verbose: bool) -> Arc<dyn Reporter> {
    if stderr().is_terminal() { Arc::new(Bar::new(is_verbose)) } else { Arc::new(Lines::new(stderr(), is_verbose)) }
}

/// The line an event is told in; nothing for what is told otherwise or not worth one.
fn line(event: &Event<'_>, is_verbose: bool) -> Option<String> {
    match event {
        Event::Created { task_id, name } => Some(format!("created {task_id} {name}")),
        Event::HookRegistered { name } => Some(format!("registered hook {name}")),
        Event::Note(note) => Some(format!("note: {note}")),
        Event::Started { task_id, run_id, name, .. } => {
            is_verbose.then(|| format!("started {task_id} {name}, run {run_id}"))
        }
        Event::Output { name, line } => is_verbose.then(|| format!("{name}: {line}")),
        Event::Resolved { task_id, name, how, .. } => {
            (is_verbose || *how != "completed").then(|| format!("{task_id} {name} {how}"))
        }
        Event::Progress { .. } => None,
    }
}

/// Plain lines, for logs.
pub struct Lines<W> {
    state: Mutex<LinesState<W>>,
    is_verbose: bool,
}

struct LinesState<W> {
    output: W,
    /// The group that was told of last, its size, and how many tenths of it were resolved.
    told: Option<(String, usize, usize)>,
}

impl<W: Write> Lines<W> {
    /// Lines written to `output`; with every run's output if `is_verbose`.
    pub const fn new(output: W, is_verbose: bool) -> Self {
        Self { state: Mutex::new(LinesState { output, told: None }), is_verbose }
    }
}

impl<W: Write + Send> Reporter for Lines<W> {
    fn tell(&self, event: &Event<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let line = match event {
            Event::Progress { task_group_id, counts } => state.progress(task_group_id, counts),
            other => line(other, self.is_verbose),
        };
        if let Some(line) = line {
            // Nobody may be reading any more; the work goes on.
            let _ = writeln!(state.output, "{line}");
        }
    }
}

impl<W> LinesState<W> {
    /// A line for every tenth, not for every task.
    fn progress(&mut self, group: &str, counts: &Counts) -> Option<String> {
        let now = (group.to_owned(), counts.total(), counts.resolved() * 10 / counts.total().max(1));
        if self.told.as_ref() == Some(&now) {
            return None;
        }
        self.told = Some(now);
        Some(format!("group {group}: {counts}"))
    }
}

/// A progress bar with lines above it.
struct Bar {
    bar: ProgressBar,
    is_verbose: bool,
}

impl Bar {
    fn new(is_verbose: bool) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} ({elapsed})");
        let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, is_verbose }
    }
}

impl Reporter for Bar {
    fn tell(&self, event: &Event<'_>) {
        if let Event::Progress { counts, .. } = event {
            self.bar.set_length(counts.total() as u64);
            self.bar.set_position(counts.resolved() as u64);
            self.bar.set_message(counts.to_string());
        } else if let Some(line) = line(event, self.is_verbose) {
            self.bar.println(line);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Groups and their tasks as a table, with counts below each.
#[must_use]
pub fn table(groups: &[GroupStatus]) -> String {
    groups.iter().map(group_table).collect::<Vec<_>>().join("\n")
}

fn group_table(group: &GroupStatus) -> String {
    let mut lines = vec![match &group.push {
        Some(push) => format!(
            "group {} · {} of {} {} at {}",
            group.task_group_id,
            push.tasks_for,
            push.repository,
            push.reference,
            push.revision.get(..12).unwrap_or(&push.revision)
        ),
        None => format!("group {}", group.task_group_id),
    }];
    let width = group.tasks.iter().map(|task| task.name.chars().count()).max().unwrap_or(0);
    lines.extend(group.tasks.iter().map(|task| task_line(task, width)));
    lines.push(format!("  {}", group.counts()));
    lines.join("\n") + "\n"
}

fn task_line(task: &TaskStatus, width: usize) -> String {
    let runs = if task.runs > 1 { format!(" · {} runs", task.runs) } else { String::new() };
    // The reason says more than the state only where they differ.
    let reason = task.reason.as_deref().filter(|reason| *reason != task.state.name());
    let reason = reason.map(|reason| format!(" · {reason}")).unwrap_or_default();
    format!("  {}  {:width$}  {}{reason}{runs}", task.task_id, task.name, task.state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::status::State;

    fn task(name: &str, state: State, reason: Option<&str>, runs: usize) -> TaskStatus {
        TaskStatus {
            task_id: format!("{name:_<22}"),
            name: name.to_owned(),
            task_queue_id: "a/b".to_owned(),
            state,
            runs,
            begun: runs,
            reason: reason.map(str::to_owned),
            dependencies: Vec::new(),
            requires_all_resolved: false,
        }
    }

    #[test]
    fn a_table_lines_up() {
        let tasks = vec![
            task("build", State::Completed, Some("completed"), 1),
            task("test-linux", State::Exception, Some("canceled"), 2),
        ];
        let groups = [GroupStatus { task_group_id: "G".into(), push: None, tasks }];
        insta::assert_snapshot!(table(&groups), @r"
        group G
          build_________________  build       completed
          test-linux____________  test-linux  exception · canceled · 2 runs
          1 completed, 1 exception
        ");
    }

    #[test]
    fn lines_tell_tenths_and_failures() {
        let lines = Lines::new(Vec::new(), false);
        for done in 0..=100 {
            let states = (0..100).map(|n| if n < done { State::Completed } else { State::Pending });
            lines.tell(&Event::Progress { task_group_id: "G", counts: &Counts::of(states) });
        }
        lines.tell(&Event::Resolved { task_id: "T", run_id: 0, name: "a", how: "completed" });
        lines.tell(&Event::Resolved { task_id: "T", run_id: 0, name: "b", how: "failed: exit code 1" });
        let text = String::from_utf8(lines.state.into_inner().unwrap().output).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 12);
        assert_eq!((lines[0], lines[11]), ("group G: 100 pending", "T b failed: exit code 1"));
    }
}
