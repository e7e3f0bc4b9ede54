//! `retrigger`: a task once more, or several of a push.

use clap::Args;
use serde_json::json;

use super::Outcome;
use super::extend::{Common, Place, act, check_labels};
use super::session::Session;
use super::world::World;
use crate::model::Label;

/// Which task, and how often.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Task, or its push with `--label`: a task id, a link to Treeherder, `index=PATH` or a revision
    task: String,
    #[command(flatten)]
    common: Common,
    /// Labels to run again, where no task is named; separated by commas
    #[arg(long, value_name = "LABELS", value_delimiter = ',')]
    label: Vec<Label>,
    /// How often
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    times: u32,
    /// Run what depends on it again, too
    #[arg(long)]
    downstream: bool,
}

/// Retriggers.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let world = World::new(session);
    session.wait(async {
        let (common, times) = (&arguments.common, arguments.times);
        let target = Place(&arguments.task).find(&world, common).await?;
        if arguments.label.is_empty() {
            let input = json!({"times": times, "downstream": arguments.downstream});
            return act(&world, common, &target, "retrigger", true, Some(&input)).await;
        }
        check_labels(&world, &target, &arguments.label).await?;
        let input = json!({"requests": [{"tasks": arguments.label, "times": times}]});
        act(&world, common, &target, "retrigger-multiple", false, Some(&input)).await
    })
}
