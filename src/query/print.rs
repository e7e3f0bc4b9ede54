//! A query as text: what is printed reads back as the same query.

use std::fmt::{self, Display, Formatter, Write as _};

use super::parse::foreign;
use super::{Atom, Field, Form, Pattern, Query, TargetOf};

/// Words that join queries; as texts they stand in quotes.
pub(super) const OPERATORS: &[&str] = &["and", "minus", "not", "or"];

/// Signs that mean something where a word could begin, and nothing within one.
pub(super) const STARTS: &[char] = &['=', '~', '/', '!', '-'];

/// Whether a character ends a word that is not in quotes; a comma does not within braces.
pub(super) fn ends_word(character: char) -> bool {
    character.is_whitespace() || character.is_control() || "()&|,\"'".contains(character)
}

/// How tightly an operator binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Not,
}

impl Display for Query {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.print(Binding::Or, formatter)
    }
}

impl Query {
    /// Prints it where it must bind as tightly as `at_least`.
    fn print(&self, at_least: Binding, formatter: &mut Formatter<'_>) -> fmt::Result {
        let binding = match self {
            Self::Or(_) => Binding::Or,
            Self::And(_) => Binding::And,
            Self::Not(_) | Self::Term(_) => Binding::Not,
        };
        if binding < at_least {
            formatter.write_char('(')?;
            self.print(Binding::Or, formatter)?;
            return formatter.write_char(')');
        }
        match self {
            Self::Term(term) => term.atom.fmt(formatter),
            Self::Not(inner) => {
                formatter.write_char('!')?;
                inner.print(Binding::Not, formatter)
            }
            Self::And(parts) => print_and(parts, formatter),
            Self::Or(parts) => {
                separated(parts, " | ", formatter, |part, formatter| part.print(Binding::And, formatter))
            }
        }
    }
}

/// What is left out is printed as a difference, unless it comes first.
fn print_and(parts: &[Query], formatter: &mut Formatter<'_>) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        let (sign, part) = match part {
            _ if at == 0 => ("", part),
            Query::Not(inner) => (" - ", &**inner),
            _ => (" & ", part),
        };
        formatter.write_str(sign)?;
        part.print(Binding::Not, formatter)?;
    }
    Ok(())
}

impl Display for Atom {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => formatter.write_str("all()"),
            Self::None => formatter.write_str("none()"),
            Self::Field(Field::Label, patterns) if is_bare_label(patterns) => patterns[0].fmt(formatter),
            Self::Field(field, patterns) => {
                write!(formatter, "{}(", field.name())?;
                separated(patterns, ", ", formatter, Display::fmt)?;
                formatter.write_char(')')
            }
            Self::Attribute(name, patterns) => {
                write!(formatter, "attr({}", Text(name))?;
                patterns.iter().try_for_each(|pattern| write!(formatter, ", {pattern}"))?;
                formatter.write_char(')')
            }
            Self::Files(paths) => {
                formatter.write_str("files(")?;
                separated(paths, ", ", formatter, |path, formatter| Text(path).fmt(formatter))?;
                formatter.write_char(')')
            }
            Self::Walk(direction, query, depth) => {
                write!(formatter, "{}({query}", direction.name())?;
                depth.iter().try_for_each(|depth| write!(formatter, ", {depth}"))?;
                formatter.write_char(')')
            }
            Self::Target(of) => write!(formatter, "target({of})"),
            Self::Cron(name) => write!(formatter, "cron({})", Text(name)),
            Self::Named(name) => write!(formatter, "query({})", Text(name)),
        }
    }
}

/// Whether a pattern of labels can stand alone: where it could be taken for another language, it cannot.
fn is_bare_label(patterns: &[Pattern]) -> bool {
    let is_taken = |pattern: &Pattern| pattern.form() == Form::Glob && foreign::word(pattern.text()).is_some();
    patterns.len() == 1 && !is_taken(&patterns[0])
}

impl Display for TargetOf {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let given = [("project", &self.project), ("tasks-for", &self.tasks_for)];
        let given: Vec<_> = given.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))).collect();
        separated(&given, ", ", formatter, |(name, value), formatter| write!(formatter, "{name}={}", Text(value)))
    }
}

impl Display for Pattern {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.form() {
            Form::Glob => Glob(self.text()).fmt(formatter),
            Form::Exact => write!(formatter, "={}", Text(self.text())),
            Form::Contains => write!(formatter, "~{}", Text(self.text())),
            Form::Regex => print_regex(self.text(), formatter),
        }
    }
}

/// A text as it is, in quotes where it could be taken for something else.
struct Text<'t>(&'t str);

impl Display for Text<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if is_word(self.0, ends_word) { formatter.write_str(self.0) } else { print_quoted(self.0, formatter) }
    }
}

