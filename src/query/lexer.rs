//! From text to tokens.

use std::ops::Range;

use super::mistakes::Told;
use super::print::{OPERATORS, word_length};

/// A token and the bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) what: What,
    pub(super) at: Range<usize>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Open,
    Close,
    Comma,
    And,
    Or,
    Not,
    Minus,
    /// A name and the parenthesis right behind it.
    Call(String),
    Word(String),
    Quoted(String),
    Exact(String),
    Contains(String),
    Regex(String),
}

/// All tokens of a text; what cannot be one is told and left out.
pub(super) fn tokens(text: &str, told: &mut Told) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, told };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next() {
        tokens.push(token);
    }
    tokens
}

struct Lexer<'t, 'm> {
    text: &'t str,
    at: usize,
    told: &'m mut Told,
}

impl<'t> Lexer<'t, '_> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Option<Token> {
        let is_space = |character: char| character.is_whitespace() || character.is_control();
        self.at += self.rest().len() - self.rest().trim_start_matches(is_space).len();
        let start = self.at;
        let first = self.rest().chars().next()?;
        let what = match first {
            '(' => self.sign(What::Open),
            ')' => self.sign(What::Close),
            ',' => self.sign(What::Comma),
            '&' => self.doubled("&&", "&", What::And),
            '|' => self.doubled("||", "|", What::Or),
            '!' => self.sign(What::Not),
            '-' => self.sign(What::Minus),
            '"' | '\'' => What::Quoted(self.quoted(first)),
            '/' => What::Regex(self.regex()),
            '=' => self.exact(),
            '~' => {
                self.at += 1;
                What::Contains(self.text_after("~"))
            }
            _ => self.word(),
        };
        Some(Token { what, at: start..self.at })
    }

    fn sign(&mut self, what: What) -> What {
        self.at += 1;
        what
    }

    /// An operator of one sign, which other languages write with two.
    fn doubled(&mut self, foreign: &str, ours: &str, what: What) -> What {
        if self.rest().starts_with(foreign) {
            let at = self.at..self.at + foreign.len();
            self.told.error(at, format!("`{foreign}` is no operator")).help = Some(format!("write `{ours}`"));
            self.at += 1;
        }
        self.sign(what)
    }

    /// `=text`; what others write between a name and a value is told.
    fn exact(&mut self) -> What {
        let start = self.at;
        self.at += 1;
        if let Some(second) = self.rest().chars().next().filter(|second| "=~ ".contains(*second)) {
            self.at += usize::from(second != ' ');
            let sign = &self.text[start..self.at];
            self.told.error(start..self.at, format!("`{sign}` is no operator")).help =
                Some("properties are asked for like this: `kind(test)`, `attr(build_type, opt)`".to_owned());
            self.at += self.rest().len() - self.rest().trim_start().len();
        }
        What::Exact(self.text_after("="))
    }

    /// A text in quotes or without, which must follow at once.
    fn text_after(&mut self, sign: &str) -> String {
        let start = self.at;
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            _ => {
                self.at += word_length(self.rest());
                if self.at == start {
                    let message = format!("expected a text after `{sign}`");
                    self.told.error(start - sign.len()..start, message).help =
                        Some(format!("the text follows without a space, as in `{sign}opt`"));
                }
                self.text[start..self.at].to_owned()
            }
        }
    }

    fn word(&mut self) -> What {
        let length = word_length(self.rest());
        let word = &self.rest()[..length];
        self.at += length;
        let lower = word.to_ascii_lowercase();
        let operator = OPERATORS.iter().find(|operator| **operator == lower);
        if let Some(operator) = operator {
            if *operator != word {
                self.told.error(self.at - length..self.at, format!("operators are written small: `{operator}`")).help =
                    Some(format!("put it in quotes if it is a label: `\"{word}\"`"));
            }
            return match *operator {
                "and" => What::And,
                "or" => What::Or,
                "minus" => What::Minus,
                _ => What::Not,
            };
        }
        if self.rest().starts_with('(') {
            self.at += 1;
            return What::Call(word.to_owned());
        }
        What::Word(word.to_owned())
    }

    /// A text in quotes, in which `\"`, `\'` and `\\` stand for the second sign.
    fn quoted(&mut self, quote: char) -> String {
        let start = self.at;
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some((_, escaped @ ('"' | '\'' | '\\'))) => text.push(escaped),
                    Some((_, other)) => text.extend(['\\', other]),
                    None => break,
                },
                _ if character == quote => {
                    self.at += at + 1;
                    return text;
                }
                _ => text.push(character),
            }
        }
        self.told.error(start..start + 1, "the quote is not closed");
        self.at = self.text.len();
        text
    }

    /// What is between slashes, in which `\/` is a slash; the expression's own escapes stay.
    fn regex(&mut self) -> String {
        let start = self.at;
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => drop(characters.next()),
                '/' => {
                    self.at += at + 1;
                    return self.text[start + 1..start + at].to_owned();
                }
                _ => {}
            }
        }
        let told = self.told.error(start..start + 1, "the regular expression is not closed");
        told.help = Some("it ends with `/`; a text that begins with a slash stands in quotes".to_owned());
        self.at = self.text.len();
        self.text[start + 1..].to_owned()
    }
}
