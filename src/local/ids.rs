//! Random identifiers.

use crate::model::TaskId;

/// A new slugid: a version 4 UUID in 22 characters that does not begin with `-`.
pub(crate) fn slug() -> String {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).expect("the system has randomness, or nothing on it works");
    TaskId::from_random_bits(bits).to_string()
}

/// A new access token or seed: 44 characters.
pub(crate) fn token() -> String {
    slug() + &slug()
}
