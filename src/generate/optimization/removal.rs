//! Which tasks are left out: those their strategies remove, and those nothing needs any more.
//!
//! Dependents are visited before what they depend on. A task with `if-dependencies` that would stay is only a
//! candidate until it is known whether one of those stays; so is a removed task that such a candidate still needs.

use std::collections::BTreeMap;

use arcstr::ArcStr;

use super::log::Log;
use super::strategies::Changes;
use super::{Plan, Said, Verdict, cycle};
use crate::diagnostics::Mistakes;

const DO_NOT_OPTIMIZE: ArcStr = arcstr::literal!("do not optimize");
const DEPENDENT_TASKS: ArcStr = arcstr::literal!("dependent tasks");
const DEPENDENTS_OPTIMIZED: ArcStr = arcstr::literal!("dependents optimized");
/// Why a task stays that was to be removed, but is needed by one that hangs on another: the reference has no word.
const IF_DEPENDENCIES: ArcStr = arcstr::literal!("if-dependencies");
const PRUNING: ArcStr = arcstr::literal!("if-dependencies pruning");

/// What became of every task, in the order of the target graph.
#[derive(Debug)]
pub(super) struct Removal {
    pub(super) fates: Vec<Fate>,
    /// What the strategies said, of the tasks whose strategy was asked.
    pub(super) said: Vec<Option<Said>>,
}

/// Whether a task stays, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Kept(ArcStr),
    Removed(ArcStr),
}

impl Fate {
    pub(super) const fn reason(&self) -> &ArcStr {
        match self {
            Self::Kept(reason) | Self::Removed(reason) => reason,
        }
    }

    pub(super) const fn verdict(&self) -> Verdict {
        match self {
            Self::Kept(_) => Verdict::Keep,
            Self::Removed(_) => Verdict::Remove,
        }
    }
}

impl Removal {
    pub(super) fn is_removed(&self, at: usize) -> bool {
        matches!(self.fates[at], Fate::Removed(_))
    }
}

/// Decides which tasks are left out.
///
/// # Errors
/// A cycle of dependencies.
pub(super) fn remove(plan: &Plan<'_>, log: &mut Log) -> Result<Removal, Mistakes> {
    let order = plan.edges.dependents_first().map_err(|labels| cycle(&labels))?;
    let changes = Changes::new(plan.request.parameters);
    let mut walk = Walk::new(plan);
    for node in order {
        walk.visit(node.index(), &changes, log);
    }
    walk.prune();
    let fates = walk.fates.into_iter().map(|fate| fate.unwrap_or(Fate::Kept(IF_DEPENDENCIES))).collect();
    let removal = Removal { fates, said: walk.said };
    report(plan, &removal, &walk.told, log);
    Ok(removal)
}

fn report(plan: &Plan<'_>, removal: &Removal, told: &[usize], log: &mut Log) {
    let mut counts = BTreeMap::new();
    for &at in told {
        let fate = &removal.fates[at];
        let action = match fate {
            Fate::Kept(_) => "kept",
            Fate::Removed(reason) => {
                *counts.entry(reason.clone()).or_default() += 1;
                "removed"
            }
        };
        log.debug(format!("optimize: {} {action} because of {}", plan.label(at), fate.reason()));
    }
    log.summary("removed", &counts);
}

/// The visit of all tasks, as far as it has come.
struct Walk<'p, 'a> {
    plan: &'p Plan<'a>,
    /// Nothing for a task not visited yet, and for one that is a candidate only because a candidate needs it.
    fates: Vec<Option<Fate>>,
    /// Tasks that may still turn out to be unneeded.
    is_candidate: Vec<bool>,
    /// The tasks in the order they first got a fate.
    told: Vec<usize>,
    /// What strategies said, where they were asked.
    said: Vec<Option<Said>>,
}

impl<'p, 'a> Walk<'p, 'a> {
    fn new(plan: &'p Plan<'a>) -> Self {
        let count = plan.tasks.len();
        Self {
            plan,
            fates: vec![None; count],
            is_candidate: vec![false; count],
            told: Vec::with_capacity(count),
            said: vec![None; count],
        }
    }

