//! Runs every task that the push asked for and that has not succeeded there.

use std::collections::BTreeMap;

use futures::future::LocalBoxFuture;

use super::support::{Call, Error, Extension, PushTasks};
use super::{Action, GENERIC, GROUP, Origin, always};
use crate::history::runs::Runs;
use crate::model::{Label, Task, TaskId};
use crate::sources::pushlog::Push;
use crate::yaml::Node;

pub(super) const ACTION: Action = Action {
    cb_name: "fill",
    name: "fill",
    title: "Fill in the push",
    symbol: "fill",
    description: "Run every task of the push's target set that has neither succeeded there nor is under way. Periodic \
                  tasks are left out.",
    order: 260,
    context: GROUP,
    permission: GENERIC,
    schema: None,
    available: always,
    origin: Origin::Extra,
    run,
};

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let push = PushTasks::fetch(call).await?;
        let target = push.target_tasks(call).await?;
        let mut jobs = call.services.jobs.of_push(&pushed(call), &push.decision_task_id).await?;
        // What this very action made before it was killed is still its to make, or its artifacts would not tell of it.
        let creator = call.creator()?;
        jobs.retain(|job| job.task_id.as_ref() != Some(&TaskId::derive(&creator, &job.label, 0)));
        let runs: BTreeMap<&Label, Runs> = Runs::by_label(&jobs);
        let has_or_will = |label: &Label| runs.get(label).is_some_and(|runs| runs.passed + runs.unfinished > 0);
        let without = target.into_iter().filter(|label| !has_or_will(label));
        let to_run = push.full_task_graph.labels_of(without, |task| !is_periodic(task))?;
        if to_run.is_empty() {
            log::info!("Every task of the target set has succeeded or is under way.");
            return Ok(());
        }
        log::info!("{} tasks are to be filled in.", to_run.len());
        push.extend(call, vec![Extension::once(to_run)]).await
    })
}

/// Tasks that a timer runs, not a push.
fn is_periodic(task: &Task<Label>) -> bool {
    ["cron", "periodic"].into_iter().any(|name| task.attribute(name).is_some_and(Node::is_truthy))
}

/// The push of the call, as far as jobs are found by it.
fn pushed(call: &Call<'_>) -> Push {
    let parameters = call.run.parameters;
    Push {
        revision: parameters.head_rev.clone(),
        number: parameters.pushlog_id.parse().ok().filter(|number| *number > 0),
        date: call.services.clock.now(),
        user: parameters.owner.clone(),
    }
}
