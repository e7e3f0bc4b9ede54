//! Actions of a tree's own code, whose tasks are created as ours are.

use super::failure::Failure;
use crate::clients::python::{ActionError, PythonCode, ToCreate};
use crate::create::{self, Creation, Pace, Single};
use crate::diagnostics::Diagnostic;
use crate::error::Error;
use crate::model::TaskId;
use crate::sources::clock::Clock;
use crate::sources::queue::Queue;
use crate::yaml::{Map, Node};

/// What an action of the tree's own code is called with.
pub(super) struct InTreeAction<'a> {
    /// Its callback.
    pub(super) callback: &'a str,
    /// Its input, null for nothing.
    pub(super) input: &'a Node,
    /// The group it was asked of.
    pub(super) task_group_id: Option<&'a TaskId>,
    /// The task it was asked of.
    pub(super) task_id: Option<&'a TaskId>,
    /// The parameters of the decision.
    pub(super) parameters: Node,
    /// Whether they must be complete.
    pub(super) is_strict: bool,
    /// Whether it changes nothing.
    pub(super) is_test: bool,
    /// Where tasks go.
    pub(super) queue: &'a dyn Queue,
    /// What time it is.
    pub(super) clock: &'a dyn Clock,
    /// How tasks are sent to the queue.
    pub(super) pace: Pace,
    /// The task it runs in.
    pub(super) own_task_id: &'a TaskId,
}

impl InTreeAction<'_> {
    /// Calls it.
    ///
    /// # Errors
    /// An exception of its code, or tasks that cannot be created.
    pub(super) async fn call(self, code: &PythonCode<'_>) -> Result<(), Failure> {
        let called = code.call_action(self.arguments(), async |wanted| self.create(wanted).await).await;
        called.map_err(|error| match error {
            ActionError::Code(error) => error.into(),
            ActionError::Create(error) => error.into(),
        })
    }

    fn arguments(&self) -> Map {
        Map::from([
            ("callback", Node::new(self.callback)),
            ("input", self.input.clone()),
            ("task_group_id", self.task_group_id.map(Node::from).unwrap_or_default()),
            ("task_id", self.task_id.map(Node::from).unwrap_or_default()),
            ("parameters", self.parameters.clone()),
            ("strict", Node::new(self.is_strict)),
            ("test", Node::new(self.is_test)),
        ])
    }

    async fn create(&self, wanted: ToCreate) -> Result<(), Error> {
        match wanted {
            ToCreate::Tasks { graph, decision_task_id, scheduler_id } => {
                let creation = Creation {
                    graph: &graph,
                    decision_task_id: decision_task_id.as_ref().unwrap_or(self.own_task_id),
                    scheduler_id: &scheduler_id,
                    pace: self.pace,
                };
                if self.is_test {
                    // Nothing is there yet, so nothing need be asked.
                    for (task_id, definition) in create::definitions(&creation, self.clock.now())? {
                        self.queue.create_task(&task_id, &definition).await?;
                    }
                } else {
                    create::create_tasks(&creation, self.queue, self.clock).await?;
                }
            }
            ToCreate::Task { task_id, label, definition } => {
                log::info!("Creating task with taskId {task_id} for {label}");
                let single = Single { task_id: &task_id, label: &label, definition: &definition };
                if self.is_test {
                    let definition = create::definition_of_single(single, self.clock.now())?;
                    self.queue.create_task(&task_id, &definition).await?;
                } else {
                    create::create_single(single, self.queue, self.clock).await?;
                }
            }
        }
        Ok(())
    }
}

/// The task that an action runs in.
///
/// # Errors
/// If it runs in none.
pub(super) fn own_task_id(id: Option<&TaskId>) -> Result<TaskId, Failure> {
    id.cloned().ok_or_else(|| {
        Diagnostic::error("TASK_ID is not set: the ids of new tasks are derived from it")
            .help("an action runs in a task; use `test-action-callback` to try one elsewhere")
            .into()
    })
}
