//! Regular expressions as Python's `re` reads them.
//!
//! Trees are full of patterns written for Python. Most mean the same to our engine; this rewrites those that do
//! not: `$` (also before a final newline), `\Z`, `{` that begins no repetition, and brackets within a class.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use fancy_regex::Regex;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern(Arc<Regex>);

/// A pattern that neither Python nor we understand, or one that took too long on a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a usable regular expression: {reason}")]
pub struct InvalidPattern {
    /// The pattern as written.
    pub pattern: String,
    /// What the engine says about it.
    pub reason: String,
}

thread_local! {
    /// Patterns compiled so far: the same few are asked of every task.
    static COMPILED: RefCell<HashMap<String, Pattern>> = RefCell::new(HashMap::new());
}

impl Pattern {
    /// The pattern for Python's `re.match`: it must match at the start of a text and may end anywhere.
    ///
    /// # Errors
    /// If it cannot be compiled.
    pub fn anchored(pattern: &str) -> Result<Self, InvalidPattern> {
        if let Some(known) = COMPILED.with_borrow(|compiled| compiled.get(pattern).cloned()) {
            return Ok(known);
        }
        let translated = translate(pattern);
        // Compiled by itself if it is wrong: positions in what is said of it are then those in what was written.
        let regex = Regex::new(&format!(r"\A(?:{translated})"))
            .map_err(|error| invalid(pattern, &Regex::new(&translated).err().unwrap_or(error)))?;
        let compiled = Self(Arc::new(regex));
        COMPILED.with_borrow_mut(|known| known.insert(pattern.to_owned(), compiled.clone()));
        Ok(compiled)
    }

    /// Whether the text begins with a match.
    ///
    /// # Errors
    /// If the pattern backtracks without end on this text.
    pub fn matches(&self, text: &str) -> Result<bool, InvalidPattern> {
        self.0.is_match(text).map_err(|error| invalid(self.0.as_str(), &error))
    }

    /// The groups of the match the text begins with, the whole match first; nothing if it does not match.
    ///
    /// # Errors
    /// If the pattern backtracks without end on this text.
    pub fn groups<'t>(&self, text: &'t str) -> Result<Option<Vec<Option<&'t str>>>, InvalidPattern> {
        let found = self.0.captures(text).map_err(|error| invalid(self.0.as_str(), &error))?;
        Ok(found.map(|groups| groups.iter().map(|group| group.map(|group| group.as_str())).collect()))
    }
}

/// Whether `text` is what `re.match(pattern + "$", text)` accepts.
///
/// The pattern and the `$` are joined as texts, as the reference does: `a|b` accepts whatever begins with `a`.
///
/// # Errors
/// If the pattern cannot be compiled, or backtracks without end.
pub fn matches_key(pattern: &str, text: &str) -> Result<bool, InvalidPattern> {
    if !pattern.contains(['\\', '.', '*', '+', '?', '|', '(', ')', '[', ']', '{', '}', '^', '$']) {
        return Ok(text.strip_suffix('\n').unwrap_or(text) == pattern || text == pattern);
    }
    Pattern::anchored(&format!("{pattern}$"))?.matches(text)
}

fn invalid(pattern: &str, error: &fancy_regex::Error) -> InvalidPattern {
    InvalidPattern { pattern: pattern.to_owned(), reason: error.to_string() }
}

/// The pattern in our engine's dialect.
fn translate(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut class = ClassState::Outside;
    while let Some(next) = rest.chars().next() {
        let (taken, then) = match (class, next) {
            (_, '\\') => (escape(rest, &mut translated), class.within()),
            (ClassState::Outside, '$') => (literal("$", r"(?=\n?\z)", &mut translated), class),
            (ClassState::Outside, '{') => (brace(rest, &mut translated), class),
            (ClassState::Outside, '[') => (literal("[", "[", &mut translated), ClassState::Start),
            (ClassState::Start, '^') => (literal("^", "^", &mut translated), ClassState::Start),
            (ClassState::Start, ']') => (literal("]", r"\]", &mut translated), ClassState::Inside),
            (ClassState::Inside, ']') => (literal("]", "]", &mut translated), ClassState::Outside),
            (ClassState::Start | ClassState::Inside, '[' | '&' | '~') => {
                translated.push('\\');
                (push(next, &mut translated), ClassState::Inside)
            }
            _ => (push(next, &mut translated), class.within()),
        };
        class = then;
        rest = &rest[taken..];
    }
    translated
}

