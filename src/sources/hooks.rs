//! Hooks: tasks that are made on request, from a template that somebody else may change.

use std::sync::{Mutex, PoisonError};

use super::{Answer, Error};
use crate::model::TaskId;
use crate::yaml::Node;

/// Triggers hooks.
pub trait Hooks: Send + Sync {
    /// Triggers a hook; answers with the task it made, unless its template decided to make none.
    fn trigger<'a>(&'a self, group: &'a str, hook: &'a str, payload: &'a Node) -> Answer<'a, Option<TaskId>>;
}

/// Remembers what was triggered, and makes no task; refuses the first requests if it is told to.
#[derive(Debug, Default)]
pub struct MemoryHooks {
    triggered: Mutex<Vec<(String, Node)>>,
    /// What the next requests are refused with, the last one first.
    pub refusals: Mutex<Vec<Error>>,
}

impl MemoryHooks {
    /// What was triggered so far: `group/hook`, and the payload.
    #[must_use]
    pub fn triggered(&self) -> Vec<(String, Node)> {
        self.triggered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Hooks for MemoryHooks {
    fn trigger<'a>(&'a self, group: &'a str, hook: &'a str, payload: &'a Node) -> Answer<'a, Option<TaskId>> {
        if let Some(refusal) = self.refusals.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Box::pin(async { Err(refusal) });
        }
        let triggered = (format!("{group}/{hook}"), payload.clone());
        self.triggered.lock().unwrap_or_else(PoisonError::into_inner).push(triggered);
        Box::pin(async { Ok(None) })
    }
}
