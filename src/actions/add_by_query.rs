//! Creates the tasks of the full graph that a query selects.

use futures::future::LocalBoxFuture;
use serde::Deserialize;

use super::support::{Call, Error, Extension, PushTasks, chosen, once};
use super::{Action, GENERIC, GROUP, Origin, always};
use crate::model::{Label, Task};
use crate::query::front_ends::front_end;
use crate::yaml::Node;

pub(super) const ACTION: Action = Action {
    cb_name: "add-by-query",
    name: "add-by-query",
    title: "Add jobs by query",
    symbol: "add-query",
    description: "Add the jobs that a query selects.",
    order: 110,
    context: GROUP,
    permission: GENERIC,
    schema: Some(SCHEMA),
    available: always,
    origin: Origin::Extra,
    run,
};

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "query": {
      "type": "string",
      "minLength": 1,
      "title": "Query",
      "description": "Which tasks, such as `test-linux-* - kind(perf)`."
    },
    "times": {
      "type": "integer",
      "default": 1,
      "minimum": 1,
      "maximum": 100,
      "title": "Times",
      "description": "How many times to run each task."
    }
  },
  "required": ["query"],
  "additionalProperties": false
}"#;

#[derive(Deserialize)]
struct Input {
    query: String,
    #[serde(default = "once")]
    times: u32,
}

fn run<'a>(call: &'a Call<'a>) -> LocalBoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let Input { query, times } = call.read_input()?;
        let push = PushTasks::fetch(call).await?;
        let row = front_end("query").expect("the table has it");
        let labels = chosen(row, &query, &push.full_task_graph.whole()?)?;
        if labels.is_empty() {
            return Err(Error::refused(format!("no task of the full task graph is meant by `{query}`")));
        }
        let change = |task: &mut Task<Label>| {
            task.attributes.insert("task_duplicates", Node::new(i64::from(times)));
        };
        let to_run = labels.into_iter().collect();
        push.extend(call, vec![Extension { to_run, suffix: String::new(), change: Some(&change) }]).await
    })
}
