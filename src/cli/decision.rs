//! `decision`: what a decision task runs.

use std::path::PathBuf;

use clap::Args;

use super::Outcome;
use super::arguments::Root;
use super::checkout::{First, Told};
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use super::world::{Push, Tree, World};
use crate::actions::ACTIONS;
use crate::clients::python::Conditions;
use crate::decision::{Decision, decide};
use crate::diagnostics::Diagnostic;
use crate::generate::context::GenerateOptions;
use crate::model::{Parameters, TaskId};
use crate::parameters::{DecisionContext, DecisionOptions, carried, for_decision, foreign};
use crate::publish::{ARTIFACTS, Publisher};
use crate::script::{InTreeCode as _, Question};
use crate::sources::clock::Clock as _;

/// What the decision is told of the push.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    root: Root,
    #[command(flatten)]
    pub(super) first: First,
    /// Ignored; `.taskcluster.yml` files of old give it
    #[arg(long, hide = true)]
    message: Option<String>,
    /// The project, such as `try`
    #[arg(long)]
    project: String,
    /// The number of the push in its pushlog
    #[arg(long)]
    pushlog_id: String,
    /// When the push was made: seconds since 1970, 0 if unknown
    #[arg(long, allow_negative_numbers = true)]
    pushdate: i64,
    /// E-mail address of who pushed
    #[arg(long)]
    owner: String,
    /// Trust level of the repository, 1 to 3
    #[arg(long)]
    level: String,
    /// Method that selects the target tasks
    #[arg(long, value_name = "METHOD")]
    target_tasks_method: Option<String>,
    /// `git` or `hg`
    #[arg(long, value_name = "TYPE")]
    repository_type: String,
    /// URL of the repository that the push is based on
    #[arg(long, value_name = "URL")]
    base_repository: String,
    /// Ref in the base repository that the push is based on
    #[arg(long, value_name = "REF", default_value = "")]
    base_ref: String,
    /// Revision before the push; found out if it is not given
    #[arg(long, value_name = "REV", default_value = "")]
    base_rev: String,
    /// URL of the repository that was pushed to
    #[arg(long, value_name = "URL")]
    head_repository: String,
    /// Ref that was pushed; in Mercurial usually the revision
    #[arg(long, value_name = "REF")]
    head_ref: String,
    /// Revision that was pushed
    #[arg(long, value_name = "REV")]
    head_rev: String,
    /// Tag that was pushed
    #[arg(long, value_name = "TAG", default_value = "")]
    head_tag: String,
    /// What the graph is made for: `github-push`, `hg-push`, `cron`, …
    #[arg(long, value_name = "WHAT")]
    tasks_for: String,
    /// File with parameters of the pusher's own
    #[arg(long, value_name = "FILE")]
    try_task_config_file: Option<PathBuf>,
    /// Skip the verifications of the graph
    #[arg(long)]
    no_verify: bool,
    /// Log in detail
    #[arg(short, long)]
    pub(super) verbose: bool,
    /// Let the push override parameters, by a file or a git note
    #[arg(long)]
    allow_parameter_override: bool,
    /// Further options in one text, quoted as for a shell: `cron.quoted_args` of `.taskcluster.yml`, where there is no shell
    #[arg(long, value_name = "ARGUMENTS")]
    quoted_arguments: Option<String>,
}

impl Arguments {
    /// The options that are given in one text.
    ///
    /// # Errors
    /// If a quote is not closed.
    pub(super) fn quoted(&self) -> Result<Vec<String>, String> {
        let text = self.quoted_arguments.as_deref().unwrap_or_default();
        shlex::split(text).ok_or_else(|| format!("--quoted-arguments: a quote is not closed in `{text}`"))
    }