    fn visit(&mut self, at: usize, changes: &Changes<'_>, log: &mut Log) {
        let plan = self.plan;
        let planned = &plan.tasks[at];
        let dependents = plan.dependents(at);
        let (prunable, others): (Vec<usize>, Vec<usize>) =
            dependents.into_iter().partition(|&by| self.is_prunable(by, at));
        let is_needed = others.into_iter().any(|by| !self.is_removed(by));
        if planned.is_protected {
            self.keep(at, DO_NOT_OPTIMIZE, prunable);
        } else if is_needed {
            self.keep(at, DEPENDENT_TASKS, prunable);
        } else if !plan.request.requested.contains(&planned.task.label) {
            self.remove(at, DEPENDENTS_OPTIMIZED, &prunable);
        } else if self.ask(at, changes, log) != Verdict::Keep {
            self.remove(at, planned.reason.clone(), &prunable);
        } else if planned.task.if_dependencies.is_empty() {
            self.keep(at, planned.reason.clone(), prunable);
        } else {
            // What it depends on has not been visited yet.
            self.tell(at, Fate::Kept(planned.reason.clone()));
            self.is_candidate[at] = true;
        }
    }

    /// What the task's strategy says to leaving it out.
    fn ask(&mut self, at: usize, changes: &Changes<'_>, log: &mut Log) -> Verdict {
        let planned = &self.plan.tasks[at];
        let said = planned.strategy.removal(planned.task, changes, log);
        let verdict = said.verdict.clone();
        self.said[at] = Some(said);
        verdict
    }

    /// Whether the dependent `by` need not keep `at`: it may go itself, and unless it says which of its dependencies
    /// it hangs on, it hangs on all of them.
    fn is_prunable(&self, by: usize, at: usize) -> bool {
        let wanted = &self.plan.tasks[by].task.if_dependencies;
        self.is_candidate[by] && (wanted.is_empty() || wanted.contains(self.plan.label(at)))
    }

    fn is_removed(&self, at: usize) -> bool {
        matches!(self.fates[at], Some(Fate::Removed(_)))
    }

    fn tell(&mut self, at: usize, fate: Fate) {
        if self.fates[at].replace(fate).is_none() {
            self.told.push(at);
        }
    }

    /// The task stays, and so do the candidates that were waiting for it, and theirs.
    fn keep(&mut self, at: usize, reason: ArcStr, mut waiting: Vec<usize>) {
        self.tell(at, Fate::Kept(reason));
        while let Some(next) = waiting.pop() {
            // A candidate without `if-dependencies` was to be removed; a task it depends on does not save it.
            if self.is_candidate[next] && !self.plan.tasks[next].task.if_dependencies.is_empty() {
                self.is_candidate[next] = false;
                waiting.extend(self.plan.dependents(next).into_iter().filter(|&by| self.is_candidate[by]));
            }
        }
    }

    /// The task goes; but if candidates still need it, only together with them.
    fn remove(&mut self, at: usize, reason: ArcStr, prunable: &[usize]) {
        if prunable.is_empty() {
            self.tell(at, Fate::Removed(reason));
        } else {
            self.is_candidate[at] = true;
        }
    }

    /// Removes the candidates that are left, but for those that a task which stays depends on.
    fn prune(&mut self) {
        let mut ahead: Vec<usize> = (0..self.fates.len()).filter(|&at| self.is_candidate[at]).collect();
        // Who stays may keep another candidate: go on until nothing changes. (The reference goes over them once, and
        // fails later where that was not enough.)
        while let Some(at) = ahead.pop() {
            let stays = |by: &usize| !self.is_candidate[*by] && !self.is_removed(*by);
            if self.is_candidate[at] && self.plan.dependents(at).iter().any(stays) {
                self.is_candidate[at] = false;
                self.tell(at, Fate::Kept(DEPENDENT_TASKS));
                ahead.extend(self.plan.dependencies(at).into_iter().filter(|&next| self.is_candidate[next]));
            }
        }
        for at in (0..self.fates.len()).filter(|&at| self.is_candidate[at]).collect::<Vec<_>>() {
            self.tell(at, Fate::Removed(PRUNING));
        }
    }
}
