//! The git note `refs/notes/decision-parameters` of the pushed commit: parameters that it overrides.

use std::path::Path;

use super::document::{mapping, overrides, parameters};
use super::{Carrier, Error, Found, Push};
use crate::json;
use crate::model::{CarrierName, TryTaskConfig};
use crate::sources::proposal::Load;
use crate::yaml::Node;

/// The note.
pub const NOTE: &str = "refs/notes/decision-parameters";

pub(super) const CARRIER: Carrier = Carrier { name: CarrierName::Note, rank: 2, read, write };

fn read(push: &Push<'_>) -> Result<Option<Found>, Error> {
    let note = push.repository.note(NOTE, push.head_repository)?.filter(|note| !note.is_empty());
    let Some(text) = note else { return Ok(None) };
    let name = Path::new(NOTE);
    let node = mapping(push, name, text.clone().into_bytes())?;
    let parameters = node.as_map().cloned().unwrap_or_default();
    Ok(Some(Found { text, ..overrides(push, name, &parameters)? }))
}

fn write(request: &TryTaskConfig) -> Result<Load, String> {
    let content = json::to_string(&Node::new(parameters(request)), json::Format::ARTIFACT);
    Ok(Load::Note { reference: NOTE, content: content.map_err(|mistake| mistake.message)? })
}
