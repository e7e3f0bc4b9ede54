//! `actions`: the actions that a push offers.

use clap::Args;

use super::Outcome;
use super::arguments::Root;
use super::exit::Exit;
use super::output::print;
use super::session::Session;
use super::world::World;
use crate::actions::ACTIONS;
use crate::actions::support::actions_json;
use crate::decision::read_taskcluster_yml_hash;
use crate::json;
use crate::script::{InTreeCode as _, Question};
use crate::yaml::Map;

/// Of which push.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    root: Root,
    /// Log in detail
    #[arg(short, long)]
    pub(super) verbose: bool,
    /// Parameters: a file, a URL, `project=NAME`, `task-id=ID` or `index=PATH`
    #[arg(short, long, value_name = "SPEC")]
    parameters: Option<String>,
}

/// Prints `actions.json` as the decision would publish it.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let (world, warnings) = (World::new(session), &session.warnings);
    let conditions = World::looking();
    let tree = world.tree(arguments.root.path(), &conditions, warnings)?;
    let spec = arguments.parameters.as_deref();
    let parameters = session.wait(world.parameters(spec, &tree, &Map::new(), warnings))?;
    let actions = if tree.code.needs().is_empty() {
        let hash = read_taskcluster_yml_hash(&world.disk, &tree.graph_config)?;
        actions_json(ACTIONS, &parameters, &tree.graph_config, &conditions.decision_task_id, &hash)?
    } else {
        tree.code.ask(Question::These(parameters.document()))?;
        tree.code.ask(Question::Actions)?
    };
    print(&(json::to_string(&actions, json::Format::ARTIFACT)? + "\n"))?;
    Ok(Exit::Done)
}
