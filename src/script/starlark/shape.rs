//! Refuses programs of such a shape that reading them would exhaust the stack: brackets, operators or blocks within one
//! another by the hundred.

use std::ops::Range;

/// How deep brackets may be nested.
const BRACKETS: usize = 64;
/// How many operators may follow one another without a comma or a new statement between.
const OPERATORS: usize = 400;
/// How many `elif` a program may have; each is a block within that of the one before.
const ELIFS: usize = 200;
/// How far a line may be indented.
const INDENT: usize = 400;
/// The longest program, in bytes.
const LONGEST: usize = 256 << 10;

/// What is too deep, and where.
///
/// # Errors
/// The message and the place.
pub(super) fn check(text: &str) -> Result<(), (String, Range<usize>)> {
    if text.len() > LONGEST {
        return Err((format!("a program may have {} KiB", LONGEST >> 10), 0..0));
    }
    let mut shape = Shape::default();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let at = text.len() - rest.len();
        let taken = token(rest, next);
        shape.see(&rest[..taken]).map_err(|message| (message, at..at + taken))?;
        rest = &rest[taken..];
    }
    Ok(())
}

/// How many brackets a piece of a program closes that it did not open.
pub(super) fn unopened(piece: &str) -> usize {
    let (mut rest, mut open, mut unopened) = (piece, 0usize, 0);
    while let Some(next) = rest.chars().next() {
        match next {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' if open > 0 => open -= 1,
            ')' | ']' | '}' => unopened += 1,
            _ => {}
        }
        rest = &rest[token(rest, next)..];
    }
    unopened
}

/// How many bytes the next token has, roughly: a comment, a string, a word, white space, or one sign.
fn token(rest: &str, next: char) -> usize {
    match next {
        '#' => rest.find('\n').unwrap_or(rest.len()),
        '"' | '\'' => string(rest, next),
        '\n' => 1 + rest[1..].len() - rest[1..].trim_start_matches(' ').len(),
        _ if next.is_alphanumeric() || next == '_' => {
            rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len())
        }
        _ => next.len_utf8(),
    }
}

/// How many bytes the string has that begins here.
fn string(rest: &str, quote: char) -> usize {
    let triple = [quote; 3].iter().collect::<String>();
    let is_triple = rest.starts_with(&triple);
    let opening = if is_triple { 3 } else { 1 };
    let mut at = opening;
    while let Some(next) = rest[at..].chars().next() {
        if next == '\\' {
            at += 1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8);
        } else if !is_triple && (next == quote || next == '\n') {
            return at + 1;
        } else if is_triple && rest[at..].starts_with(&triple) {
            return at + 3;
        } else {
            at += next.len_utf8();
        }
    }
    rest.len()
}

#[derive(Default)]
struct Shape {
    brackets: usize,
    operators: usize,
    elifs: usize,
}

impl Shape {
    fn see(&mut self, token: &str) -> Result<(), String> {
        match token {
            "(" | "[" | "{" => self.brackets += 1,
            ")" | "]" | "}" => self.brackets = self.brackets.saturating_sub(1),
            "," => self.operators = 0,
            "elif" => self.elifs += 1,
            "not" | "and" | "or" | "in" | "if" | "else" | "lambda" => self.operators += 1,
            _ if token.starts_with('\n') => {
                if self.brackets == 0 {
                    self.operators = 0;
                }
                limit(token.len() - 1, INDENT, "lines may be indented by")?;
            }
            _ if token.len() == 1 && token.starts_with(|sign: char| sign.is_ascii_punctuation() && sign != '_') => {
                self.operators += 1;
            }
            _ => {}
        }
        limit(self.brackets, BRACKETS, "brackets may be nested")?;
        limit(self.operators, OPERATORS, "operators in a row may be")?;
        limit(self.elifs, ELIFS, "uses of `elif` in a program may be")
    }
}

fn limit(found: usize, most: usize, what: &str) -> Result<(), String> {
    if found > most { Err(format!("{what} {most} at most")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn programs_that_are_too_deep_are_refused() {
        let deep = [
            "[".repeat(100_000),
            format!("x = {}", "not ".repeat(10_000)),
            format!("x = 1{}", " + 1".repeat(10_000)),
            format!("x = y{}", ".z".repeat(10_000)),
            format!("if a:\n  pass\n{}", "elif a:\n  pass\n".repeat(1000)),
            format!("if a:\n{}pass", " ".repeat(1000)),
            format!("x = '{}'", "y".repeat(300 << 10)),
        ];
        assert!(deep.iter().all(|text| check(text).is_err()));
    }

    #[test]
    fn strings_comments_and_long_lists_are_not_deep() {
        let flat = [
            format!("x = '''{}'''", "[\n".repeat(10_000)),
            format!("x = \"{}\" # {}", "[\\\"".repeat(10_000), "(".repeat(1000)),
            format!("x = [{}]", "'a' + 'b', ".repeat(5000)),
            "x = 1 + 2\n".repeat(5000),
        ];
        assert!(flat.iter().all(|text| check(text).is_ok()));
    }
}
