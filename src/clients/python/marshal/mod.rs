//! Documents as Python's `marshal` writes them, version 4: less work for the interpreter than JSON, with keys that are
//! no text, and with what values share. Only what documents are made of.
//!
//! Source: `Python/marshal.c` of CPython; the format of version 4 is that of 3.4 to 3.14.

mod read;
mod write;

#[cfg(test)]
mod tests;

pub(super) use read::read;
pub(super) use write::write;

/// What documents are not made of: dates, numbers beyond 64 bits, sets, objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unfit;

/// Set in a type if the value may be referred to later.
const MAY_BE_REFERRED_TO: u8 = 0x80;

/// How many bits a digit of a long number has.
const DIGIT: u32 = 15;
