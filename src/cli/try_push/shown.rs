//! What a push would run and cost, and the commit that asks for it, for people.

use std::collections::BTreeMap;
use std::fmt;

use crate::generate::Target;
use crate::model::{CarrierName, Label, LabelGraph, Task};
use crate::sources::proposal::{Load, Proposal};
use crate::yaml::Node;

/// How many labels are listed.
const LISTED: usize = 50;

/// What the tasks of a push need at most: nobody knows before which of them are optimized away.
#[derive(Clone, Debug, Default)]
pub(super) struct Cost {
    /// Worker pool → what runs there.
    pools: BTreeMap<String, Pool>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Pool {
    tasks: usize,
    /// Seconds after which the workers end the tasks.
    seconds: u64,
}

impl Cost {
    /// What the targets and all they depend on need.
    pub(super) fn of(full: &LabelGraph, target: &Target) -> Self {
        let mut cost = Self::default();
        for label in target.graph.keys() {
            let Some(task) = full.get(label) else { continue };
            let copies = attribute(task, "task_duplicates").unwrap_or(1);
            let seconds = task.definition.get("payload").and_then(|payload| payload.get("maxRunTime")?.as_i64());
            let seconds = u64::try_from(seconds.unwrap_or_default()).unwrap_or_default();
            let pool = cost.pools.entry(pool(task)).or_default();
            pool.tasks += usize::try_from(copies).unwrap_or(usize::MAX);
            pool.seconds += copies * seconds;
        }
        cost
    }

    /// How many tasks there are.
    pub(super) fn tasks(&self) -> usize {
        self.pools.values().map(|pool| pool.tasks).sum()
    }

    fn seconds(&self) -> u64 {
        self.pools.values().map(|pool| pool.seconds).sum()
    }
}

fn attribute(task: &Task<Label>, name: &str) -> Option<u64> {
    u64::try_from(task.attribute(name)?.as_i64()?).ok()
}

fn pool(task: &Task<Label>) -> String {
    let text = |key: &str| task.definition.get(key).and_then(Node::as_str);
    match (text("taskQueueId"), text("provisionerId"), text("workerType")) {
        (Some(queue), ..) => queue.to_owned(),
        (None, provisioner, worker_type) => {
            format!("{}/{}", provisioner.unwrap_or_default(), worker_type.unwrap_or_default())
        }
    }
}

/// What is shown before anything is pushed.
pub(super) struct Shown<'a> {
    pub(super) target: &'a Target,
    pub(super) cost: &'a Cost,
    pub(super) carrier: CarrierName,
    pub(super) proposal: &'a Proposal,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (target, cost) = (self.target, self.cost);
        if let Some(chosen) = &target.chosen {
            writeln!(formatter, "Query: {}", chosen.selection.query)?;
        }
        writeln!(formatter, "Selected: {}", counted(target.set.len(), "task"))?;
        for label in target.set.iter().take(LISTED) {
            writeln!(formatter, "    {label}")?;
        }
        if let Some(more) = target.set.len().checked_sub(LISTED).filter(|more| *more > 0) {
            writeln!(formatter, "    and {more} more")?;
        }
        let (tasks, time) = (counted(cost.tasks(), "task"), hours(cost.seconds()));
        writeln!(formatter, "Estimated cost: with what they depend on at most {tasks}, {time} of workers")?;
        for (pool, Pool { tasks, seconds }) in &cost.pools {
            writeln!(formatter, "    {pool}: {}, {}", counted(*tasks, "task"), hours(*seconds))?;
        }
        writeln!(formatter, "Commit, which carries it as `{}`:", self.carrier.name())?;
        indented(formatter, &self.proposal.full_message())?;
        match &self.proposal.load {
            Load::Message(_) => Ok(()),
            Load::File { name, content } => {
                writeln!(formatter, "File `{name}`:")?;
                indented(formatter, content)
            }
            Load::Note { reference, content } => {
                writeln!(formatter, "Note `{reference}`:")?;
                indented(formatter, content)
            }
            Load::Extra { key, value } => {
                writeln!(formatter, "Extra field `{key}`:")?;
                indented(formatter, value)
            }
        }
    }
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn hours(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    format!("{} h {:02} min", minutes / 60, minutes % 60)
}

fn indented(formatter: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for line in text.trim_end().lines() {
        writeln!(formatter, "{}", format!("    {line}").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_up_to_minutes() {
        assert_eq!([0, 1, 3600, 5_401].map(hours), ["0 h 00 min", "0 h 01 min", "1 h 00 min", "1 h 31 min"]);
        assert_eq!([counted(1, "task"), counted(0, "task")], ["1 task", "0 tasks"]);
    }
}
