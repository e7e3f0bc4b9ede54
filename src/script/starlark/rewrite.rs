//! Puts the functions of `guards` in the place of operations that can do much in one step, before a program is
//! compiled.
//!
//! The engine has a hook for binary operators; what it has none for is changed in the text, and places in the changed
//! text are led back to those in the text as written.

use std::ops::Range;

use starlark::syntax::ast::{ArgumentP, AssignOp, AstExpr, AstStmt, Expr, Stmt};
use starlark::syntax::{AstModule, Dialect, DialectTypes};

use super::shape::{self, unopened};

/// What of the language is there beyond the specification: `f"{x}"`, keyword-only arguments, and nothing at the top
/// level of a file that runs without being called but `if` and `for`.
const DIALECT: Dialect = Dialect {
    enable_keyword_only_arguments: true,
    enable_types: DialectTypes::Disable,
    enable_top_level_stmt: true,
    enable_load_reexport: false,
    enable_f_strings: true,
    ..Dialect::Standard
};

/// The binary operators whose work depends on the size of their operands, and the functions that do it instead.
const OPERATORS: [(&str, &str); 12] = [
    ("+", "__add"),
    ("*", "__multiply"),
    ("%", "__percent"),
    ("<<", "__shift"),
    ("==", "__equal"),
    ("!=", "__not_equal"),
    ("<", "__less"),
    (">", "__greater"),
    ("<=", "__less_or_equal"),
    (">=", "__greater_or_equal"),
    ("in", "__in"),
    ("not in", "__not_in"),
];

/// Methods of texts, lists, dicts and sets whose work depends on the size of what they are given.
const METHODS: [&str; 36] = [
    "capitalize",
    "codepoints",
    "copy",
    "count",
    "difference",
    "elems",
    "extend",
    "find",
    "format",
    "index",
    "intersection",
    "issubset",
    "issuperset",
    "items",
    "join",
    "keys",
    "lower",
    "lstrip",
    "partition",
    "remove",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "strip",
    "symmetric_difference",
    "title",
    "union",
    "update",
    "upper",
];

/// The attribute that is made when a program first asks for it: there may be thousands of tasks, and most programs do
/// not look at them.
const LAZY: &str = "kind_dependencies_tasks";

/// A program ready to be compiled, and where its parts were written.
pub(super) struct Program {
    pub(super) module: AstModule,
    pub(super) places: Places,
}

/// What is wrong with a program's text.
pub(super) struct Unreadable {
    pub(super) message: String,
    pub(super) range: Range<usize>,
}

/// Reads a program.
///
/// # Errors
/// What is wrong with it, and where.
pub(super) fn read(name: &str, text: &str) -> Result<Program, Unreadable> {
    shape::check(text).map_err(|(message, range)| Unreadable { message, range })?;
    let written =
        AstModule::parse(name, text.to_owned(), &DIALECT).map_err(|error| unreadable(&error, |range| range))?;
    let mut edits = Edits::new(text);
    edits.statement(written.statement());
    written.statement().visit_expr(|expression| edits.expression(expression));
    if let Some(refused) = edits.refused {
        return Err(refused);
    }
    let (changed, places) = edits.apply();
    let mut module =
        AstModule::parse(name, changed, &DIALECT).map_err(|error| unreadable(&error, |range| places.written(range)))?;
    module.replace_binary_operators(&OPERATORS.map(|(sign, name)| (sign.to_owned(), name.to_owned())).into());
    Ok(Program { module, places })
}

fn unreadable(error: &starlark::Error, written: impl Fn(Range<usize>) -> Range<usize>) -> Unreadable {
    let range = error.span().map_or(0..0, |place| bytes(place.span));
    Unreadable { message: error.without_diagnostic().to_string(), range: written(range) }
}

/// A span of the engine's as bytes.
pub(super) fn bytes(span: starlark::codemap::Span) -> Range<usize> {
    span.begin().get() as usize..span.end().get() as usize
}

