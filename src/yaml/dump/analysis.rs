//! In which styles a scalar can be written.

/// What PyYAML's emitter finds out about a scalar before it writes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Analysis {
    pub(super) empty: bool,
    pub(super) multiline: bool,
    pub(super) allow_plain: bool,
    pub(super) allow_single_quoted: bool,
    pub(super) allow_literal: bool,
}

/// What was met in a scalar's text.
#[derive(Debug, Default)]
struct Findings {
    /// Something that means something else in an unquoted scalar.
    indicators: bool,
    breaks: bool,
    /// Characters that can only be written as escapes.
    special: bool,
    /// White space at the start or end.
    edge_space: bool,
    trailing_space: bool,
    break_then_space: bool,
    space_then_break: bool,
}

/// Whether a character ends a line.
pub(super) const fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

const fn is_blank_or_break(character: char) -> bool {
    is_break(character) || matches!(character, '\0' | ' ' | '\t' | '\r')
}

/// What may be written as it is. The very last character of Unicode is not among them.
const fn is_printable(character: char, unicode: bool) -> bool {
    match character {
        '\n' | ' '..='~' => true,
        '\u{FEFF}' => false,
        '\u{85}' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFE}' => unicode,
        _ => false,
    }
}

/// Analyzes a text as PyYAML does when block style is wanted.
pub(super) fn analyze(text: &str, unicode: bool) -> Analysis {
    if text.is_empty() {
        return Analysis {
            empty: true,
            multiline: false,
            allow_plain: true,
            allow_single_quoted: true,
            allow_literal: false,
        };
    }
    let found = find(text, unicode);
    let only_double_quoted = found.space_then_break || found.special;
    Analysis {
        empty: false,
        multiline: found.breaks,
        allow_plain: !(only_double_quoted
            || found.indicators
            || found.breaks
            || found.edge_space
            || found.break_then_space),
        allow_single_quoted: !(only_double_quoted || found.break_then_space),
        allow_literal: !(only_double_quoted || found.trailing_space),
    }
}

fn find(text: &str, unicode: bool) -> Findings {
    let mut found = Findings { indicators: text.starts_with("---") || text.starts_with("..."), ..Findings::default() };
    let mut previous = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        found.indicators |= is_indicator(previous, character, next);
        found.breaks |= is_break(character);
        found.special |= !is_printable(character, unicode);
        let is_space = character == ' ';
        if (is_space || is_break(character)) && (previous.is_none() || next.is_none()) {
            found.edge_space = true;
            found.trailing_space |= is_space && next.is_none();
        }
        found.break_then_space |= is_space && previous.is_some_and(is_break);
        found.space_then_break |= is_break(character) && previous == Some(' ');
        previous = Some(character);
    }
    found
}

/// Whether a character at its place would mean something in an unquoted scalar of a block.
fn is_indicator(previous: Option<char>, character: char, next: Option<char>) -> bool {
    let ends_word = next.is_none_or(is_blank_or_break);
    match (previous, character) {
        (None, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`') => true,
        (None, '?' | '-') | (_, ':') => ends_word,
        (Some(previous), '#') => is_blank_or_break(previous),
        _ => false,
    }
}
