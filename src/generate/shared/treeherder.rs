//! How tasks are shown on Treeherder.

use crate::diagnostics::Diagnostic;

/// The longest group or symbol that Treeherder takes, in characters.
pub const LONGEST_SYMBOL: usize = 25;

/// A symbol and the group it is in, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// The group; `?` in the reference where there is none.
    pub group: Option<&'a str>,
    /// The symbol within it.
    pub symbol: &'a str,
}

impl<'a> Symbol<'a> {
    /// From `group(symbol)` or a bare `symbol`.
    ///
    /// # Errors
    /// A text with a parenthesis that is neither, or a part that is too long.
    pub fn parse(text: &'a str) -> Result<Self, Diagnostic> {
        let symbol = match text.split_once('(') {
            None => Self { group: None, symbol: text },
            Some((group, rest)) => {
                let symbol = rest.strip_suffix(')').filter(|symbol| !symbol.contains(')'));
                let symbol = symbol.ok_or_else(|| not_a_symbol(text))?;
                Self { group: Some(group).filter(|&group| group != "?"), symbol }
            }
        };
        let length = |part: &str| part.chars().count();
        if length(symbol.symbol).max(symbol.group.map_or(0, length)) > LONGEST_SYMBOL {
            let message = format!("`{text}` is too long: a Treeherder group or symbol has at most 25 characters");
            return Err(Diagnostic::error(message));
        }
        Ok(symbol)
    }
}

fn not_a_symbol(text: &str) -> Diagnostic {
    Diagnostic::error(format!("`{text}` is not a Treeherder symbol")).help("write `symbol` or `group(symbol)`")
}

/// The kind of job that Treeherder takes tasks of this kind for.
#[must_use]
pub fn default_job_kind(kind: &str) -> &'static str {
    match kind {
        _ if kind.contains("build") => "build",
        _ if kind.contains("test") => "test",
        _ => "other",
    }
}

/// The symbol of tasks of this kind: the first letters of its parts, in capitals.
#[must_use]
pub fn default_symbol(kind: &str) -> String {
    kind.split('-').filter_map(|part| part.chars().next()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_may_be_in_a_group() {
        let parse = |text| Symbol::parse(text).map(|parsed| (parsed.group, parsed.symbol));
        assert_eq!(parse("B"), Ok((None, "B")));
        assert_eq!(parse("grp(sym)"), Ok((Some("grp"), "sym")));
        assert_eq!(parse("?(sym)"), Ok((None, "sym")));
        for wrong in ["a(b", "a(b)c", "a(b))", "abcdefghijklmnopqrstuvwxyz", "g(abcdefghijklmnopqrstuvwxyz)"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn kinds_have_defaults() {
        assert_eq!((default_symbol("docker-image").as_str(), default_job_kind("docker-image")), ("DI", "other"));
        assert_eq!((default_job_kind("build-tests"), default_job_kind("mochitest")), ("build", "test"));
    }
}
