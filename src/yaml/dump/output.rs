//! The text so far, and what the next piece of it must know.

/// Text beyond this column is folded where it can be.
pub(super) const WIDTH: usize = 80;

/// How much deeper each level is.
const STEP: usize = 2;

#[derive(Debug)]
pub(super) struct Output {
    text: String,
    /// In characters.
    pub(super) column: usize,
    /// Whether the last character was white space.
    pub(super) whitespace: bool,
    /// Whether there is nothing on the line but indentation and the indicators of lists and keys.
    pub(super) indention: bool,
    /// How deep the present level is; nothing around the root.
    indent: Option<usize>,
}

impl Output {
    pub(super) const fn new() -> Self {
        Self { text: String::new(), column: 0, whitespace: true, indention: true, indent: None }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Runs `write` one level deeper.
    pub(super) fn scalar_level(&mut self, write: impl FnOnce(&mut Self)) {
        let outer = self.indent;
        self.indent = Some(outer.map_or(STEP, |indent| indent + STEP));
        write(self);
        self.indent = outer;
    }

    /// Goes one level deeper for a block collection, and returns the level to go back to.
    pub(super) fn enter(&mut self, indentless: bool) -> Option<usize> {
        let outer = self.indent;
        self.indent = match outer {
            None => Some(0),
            Some(indent) if indentless => Some(indent),
            Some(indent) => Some(indent + STEP),
        };
        outer
    }

    pub(super) fn leave(&mut self, outer: Option<usize>) {
        self.indent = outer;
    }

    /// Appends text as it is.
    pub(super) fn raw(&mut self, text: &str) {
        self.column += if text.is_ascii() { text.len() } else { text.chars().count() };
        self.text.push_str(text);
    }

    /// Appends an indicator, a tag or an anchor, after a space if one is needed.
    pub(super) fn indicator(&mut self, indicator: &str, needs_space: bool) {
        if needs_space && !self.whitespace {
            self.raw(" ");
        }
        self.raw(indicator);
        self.whitespace = false;
        self.indention = false;
    }

    /// Appends `-`, `?` or the `:` that goes with it: what follows may stay on the line.
    pub(super) fn block_indicator(&mut self, indicator: &str) {
        let indention = self.indention;
        self.indicator(indicator, true);
        self.indention = indention;
    }

    /// Starts a line at the present level, unless that is where we are.
    pub(super) fn indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break('\n');
        }
        if self.column < indent {
            self.whitespace = true;
            self.text.extend(std::iter::repeat_n(' ', indent - self.column));
            self.column = indent;
        }
    }

    pub(super) fn line_break(&mut self, line_break: char) {
        self.text.push(line_break);
        self.whitespace = true;
        self.indention = true;
        self.column = 0;
    }
}
