//! `backfill`: a task on earlier pushes that lack it.

use clap::Args;

use super::Outcome;
use super::extend::{Ask, Common, Place, Times, run_labels, subject_of};
use super::session::Session;
use super::world::World;
use crate::history::plan::{Counting, Stop, Wish};
use crate::history::range::Range;
use crate::model::Label;

/// What to run, and how far back.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Task that failed, or its push with `--label`: a task id, a link to Treeherder, `index=PATH` or a revision
    task: String,
    #[command(flatten)]
    common: Common,
    /// Label to run, where no task is named
    #[arg(long)]
    label: Option<Label>,
    /// How many pushes back at most
    #[arg(long, value_name = "N", default_value_t = 19)]
    depth: usize,
    /// Run it on its own push too
    #[arg(long)]
    inclusive: bool,
    /// How often on each push: a number, or `auto` for as often as its failure rate asks for
    #[arg(long, value_name = "N", default_value = "1")]
    times: Times,
    /// Run it also where it ran already
    #[arg(long, conflicts_with = "total")]
    retrigger: bool,
    /// Count what is there: `--times` is how many results each push shall have in all
    #[arg(long)]
    total: bool,
    /// End at the first push where it passed; if there is none, the failure is permanent and nothing is run
    #[arg(long)]
    until_good: bool,
    /// Run it on so many evenly spaced pushes of the gap only
    #[arg(long, value_name = "N", default_value_t = 0)]
    slices: usize,
    /// Go forward to newer pushes instead
    #[arg(long)]
    newer: bool,
}

/// Backfills.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let world = World::new(session);
    session.wait(async {
        let target = Place(&arguments.task).find(&world, &arguments.common).await?;
        let counting = match (arguments.total, arguments.retrigger) {
            (true, _) => Counting::Total,
            (false, true) => Counting::Additional,
            (false, false) => Counting::WhereMissing,
        };
        let subject = subject_of(&world, &target, arguments.label.as_ref(), arguments.retrigger).await?;
        let (from, count, inclusive) = (target.parameters.head_rev.clone(), arguments.depth, arguments.inclusive);
        let range = match arguments.newer {
            true => Range::Forward { from, count, inclusive },
            false => Range::Back { from, count, inclusive },
        };
        let stop = if arguments.until_good { Stop::LastGood } else { Stop::Never };
        let wish = Wish { times: 1, counting, stop, slices: arguments.slices };
        let ask = Ask { range, every: 1, times: arguments.times, wish };
        run_labels(&world, &arguments.common, &target, &[subject], &ask).await
    })
}