/// Which bytes of the changed text are which of the text as written.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<Kept>);

/// A piece that was kept.
#[derive(Debug)]
struct Kept {
    changed: usize,
    written: usize,
    length: usize,
}

impl Places {
    /// Takes a piece of the text over as it is.
    fn keep(&mut self, changed: &mut String, text: &str, piece: Range<usize>) {
        self.0.push(Kept { changed: changed.len(), written: piece.start, length: piece.len() });
        changed.push_str(&text[piece]);
    }

    /// The bytes of the text as written that bytes of the changed text come from.
    pub(super) fn written(&self, changed: Range<usize>) -> Range<usize> {
        let start = self.offset(changed.start, true);
        start..self.offset(changed.end, false).max(start)
    }

    /// What was put in belongs to what follows it, for a start, or to what is before it, for an end.
    fn offset(&self, changed: usize, is_start: bool) -> usize {
        let is_after = |kept: &Kept| if is_start { kept.changed > changed } else { kept.changed >= changed };
        let after = self.0.partition_point(|kept| !is_after(kept));
        let Some(kept) = after.checked_sub(1).map(|before| &self.0[before]) else { return 0 };
        let within = changed - kept.changed;
        match self.0.get(after) {
            Some(next) if is_start && within >= kept.length => next.written,
            _ => kept.written + within.min(kept.length),
        }
    }
}

/// One change of a text: bytes to take out, and what to put in their place.
struct Change {
    /// Where several begin at one place: what closes before it, then what opens, then what is replaced.
    order: u8,
    range: Range<usize>,
    text: String,
}

/// The changes of a text.
struct Edits<'t> {
    text: &'t str,
    changes: Vec<Change>,
    refused: Option<Unreadable>,
}

impl<'t> Edits<'t> {
    const fn new(text: &'t str) -> Self {
        Self { text, changes: Vec::new(), refused: None }
    }

    fn statement(&mut self, statement: &AstStmt) {
        if let Stmt::AssignModify(_, operator, value) = &statement.node {
            self.modification(*operator, bytes(value.span));
        }
        statement.visit_stmt(|child| self.statement(child));
    }

    /// `x += y` becomes `x += __more(y)`. What is multiplied cannot be judged from one side alone.
    fn modification(&mut self, operator: AssignOp, value: Range<usize>) {
        match operator {
            AssignOp::Add => self.wrap("__more(", value),
            AssignOp::Multiply | AssignOp::Percent | AssignOp::LeftShift => {
                let sign = operator.to_string();
                let sign = sign.trim();
                let message = format!("`{sign}` cannot be used here; write `x = x {} y`", sign.trim_end_matches('='));
                self.refused.get_or_insert(Unreadable { message, range: value });
            }
            _ => {}
        }
    }

    fn expression(&mut self, expression: &AstExpr) {
        let range = self.start(expression)..bytes(expression.span).end;
        match &expression.node {
            Expr::Call(callee, arguments) => {
                if let Expr::Dot(_, name) = &callee.node
                    && METHODS.contains(&name.node.as_str())
                {
                    self.method(range.start, bytes(name.span), &name.node);
                }
                for argument in &arguments.args {
                    if let ArgumentP::Args(spread) | ArgumentP::KwArgs(spread) = &argument.node {
                        self.wrap("__spread(", bytes(spread.span));
                    }
                }
            }
            Expr::Dot(owner, name) if name.node == LAZY => {
                let (owner, name) = (bytes(owner.span), bytes(name.span));
                let point = self.text[..name.start].rfind('.').unwrap_or(owner.end);
                self.changes.push(Change {
                    order: 1,
                    range: range.start..range.start,
                    text: "__dependencies(".to_owned(),
                });
                self.changes.push(Change { order: 2, range: point..name.end, text: ")".to_owned() });
            }
            Expr::Slice(sliced, ..) => self.wrap("__sliced(", bytes(sliced.span)),
            Expr::Tuple(items) if !items.is_empty() => self.wrap("__tuple((", range),
            Expr::FString(text) => {
                let parts: Vec<Range<usize>> = text.expressions.iter().map(|part| bytes(part.span)).collect();
                self.f_string(range, &text.format.node, &parts);
            }
            _ => {}
        }
        expression.visit_expr(|child| self.expression(child));
    }

