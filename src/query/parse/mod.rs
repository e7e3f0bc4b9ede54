//! From text to a query.
//!
//! All mistakes are told at once: what stands where nothing can be made of it is left out, and reading goes on.

mod arguments;
pub(super) mod foreign;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::lexer::{Token, What, tokens};
use super::mistakes::Told;
use super::{Form, Pattern, Query, Written};
use crate::diagnostics::Mistakes;

/// How many bytes a query may have.
pub const MAX_LENGTH: usize = 1 << 20;

/// How deep parentheses, functions and negations may be nested in one another.
pub const MAX_DEPTH: usize = 64;

/// How many terms a query may have, and how many patterns that match more than one text: each is compared with every
/// task. A list of labels is one term.
pub const MAX_TERMS: usize = 1000;

/// The query that is written there.
///
/// # Errors
/// Everything about it that is not a query, in the order of the text.
pub fn parse(written: &Written) -> Result<Query, Mistakes> {
    let mut told = Told::default();
    let text = written.text();
    if text.len() > MAX_LENGTH {
        told.error(0..1, format!("a query may have {MAX_LENGTH} bytes, and this one has {}", text.len())).help =
            Some("name what the tasks have in common, or put parts of it into `queries` of `config.yml`".to_owned());
        return Err(told.placed(written));
    }
    let tokens = tokens(text, &mut told);
    if tokens.is_empty() && told.is_empty() {
        told.error(0..text.len(), "the query is empty").help =
            Some("`all()` is every task, `none()` is no task".to_owned());
    }
    let mut parser = Parser { written, tokens, at: 0, depth: 0, terms: 0, patterns: 0, has_stopped: false, told };
    let query = parser.whole();
    let told = parser.told;
    if told.is_empty() { Ok(query) } else { Err(told.placed(written)) }
}

/// [`parse`] of a text that stands nowhere.
///
/// # Errors
/// As [`parse`].
pub fn parse_text(text: &str) -> Result<Query, Mistakes> {
    parse(&Written::nowhere(text))
}

