//! What a service says about itself beyond its reference.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use fancy_regex::Regex;

use super::call::Handler;

/// A service that is served.
#[derive(Debug)]
pub(crate) struct Service {
    /// As in `/api/<name>/v1/`.
    pub(crate) name: &'static str,
    /// What answers each operation, in alphabetical order.
    pub(crate) operations: &'static [(&'static str, Handler)],
    /// Operations that are not served, and why.
    pub(crate) not_served: &'static [(&'static str, &'static str)],
    /// What the parameters of its URLs look like.
    pub(crate) params: &'static [(&'static str, &'static str)],
}

/// What query strings look like; those of one name look alike everywhere.
const QUERY_PATTERNS: &[(&str, &str)] = &[
    ("continuationToken", "."),
    ("limit", "^[0-9]+$"),
    ("prefix", "^[A-Za-z0-9!@/:.+|_-]+$"),
    ("quarantined", "^(true|false)$"),
    ("since", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T"),
];

impl Service {
    /// What a parameter of the service's URLs must look like.
    pub(crate) fn param_pattern(&self, param: &str) -> Option<&'static str> {
        self.params.iter().find(|(name, _)| *name == param).map(|(_, pattern)| *pattern)
    }
}

/// What a query string must look like.
pub(crate) fn query_pattern(name: &str) -> Option<&'static str> {
    QUERY_PATTERNS.iter().find(|(known, _)| *known == name).map(|(_, pattern)| *pattern)
}

/// Whether a text looks like a pattern of the tables in this folder.
pub(crate) fn matches(pattern: &'static str, text: &str) -> bool {
    static COMPILED: Mutex<BTreeMap<&'static str, Regex>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let regex = compiled.entry(pattern).or_insert_with(|| Regex::new(pattern).expect("a pattern of ours, tested"));
    regex.is_match(text).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_string_of_the_references_has_a_pattern_that_compiles() {
        for (name, pattern) in QUERY_PATTERNS {
            assert!(!matches(pattern, ""), "{name}");
        }
        for entry in
            ["auth", "index", "queue"].iter().flat_map(|service| super::super::reference::entries_of(service).unwrap())
        {
            for name in entry.query.iter().filter(|name| *name != "format") {
                assert!(query_pattern(name).is_some(), "{}: {name}", entry.name);
            }
        }
    }
}
