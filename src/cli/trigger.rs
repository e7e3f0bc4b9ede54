//! `trigger`: labels on one push or many. Knows the flags of old mozci's `trigger.py`, whose builders are labels here.

use clap::Args;

use super::Outcome;
use super::extend::{Ask, Choice, Common, Place, Times, add_chosen, fill, run_labels, subject_of};
use super::failure::Failure;
use super::session::Session;
use super::world::World;
use crate::history::plan::{Counting, Stop, Wish};
use crate::history::range::Range;
use crate::model::Label;

/// Which labels, on which pushes.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Labels to run, separated by commas
    #[arg(short = 'b', long = "buildername", visible_alias = "label", value_name = "LABELS", value_delimiter = ',')]
    labels: Vec<Label>,
    /// Push: a revision, a task id, a link to Treeherder or `index=PATH`
    #[arg(short = 'r', long = "rev", alias = "revision", value_name = "PUSH")]
    rev: String,
    /// How many results each push shall have in all: a number, or `auto`
    #[arg(long, value_name = "N", default_value = "1")]
    times: Times,
    /// So many pushes on both sides of it too
    #[arg(long, value_name = "N", group = "range")]
    delta: Option<usize>,
    /// So many pushes before it too
    #[arg(long, value_name = "N", group = "range")]
    back_revisions: Option<usize>,
    /// From this older revision on
    #[arg(long, value_name = "REV", group = "range")]
    from_rev: Option<String>,
    /// Back to the last push where it passed
    #[arg(long, group = "range")]
    backfill: bool,
    /// Back to the last push before it that has a result, and one more
    #[arg(long, group = "range")]
    to_data_point: bool,
    /// Backfill, and back to a result: how many pushes back at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_revisions: usize,
    /// Every so many pushes of the range only
    #[arg(long, value_name = "N", default_value_t = 1)]
    skips: usize,
    /// Run every task of the push's target set that has not succeeded there, instead of labels
    #[arg(long, group = "range", conflicts_with = "labels")]
    fill_revision: bool,
    /// Add the tasks that this query selects to the push, instead of labels
    #[arg(long, value_name = "QUERY", group = "range", conflicts_with = "labels")]
    query: Option<String>,
}

impl Arguments {
    fn range(&self, revision: String) -> Range {
        if let Some(delta) = self.delta {
            return Range::Around { of: revision, delta };
        }
        if let Some(count) = self.back_revisions {
            return Range::Back { from: revision, count, inclusive: true };
        }
        if let Some(from) = &self.from_rev {
            return Range::Between { from: from.clone(), to: revision };
        }
        match (self.backfill, self.to_data_point) {
            (true, _) => Range::Back { from: revision, count: self.max_revisions, inclusive: false },
            (false, true) => Range::Back { from: revision, count: self.max_revisions, inclusive: true },
            (false, false) => Range::Back { from: revision, count: 0, inclusive: true },
        }
    }
}

/// Triggers.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let world = World::new(session);
    session.wait(async {
        let common = &arguments.common;
        let target = Place(&arguments.rev).find(&world, common).await?;
        if arguments.fill_revision {
            return fill(&world, common, &target).await;
        }
        if let Some(query) = &arguments.query {
            let times = arguments.times.fixed("--query")?;
            return add_chosen(&world, common, &target, Choice::Query(query), times).await;
        }
        if arguments.labels.is_empty() {
            let message = "which labels? give `--buildername`, `--query` or `--fill-revision`";
            return Err(Failure::Usage(message.into()));
        }
        let mut subjects = Vec::new();
        for label in &arguments.labels {
            subjects.push(subject_of(&world, &target, Some(label), true).await?);
        }
        let stop = match (arguments.backfill, arguments.to_data_point) {
            (true, _) => Stop::LastGood,
            (false, true) => Stop::DataPoint,
            (false, false) => Stop::Never,
        };
        let wish = Wish { times: 1, counting: Counting::Total, stop, slices: 0 };
        let range = arguments.range(target.parameters.head_rev.clone());
        let ask = Ask { range, every: arguments.skips.max(1), times: arguments.times, wish };
        run_labels(&world, common, &target, &subjects, &ask).await
    })
}
