//! JSON byte for byte as the reference writes it, and read as Python reads it.
//!
//! [`to_string`] and [`write()`] take a whole document; a [`Writer`] takes an object or list piece by piece, so that
//! forty thousand tasks need not be one document first. [`read()`] gives a document with places, [`parse`] one without,
//! and [`Entries`] those of a large object one by one as it arrives.

mod entries;
mod escape;
mod read;
mod write;

pub use entries::{Entries, NoObject};
pub use read::{parse, read};
pub use write::{Format, WriteError, Writer, to_string, write};

#[cfg(test)]
mod tests;
