//! The extra field `try_task_config` of a Mercurial commit: a request, or parameters in the form of the file.

use std::path::Path;

use super::document::{mapping, versioned, written};
use super::{Carrier, Error, Found, Push};
use crate::json;
use crate::model::{CarrierName, TryTaskConfig};
use crate::sources::proposal::Load;

/// The field.
pub const KEY: &str = "try_task_config";

pub(super) const CARRIER: Carrier = Carrier { name: CarrierName::HgExtras, rank: 3, read, write };

fn read(push: &Push<'_>) -> Result<Option<Found>, Error> {
    let Some(text) = push.repository.extra(KEY)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let name = Path::new("extra field try_task_config");
    let node = mapping(push, name, text.clone().into_bytes())?;
    Ok(Some(Found { text, ..versioned(push, CARRIER.name, name, &node)? }))
}

fn write(request: &TryTaskConfig) -> Result<Load, String> {
    Ok(Load::Extra { key: KEY, value: written(request, json::Format::COMPACT)? })
}