    /// What is to be checked out, where the decision does that.
    pub(super) fn told(&self) -> Told<'_> {
        Told {
            repository_type: &self.repository_type,
            head_repository: &self.head_repository,
            head_ref: &self.head_ref,
            head_rev: &self.head_rev,
            base_repository: &self.base_repository,
            base_rev: &self.base_rev,
        }
    }

    fn options(&self) -> DecisionOptions {
        DecisionOptions {
            base_repository: self.base_repository.clone(),
            base_ref: self.base_ref.clone(),
            base_rev: self.base_rev.clone(),
            head_repository: self.head_repository.clone(),
            head_ref: self.head_ref.clone(),
            head_rev: self.head_rev.clone(),
            head_tag: self.head_tag.clone(),
            project: self.project.clone(),
            pushlog_id: self.pushlog_id.clone(),
            pushdate: self.pushdate,
            repository_type: self.repository_type.clone(),
            owner: self.owner.clone(),
            level: self.level.clone(),
            target_tasks_method: self.target_tasks_method.clone(),
            tasks_for: self.tasks_for.clone(),
            allow_parameter_override: self.allow_parameter_override,
            try_task_config_file: self.try_task_config_file.clone(),
        }
    }
}

/// Makes the push's graph, publishes it and creates its tasks.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    session.wait(act(session, arguments))?;
    Ok(Exit::Done)
}

async fn act(session: &Session, arguments: &Arguments) -> Result<(), Failure> {
    let (world, warnings) = (World::new(session), &session.warnings);
    let own_task_id = own_task_id(&world)?;
    let conditions = Conditions {
        decision_task_id: own_task_id.clone(),
        creator: own_task_id.clone(),
        write_artifacts: true,
        verify: !arguments.no_verify,
        fast: false,
    };
    let tree = world.tree(arguments.root.path(), &conditions, warnings)?;
    let parameters = parameters(&world, &tree, &arguments.options())?;
    let options = GenerateOptions { fast: false, write_artifacts: true };
    let push = Push::new(&world, tree, parameters, Some(own_task_id), options);
    let decision = Decision {
        inputs: push.inputs(&world, warnings, !arguments.no_verify),
        clock: &world.clock,
        actions: ACTIONS,
        pace: world.pace()?,
        artifacts: &Publisher::new(ARTIFACTS),
        published: &Publisher::new(""),
    };
    // To take graphs of many tasks apart takes long, and the program ends here.
    std::mem::forget(decide(&decision).await?);
    Ok(())
}

/// What the push is; a tree with code of its own has a say in it.
fn parameters(world: &World<'_>, tree: &Tree<'_>, options: &DecisionOptions) -> Result<Parameters, Failure> {
    let repository = world.repository()?;
    let context = DecisionContext {
        graph_config: &tree.graph_config,
        repository: &*repository,
        checkout: &world.disk,
        files: &world.session.files,
        now: world.clock.now(),
    };
    let is_foreign = !tree.code.needs().is_empty();
    if is_foreign && !tree.graph_config.try_config().honours_any(&options.project) {
        return Ok(foreign(&tree.code.ask(Question::DecisionParameters(&options.to_document()))?)?);
    }
    let carried = carried(options, context)?;
    carried.notes.iter().for_each(|note| log::warn!("{note}"));
    if !is_foreign {
        return Ok(for_decision(options, context, &carried)?);
    }
    // What the push overrides is read here, and counts last: as in the reference, after what the tree's own code says.
    let own = DecisionOptions { allow_parameter_override: false, ..options.clone() };
    let mut document = tree.code.ask(Question::DecisionParameters(&own.to_document()))?;
    if let Some(map) = document.as_map_mut() {
        map.extend(carried.to_parameters());
    }
    Ok(foreign(&document)?)
}

/// The decision task; ids are derived from its own, so that a second run creates nothing twice.
fn own_task_id(world: &World<'_>) -> Result<TaskId, Failure> {
    let Some(id) = &world.session.environment.task_id else {
        return Err(Diagnostic::error("TASK_ID is not set: the ids of new tasks are derived from it")
            .help("a worker sets it; use `full`, `target` or `optimized` to look at a graph elsewhere")
            .into());
    };
    Ok(TaskId::parse(id).map_err(|invalid| Diagnostic::error(format!("TASK_ID: {invalid}")))?)
}