/// A glob, whose braces may hold commas. (Its brackets are checked; in those of a class, braces are no braces.)
struct Glob<'t>(&'t str);

impl Display for Glob<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let may_be_bare = word_length(self.0) == self.0.len() && is_word(self.0, |sign| sign != ',' && ends_word(sign));
        if may_be_bare { formatter.write_str(self.0) } else { print_quoted(self.0, formatter) }
    }
}

/// Whether a text reads back as itself without quotes.
fn is_word(text: &str, ends: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && !text.starts_with(STARTS) && !text.contains(ends) && !OPERATORS.contains(&text)
}

/// How many bytes of the text are one word.
pub(super) fn word_length(text: &str) -> usize {
    let mut braces = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '{' if is_closed(&text[at..]) => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            ',' if braces > 0 => {}
            _ if ends_word(character) => return at,
            _ => {}
        }
    }
    text.len()
}

/// Whether the brace the text begins with is closed in the same word.
fn is_closed(text: &str) -> bool {
    let word = text.find(|character| character != ',' && ends_word(character)).map_or(text, |end| &text[..end]);
    let mut braces = 0_usize;
    word.chars().any(|character| {
        match character {
            '{' => braces += 1,
            '}' => braces -= 1,
            _ => {}
        }
        braces == 0
    })
}

fn print_quoted(text: &str, formatter: &mut Formatter<'_>) -> fmt::Result {
    formatter.write_char('"')?;
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            formatter.write_char('\\')?;
        }
        formatter.write_char(character)?;
    }
    formatter.write_char('"')
}

fn print_regex(text: &str, formatter: &mut Formatter<'_>) -> fmt::Result {
    formatter.write_char('/')?;
    let mut is_escaped = false;
    for character in text.chars() {
        if character == '/' && !is_escaped {
            formatter.write_char('\\')?;
        }
        is_escaped = character == '\\' && !is_escaped;
        formatter.write_char(character)?;
    }
    formatter.write_char('/')
}

fn separated<T>(
    items: &[T],
    separator: &str,
    formatter: &mut Formatter<'_>,
    mut print: impl FnMut(&T, &mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            formatter.write_str(separator)?;
        }
        print(item, formatter)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Query {
        Query::field(Field::Label, [Pattern::glob(text).unwrap()])
    }

    #[test]
    fn queries_are_printed_as_one_would_write_them() {
        let [a, b, c] = ["a", "b", "c"].map(label);
        let rows = [
            (Query::or([a.clone(), Query::and([b.clone(), c.clone()])]), "a | b & c"),
            (Query::and([Query::or([a.clone(), b.clone()]), c.clone()]), "(a | b) & c"),
            (a.clone().minus(Query::or([b.clone(), c])), "a - (b | c)"),
            (Query::and([!a.clone(), !!b.clone()]), "!a - !b"),
            (!Query::or([a.clone(), b.clone()]), "!(a | b)"),
            (Query::field(Field::Kind, ["test", "build"].map(Pattern::exact)), "kind(=test, =build)"),
            (Query::attribute("run-on", []), "attr(run-on)"),
            (Query::attribute("a b", [Pattern::contains("x")]), "attr(\"a b\", ~x)"),
            (Query::files(["layout/", "a,b"]), "files(layout/, \"a,b\")"),
            (a.clone().dependencies(Some(2)), "deps(a, 2)"),
            (Query::or([a, b]).dependents(None), "rdeps(a | b)"),
            (Query::target(TargetOf { project: Some("try".into()), tasks_for: None }), "target(project=try)"),
            (Query::target(TargetOf::default()), "target()"),
            (Query::cron("nightly"), "cron(nightly)"),
            (Query::named("smoke"), "query(smoke)"),
        ];
        for (query, printed) in rows {
            assert_eq!(query.to_string(), printed);
        }
    }

    #[test]
    fn texts_that_could_be_something_else_are_quoted() {
        let printed = |text: &str| Pattern::exact(text).to_string();
        assert_eq!(printed("build-linux64/opt"), "=build-linux64/opt");
        assert_eq!(printed("and"), "=\"and\"");
        assert_eq!(printed("-x"), "=\"-x\"");
        assert_eq!(printed("a\"\\"), "=\"a\\\"\\\\\"");
        assert_eq!(printed(""), "=\"\"");
        assert_eq!(label("{a,b}-c").to_string(), "{a,b}-c");
        assert_eq!(label("a,b").to_string(), "\"a,b\"");
        assert_eq!(label("[!a]").to_string(), "[!a]");
        assert_eq!(Pattern::regex(r"a/b\\").unwrap().to_string(), r"/a\/b\\/");
    }
}
