//! What actions share: the call, its input, the push it extends, and how tasks are added to it.

mod call;
mod callback;
pub mod campaign;
mod chosen;
mod definition;
mod document;
mod extend;
mod input;
mod lost;
pub mod offer;
mod own_campaign;
mod push_tasks;
mod queue_calls;
mod render;
#[cfg(test)]
mod tests;

pub use crate::error::Error;
pub use call::{ACTION_TASK, Call, Mode, Services};
pub use callback::{Request, trigger};
pub use document::ActionsJson;
pub use input::Input;
pub use render::{actions_json, taskcluster_yml_hash};

pub(super) use chosen::chosen;
pub(super) use definition::{clone_task, map_in};
pub(super) use extend::Extension;
pub(super) use input::once;
pub(super) use lost::lost;
pub(super) use own_campaign::{carry_out, subject};
pub(super) use push_tasks::{PushTasks, is_retriggerable};
pub(super) use queue_calls::{cancel_unless_past_deadline, rerun_if_failed};

/// How many requests are made at a time.
pub(super) const CONCURRENCY: usize = 50;
