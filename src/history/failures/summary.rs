//! `errorsummary.log`: lines `test_result`, `crash` and others.

use super::{is_unexpected, object, text};

/// The test of a line that says it failed, and its group.
pub(super) fn failed(line: &str) -> Option<(String, String)> {
    let entry = object(line)?;
    let counts = entry.get("signature").is_some() || is_unexpected(&entry);
    let test = text(&entry, "test");
    (counts && !test.is_empty()).then(|| (test, text(&entry, "group")))
}
