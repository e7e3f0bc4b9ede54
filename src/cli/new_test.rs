//! `new-test`: every task that would run a test, on every platform, so often.

use clap::Args;

use super::Outcome;
use super::extend::{Choice, Common, Place, add_chosen};
use super::session::Session;
use super::world::World;

/// Which tests, where, and how often.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Test files, or directories whose tests are to run
    #[arg(required = true)]
    paths: Vec<String>,
    /// Push: a revision, a task id, a link to Treeherder or `index=PATH`
    #[arg(short = 'r', long = "rev", alias = "revision", value_name = "PUSH")]
    rev: String,
    #[command(flatten)]
    common: Common,
    /// How often each task is run
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    times: u32,
}

/// Runs them.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let world = World::new(session);
    session.wait(async {
        let target = Place(&arguments.rev).find(&world, &arguments.common).await?;
        let choice = Choice::Paths(&arguments.paths);
        add_chosen(&world, &arguments.common, &target, choice, arguments.times).await
    })
}
