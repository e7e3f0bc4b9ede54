//! The functions of the language.

use super::{Direction, Field};

/// What a function is given in its parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// `all()`
    NothingForAll,
    /// `none()`
    NothingForNone,
    /// `kind(a, b)`
    Patterns(Field),
    /// `attr(name, a, b)`
    NameAndPatterns,
    /// `files(a, b/)`
    Paths,
    /// `deps(query, depth)`
    QueryAndDepth(Direction),
    /// `target(project=…, tasks-for=…)`
    Push,
    /// `cron(name)`
    CronName,
    /// `query(name)`
    QueryName,
}

/// A function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    /// An example of its use, for messages.
    pub(super) example: &'static str,
}

/// Every function, by name.
pub(super) const FUNCTIONS: &[Function] = &[
    function("all", Takes::NothingForAll, "all()"),
    function("attr", Takes::NameAndPatterns, "attr(build_type, opt)"),
    function("cron", Takes::CronName, "cron(nightly)"),
    function("deps", Takes::QueryAndDepth(Direction::Dependencies), "deps(kind(test), 2)"),
    function("files", Takes::Paths, "files(layout/, README.md)"),
    function("group", Takes::Patterns(Field::Group), "group(M, M-*)"),
    function("kind", Takes::Patterns(Field::Kind), "kind(build, *-signing)"),
    function("label", Takes::Patterns(Field::Label), "label(build-*, =test-1)"),
    function("none", Takes::NothingForNone, "none()"),
    function("platform", Takes::Patterns(Field::Platform), "platform(linux*, mac*)"),
    function("query", Takes::QueryName, "query(smoke)"),
    function("rdeps", Takes::QueryAndDepth(Direction::Dependents), "rdeps(build-linux, 1)"),
    function("scope", Takes::Patterns(Field::Scope), "scope(secrets:get:*)"),
    function("suite", Takes::Patterns(Field::Suite), "suite(mochitest*)"),
    function("symbol", Takes::Patterns(Field::Symbol), "symbol(B, bc*)"),
    function("target", Takes::Push, "target(project=main, tasks-for=github-push)"),
    function("tier", Takes::Patterns(Field::Tier), "tier(1, 2)"),
    function("worker-type", Takes::Patterns(Field::WorkerType), "worker-type(t-linux*)"),
];

const fn function(name: &'static str, takes: Takes, example: &'static str) -> Function {
    Function { name, takes, example }
}

/// The function of that name.
pub(super) fn function_named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_every_field() {
        assert!(FUNCTIONS.is_sorted_by_key(|function| function.name));
        for field in Field::ALL {
            assert_eq!(function_named(field.name()).unwrap().takes, Takes::Patterns(field));
        }
        for function in FUNCTIONS {
            let query = crate::query::parse_text(function.example).unwrap();
            assert!(query.to_string().starts_with(function.name) || function.name == "label", "{query}");
        }
    }
}
