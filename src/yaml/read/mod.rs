//! From a document to a closed type, through serde, with all mistakes told at the text that made them.
//!
//! A type with `#[serde(deny_unknown_fields)]` refuses unknown keys; one without lets them pass, and
//! [`read_noting`] then warns of each. Both suggest the nearest key.
//!
//! serde ends with the first mistake. To find the others the document is read again, with what was wrong left out or
//! made up ([`recovery`]), until nothing more is found.

mod error;
mod node;
mod reader;
mod recovery;
mod stand_in;
#[cfg(test)]
mod tests;

use serde::de::{self, DeserializeOwned};

use self::error::WITHIN;
pub(super) use self::node::PASSING;
use self::reader::Reader;
use self::recovery::Recovery;
use super::Node;
use crate::diagnostics::{Mistakes, Warnings};

/// Reads a closed type from a document; keys the type does not refuse are ignored in silence.
///
/// # Errors
/// All mistakes, each at the text that made it.
pub fn read<T: DeserializeOwned>(node: &Node) -> Result<T, Mistakes> {
    read_each(node, None)
}

/// As [`read`], but keys that are accepted and mean nothing are warned about.
///
/// # Errors
/// All mistakes, each at the text that made it.
pub fn read_noting<T: DeserializeOwned>(node: &Node, warnings: &Warnings) -> Result<T, Mistakes> {
    read_each(node, Some(warnings))
}

/// As [`read`], for a `Deserialize` that looks at a [`Node`] before it knows what to read from it; the mistakes keep
/// their places.
///
/// # Errors
/// As [`read`].
pub fn read_within<T: DeserializeOwned, E: de::Error>(node: &Node) -> Result<T, E> {
    read(node).map_err(misread)
}

/// Mistakes as the error of any format; of our own it is the mistakes themselves, places and help included.
pub fn misread<E: de::Error>(mistakes: impl Into<Mistakes>) -> E {
    let mistakes = mistakes.into();
    let message = mistakes.to_string();
    WITHIN.set(Some(mistakes));
    E::custom(message)
}

fn read_each<T: DeserializeOwned>(node: &Node, warnings: Option<&Warnings>) -> Result<T, Mistakes> {
    let mut recovery = Recovery::default();
    loop {
        let noted = Warnings::default();
        let reader = Reader::new(node, warnings.is_some().then_some(&noted), &recovery);
        let read = T::deserialize(reader);
        let result = match read.map_err(|error| recovery.learn(error)) {
            Err(recovery::Next::Again) => continue,
            Err(recovery::Next::Enough) => None,
            Ok(value) => Some(value),
        };
        let mistakes = recovery.into_mistakes();
        if let Some(warnings) = warnings {
            // A key that is told as a mistake already needs no warning.
            let is_new = |place| !mistakes.0.iter().any(|mistake| mistake.span == place);
            noted.take().into_iter().filter(|noted| is_new(noted.span)).for_each(|noted| warnings.push(noted));
        }
        return match result {
            Some(value) => mistakes.or(value),
            None => Err(mistakes),
        };
    }
}
