//! Steps of a kind's chain of transforms that are written in the tree's own code.

use std::path::Path;
use std::sync::Arc;

use crate::diagnostics::{Diagnostic, Mistakes};
use crate::model::{KindName, Label, Stub, Task};
use crate::yaml::Map;

use super::Error;

/// What in-tree code may see of a kind.
#[derive(Clone, Copy)]
pub struct KindView<'a> {
    /// The kind.
    pub kind: &'a KindName,
    /// Its directory as it shows in tasks.
    pub path: &'a Path,
    /// Its `kind.yml`.
    pub config: &'a Map,
    /// The tasks of its kind-dependencies, in the order they were made.
    pub dependencies: &'a [Arc<Task<Label>>],
}

/// A kind's own code at work. What it remembers from one step to the next it forgets with the kind.
pub trait KindCode {
    /// Takes stubs through neighbouring steps, each named as in `kind.yml` with its object. Mistakes
    /// of single stubs stand beside what became of the others.
    ///
    /// # Errors
    /// What no stub comes back from.
    fn run(&mut self, steps: &[String], stubs: Vec<Stub>) -> Result<(Vec<Stub>, Mistakes), Error>;

    /// Whether what came back cannot go on through steps of ours as it would through the reference's: stubs share parts
    /// that steps change in place, or hold what documents are not made of.
    fn is_entangled(&self) -> bool {
        false
    }

    /// Makes the kind from its loader to its last step, if the code can: as stubs that went through everything.
    ///
    /// # Errors
    /// As [`Self::run`].
    fn whole(&mut self, _: &str) -> Result<Option<Vec<Stub>>, Error> {
        Ok(None)
    }
}

/// Where there is nobody to run a kind's code.
pub(super) struct NoKindCode;

impl KindCode for NoKindCode {
    fn run(&mut self, steps: &[String], _: Vec<Stub>) -> Result<(Vec<Stub>, Mistakes), Error> {
        Err(Diagnostic::error(format!("cannot run `{}`: in-tree code is not run here", steps.join("`, `"))).into())
    }
}
