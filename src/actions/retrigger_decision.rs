//! Creates a decision, action or cron task again from its own definition.

use futures::future::LocalBoxFuture;

use super::support::{Call, Error, clone_task};
use super::{Action, Origin, always};

pub(super) const ACTION: Action = Action {
    cb_name: "retrigger-decision",
    name: "retrigger",
    title: "Retrigger",
    symbol: "rt",
    description: "Create a clone of the task (retriggering decision, action, and cron tasks requires\nspecial scopes).",
    order: 11,
    context: &[&[("kind", "decision-task")], &[("kind", "action-callback")], &[("kind", "cron-task")]],
    permission: "retrigger-decision",
    schema: None,
    available: always,
    origin: Origin::Reference,
    run,
};

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move { clone_task(call, call.task_id()?).await })
}