struct Parser<'w> {
    written: &'w Written,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    terms: usize,
    patterns: usize,
    has_stopped: bool,
    told: Told,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&What> {
        self.tokens.get(self.at).map(|token| &token.what)
    }

    /// The bytes of the next token, or none at the end of the text.
    fn here(&self) -> Range<usize> {
        let end = self.written.text().len();
        self.tokens.get(self.at).map_or(end..end, |token| token.at.clone())
    }

    /// The bytes of the token before.
    fn before(&self) -> Range<usize> {
        self.at.checked_sub(1).map_or(0..0, |at| self.tokens[at].at.clone())
    }

    /// Gives up: nothing that follows is read.
    fn stop(&mut self) {
        self.has_stopped = true;
        self.at = self.tokens.len();
    }

    fn take(&mut self, what: &What) -> bool {
        let found = self.peek() == Some(what);
        self.at += usize::from(found);
        found
    }

    fn whole(&mut self) -> Query {
        let mut parts = Vec::new();
        while self.at < self.tokens.len() && !self.told.is_full() {
            parts.push(self.union());
            match self.peek() {
                Some(What::Close) => self.told_next("this `)` closes nothing"),
                Some(What::Comma) => {
                    let help = "queries are joined by `|`, `&` and `-`".to_owned();
                    self.told.error(self.here(), "a comma joins nothing here").help = Some(help);
                    self.at += 1;
                }
                _ => {}
            }
        }
        Query::or(parts)
    }

    fn told_next(&mut self, message: &str) {
        self.told.error(self.here(), message);
        self.at += 1;
    }

    /// `a | b`
    fn union(&mut self) -> Query {
        let mut parts = vec![self.intersection()];
        while self.take(&What::Or) {
            parts.push(self.intersection());
        }
        Query::or(parts)
    }

    /// `a & b - c`
    fn intersection(&mut self) -> Query {
        let mut parts = vec![self.operand()];
        loop {
            match self.peek() {
                Some(What::And) => {
                    self.at += 1;
                    parts.push(self.operand());
                }
                Some(What::Minus) => {
                    self.at += 1;
                    parts.push(!self.operand());
                }
                // Two operands side by side: one mistake, and on with the second.
                Some(_) if self.is_at_operand() => {
                    self.tell_missing_operator();
                    if self.told.is_full() {
                        self.stop();
                        return Query::none();
                    }
                    parts.push(self.operand());
                }
                _ => return Query::and(parts),
            }
        }
    }

    /// Whether an operand begins here.
    fn is_at_operand(&self) -> bool {
        match self.peek() {
            Some(What::And | What::Or | What::Minus | What::Comma | What::Close) | None => false,
            Some(_) => true,
        }
    }

    fn tell_missing_operator(&mut self) {
        let help = self.at.checked_sub(1).and_then(|at| foreign::side_by_side(&self.tokens[at], &self.tokens[self.at]));
        let help =
            help.unwrap_or_else(|| "join queries with `&` (both), `|` (either) or `-` (the first without)".into());
        self.told.error(self.here(), "expected an operator before this").help = Some(help);
    }

    /// A negation, something in parentheses, a function or a pattern of labels.
    fn operand(&mut self) -> Query {
        let at = self.here();
        self.terms += 1;
        if self.terms > MAX_TERMS && !self.has_stopped {
            self.told.error(at.clone(), format!("a query may have {MAX_TERMS} terms")).help =
                Some("this is one more; labels can be listed in one term: `label(=a, =b)`".to_owned());
            self.stop();
        }
        match self.tokens.get(self.at).map(|token| token.what.clone()) {
            Some(What::Not) => {
                self.at += 1;
                !self.nested(Self::operand)
            }
            Some(What::Open) => {
                self.at += 1;
                let inner = self.nested(Self::union);
                self.close(at);
                inner
            }
            Some(What::Call(name)) => {
                self.at += 1;
                self.nested(|parser| parser.call(&name, at))
            }
            Some(What::Word(word)) => {
                self.at += 1;
                self.tell_foreign_word(&word, &at);
                self.label(Form::Glob, &word, at)
            }
            Some(What::Quoted(text)) => self.next_label(Form::Glob, &text, at),
            Some(What::Exact(text)) => self.next_label(Form::Exact, &text, at),
            Some(What::Contains(text)) => self.next_label(Form::Contains, &text, at),
            Some(What::Regex(text)) => self.next_label(Form::Regex, &text, at),
            Some(What::Minus) => {
                let help =
                    "write `!` for all tasks but these; a label that begins with `-` stands in quotes".to_owned();
                self.told.error(at, "there is nothing to take away from").help = Some(help);
                self.at += 1;
                self.nested(Self::operand)
            }
            Some(What::And | What::Or) => {
                let operator = &self.written.text()[at.clone()];
                self.told.error(at, format!("expected a query before `{operator}`"));
                Query::none()
            }
            Some(What::Close | What::Comma) | None => {
                if !self.has_stopped {
                    let place = if self.at < self.tokens.len() { at } else { self.before() };
                    let message = match self.at.checked_sub(1).map(|before| &self.tokens[before].what) {
                        Some(What::And | What::Or | What::Not | What::Minus) if place == self.before() => {
                            "expected a query after this"
                        }
                        _ => "expected a query here",
                    };
                    self.told.error(place, message);
                }
                Query::none()
            }
        }
    }

    fn next_label(&mut self, form: Form, text: &str, at: Range<usize>) -> Query {
        self.at += 1;
        self.label(form, text, at)
    }

    fn label(&mut self, form: Form, text: &str, at: Range<usize>) -> Query {
        let span = self.written.span(at.clone());
        let pattern = self.pattern(form, text, at);
        Query::field(super::Field::Label, pattern).at(span)
    }

    /// A pattern, if it is one; the mistake is told.
    fn pattern(&mut self, form: Form, text: &str, at: Range<usize>) -> Option<Pattern> {
        match Pattern::new(form, text) {
            Ok(pattern) => {
                self.count(&pattern, &at);
                Some(pattern.at(self.written.span(at)))
            }
            Err(invalid) => {
                self.told.error(at, invalid.to_string());
                None
            }
        }
    }

    fn count(&mut self, pattern: &Pattern, at: &Range<usize>) {
        self.patterns += usize::from(pattern.only_text().is_none());
        if self.patterns > MAX_TERMS {
            let message = format!("a query may have {MAX_TERMS} patterns that match more than one text");
            self.told.error(at.clone(), message).help =
                Some("this is one more; name what the tasks have in common, or their labels".to_owned());
            self.stop();
        }
    }

    /// Reads something one level further down.
    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Query) -> Query {
        if self.depth == MAX_DEPTH {
            let at = self.before();
            self.told.error(at, format!("nested too deeply: more than {MAX_DEPTH} levels"));
            self.stop();
            return Query::none();
        }
        self.depth += 1;
        let query = read(self);
        self.depth -= 1;
        query
    }

    /// The end of what was opened at `opened`.
    fn close(&mut self, opened: Range<usize>) {
        if self.take(&What::Close) || self.has_stopped {
            return;
        }
        match self.peek() {
            None => {
                let paren = opened.end - 1..opened.end;
                self.told.error(paren, "this `(` is not closed");
            }
            Some(What::Comma) => {
                self.told.error(self.here(), "a comma joins nothing here").help =
                    Some("queries are joined by `|`, `&` and `-`".to_owned());
                self.skip_to_close();
            }
            Some(_) => self.skip_to_close(),
        }
    }

    /// Leaves out what is left of an argument list, with all that is in parentheses in it.
    fn skip_to_close(&mut self) {
        let mut open = 1;
        while let Some(what) = self.peek() {
            match what {
                What::Open | What::Call(_) => open += 1,
                What::Close => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return;
            }
        }
    }

    fn tell_foreign_word(&mut self, word: &str, at: &Range<usize>) {
        if let Some((message, help)) = foreign::word(word) {
            self.told.error(at.clone(), message).help = Some(help);
        }
    }
}
