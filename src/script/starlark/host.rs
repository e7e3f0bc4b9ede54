//! What an evaluation carries along for the functions that are not written in Starlark.

use std::cell::RefCell;
use std::collections::HashMap;

use starlark::any::ProvidesStaticType;
use starlark::eval::Evaluator;

use super::limits::{Budget, Limits};
use crate::diagnostics::Mistakes;
use crate::yaml::Node;

/// What functions of ours may ask of the run; a kind's answers differ from those of a verification.
pub trait Services {
    /// The content of a file of the tree, by its path from the repository's root, and its text's places.
    ///
    /// # Errors
    /// What is wrong with asking for it, as a message.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;

    /// The document in a file of the tree, with its places.
    ///
    /// # Errors
    /// As [`Self::read`], and a document that is wrong.
    fn document(&self, path: &str) -> Result<Node, Mistakes>;

    /// The tracked files that a pattern matches, in order.
    ///
    /// # Errors
    /// What is wrong with asking for them.
    fn list(&self, pattern: &str) -> Result<Vec<String>, String>;

    /// The digest of the files that patterns match, as the reference makes it.
    ///
    /// # Errors
    /// What is wrong with asking for it.
    fn hash_paths(&self, patterns: &[&str]) -> Result<String, String>;

    /// The tasks that the caller sees, as documents.
    fn dependencies(&self) -> Vec<Node>;

    /// Takes in what `print` says.
    fn print(&self, text: &str);
}

/// What one evaluation carries along.
#[derive(ProvidesStaticType)]
pub(super) struct Host<'e> {
    pub(super) budget: Budget,
    /// The documents that values were made from, by the address of the value; values do not move while they live,
    /// as nothing is collected before the end.
    pub(super) origins: RefCell<HashMap<u64, Node>>,
    pub(super) services: &'e dyn Services,
}

impl<'e> Host<'e> {
    pub(super) fn new(limits: Limits, services: &'e dyn Services) -> Self {
        Self { budget: Budget::new(limits), origins: RefCell::default(), services }
    }
}

/// What an evaluation carries along.
pub(super) fn host<'a, 'e>(eval: &Evaluator<'_, 'a, 'e>) -> &'a Host<'e> {
    let extra = eval.extra.expect("every evaluator is made with it");
    extra.downcast_ref().expect("it is made with nothing else")
}

/// What functions of ours may ask of the run.
#[must_use]
pub fn services<'a>(eval: &Evaluator<'_, 'a, '_>) -> &'a dyn Services {
    host(eval).services
}
