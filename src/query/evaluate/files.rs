//! Which tasks run because of some files: those that say which files they must not be skipped for, and those that run
//! tests.

use arcstr::ArcStr;
use fixedbitset::FixedBitSet;

use super::Evaluation;
use crate::diagnostics::{Diagnostic, Span};
use crate::model::{Label, PathPattern, Task};
use crate::yaml::Node;

/// The strategy whose argument is patterns of files; `when.files-changed` of a task becomes it.
const STRATEGY: &str = "skip-unless-changed";

/// The attributes that list the manifests or directories of a task's tests.
const TESTS: [&str; 2] = ["test_manifests", "test_paths"];

impl Evaluation<'_, '_> {
    /// The tasks that run because of one of the paths.
    pub(super) fn files(&mut self, paths: &[ArcStr], span: Span) -> FixedBitSet {
        let mut has_matched = vec![false; paths.len()];
        let found = self.universe.filter(|task| {
            let mut found = false;
            for (path, has_matched) in paths.iter().zip(&mut has_matched) {
                if runs_for(task, path) {
                    *has_matched = true;
                    found = true;
                }
            }
            found
        });
        let unmatched = paths.iter().zip(has_matched).filter(|(_, has_matched)| !has_matched);
        self.warnings.extend(
            unmatched.map(|(path, _)| Diagnostic::warning(format!("no task runs because of `{path}`")).at(span)),
        );
        found
    }
}

fn runs_for(task: &Task<Label>, path: &str) -> bool {
    let optimization = task.optimization.as_ref().and_then(|optimization| optimization.strategy());
    let patterns = optimization.filter(|(name, _)| name.as_str() == Some(STRATEGY)).map(|(_, patterns)| patterns);
    let mut patterns = patterns.and_then(Node::as_list).unwrap_or_default().iter().filter_map(Node::as_str);
    if patterns.any(|pattern| concerns(pattern, path)) {
        return true;
    }
    let tests = TESTS.iter().filter_map(|name| task.attribute(name)?.as_list()).flatten().filter_map(Node::as_str);
    tests.into_iter().any(|test| is_test_of(test, path))
}

/// Whether a pattern can match the file, or one in the directory.
fn concerns(pattern: &str, path: &str) -> bool {
    match path.strip_suffix('/') {
        None => PathPattern::new(pattern).matches(path),
        Some(directory) => {
            let mut parts = pattern.split('/');
            for part in directory.split('/') {
                match parts.next() {
                    // The pattern ends above the directory, and matches all that is below; or leaves it open.
                    None | Some("" | "**") => return true,
                    Some(wanted) if PathPattern::new(wanted).matches(part) => {}
                    Some(_) => return false,
                }
            }
            true
        }
    }
}

/// Whether tests are at or below the path, or are those of the directory it is in.
fn is_test_of(test: &str, path: &str) -> bool {
    let directory = match test.rsplit_once('/') {
        // What has no extension is a directory itself.
        Some((_, name)) if !name.contains('.') => test.trim_end_matches('/'),
        Some((directory, _)) => directory,
        None => test,
    };
    let is_below = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    test == path || is_below(test, path.trim_end_matches('/')) || is_below(path.trim_end_matches('/'), directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_concern_files_and_directories() {
        let rows = [
            ("docs/**", "docs/a.md", true),
            ("docs/**", "src/a.md", false),
            ("docs/**", "docs/", true),
            ("docs/**", "docs/deep/er/", true),
            ("docs/*.md", "docs/", true),
            ("docs/*.md", "docs/deep/", false),
            ("**/*.rs", "src/", true),
            ("docs", "docs/deep/", true),
            ("docs/a/b", "docs/", true),
            ("src/*/b", "src/a/", true),
            ("src", "srcs/", false),
        ];
        for (pattern, path, expected) in rows {
            assert_eq!(concerns(pattern, path), expected, "{pattern} and {path}");
        }
    }

    #[test]
    fn tests_belong_to_the_directory_of_their_manifest() {
        let rows = [
            ("layout/reftests/reftest.list", "layout/", true),
            ("layout/reftests/reftest.list", "layout/reftests/a.html", true),
            ("layout/reftests/reftest.list", "layout/reftests/sub/", true),
            ("layout/reftests/reftest.list", "layout/other/", false),
            ("layout/reftests", "layout/reftests/a.html", true),
            ("layout/reftests", "layout/reftests2/", false),
            ("layout/a.list", "lay", false),
        ];
        for (test, path, expected) in rows {
            assert_eq!(is_test_of(test, path), expected, "{test} and {path}");
        }
    }
}
