//! Scopes: what a caller may do, and expressions over them.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Value, json};

/// What a request asks of its caller's scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    Scope(String),
    AllOf(Vec<Self>),
    AnyOf(Vec<Self>),
}

/// The scopes of a caller. A scope that ends with `*` stands for every scope that begins like it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScopeSet(BTreeSet<String>);

impl ScopeSet {
    /// The scopes of someone who may do everything.
    pub(crate) fn everything() -> Self {
        ["*".to_owned()].into_iter().collect()
    }

    /// Whether one of the scopes stands for `scope`, which may itself end with `*`.
    pub(crate) fn covers(&self, scope: &str) -> bool {
        let stands_for = |have: &String| have.strip_suffix('*').is_some_and(|prefix| scope.starts_with(prefix));
        self.0.contains(scope) || self.0.iter().any(stands_for)
    }

    pub(crate) fn satisfies(&self, expression: &Expression) -> bool {
        match expression {
            Expression::Scope(scope) => self.covers(scope),
            Expression::AllOf(all) => all.iter().all(|one| self.satisfies(one)),
            Expression::AnyOf(any) => any.iter().any(|one| self.satisfies(one)),
        }
    }

    /// What is left of an expression without the scopes that are there; `None` if nothing is missing.
    pub(crate) fn missing(&self, expression: &Expression) -> Option<Expression> {
        if self.satisfies(expression) {
            return None;
        }
        let missing = |parts: &[Expression]| parts.iter().filter_map(|part| self.missing(part)).collect();
        Some(match expression {
            Expression::Scope(_) => expression.clone(),
            Expression::AllOf(all) => Expression::AllOf(missing(all)),
            Expression::AnyOf(any) => Expression::AnyOf(missing(any)),
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The same scopes without those that another one stands for.
    pub(crate) fn normalized(&self) -> Self {
        let wide: Vec<&String> = self.0.iter().filter(|scope| scope.ends_with('*')).collect();
        let covered =
            |scope: &String| wide.iter().any(|other| *other != scope && scope.starts_with(&other[..other.len() - 1]));
        Self(self.0.iter().filter(|scope| !covered(scope)).cloned().collect())
    }

    /// The scopes, sorted, as JSON.
    pub(crate) fn to_json(&self) -> Value {
        json!(self.0)
    }
}

impl FromIterator<String> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = String>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

/// Whether a text may be a scope: printable ASCII.
pub(crate) fn is_scope(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

impl Expression {
    fn to_json(&self) -> Value {
        let list = |parts: &[Self]| parts.iter().map(Self::to_json).collect::<Vec<_>>();
        match self {
            Self::Scope(scope) => json!(scope),
            Self::AllOf(all) => json!({ "AllOf": list(all) }),
            Self::AnyOf(any) => json!({ "AnyOf": list(any) }),
        }
    }
}

/// As error messages show it: a bare scope, or indented JSON.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope(scope) => f.write_str(scope),
            Self::AllOf(_) | Self::AnyOf(_) => write!(f, "{:#}", self.to_json()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(scopes: &[&str]) -> ScopeSet {
        scopes.iter().map(|&scope| scope.to_owned()).collect()
    }

    #[test]
    fn a_star_stands_for_what_begins_like_it() {
        let scopes = set(&["queue:get-task:*", "a", "b*"]);
        for scope in ["queue:get-task:x", "queue:get-task:", "queue:get-task:*", "a", "b", "b/c", "bb*"] {
            assert!(scopes.covers(scope), "{scope}");
        }
        for scope in ["queue:get-task", "queue:get-*", "aa", "a*", "c", ""] {
            assert!(!scopes.covers(scope), "{scope}");
        }
        assert!(ScopeSet::everything().covers("anything"));
    }

    #[test]
    fn what_is_missing_is_said() {
        let one = |scope: &str| Expression::Scope(scope.into());
        let all = Expression::AllOf(vec![one("a"), one("c"), Expression::AnyOf(vec![one("d"), one("e")])]);
        let scopes = set(&["a"]);
        let missing = Expression::AllOf(vec![one("c"), Expression::AnyOf(vec![one("d"), one("e")])]);
        assert_eq!(scopes.missing(&all), Some(missing));
        assert_eq!(set(&["a", "c", "e"]).missing(&all), None);
        assert!(!scopes.satisfies(&Expression::AnyOf(vec![])) && scopes.satisfies(&Expression::AllOf(vec![])));
    }

    #[test]
    fn normalized_sets_have_no_doubles() {
        assert_eq!(set(&["a*", "ab", "b", "a"]).normalized(), set(&["a*", "b"]));
    }
}
