//! Which tasks need not run because another task can take their place: those all of whose dependencies are gone or
//! replaced themselves.

use std::collections::BTreeMap;

use arcstr::ArcStr;
use chrono::{DateTime, Utc};

use super::log::Log;
use super::removal::Removal;
use super::{Facts, Plan, Said, Verdict, cycle};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::shared::relative_time;
use crate::model::{Label, Task};

const EXISTING_TASKS: ArcStr = arcstr::literal!("existing_tasks");

/// That a task is replaced, or left out after all.
#[derive(Clone, Debug)]
pub(super) struct Replaced {
    pub(super) verdict: Verdict,
    pub(super) reason: ArcStr,
}

/// What became of every task, in the order of the target graph: what [`Removal`] says, and on top of it
/// replacements, and removals by strategies that only find out now.
#[derive(Debug)]
pub(super) struct Replacement {
    /// Why a task was replaced (or removed now), for those that were.
    pub(super) replaced: Vec<Option<Replaced>>,
    /// What the strategies said, of the tasks whose strategy was asked.
    pub(super) said: Vec<Option<Said>>,
    /// Whether a task is left out, by either phase.
    pub(super) is_removed: Vec<bool>,
}

impl Replacement {
    /// Whether the task is neither created nor replaced.
    fn is_settled(&self, at: usize) -> bool {
        self.is_removed[at] || self.replaced[at].is_some()
    }
}

/// Decides which tasks others take the place of.
///
/// # Errors
/// A cycle of dependencies, or a deadline that is no time.
pub(super) fn replace(
    plan: &Plan<'_>,
    removal: &Removal,
    facts: &Facts,
    log: &mut Log,
) -> Result<Replacement, Mistakes> {
    let order = plan.edges.dependencies_first().map_err(|labels| cycle(&labels))?;
    let count = plan.tasks.len();
    let is_removed = (0..count).map(|at| removal.is_removed(at)).collect();
    let mut result = Replacement { replaced: vec![None; count], said: vec![None; count], is_removed };
    let (mut counts, mut mistakes) = (BTreeMap::new(), Mistakes::default());
    let mut deadlines = Deadlines { now: plan.request.now, known: vec![None; count] };
    for node in order {
        let at = node.index();
        let visited = visit(plan, &mut result, at, facts, &mut deadlines, log);
        let Some(decision) = visited.map_err(|mistake| mistakes.extend([mistake])).unwrap_or_default() else {
            continue;
        };
        *counts.entry(decision.reason.clone()).or_default() += 1;
        result.is_removed[at] |= decision.verdict == Verdict::Remove;
        result.replaced[at] = Some(decision);
    }
    log.summary("replaced", &counts);
    mistakes.or(result)
}

fn visit(
    plan: &Plan<'_>,
    so_far: &mut Replacement,
    at: usize,
    facts: &Facts,
    deadlines: &mut Deadlines,
    log: &mut Log,
) -> Result<Option<Replaced>, Diagnostic> {
    let planned = &plan.tasks[at];
    let label = &planned.task.label;
    log.debug(format!("replace_tasks: {label}"));
    if planned.is_protected {
        log.debug(format!("replace_tasks: {label} is in do_not_optimize"));
        return Ok(None);
    }
    if !plan.dependencies(at).into_iter().all(|on| so_far.is_settled(on)) {
        log.debug(format!("replace_tasks: {label} depends on an unreplaced or unremoved task"));
        return Ok(None);
    }
    if let Some(existing) = plan.request.existing_tasks.get(label) {
        log.debug(format!("replace_tasks: {label} replaced from existing_tasks"));
        return Ok(Some(Replaced { verdict: Verdict::Replace(existing.clone()), reason: EXISTING_TASKS }));
    }
    // What an earlier run created before it was killed must not be decided anew: by now it may be in the index itself.
    if !planned.strategy.index_paths().is_empty() && facts.exists(&plan.request.ids.of(label)) {
        log.debug(format!("replace_tasks: {label} was created by an earlier run"));
        return Ok(None);
    }
    // Only who looks for another task must know how long it is needed.
    let deadline = match planned.strategy.index_paths().is_empty() {
        true => None,
        false => deadlines.latest(plan, &plan.dependents(at))?,
    };
    let said = planned.strategy.replacement(planned.task, deadline, facts, log);
    let verdict = said.verdict.clone();
    so_far.said[at] = Some(said);
    log.debug(match &verdict {
        Verdict::Keep => format!("replace_tasks: {label} kept by optimization strategy"),
        Verdict::Remove => format!("replace_tasks: {label} removed by optimization strategy"),
        Verdict::Replace(id) => format!("replace_tasks: {label} replaced with {id} by optimization strategy"),
    });
    Ok((verdict != Verdict::Keep).then(|| Replaced { verdict, reason: planned.reason.clone() }))
}

/// When tasks must be done; many tasks share dependents, so each is worked out once.
struct Deadlines {
    now: DateTime<Utc>,
    known: Vec<Option<DateTime<Utc>>>,
}

impl Deadlines {
    /// The latest deadline of these tasks, also of those that are left out; none if there are none.
    fn latest(&mut self, plan: &Plan<'_>, tasks: &[usize]) -> Result<Option<DateTime<Utc>>, Diagnostic> {
        let mut latest = None;
        for &at in tasks {
            let deadline = match self.known[at] {
                Some(known) => known,
                None => deadline(plan.tasks[at].task, self.now)?,
            };
            self.known[at] = Some(deadline);
            latest = latest.max(Some(deadline));
        }
        Ok(latest)
    }
}

fn deadline(task: &Task<Label>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Diagnostic> {
    let written = task.definition.get("deadline");
    let resolved = written.map(|written| relative_time::resolve_all(written, now)).transpose();
    let resolved = resolved.map_err(|mistake| mistake.in_task(task.label.as_str()))?;
    let time = resolved.as_ref().and_then(|node| node.as_str()?.parse::<DateTime<Utc>>().ok());
    time.ok_or_else(|| {
        let span = written.map_or(task.span, |written| written.span.or(task.span));
        Diagnostic::error(format!("task `{}` has no `deadline` that is a time", task.label))
            .at(span)
            .in_task(task.label.as_str())
    })
}
