//! Differences that are meant, each with the line of `docs/differences.md` that says so.

use super::super::verdict::{Difference, Sort};
use super::subject::Mutation;

/// A difference that is meant.
struct Row {
    /// Words of the line that says so.
    says: &'static str,
    sort: Sort,
    /// A key on the way to the changed value.
    key: &'static str,
    /// Words of what the programs say; any of these.
    words: &'static [&'static str],
}

/// A value that is null counts as not written, wherever that is.
const NULL: &str = "an optional key with the value null";

/// A text with a newline at its end is no name.
const NEWLINE: &str = "a name with a newline at its end";

/// The other differences.
const ROWS: &[Row] = &[
    Row {
        says: "`task-deadline-after` is not validated",
        sort: Sort::OnlyOursRefuses,
        key: "task-deadline-after",
        words: &["task-deadline-after", "expected a string"],
    },
    Row {
        says: "the name of an artifact or a cache is asked for",
        sort: Sort::OnlyOursRefuses,
        key: "worker",
        words: &["name: null"],
    },
    Row {
        says: "a key that is no text ends in an error",
        sort: Sort::OnlyTheirsRefuses,
        key: "",
        words: &[
            "Expected `str` - at `key` in",
            " - at `$.docker-image[...]`",
            "NotImplementedError: copying 'datetime.date",
            "TypeError: Object of type date",
            "Object of type date is not JSON",
        ],
    },
    Row {
        says: "`run-on-projects` that is no list",
        sort: Sort::OnlyTheirsRefuses,
        key: "run-on-projects",
        words: &["object is not iterable"],
    },
    Row {
        says: "`chunk` without `substitution-fields`",
        sort: Sort::OnlyTheirsRefuses,
        key: "chunk",
        words: &["KeyError: 'substitution-fields'"],
    },
];

/// Whether a difference is one of those.
pub(super) fn is_documented(mutation: &Mutation, difference: &Difference) -> bool {
    let is_null = mutation.mutated.is_null && difference.sort != Sort::OnlyOursRefuses;
    let is_name = mutation.mutated.change.ends_with('\n') && difference.text.contains("is not a valid identifier");
    is_null || is_name || ROWS.iter().any(|row| row.is_about(mutation, difference))
}

impl Row {
    fn is_about(&self, mutation: &Mutation, difference: &Difference) -> bool {
        let is_there = || self.key.is_empty() || mutation.mutated.path.iter().any(|key| key == self.key);
        let is_said = || self.words.iter().any(|words| difference.text.contains(words));
        self.sort == difference.sort && is_there() && is_said()
    }
}

#[test]
fn every_row_is_documented() {
    let page = include_str!("../../../../docs/differences.md");
    for says in ROWS.iter().map(|row| row.says).chain([NULL, NEWLINE]) {
        assert!(page.contains(says), "docs/differences.md does not say `{says}`");
    }
}
