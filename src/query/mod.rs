//! The language that says which tasks of a graph are meant: set algebra over the full task graph.
//!
//! `reference.md` is its manual. A [`Query`] is a value that can be written as text ([`std::fmt::Display`]) and read
//! back; whatever else chooses tasks (a list of labels, a `try:` line) becomes one, so that it can be shown, stored and
//! explained.

mod field;
mod glob;
mod pattern;
mod print;
mod tree;

pub use self::field::Field;
pub use self::pattern::{Form, InvalidPattern, Pattern};
pub use self::tree::{Atom, Direction, Query, TargetOf, Term};
