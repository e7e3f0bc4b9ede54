//! JSON byte for byte as the reference writes it, and read as Python reads it.
//!
//! [`to_string`] and [`write()`] take a whole document; a [`Writer`] takes an object or list piece by piece, and
//! [`write_entries`] has all processors write one, so that forty thousand tasks need not be one document first.
//! [`read()`] gives a document with places, [`parse`] one without, and [`parse_entries`] has all processors read one.
//! [`Entries`] gives those of a large object one by one as it arrives; an [`Object`] reads those that are asked for.
//! [`render`] renders templates.

mod entries;
mod escape;
mod object;
mod parallel_read;
mod parallel_write;
mod read;
mod split;
mod template;
mod write;

pub use entries::{Entries, NoObject};
pub use object::Object;
pub use parallel_read::parse_entries;
pub use parallel_write::write_entries;
pub use read::{parse, read};
pub use template::{TemplateError, render};
pub use write::{Format, WriteError, Writer, can_say_map, to_string, write};

#[cfg(test)]
mod tests;
