//! Patterns of texts: globs, exact texts, parts of texts and regular expressions.

use arcstr::ArcStr;
use regex::{Regex, RegexBuilder};

use super::glob;
use crate::diagnostics::Span;

/// How large a compiled regular expression may be, in bytes: enough for any that somebody writes.
const SIZE_LIMIT: usize = 1 << 20;

/// What a text is compared with. Two patterns are equal if they are written alike, wherever that was.
#[derive(Clone, Debug)]
pub struct Pattern {
    form: Form,
    text: ArcStr,
    /// Where it was written.
    pub span: Span,
}

/// How a pattern is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// `*` any characters, `?` one, `[a-z]` and `[!a-z]` one of some, `{a,b}` one or the other; the whole text.
    Glob,
    /// `=text`: the whole text, as it is.
    Exact,
    /// `~text`: somewhere in the text.
    Contains,
    /// `/regex/`: somewhere in the text.
    Regex,
}

/// A pattern that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a usable {what}: {reason}")]
pub struct InvalidPattern {
    /// The pattern as written.
    pub pattern: String,
    /// What it should have been.
    pub what: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl Pattern {
    /// A pattern of any form.
    ///
    /// # Errors
    /// A glob with a bracket that is not closed, a regular expression that is none or is too large.
    pub fn new(form: Form, text: &str) -> Result<Self, InvalidPattern> {
        let pattern = match form {
            Form::Glob => {
                glob::check(text).map_err(|reason| invalid(text, "glob", reason.to_owned()))?;
                Self::of(form, text)
            }
            Form::Exact | Form::Contains => Self::of(form, text),
            Form::Regex => {
                let text = without_escaped_slashes(text);
                compile_regex(&text)?;
                Self::of(form, &text)
            }
        };
        Ok(pattern)
    }

    /// A pattern that is a glob, which must match the whole text.
    ///
    /// # Errors
    /// A bracket that is not closed.
    pub fn glob(text: &str) -> Result<Self, InvalidPattern> {
        Self::new(Form::Glob, text)
    }

    /// A pattern that only its own text matches.
    #[must_use]
    pub fn exact(text: &str) -> Self {
        Self::of(Form::Exact, text)
    }

    /// A pattern that matches the texts it is a part of.
    #[must_use]
    pub fn contains(text: &str) -> Self {
        Self::of(Form::Contains, text)
    }

    /// A pattern that matches the texts in which the regular expression is found.
    ///
    /// # Errors
    /// An expression that is none or is too large.
    pub fn regex(text: &str) -> Result<Self, InvalidPattern> {
        Self::new(Form::Regex, text)
    }

    fn of(form: Form, text: &str) -> Self {
        Self { form, text: text.into(), span: Span::NONE }
    }

    /// The same, written at `span`.
    #[must_use]
    pub const fn at(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// How it is compared.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// What is between its signs.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The one text that it matches, if there is only one.
    #[must_use]
    pub fn only_text(&self) -> Option<&str> {
        match self.form {
            Form::Exact => Some(&self.text),
            Form::Glob if !glob::has_signs(&self.text) => Some(&self.text),
            Form::Glob | Form::Contains | Form::Regex => None,
        }
    }

    /// Ready to be compared with many texts.
    #[must_use]
    pub fn matcher(&self) -> Matcher {
        const CHECKED: &str = "it was compiled when the pattern was made";
        match self.form {
            Form::Glob if !glob::has_signs(&self.text) => Matcher::Exact(self.text.clone()),
            Form::Glob if glob::has_only_stars(&self.text) => Matcher::Stars(self.text.clone()),
            Form::Glob => Matcher::Regex(glob::compile(&self.text).expect(CHECKED)),
            Form::Exact => Matcher::Exact(self.text.clone()),
            Form::Contains => Matcher::Contains(self.text.clone()),
            Form::Regex => Matcher::Regex(compile_regex(&self.text).expect(CHECKED)),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.form == other.form && self.text == other.text
    }
}

impl Eq for Pattern {}

/// A pattern ready to be compared with many texts; each takes time in proportion to its length.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// This text.
    Exact(ArcStr),
    /// Texts that this glob matches, in which only `*` is a sign: by far the most frequent.
    Stars(ArcStr),
    /// Texts that this is a part of.
    Contains(ArcStr),
    /// Texts in which it is found.
    Regex(Regex),
}

impl Matcher {
    /// Whether it matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(wanted) => text == wanted.as_str(),
            Self::Stars(glob) => glob::stars_match(glob, text),
            Self::Contains(part) => text.contains(part.as_str()),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

fn compile_regex(text: &str) -> Result<Regex, InvalidPattern> {
    let compiled = RegexBuilder::new(text).size_limit(SIZE_LIMIT).dfa_size_limit(2 * SIZE_LIMIT).build();
    compiled.map_err(|error| {
        let reason = match &error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            // The engine draws the expression with a mark under it, and then says what is wrong in the last line.
            other => last_line(&other.to_string()),
        };
        invalid(text, "regular expression", reason)
    })
}

fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn invalid(pattern: &str, what: &'static str, reason: String) -> InvalidPattern {
    InvalidPattern { pattern: pattern.to_owned(), what, reason }
}

/// `\/` is how a slash is written between slashes; the expression means the same without.
fn without_escaped_slashes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(next) = characters.next() {
        match next {
            '\\' => match characters.next() {
                Some('/') => plain.push('/'),
                Some(escaped) => plain.extend(['\\', escaped]),
                None => plain.push('\\'),
            },
            _ => plain.push(next),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_compares_in_its_way() {
        let matching = |form, pattern: &str| {
            let matcher = Pattern::new(form, pattern).unwrap().matcher();
            let texts = ["test-linux/opt", "test-linux", "a*b", "a/b"];
            texts.into_iter().filter(|text| matcher.matches(text)).collect::<Vec<_>>()
        };
        assert_eq!(matching(Form::Glob, "test-*"), ["test-linux/opt", "test-linux"]);
        assert_eq!(matching(Form::Glob, "test-linux"), ["test-linux"]);
        assert_eq!(matching(Form::Exact, "a*b"), ["a*b"]);
        assert_eq!(matching(Form::Contains, "linux"), ["test-linux/opt", "test-linux"]);
        assert_eq!(matching(Form::Regex, "^a.b$"), ["a*b", "a/b"]);
        assert_eq!(matching(Form::Regex, r"a\/b"), ["a/b"]);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let reason = |form, pattern: &str| Pattern::new(form, pattern).unwrap_err().to_string();
        assert_eq!(reason(Form::Regex, "a("), "`a(` is not a usable regular expression: unclosed group");
        assert_eq!(
            reason(Form::Regex, r"(\w{900}){900}"),
            r"`(\w{900}){900}` is not a usable regular expression: it is too large"
        );
        assert_eq!(reason(Form::Glob, "a[b"), "`a[b` is not a usable glob: `[` is not closed");
    }

    #[test]
    fn equality_asks_what_is_written_not_where() {
        let files = crate::diagnostics::Files::default();
        let span = files.add("q", "ab").unwrap().span(0..1);
        assert_eq!(Pattern::exact("a").at(span), Pattern::exact("a"));
        assert_ne!(Pattern::exact("a"), Pattern::contains("a"));
        assert_eq!(Pattern::regex(r"a\/b").unwrap(), Pattern::regex("a/b").unwrap());
    }
}