    /// Where an expression begins. The engine leaves out the brackets around its first part: `(a + b).c` begins at `a`
    /// for it.
    fn start(&self, expression: &AstExpr) -> usize {
        let own = bytes(expression.span).start;
        let Some(first) = first_part(&expression.node) else { return own };
        let start = self.start(first);
        let end = bytes(first.span).end;
        let closing = self.text[end..].trim_start_matches(|next: char| next == ')' || next.is_whitespace());
        let missing = unopened(&self.text[start..self.text.len() - closing.len()]);
        (0..missing).fold(start, |start, _| {
            let before = self.text[..start].trim_end();
            if before.ends_with('(') { before.len() - 1 } else { start }
        })
    }

    /// Puts a call around an expression.
    fn wrap(&mut self, opening: &str, around: Range<usize>) {
        let closing = ")".repeat(opening.matches('(').count());
        self.changes.push(Change { order: 1, range: around.start..around.start, text: opening.to_owned() });
        self.changes.push(Change { order: 0, range: around.end..around.end, text: closing });
    }

    /// `x.join(y)` becomes `__method("join", x, y)`.
    fn method(&mut self, start: usize, name: Range<usize>, method: &str) {
        let point = self.text[..name.start].rfind('.').unwrap_or(name.start);
        let bracket = self.text[name.end..].find('(').map_or(name.end, |after| name.end + after + 1);
        let opening = format!("__method(\"{method}\", ");
        self.changes.push(Change { order: 1, range: start..start, text: opening });
        self.changes.push(Change { order: 2, range: point..bracket, text: ", ".to_owned() });
    }

    /// `f"a{x}b"` becomes `__formatted("a{}b", (x))`.
    fn f_string(&mut self, whole: Range<usize>, format: &str, parts: &[Range<usize>]) {
        let mut at = whole.start;
        let mut before = format!("__formatted({}", literal(format));
        for part in parts {
            self.changes.push(Change { order: 2, range: at..part.start, text: format!("{before}, (") });
            at = part.end;
            before = ")".to_owned();
        }
        self.changes.push(Change { order: 2, range: at..whole.end, text: format!("{before})") });
    }

    /// The text with all changes, and where its parts were written.
    fn apply(self) -> (String, Places) {
        let mut changes: Vec<(usize, Change)> = self.changes.into_iter().enumerate().collect();
        // Of those that close at one place, the inner one was found last and comes first.
        let key = |(found, change): &(usize, Change)| {
            let found = *found as isize;
            (change.range.start, change.order, if change.order == 0 { -found } else { found })
        };
        changes.sort_by_key(key);
        let (mut changed, mut places, mut at) = (String::with_capacity(self.text.len() * 2), Places::default(), 0);
        for (_, change) in changes {
            places.keep(&mut changed, self.text, at..change.range.start);
            changed.push_str(&change.text);
            at = change.range.end;
        }
        places.keep(&mut changed, self.text, at..self.text.len());
        (changed, places)
    }
}

/// The part that an expression begins with, if it begins with another expression.
fn first_part(expression: &Expr) -> Option<&AstExpr> {
    match expression {
        Expr::Call(first, _) | Expr::Dot(first, _) | Expr::Op(first, ..) | Expr::Slice(first, ..) => Some(first),
        Expr::Index(parts) => Some(&parts.0),
        Expr::If(parts) => Some(&parts.1),
        Expr::Tuple(items) => items.first(),
        _ => None,
    }
}

/// A string literal of that text.
fn literal(text: &str) -> String {
    let mut literal = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => literal.extend(['\\', letter]),
            letter if letter.is_control() => literal.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => literal.push(letter),
        }
    }
    literal.push('"');
    literal
}