/// Where in a `[…]` the translation stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ClassState {
    Outside,
    /// After `[` or `[^`, where `]` stands for itself.
    Start,
    Inside,
}

impl ClassState {
    /// Where the translation stands after an ordinary character.
    const fn within(self) -> Self {
        match self {
            Self::Outside => Self::Outside,
            Self::Start | Self::Inside => Self::Inside,
        }
    }
}

fn push(next: char, translated: &mut String) -> usize {
    translated.push(next);
    next.len_utf8()
}

fn literal(written: &str, meant: &str, translated: &mut String) -> usize {
    translated.push_str(meant);
    written.len()
}

fn escape(rest: &str, translated: &mut String) -> usize {
    match rest[1..].chars().next() {
        Some('Z') => literal(r"\Z", r"\z", translated),
        Some(next) => {
            translated.push('\\');
            1 + push(next, translated)
        }
        None => literal("\\", "\\", translated),
    }
}

/// `{2}`, `{2,}`, `{,3}` and `{2,3}` repeat; any other brace stands for itself.
fn brace(rest: &str, translated: &mut String) -> usize {
    let content = rest[1..].split_once('}').map(|(content, _)| content);
    let is_bound = |bound: &str| bound.chars().all(|digit| digit.is_ascii_digit());
    match content.map(|content| (content, content.split_once(','))) {
        Some((content, Some((low, high)))) if is_bound(low) && is_bound(high) => {
            let low = if low.is_empty() { "0" } else { low };
            translated.push_str(&format!("{{{low},{high}}}"));
            content.len() + 2
        }
        Some((content, None)) if !content.is_empty() && is_bound(content) => {
            translated.push_str(&format!("{{{content}}}"));
            content.len() + 2
        }
        _ => literal("{", r"\{", translated),
    }
}

/// One match of a pattern in a text.
#[derive(Clone, Debug)]
pub struct Found<'t> {
    /// What matched.
    pub text: &'t str,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// The groups, the first one first; nothing for those that took no part.
    pub groups: Vec<Option<&'t str>>,
    /// The groups that have names.
    pub named: Vec<(String, Option<&'t str>)>,
}

impl Pattern {
    /// The pattern for Python's `re.search`: it may match anywhere in a text.
    ///
    /// # Errors
    /// If it cannot be compiled.
    pub fn new(pattern: &str) -> Result<Self, InvalidPattern> {
        let key = format!("search {pattern}");
        if let Some(known) = COMPILED.with_borrow(|compiled| compiled.get(&key).cloned()) {
            return Ok(known);
        }
        let regex = Regex::new(&translate(pattern)).map_err(|error| invalid(pattern, &error))?;
        let compiled = Self(Arc::new(regex));
        COMPILED.with_borrow_mut(|known| known.insert(key, compiled.clone()));
        Ok(compiled)
    }

    /// The first match in the text.
    ///
    /// # Errors
    /// If the pattern backtracks without end on this text.
    pub fn find<'t>(&self, text: &'t str) -> Result<Option<Found<'t>>, InvalidPattern> {
        let found = self.0.captures(text).map_err(|error| invalid(self.0.as_str(), &error))?;
        Ok(found.as_ref().and_then(|found| self.found(found)))
    }

    /// All matches in the text that do not overlap, in order.
    ///
    /// # Errors
    /// If the pattern backtracks without end on this text.
    pub fn find_all<'t>(&self, text: &'t str) -> Result<Vec<Found<'t>>, InvalidPattern> {
        let mut all = Vec::new();
        for found in self.0.captures_iter(text) {
            let found = found.map_err(|error| invalid(self.0.as_str(), &error))?;
            all.extend(self.found(&found));
        }
        Ok(all)
    }

    fn found<'t>(&self, found: &fancy_regex::Captures<'t, str>) -> Option<Found<'t>> {
        let whole = found.get(0)?;
        let names = self.0.capture_names().flatten();
        Some(Found {
            text: whole.as_str(),
            start: whole.start(),
            end: whole.end(),
            groups: found.iter().skip(1).map(|group| group.map(|group| group.as_str())).collect(),
            named: names.map(|name| (name.to_owned(), found.name(name).map(|group| group.as_str()))).collect(),
        })
    }
}

