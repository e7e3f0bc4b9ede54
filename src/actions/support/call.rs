//! What an action is called with.

use serde::de::DeserializeOwned;

use crate::create::Pace;
use crate::diagnostics::Warnings;
use crate::error::Error;
use crate::generate::context::RunContext;
use crate::model::{Label, TaskId};
use crate::publish::Publisher;
use crate::sources::artifacts::Artifacts;
use crate::sources::clock::Clock;
use crate::sources::hooks::Hooks;
use crate::sources::index::Index;
use crate::sources::jobs::Jobs;
use crate::sources::purge_cache::PurgeCache;
use crate::sources::pushlog::Pushlog;
use crate::sources::queue::Queue;
use crate::yaml::{self, Node};

/// The id that stands for the action's task where there is none.
pub const ACTION_TASK: &str = "ACTION-TASK";

/// Whether an action changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Tasks are created.
    Real,
    /// It only shows what it would do: scopes are not checked.
    Testing,
}

/// The services an action asks.
#[derive(Clone, Copy)]
pub struct Services<'a> {
    /// Tasks and their states.
    pub queue: &'a dyn Queue,
    /// Where tasks are found.
    pub index: &'a dyn Index,
    /// What tasks left behind.
    pub artifacts: &'a dyn Artifacts,
    /// What is fired on other pushes.
    pub hooks: &'a dyn Hooks,
    /// The pushes to the branch.
    pub pushlog: &'a dyn Pushlog,
    /// What ran on them.
    pub jobs: &'a dyn Jobs,
    /// Caches that workers must not use any more.
    pub purge_cache: &'a dyn PurgeCache,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Whether whoever acts has credentials; without them nobody has scopes, and none can be demanded.
    pub has_credentials: bool,
}

/// Everything an action can see.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The push, the project and the tree.
    pub run: RunContext<'a>,
    /// The services.
    pub services: Services<'a>,
    /// Where its artifacts go.
    pub publisher: &'a Publisher,
    /// Its input, valid by its schema; an empty mapping if there is none.
    pub input: &'a Node,
    /// The group it was asked of.
    pub task_group_id: Option<&'a TaskId>,
    /// The task it was asked of.
    pub task_id: Option<&'a TaskId>,
    /// The task it runs in: what the ids of new tasks are derived from.
    pub own_task_id: Option<&'a TaskId>,
    /// How new tasks are sent to the queue.
    pub pace: Pace,
    /// Whether it changes anything.
    pub mode: Mode,
}

impl Call<'_> {
    /// The task it was asked of.
    ///
    /// # Errors
    /// If it was asked of the group.
    pub fn task_id(&self) -> Result<&TaskId, Error> {
        self.task_id.ok_or_else(|| Error::refused("this action needs a task to act on: none was given"))
    }

    /// The group it was asked of.
    ///
    /// # Errors
    /// If none was given.
    pub fn task_group_id(&self) -> Result<&TaskId, Error> {
        self.task_group_id.ok_or_else(|| Error::refused("this action needs a task group to act on: none was given"))
    }

    /// The task whose id new ids are derived from.
    ///
    /// # Errors
    /// If it does not run in a task, and would really create some.
    pub fn creator(&self) -> Result<TaskId, Error> {
        match (self.own_task_id, self.mode) {
            (Some(own), _) => Ok(own.clone()),
            (None, Mode::Testing) => Ok(TaskId::new(ACTION_TASK)),
            (None, Mode::Real) => Err(Error::refused("TASK_ID is not set: the ids of new tasks are derived from it")
                .help("an action runs in a task; use `test-action-callback` to try one elsewhere")),
        }
    }

    /// The input as a closed type. What the type does not know is warned of.
    ///
    /// # Errors
    /// Input that is valid by the schema and still not enough.
    pub fn read_input<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Ok(yaml::read_noting(self.input, self.warnings())?)
    }

    /// The label of a task, as its definition says.
    ///
    /// # Errors
    /// If there is no such task, or the queue does not answer.
    pub async fn label_of(&self, task_id: &TaskId) -> Result<Label, Error> {
        let definition = self.services.queue.task(task_id).await?;
        let name = definition.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Node::as_arc_str);
        name.cloned().map(Label::new).ok_or_else(|| Error::refused(format!("task {task_id} has no name")))
    }

    const fn warnings(&self) -> &Warnings {
        self.run.warnings
    }
}
