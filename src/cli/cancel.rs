//! `cancel`: a task, or all of a push.

use clap::Args;

use super::Outcome;
use super::extend::{Common, Place, act};
use super::failure::Failure;
use super::session::Session;
use super::world::World;

/// What to cancel.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Task, or its push with `--all`: a task id, a link to Treeherder, `index=PATH` or a revision
    task: String,
    #[command(flatten)]
    common: Common,
    /// Cancel every task of the push that has not ended
    #[arg(long)]
    all: bool,
}

/// Cancels.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let world = World::new(session);
    session.wait(async {
        let target = Place(&arguments.task).find(&world, &arguments.common).await?;
        if arguments.all {
            return act(&world, &arguments.common, &target, "cancel-all", false, None).await;
        }
        if target.task.is_none() {
            return Err(Failure::Usage("which task? name one, or give `--all`".into()));
        }
        act(&world, &arguments.common, &target, "cancel", true, None).await
    })
}
