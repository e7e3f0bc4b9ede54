//! The legacy `try:` line of the commit message.

use super::{Carrier, Error, Found, Push, message};
use crate::model::{CarrierName, Selects, TryTaskConfig};
use crate::query::front_ends::try_line;

pub(super) const CARRIER: Carrier = Carrier { name: CarrierName::TryLine, rank: 5, read };

fn read(push: &Push<'_>) -> Result<Option<Found>, Error> {
    let message = message(push)?.unwrap_or_default();
    let Some(line) = try_line(&message) else { return Ok(None) };
    let text = format!("try:{}", line.trim_end());
    let selects = Selects { syntax: Some(text.clone()), ..Selects::default() };
    Ok(Some(Found { text, request: Some(TryTaskConfig { selects, ..TryTaskConfig::default() }), ..Found::default() }))
}
