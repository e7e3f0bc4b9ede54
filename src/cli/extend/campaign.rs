//! Labels on many pushes, from a terminal.

use serde::Serialize;

use super::{
    Common, Followed, Rehearsed, Target, Times, check_labels, ends_of, fire_failed, follow, rehearse, rehearsed,
    verdict,
};
use crate::actions::support::campaign::{Campaign, Item, Offer, Outcome, Report, Subject, Surveyed};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::{print, tell};
use crate::cli::world::World;
use crate::history::Landing;
use crate::history::merges::{Branch, through};
use crate::history::plan::Wish;
use crate::history::range::{Range, every};
use crate::history::runs::Runs;
use crate::json;
use crate::model::{Label, TaskId};
use crate::sources::pushlog::Pushlog;
use crate::yaml;

/// What is asked of a stretch of history.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Ask {
    /// The pushes.
    pub(in crate::cli) range: Range,
    /// Only every so many of them.
    pub(in crate::cli) every: usize,
    /// How often, where the wish leaves it open.
    pub(in crate::cli) times: Times,
    /// What is wanted; its `times` are those of [`Self::times`].
    pub(in crate::cli) wish: Wish,
}

/// Runs labels on the pushes that are asked for: looks at all, tells of each newest first, fires, and follows.
///
/// # Errors
/// Services without which nothing can be said. What cannot be done on one push does not keep the others from it: it is
/// told, and the exit code says so.
pub(in crate::cli) async fn run_labels(
    world: &World<'_>,
    common: &Common,
    target: &Target,
    subjects: &[Subject],
    ask: &Ask,
) -> Result<Exit, Failure> {
    let jobs = world.jobs(target.project());
    let labels: Vec<Label> = subjects.iter().map(|subject| subject.label.clone()).collect();
    let request = format!("terminal {} {:?}", target.decision, ask.range);
    let campaign = target.campaign(world, &jobs, &request, common.dry_run);
    let landings = landings(world, common, target, ask).await?;
    tell(&format!("looking at {} pushes", landings.len()));
    let mut heard = |surveyed: &Surveyed| seen(surveyed, &labels);
    let surveyed = campaign.survey(landings, &labels, &mut heard).await?;
    for label in &labels {
        if !surveyed.is_empty() && surveyed.iter().all(|surveyed| surveyed.lacks(label)) {
            check_labels(world, target, std::slice::from_ref(label)).await?;
        }
    }
    let (mut reports, mut fired) = (Vec::new(), Vec::new());
    for subject in subjects {
        let wish = wish(ask, &surveyed, &subject.label)?;
        let planned = campaign.plan(&surveyed, &subject.label, &wish);
        let mut told = |item: &Item| tell(&line(&subject.label, item));
        let report = campaign.carry_out(subject, planned, &surveyed, &mut told).await;
        fired.extend(report.pushes.iter().filter_map(|item| match &item.outcome {
            Outcome::Fired { task, .. } => task.clone(),
            Outcome::FiredBefore { task } => Some(task.clone()),
            _ => None,
        }));
        reports.push(report);
    }
    finish(world, common, target, &campaign, subjects, &reports, fired).await
}

async fn finish(
    world: &World<'_>,
    common: &Common,
    target: &Target,
    campaign: &Campaign<'_>,
    subjects: &[Subject],
    reports: &[Report],
    fired: Vec<TaskId>,
) -> Result<Exit, Failure> {
    if common.dry_run {
        let mut all = Vec::new();
        for (subject, report) in subjects.iter().zip(reports) {
            all.extend(rehearse_all(world, target, campaign, subject, report).await?);
        }
        rehearsed(common, &all)?;
    }
    let undone: Vec<&Item> = reports.iter().flat_map(Report::undone).collect();
    let followed = match (common.dry_run, common.json) {
        (true, _) => Exit::Done,
        (false, true) => as_json(world, common, reports, &fired).await?,
        (false, false) if common.no_wait => Exit::Done,
        (false, false) => follow(world, &fired, false).await?,
    };
    let may_pass = |item: &&Item| matches!(&item.outcome, Outcome::Failed { may_pass: true, .. });
    Ok(match undone.as_slice() {
        [] => followed,
        undone if undone.iter().all(may_pass) => Exit::Unavailable,
        undone => {
            tell(&format!("{} of the pushes were left undone", undone.len()));
            Exit::Wrong
        }
    })
}

