//! `action-callback`: what an action task runs.

use std::path::Path;

use clap::Args;
use serde::Deserialize as _;

use super::Outcome;
use super::arguments::Root;
use super::checkout::First;
use super::exit::Exit;
use super::failure::Failure;
use super::in_tree_action::{self, InTreeAction};
use super::pushes::Project;
use super::session::Session;
use super::world::{Push, Tree, World};
use crate::actions::ACTIONS;
use crate::actions::support::{Call, Input, Mode, Request, trigger};
use crate::clients::python::Conditions;
use crate::diagnostics::Diagnostic;
use crate::generate::context::GenerateOptions;
use crate::model::TaskId;
use crate::parameters::Strictness;
use crate::publish::{ARTIFACTS, Publisher};
use crate::script::InTreeCode as _;
use crate::yaml::{Map, Node};

/// Where the tree is; the rest is in the environment.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    root: Root,
    #[command(flatten)]
    pub(super) first: First,
}

/// Runs the action that `ACTION_CALLBACK` names.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    session.wait(act(session, arguments))?;
    Ok(Exit::Done)
}

async fn act(session: &Session, arguments: &Arguments) -> Result<(), Failure> {
    let (world, environment) = (World::new(session), &session.environment);
    let group = required(environment.action_task_group_id.as_deref(), "ACTION_TASK_GROUP_ID")?;
    let callback = required(environment.action_callback.as_deref(), "ACTION_CALLBACK")?;
    let group = TaskId::parse(group).map_err(|invalid| in_variable("ACTION_TASK_GROUP_ID", &invalid.to_string()))?;
    let task_id = task_id(environment.action_task_id.as_deref())?;
    let input = input(session)?;
    let own_task_id = world.own_task_id();
    let conditions = Conditions {
        decision_task_id: group.clone(),
        creator: own_task_id.clone().unwrap_or_else(|| group.clone()),
        ..World::looking()
    };
    let tree = world.tree(arguments.root.path(), &conditions, &session.warnings)?;
    if !tree.code.needs().is_empty() {
        let action = InTreeAction {
            callback,
            input: input.document(),
            task_group_id: Some(&group),
            task_id: task_id.as_ref(),
            parameters: Node::new(decision_document(&world, &group).await?),
            is_strict: true,
            is_test: false,
            queue: &world.taskcluster,
            clock: &world.clock,
            pace: world.pace()?,
            own_task_id: &in_tree_action::own_task_id(own_task_id.as_ref())?,
        };
        return action.call(&tree.code).await;
    }
    let push = push(&world, tree, &group).await?;
    let (graph_config, parameters) = (&push.tree.graph_config, &push.parameters);
    let project = Project { trust_domain: &graph_config.trust_domain, name: &parameters.project };
    let (pushlog, jobs) = (world.own_pushlog(None, parameters, project)?, world.jobs(project));
    let call = Call {
        run: push.run_context(&world, &session.warnings),
        services: world.services(&*pushlog, &jobs),
        publisher: &Publisher::new(ARTIFACTS),
        input: &Node::default(),
        task_group_id: Some(&group),
        task_id: task_id.as_ref(),
        own_task_id: own_task_id.as_ref(),
        pace: world.pace()?,
        mode: Mode::Real,
    };
    Ok(trigger(ACTIONS, Request { callback, input: &input, call }).await?)
}

/// The push of the group: what its decision left says what it is.
async fn push<'s>(world: &World<'s>, tree: Tree<'s>, group: &TaskId) -> Result<Push<'s>, Failure> {
    let warnings = &world.session.warnings;
    let spec = format!("task-id={group}");
    let loader = world.loader(warnings);
    let parameters = loader.load(Some(&spec), Strictness::Strict, &Map::new(), None).await?;
    Ok(Push::new(world, tree, parameters, Some(group.clone()), GenerateOptions::default()))
}

/// The parameters that the group's decision left, as they are written.
async fn decision_document(world: &World<'_>, group: &TaskId) -> Result<Map, Failure> {
    let spec = format!("task-id={group}");
    Ok(world.loader(&world.session.warnings).document(Some(&spec), &Map::new(), None).await?)
}

fn required<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str, Failure> {
    value.ok_or_else(|| {
        Diagnostic::error(format!("{name} is not set"))
            .help("an action's hook sets it; use `test-action-callback` to try an action elsewhere")
            .into()
    })
}

/// The task of `ACTION_TASK_ID`: JSON, null for actions of the group.
fn task_id(variable: Option<&str>) -> Result<Option<TaskId>, Failure> {
    let Some(text) = variable else { return Ok(None) };
    let mut json = serde_json::Deserializer::from_str(text);
    let id = Option::<String>::deserialize(&mut json)
        .map_err(|_| in_variable("ACTION_TASK_ID", &format!("expected a task id as JSON or `null`, found `{text}`")))?;
    let parse = |id: String| TaskId::parse(&id).map_err(|invalid| in_variable("ACTION_TASK_ID", &invalid.to_string()));
    id.map(parse).transpose()
}

fn input(session: &Session) -> Result<Input, Failure> {
    let Some(text) = &session.environment.action_input else { return Ok(Input::default()) };
    Ok(Input::from_json(&session.files, Path::new("ACTION_INPUT"), text)?)
}

fn in_variable(name: &str, message: &str) -> Failure {
    Diagnostic::error(format!("{name}: {message}")).into()
}
