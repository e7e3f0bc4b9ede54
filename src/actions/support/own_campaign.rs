//! Campaigns that an action task runs, from its own push.

use serde_json::{Value, json};

use super::campaign::{Campaign, Item, Report, Subject, Surveyed, Trust, describe};
use super::{Call, Error, Mode};
use crate::diagnostics::Diagnostic;
use crate::history::Landing;
use crate::history::plan::{Planned, Step, Wish};
use crate::history::range::Range;
use crate::model::{Label, TaskId};
use crate::yaml;

/// The artifact that says per push what was there, what was done and why.
const REPORT: &str = "backfill-report.json";

/// A campaign of the task that the call runs in.
pub(in crate::actions) fn campaign<'a>(call: &'a Call<'a>, request: &'a TaskId) -> Campaign<'a> {
    let services = &call.services;
    Campaign {
        index: services.index,
        queue: services.queue,
        artifacts: services.artifacts,
        jobs: services.jobs,
        hooks: services.hooks,
        trust: Trust {
            trust_domain: &call.run.graph_config.trust_domain,
            level: &call.run.parameters.level,
            demands_scope: services.has_credentials,
        },
        request: request.as_str(),
        is_resumed: true,
        is_dry: call.mode == Mode::Testing,
    }
}

/// What a task of this push runs, so that it can be run elsewhere.
///
/// # Errors
/// If there is no such task, or the queue does not answer.
pub(in crate::actions) async fn subject(call: &Call<'_>, task_id: &TaskId, retrigger: bool) -> Result<Subject, Error> {
    describe(call.services.queue, task_id, &call.run.parameters.head_rev, retrigger).await
}

/// The pushes of a stretch of this push's branch, newest first.
///
/// # Errors
/// A revision that no push brought, or a pushlog that does not answer.
pub(in crate::actions) async fn landings(call: &Call<'_>, range: &Range) -> Result<Vec<Landing>, Error> {
    let pushes = range.pushes(call.services.pushlog).await?;
    let project = &call.run.parameters.project;
    Ok(pushes.into_iter().map(|push| Landing { project: project.clone(), push }).collect())
}

/// Looks, plans, fires and reports, for each subject over the same pushes.
///
/// # Errors
/// Services without which nothing can be said; in the end also if something was left undone, after all else was done
/// and the report was written.
pub(in crate::actions) async fn carry_out(
    call: &Call<'_>,
    subjects: &[Subject],
    range: &Range,
    wish: &Wish,
) -> Result<(), Error> {
    let creator = call.creator()?;
    let campaign = campaign(call, &creator);
    let landings = landings(call, range).await?;
    let labels: Vec<Label> = subjects.iter().map(|subject| subject.label.clone()).collect();
    let surveyed = campaign.survey(landings, &labels, &mut |_| {}).await?;
    let mut reports = Vec::new();
    for subject in subjects {
        let planned = campaign.plan(&surveyed, &subject.label, wish);
        tell_start(subject, &planned, wish);
        let total = planned.iter().filter(|planned| matches!(planned.step, Step::Run(_))).count();
        let mut told = 0;
        let mut tell = |item: &Item| tell_item(item, subject, wish, &mut told, total);
        reports.push(campaign.carry_out(subject, planned, &surveyed, &mut tell).await);
    }
    publish(call, &reports)?;
    check(&reports, &surveyed)
}

/// One label's report is the document; those of several stand in a list.
fn publish(call: &Call<'_>, reports: &[Report]) -> Result<(), Error> {
    let document = match reports {
        [only] => yaml::write(only),
        several => yaml::write(&several),
    };
    Ok(call.publisher.json(REPORT, &document)?)
}

/// Something that was left undone makes the action fail, so that somebody looks.
fn check(reports: &[Report], surveyed: &[Surveyed]) -> Result<(), Error> {
    let undone: Vec<(&Report, &Item)> =
        reports.iter().flat_map(|report| report.undone().map(move |item| (report, item))).collect();
    if undone.is_empty() {
        return Ok(());
    }
    let told = undone.iter().map(|(report, item)| {
        let revision = &item.planned.landing.push.revision;
        Diagnostic::error(format!("push {revision}: `{}` was not run: {}", report.label, item.words()))
    });
    let mut mistakes = crate::diagnostics::Mistakes(told.collect());
    if let Some(first) = mistakes.0.first_mut() {
        let (undone, pushes) = (undone.len(), surveyed.len());
        first.help = Some(format!("of {pushes} pushes {undone} were left undone; all others are done"));
    }
    Err(mistakes.into())
}

/// As Firefox names the ways to choose pushes.
fn strategy(wish: &Wish) -> &'static str {
    if wish.slices > 0 { "sliced" } else { "standard" }
}

/// A line that Treeherder's backfill bot reads.
fn tell_start(subject: &Subject, planned: &[Planned], wish: &Wish) {
    let is_target = |planned: &&Planned| matches!(planned.step, Step::Run(_));
    let targets: Vec<Value> = planned.iter().filter(is_target).map(|planned| push_id(&planned.landing)).collect();
    let line = json!({
        "label": subject.label.as_str(), "strategy": strategy(wish), "slices": wish.slices,
        "scanned_push_count": planned.len(), "target_pushes": targets,
    });
    log::info!("BACKFILL_STARTED: {line}");
}

/// Another one, for each push that something was fired on; what is not is told too.
fn tell_item(item: &Item, subject: &Subject, wish: &Wish, told: &mut usize, total: usize) {
    let landing = &item.planned.landing;
    log::info!("push {}: {}", landing.push.revision, item.words());
    if item.asked() == 0 {
        return;
    }
    *told += 1;
    let line = json!({
        "push_id": push_id(landing), "decision_task_id": item.planned.decision.as_ref().map(TaskId::as_str),
        "label": subject.label.as_str(), "strategy": strategy(wish), "slices": wish.slices, "push_count": *told,
        "total_pushes": total,
    });
    log::info!("BACKFILL_DATA: {line}");
}

/// The number of a push, where it has one.
fn push_id(landing: &Landing) -> Value {
    landing.push.number.map_or_else(|| json!(landing.push.revision), |number| json!(number))
}