/// The whole result as one document.
#[derive(Serialize)]
struct Carried<'a> {
    /// Per label and push what was there, what was done and why.
    reports: &'a [Report],
    /// What became of the actions that were fired; nothing if nobody waited.
    actions: Vec<Followed>,
}

async fn as_json(world: &World<'_>, common: &Common, reports: &[Report], fired: &[TaskId]) -> Result<Exit, Failure> {
    let actions = if common.no_wait { Vec::new() } else { ends_of(world, fired).await? };
    let exit = verdict(&actions);
    print(&(json::to_string(&yaml::write(&Carried { reports, actions }), json::Format::ARTIFACT)? + "\n"))?;
    Ok(exit)
}

/// The very tasks, push by push: each graph is let go of before the next is read.
async fn rehearse_all(
    world: &World<'_>,
    target: &Target,
    campaign: &Campaign<'_>,
    subject: &Subject,
    report: &Report,
) -> Result<Vec<Rehearsed>, Failure> {
    let mut all = Vec::new();
    for item in &report.pushes {
        let (Outcome::Fired { action, .. }, Some(decision)) = (&item.outcome, &item.planned.decision) else {
            continue;
        };
        let input = campaign.input(action, subject, &item.planned);
        let offer = Offer::fetch(&world.taskcluster, decision).await.map_err(fire_failed)?;
        let fired = campaign.fire(&offer, action, None, Some(&input)).await.map_err(fire_failed)?;
        all.push(rehearse(world, target, decision, &fired, None).await?);
    }
    Ok(all)
}

async fn landings(world: &World<'_>, common: &Common, target: &Target, ask: &Ask) -> Result<Vec<Landing>, Failure> {
    let own = world.own_pushlog(common.pushlog.as_ref(), &target.parameters, target.project())?;
    let pushes = every(ask.range.pushes(&*own).await?, ask.every);
    let mut logs: Vec<(&str, Box<dyn Pushlog + '_>)> = Vec::new();
    for other in &common.through {
        let project = crate::cli::pushes::Project { name: &other.project, ..target.project() };
        logs.push((&other.project, world.pushlog_at(&other.address, project)?));
    }
    let others: Vec<Branch<'_>> = logs.iter().map(|(project, log)| Branch { project, log: &**log }).collect();
    Ok(through(Branch { project: &target.parameters.project, log: &*own }, pushes, &others).await?)
}

fn wish(ask: &Ask, surveyed: &[Surveyed], label: &Label) -> Result<Wish, Failure> {
    let seen: Runs = surveyed.iter().filter_map(|surveyed| surveyed.seen(label).runs).sum();
    let (times, rate) = ask.times.of(&seen)?;
    if let Some(rate) = rate {
        tell(&format!("{label}: {rate}; {times} runs show it 95 times of 100"));
    }
    Ok(Wish { times, ..ask.wish })
}

/// What is there on a push.
fn seen(surveyed: &Surveyed, labels: &[Label]) {
    let told: Vec<String> = labels
        .iter()
        .map(|label| {
            let seen = surveyed.seen(label);
            seen.runs.map_or_else(|| format!("{label}: nothing known"), |runs| format!("{label}: {runs}"))
        })
        .collect();
    tell(&format!("{}  {}", place(surveyed.landing()), told.join("; ")));
}

/// What was done about the label on a push, which may spell it otherwise.
fn line(label: &Label, item: &Item) -> String {
    let label = item.planned.label.as_ref().unwrap_or(label);
    format!("{}  {label}: {}", place(&item.planned.landing), item.words())
}

fn place(landing: &Landing) -> String {
    let revision: String = landing.push.revision.chars().take(12).collect();
    match landing.push.number {
        Some(number) => format!("{} {number} {revision}", landing.project),
        None => format!("{} {revision}", landing.project),
    }
}