impl Found<'_> {
    /// A replacement with `\1` and `\g<name>` filled in, as Python's `re.sub` does it.
    ///
    /// # Errors
    /// A group that the pattern does not have, as a message.
    pub fn fill(&self, replacement: &str) -> Result<String, String> {
        let mut filled = String::with_capacity(replacement.len());
        let mut rest = replacement;
        while let Some((before, after)) = rest.split_once('\\') {
            filled.push_str(before);
            let (group, left) = self.group(after)?;
            filled.push_str(group);
            rest = left;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// What stands for the text after a backslash, and what is left of that text.
    fn group<'a>(&'a self, after: &'a str) -> Result<(&'a str, &'a str), String> {
        let named = after.strip_prefix("g<").and_then(|named| named.split_once('>'));
        let (name, left) = match named {
            Some(named) => named,
            None => after.split_at(after.find(|next: char| !next.is_ascii_digit()).unwrap_or(after.len()).min(2)),
        };
        if name.is_empty() {
            // A letter stands for a control character, anything else for itself.
            return match after.chars().next() {
                Some('n') => Ok(("\n", &after[1..])),
                Some('t') => Ok(("\t", &after[1..])),
                Some('\\') => Ok(("\\", &after[1..])),
                Some(other) if other.is_ascii_alphabetic() => {
                    Err(format!("`\\{other}` means nothing in a replacement"))
                }
                _ => Ok(("\\", after)),
            };
        }
        let group = match name.parse::<usize>() {
            Ok(0) => Some(Some(self.text)),
            Ok(number) => self.groups.get(number - 1).copied(),
            Err(_) => self.named.iter().find(|(known, _)| known == name).map(|(_, group)| *group),
        };
        let group = group.ok_or_else(|| format!("the pattern has no group `{name}`"))?;
        Ok((group.unwrap_or_default(), left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_match_as_python_s_re_match_with_a_dollar_appended() {
        // Each row was asked of Python: bool(re.match(pattern + "$", text)).
        let rows = [
            ("linux.*", "linux64", true),
            ("linux", "linux64", false),
            ("linux", "linux\n", true),
            ("a|b", "axyz", true),
            ("a|b", "bxyz", false),
            ("linux64/(opt|debug)", "linux64/opt", true),
            ("a{2}", "aa", true),
            ("a{,2}", "aa", true),
            ("a{x}", "a{x}", true),
            ("[[]", "[", true),
            ("[]a]", "]", true),
            ("[^]]", "a", true),
            (r"(?P<x>a)(?P=x)", "aa", true),
            (r"a\Z", "a", true),
            (r"a\Z", "a\n", false),
            ("(?!win).*", "linux", true),
            ("(?!win).*", "win32", false),
            ("(?i)LINUX", "linux", true),
            (r"\d+", "٣", true),
            ("[a&&b]", "&", true),
            (r"a\", "a$", true),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(matches_key(pattern, text), Ok(expected), "{pattern} on {text:?}");
        }
    }

    #[test]
    fn what_cannot_be_compiled_is_said() {
        let error = matches_key("a(", "a").unwrap_err();
        assert!(error.to_string().starts_with("`a($` is not a usable regular expression: "), "{error}");
    }

    #[test]
    fn matches_are_found_and_replaced_as_by_python() {
        // Each row was asked of Python: re.sub(pattern, replacement, text).
        let rows = [
            ("a(b)?", r"<\1>", "ab a", "<b> <>"),
            (r"(?P<n>\d+)-(x)", r"\g<n>\2\g<0>", "1-x 22-x", "1x1-x 22x22-x"),
            ("$", "!", "a", "a!"),
        ];
        for (pattern, replacement, text, expected) in rows {
            let matches = Pattern::new(pattern).unwrap().find_all(text).unwrap();
            let mut made = String::new();
            let mut at = 0;
            for found in matches {
                made.push_str(&text[at..found.start]);
                made.push_str(&found.fill(replacement).unwrap());
                at = found.end;
            }
            made.push_str(&text[at..]);
            assert_eq!(made, expected, "{pattern}");
        }
        assert!(Pattern::new("a").unwrap().find("a").unwrap().unwrap().fill(r"\1").is_err());
    }
}
