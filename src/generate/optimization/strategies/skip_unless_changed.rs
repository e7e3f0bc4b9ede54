//! `skip-unless-changed`: the task is left out unless the push changed a file that one of these patterns matches.

use std::cell::RefCell;
use std::collections::HashMap;

use serde::Deserialize;

use crate::diagnostics::quoted;
use crate::generate::optimization::Verdict;
use crate::generate::optimization::log::Log;
use crate::model::{Label, Parameters, PathPattern, Task};

/// Patterns of paths.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SkipUnlessChanged(Vec<String>);

impl SkipUnlessChanged {
    /// Where nothing was pushed (cron, actions), no file can have changed, so the task stays.
    pub(super) fn removal(&self, task: &Task<Label>, changes: &Changes<'_>, log: &mut Log) -> (Verdict, String) {
        if changes.is_no_push() {
            return (Verdict::Keep, "nothing was pushed, so no file can have changed".to_owned());
        }
        if let Some(pattern) = self.0.iter().find(|pattern| changes.match_pattern(pattern)) {
            return (Verdict::Keep, format!("a file that changed matches `{pattern}`"));
        }
        log.debug(format!("no files found matching a pattern in `skip-unless-changed` for \"{}\"", task.label));
        (Verdict::Remove, format!("no file that changed matches {}", quoted(&self.0)))
    }
}

/// The files a push changed. Tasks share patterns, so each is compared with the files once.
#[derive(Debug)]
pub(in crate::generate::optimization) struct Changes<'a> {
    parameters: &'a Parameters,
    answers: RefCell<HashMap<String, bool>>,
}

impl<'a> Changes<'a> {
    pub(in crate::generate::optimization) fn new(parameters: &'a Parameters) -> Self {
        Self { parameters, answers: RefCell::default() }
    }

    fn is_no_push(&self) -> bool {
        !self.parameters.base_rev.is_empty() && self.parameters.head_rev == self.parameters.base_rev
    }

    fn match_pattern(&self, pattern: &str) -> bool {
        if let Some(&answer) = self.answers.borrow().get(pattern) {
            return answer;
        }
        let compiled = PathPattern::new(pattern);
        let answer = self.parameters.files_changed.iter().any(|path| compiled.matches(path));
        self.answers.borrow_mut().insert(pattern.to_owned(), answer);
        answer
    }
}
