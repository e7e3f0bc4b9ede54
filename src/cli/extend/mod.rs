//! What the commands have in common that extend a push from a terminal: finding it, asking its actions, following what
//! they do.

mod campaign;
mod chosen;
mod fill;
mod follow;
mod labels;
mod pretend;
mod rehearse;
mod subject;
mod target;
mod times;

use std::str::FromStr;

use clap::Args;

pub(super) use campaign::{Ask, run_labels};
pub(super) use chosen::{Choice, add_chosen};
pub(super) use fill::fill;
pub(super) use follow::{Followed, ends_of, follow, verdict};
pub(super) use labels::check_labels;
pub(super) use pretend::{Change, PretendQueue};
pub(super) use rehearse::{Rehearsed, rehearse};
pub(super) use subject::subject_of;
pub(super) use target::{Place, Target};
pub(super) use times::Times;

use super::exit::Exit;
use super::failure::Failure;
use super::output::{print, tell};
use super::pushes::Project;
use super::world::World;
use crate::actions::support::campaign::{Campaign, FireError, Fired, Offer, Trust};
use crate::clients::Address;
use crate::json;
use crate::model::TaskId;
use crate::sources::jobs::Jobs;
use crate::yaml;

/// Options of every command that extends a push.
#[derive(Clone, Debug, Args)]
pub(super) struct Common {
    /// Project that the push is to, where a revision does not tell
    #[arg(long, value_name = "NAME", alias = "repo-name")]
    pub(super) project: Option<String>,
    /// Trust domain of the project; that of taskcluster/config.yml if there is one
    #[arg(long, value_name = "NAME")]
    pub(super) trust_domain: Option<String>,
    /// Push history: `hg:URL`, `git:FOLDER#BRANCH`, `github:OWNER/NAME#BRANCH`, `treeherder:URL#PROJECT` or `file:PATH`;
    /// that of the push's repository if this is not given
    #[arg(long, value_name = "HISTORY")]
    pub(super) pushlog: Option<Address>,
    /// Project and history of what is merged into the branch, to go on into merged pushes; may be repeated
    #[arg(long, value_name = "PROJECT=HISTORY")]
    pub(super) through: Vec<Through>,
    /// Show the tasks that would be created, and create none; `try-templates` of the project are not applied
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// End when the actions are fired, without following them
    #[arg(long)]
    pub(super) no_wait: bool,
}

/// A branch that may have been merged.
#[derive(Clone, Debug)]
pub(super) struct Through {
    /// Its project.
    pub(super) project: String,
    /// Its history.
    pub(super) address: Address,
}

impl FromStr for Through {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (project, address) = text.split_once('=').ok_or("expected `PROJECT=HISTORY`")?;
        let address = address.parse::<Address>().map_err(|error| error.to_string())?;
        Ok(Self { project: project.to_owned(), address })
    }
}

impl Target {
    /// The project in the index.
    pub(super) fn project(&self) -> Project<'_> {
        Project { trust_domain: &self.trust_domain, name: &self.parameters.project }
    }

    /// A campaign from a terminal.
    pub(super) fn campaign<'a>(
        &'a self,
        world: &'a World<'_>,
        jobs: &'a dyn Jobs,
        request: &'a str,
        is_dry: bool,
    ) -> Campaign<'a> {
        Campaign {
            index: &world.taskcluster,
            queue: &world.taskcluster,
            artifacts: &world.taskcluster,
            jobs,
            hooks: &world.taskcluster,
            trust: Trust {
                trust_domain: &self.trust_domain,
                level: &self.level,
                demands_scope: world.has_credentials(),
            },
            request,
            is_resumed: false,
            is_dry,
        }
    }
}

/// One action, fired on a push or rehearsed; what it creates is followed and printed.
///
/// # Errors
/// An action that is not offered so, a hook that is not trusted or refuses, services that fail.
pub(super) async fn act(
    world: &World<'_>,
    common: &Common,
    target: &Target,
    name: &str,
    on_task: bool,
    input: Option<&serde_json::Value>,
) -> Result<Exit, Failure> {
    let jobs = world.jobs(target.project());
    let campaign = target.campaign(world, &jobs, "terminal", common.dry_run);
    let offer = Offer::fetch(&world.taskcluster, &target.decision).await.map_err(fire_failed)?;
    let task = target.task.as_ref().filter(|_| on_task);
    let fired = campaign.fire(&offer, name, task.map(|(id, tags)| (id, tags)), input).await.map_err(fire_failed)?;
    show(world, common, target, &[(target.decision.clone(), fired, task.map(|(id, _)| id.clone()))]).await
}

/// Shows what fired actions do, or would do.
///
/// # Errors
/// Services that fail, or output that cannot be written.
pub(super) async fn show(
    world: &World<'_>,
    common: &Common,
    target: &Target,
    fired: &[(TaskId, Fired, Option<TaskId>)],
) -> Result<Exit, Failure> {
    if common.dry_run {
        let mut all = Vec::new();
        for (decision, fired, task) in fired {
            all.push(rehearse(world, target, decision, fired, task.as_ref()).await?);
        }
        rehearsed(common, &all)?;
        return Ok(Exit::Done);
    }
    let tasks: Vec<TaskId> = fired.iter().filter_map(|(_, fired, _)| fired.task.clone()).collect();
    let root_url = world.session.environment.root_url.as_deref().unwrap_or_default().trim_end_matches('/');
    for task in &tasks {
        tell(&format!("fired: {root_url}/tasks/{task}"));
    }
    if common.no_wait {
        return Ok(Exit::Done);
    }
    follow(world, &tasks, common.json).await
}

/// Prints tasks that would be created.
pub(super) fn rehearsed(common: &Common, all: &[Rehearsed]) -> Result<(), Failure> {
    if common.json {
        return print(&(json::to_string(&yaml::write(&all), json::Format::ARTIFACT)? + "\n"));
    }
    for one in all {
        print(&one.words())?;
    }
    Ok(())
}

/// What it means for the command that an action was not fired.
pub(super) fn fire_failed(error: FireError) -> Failure {
    match error {
        FireError::Source(error) => error.into(),
        other => Failure::refused(other.to_string(), "`--dry-run` shows what would be done without firing anything"),
    }
}
