//! The language that says which tasks of a graph are meant: set algebra over the full task graph.
//!
//! `reference.md` is its manual. A [`Query`] is a value that can be written as text ([`std::fmt::Display`]) and read
//! back; whatever else chooses tasks (a list of labels, a `try:` line) becomes one, so that it can be shown, stored and
//! explained.

//!
//! ```text
//! text ──▶ lexer ──▶ parse ──▶ Query ──▶ evaluate (Universe, Project) ──▶ Selected
//!                                └────▶ print ──▶ text
//! ```

mod evaluate;
mod field;
pub mod front_ends;
mod function;
mod glob;
mod lexer;
mod mistakes;
mod parse;
mod pattern;
mod print;
#[cfg(test)]
mod reference;
mod selection;
mod tree;
mod written;

pub use self::evaluate::{Meaning, NoProject, Project, Selected, TermCount, Universe};
pub use self::field::Field;
pub use self::parse::{MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse, parse_text};
pub use self::pattern::{Form, InvalidPattern, Pattern};
pub use self::selection::{Chosen, Origin, Selection};
pub use self::tree::{Atom, Direction, Query, TargetOf, Term};
pub use self::written::Written;

/// The manual.
pub const REFERENCE: &str = include_str!("reference.md");
