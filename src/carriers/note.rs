//! The git note `refs/notes/decision-parameters` of the pushed commit: parameters that it overrides.

use std::path::Path;

use super::document::{mapping, overrides};
use super::{Carrier, Error, Found, Push};
use crate::model::CarrierName;

/// The note.
pub const NOTE: &str = "refs/notes/decision-parameters";

pub(super) const CARRIER: Carrier = Carrier { name: CarrierName::Note, rank: 2, read };

fn read(push: &Push<'_>) -> Result<Option<Found>, Error> {
    let note = push.repository.note(NOTE, push.head_repository)?.filter(|note| !note.is_empty());
    let Some(text) = note else { return Ok(None) };
    let name = Path::new(NOTE);
    let node = mapping(push, name, text.clone().into_bytes())?;
    let parameters = node.as_map().cloned().unwrap_or_default();
    Ok(Some(Found { text, ..overrides(push, name, &parameters)? }))
}
