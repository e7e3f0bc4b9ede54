//! Hooks: tasks that are made on request, from a template that somebody else may change.

use std::sync::{Mutex, PoisonError};

use super::Answer;
use crate::model::TaskId;
use crate::yaml::Node;

/// Triggers hooks.
pub trait Hooks: Send + Sync {
    /// Triggers a hook; answers with the task it made, unless its template decided to make none.
    fn trigger<'a>(&'a self, group: &'a str, hook: &'a str, payload: &'a Node) -> Answer<'a, Option<TaskId>>;
}

/// Remembers what was triggered, and makes no task.
#[derive(Debug, Default)]
pub struct MemoryHooks(Mutex<Vec<(String, Node)>>);

impl MemoryHooks {
    /// What was triggered so far: `group/hook`, and the payload.
    #[must_use]
    pub fn triggered(&self) -> Vec<(String, Node)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Hooks for MemoryHooks {
    fn trigger<'a>(&'a self, group: &'a str, hook: &'a str, payload: &'a Node) -> Answer<'a, Option<TaskId>> {
        let triggered = (format!("{group}/{hook}"), payload.clone());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(triggered);
        Box::pin(async { Ok(None) })
    }
}
