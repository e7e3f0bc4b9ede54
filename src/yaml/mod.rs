//! Documents: YAML 1.1 as PyYAML's safe loader reads it, as trees whose nodes remember where they were written.
//!
//! A [`Node`] is a value and a [`Span`](crate::diagnostics::Span); lists and mappings are shared and copied
//! only when written to, so a task multiplied forty times costs forty pointers. A closed type reads its part
//! of a document with [`read()`] and becomes one again with [`write()`].
//!
//! [`load()`] goes from text to a document in three steps, each in its file: libyaml's events, a graph of tagged
//! nodes (`compose`, `resolve`), values (`construct`).

mod binary;
mod compose;
mod construct;
mod dump;
mod index;
mod libyaml;
mod load;
mod map;
mod node;
mod number;
mod order;
mod read;
mod read_each;
mod recent;
mod resolve;
mod same;
mod source;
mod tag;
mod timestamp;
mod write;

pub(crate) use compose::MAX_DEPTH;
pub use dump::{DumpOptions, dump};
pub use load::{Loaded, load};
pub use map::Map;
pub use node::{Node, Timestamp, Value};
pub(crate) use number::{FloatText, decimal};
pub(crate) use order::sorted;
pub use read::{misread, read, read_noting, read_within};
pub use read_each::mistakes_by_key;
pub(crate) use recent::recent;
pub use write::write;

/// The name by which a [`Node`] asks our reader and writer to pass it through whole, span and sharing included.
const NODE_TOKEN: &str = "$pushgraph::yaml::Node";

#[cfg(test)]
pub(crate) mod tests;
