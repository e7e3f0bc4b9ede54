//! `fill`: every task of a push's target set that has not succeeded there.

use clap::Args;

use super::Outcome;
use super::extend::{Common, Place, fill};
use super::session::Session;
use super::world::World;

/// Which push.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Push: a task id, a link to Treeherder, `index=PATH` or a revision
    push: String,
    #[command(flatten)]
    common: Common,
}

/// Fills.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let world = World::new(session);
    session.wait(async {
        let target = Place(&arguments.push).find(&world, &arguments.common).await?;
        fill(&world, &arguments.common, &target).await
    })
}
