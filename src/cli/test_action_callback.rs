//! `test-action-callback`: what an action would do.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Outcome;
use super::arguments::Root;
use super::exit::Exit;
use super::extend::PretendQueue;
use super::failure::Failure;
use super::in_tree_action::InTreeAction;
use super::output::print;
use super::pushes::Project;
use super::session::Session;
use super::world::{Push, World};
use crate::actions::ACTIONS;
use crate::actions::support::{ACTION_TASK, Call, Input, Mode, Request, Services, trigger};
use crate::clients::python::Conditions;
use crate::diagnostics::Diagnostic;
use crate::generate::context::GenerateOptions;
use crate::json;
use crate::model::TaskId;
use crate::publish::{ARTIFACTS, Publisher};
use crate::script::InTreeCode as _;
use crate::sources::queue::Queue;
use crate::sources::{Error, ErrorKind};
use crate::yaml::{Map, Node};

/// Which action to try, and on what.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    root: Root,
    /// Parameters: a file, a URL, `project=NAME`, `task-id=ID` or `index=PATH`
    #[arg(short, long, value_name = "SPEC")]
    parameters: Option<String>,
    /// Task to act on
    #[arg(long, value_name = "ID")]
    task_id: Option<TaskId>,
    /// Task group to act on
    #[arg(long, value_name = "ID")]
    task_group_id: Option<TaskId>,
    /// File with the input, `.yml` or `.json`
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Name of the callback, such as `retrigger`
    callback: String,
}

/// Runs an action that changes nothing: tasks are printed instead of created.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    session.wait(act(session, arguments))?;
    Ok(Exit::Done)
}

async fn act(session: &Session, arguments: &Arguments) -> Result<(), Failure> {
    let (world, warnings) = (World::new(session), &session.warnings);
    let (real, own_task_id) = (&world.taskcluster as &dyn Queue, world.own_task_id());
    let queue = PretendQueue { real, told: &print_task, changed: &|change| log::info!("Would have {change}") };
    let creator = own_task_id.clone().unwrap_or_else(|| TaskId::new(ACTION_TASK));
    let conditions = Conditions { creator: creator.clone(), ..World::looking() };
    let tree = world.tree(arguments.root.path(), &conditions, warnings)?;
    let input = arguments.input.as_deref().map_or(Ok(Input::default()), |path| read_input(session, path))?;
    let spec = arguments.parameters.as_deref();
    if !tree.code.needs().is_empty() {
        let action = InTreeAction {
            callback: &arguments.callback,
            input: input.document(),
            task_group_id: arguments.task_group_id.as_ref(),
            task_id: arguments.task_id.as_ref(),
            parameters: Node::new(world.loader(warnings).document(spec, &Map::new(), None).await?),
            is_strict: false,
            is_test: true,
            queue: &queue,
            clock: &world.clock,
            pace: world.pace()?,
            own_task_id: &creator,
        };
        return action.call(&tree.code).await;
    }
    let parameters = world.parameters(spec, &tree, &Map::new(), warnings).await?;
    let push = Push::new(&world, tree, parameters, arguments.task_group_id.clone(), GenerateOptions::default());
    let (graph_config, parameters) = (&push.tree.graph_config, &push.parameters);
    let project = Project { trust_domain: &graph_config.trust_domain, name: &parameters.project };
    let (pushlog, jobs) = (world.own_pushlog(None, parameters, project)?, world.jobs(project));
    let call = Call {
        run: push.run_context(&world, warnings),
        services: Services { queue: &queue, ..world.services(&*pushlog, &jobs) },
        publisher: &Publisher::new(ARTIFACTS),
        input: &Node::default(),
        task_group_id: arguments.task_group_id.as_ref(),
        task_id: arguments.task_id.as_ref(),
        own_task_id: own_task_id.as_ref(),
        pace: world.pace()?,
        mode: Mode::Testing,
    };
    Ok(trigger(ACTIONS, Request { callback: &arguments.callback, input: &input, call }).await?)
}

fn read_input(session: &Session, path: &Path) -> Result<Input, Failure> {
    let refused = |why: String| Diagnostic::error(format!("cannot read the input `{}`: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("yml") => Ok(Input::from_yaml(&session.files, path, &text)?),
        Some("json") => Ok(Input::from_json(&session.files, path, &text)?),
        _ => Err(refused("its name must end in `.yml` or `.json`".into()).into()),
    }
}

/// Prints the task as the reference does: a JSON list of id and definition.
fn print_task(task_id: &TaskId, definition: &Node) -> Result<(), Error> {
    let task: Node = [Node::from(task_id), definition.clone()].into_iter().collect();
    let refused = |message: String| Error {
        service: "the standard output",
        request: format!("task {task_id}"),
        message,
        kind: ErrorKind::Refused { status: 0 },
    };
    let text = json::to_string(&task, json::Format::ARTIFACT).map_err(|mistake| refused(mistake.message))?;
    print(&(text + "\n")).map_err(|_| refused("it is closed".into()))
}
