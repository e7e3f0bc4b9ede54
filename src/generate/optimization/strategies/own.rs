//! A strategy of the tree's own code. It is asked of all tasks beforehand, so that here it is but a list.

use std::collections::BTreeSet;
use std::sync::Arc;

use arcstr::ArcStr;

use super::Verdict;
use crate::model::{Label, Task};

/// A strategy of the tree's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    name: ArcStr,
    removable: Arc<BTreeSet<Label>>,
}

impl Own {
    /// The strategy of that name, by which those tasks may be left out.
    #[must_use]
    pub const fn new(name: ArcStr, removable: Arc<BTreeSet<Label>>) -> Self {
        Self { name, removable }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn removal(&self, task: &Task<Label>) -> (Verdict, String) {
        match self.removable.contains(&task.label) {
            true => (Verdict::Remove, "the tree's own code lets it go".to_owned()),
            false => (Verdict::Keep, "the tree's own code wants it".to_owned()),
        }
    }
}
