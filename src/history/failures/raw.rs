//! mozlog's `*_raw.log`: a result says what was expected only if it was something else.

use std::collections::BTreeMap;

use super::{is_unexpected, object, text};

/// The groups of tests, as the beginning of the suite told them.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<String, String>);

impl Groups {
    /// The test of a line that says it failed, and its group.
    pub(super) fn failed(&mut self, line: &str) -> Option<(String, String)> {
        let entry = object(line)?;
        let counts = match entry["action"].as_str()? {
            "suite_start" => {
                self.learn(&entry["tests"]);
                false
            }
            "test_end" | "test_status" => is_unexpected(&entry),
            "crash" => true,
            _ => false,
        };
        let test = text(&entry, "test");
        if !counts || test.is_empty() {
            return None;
        }
        let group = self.0.get(&test).cloned().unwrap_or_default();
        Some((test, group))
    }

    fn learn(&mut self, tests: &serde_json::Value) {
        for (group, tests) in tests.as_object().into_iter().flatten() {
            for test in tests.as_array().into_iter().flatten().filter_map(|test| test.as_str()) {
                self.0.insert(test.to_owned(), group.clone());
            }
        }
    }
}
