//! The file `try_task_config.json` in the root of the checkout.

use std::path::Path;

use super::document::{mapping, refused, versioned, written};
use super::{Carrier, Error, Found, Push};
use crate::json;
use crate::model::{CarrierName, TryTaskConfig};
use crate::sources::checkout::FileKind;
use crate::sources::proposal::Load;

/// The file, unless told otherwise.
pub const FILE: &str = "try_task_config.json";

pub(super) const CARRIER: Carrier = Carrier { name: CarrierName::TryTaskConfig, rank: 1, read, write };

fn read(push: &Push<'_>) -> Result<Option<Found>, Error> {
    let path = push.file.filter(|file| !file.as_os_str().is_empty()).unwrap_or_else(|| Path::new(FILE));
    if push.checkout.kind(path) != Some(FileKind::File) {
        return Ok(None);
    }
    let content = push.checkout.read(path).map_err(|error| refused(path, &error.to_string()))?;
    let text = String::from_utf8_lossy(&content).into_owned();
    let node = mapping(push, path, content)?;
    Ok(Some(Found { text, ..versioned(push, CARRIER.name, path, &node)? }))
}

fn write(request: &TryTaskConfig) -> Result<Load, String> {
    Ok(Load::File { name: FILE, content: written(request, json::Format::ARTIFACT)? + "\n" })
}
