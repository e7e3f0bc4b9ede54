//! Cancels a task.

use futures::future::LocalBoxFuture;

use super::support::{Call, Error, cancel_unless_past_deadline};
use super::{ANY_TASK, Action, GENERIC, Origin, always};

pub(super) const ACTION: Action = Action {
    cb_name: "cancel",
    name: "cancel",
    title: "Cancel Task",
    symbol: "cx",
    description: "Cancel the given task",
    order: 350,
    context: ANY_TASK,
    permission: GENERIC,
    schema: None,
    available: always,
    origin: Origin::Reference,
    run,
};

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move { cancel_unless_past_deadline(call, call.task_id()?).await })
}
