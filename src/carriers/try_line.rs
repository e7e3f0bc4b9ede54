//! The legacy `try:` line of the commit message.

use super::{Carrier, Error, Found, Push, message};
use crate::model::{CarrierName, Selects, TryTaskConfig};
use crate::query::front_ends::try_line;
use crate::sources::proposal::Load;

pub(super) const CARRIER: Carrier = Carrier { name: CarrierName::TryLine, rank: 5, read, write };

fn read(push: &Push<'_>) -> Result<Option<Found>, Error> {
    let message = message(push)?.unwrap_or_default();
    let Some(line) = try_line(&message) else { return Ok(None) };
    let text = format!("try:{}", line.trim_end());
    let selects = Selects { syntax: Some(text.clone()), ..Selects::default() };
    Ok(Some(Found { text, request: Some(TryTaskConfig { selects, ..TryTaskConfig::default() }), ..Found::default() }))
}

fn write(request: &TryTaskConfig) -> Result<Load, String> {
    let line = request.selects.syntax.as_deref().unwrap_or_default();
    let line = try_line(line).unwrap_or(line).trim();
    let all = TryTaskConfig {
        selects: Selects { syntax: request.selects.syntax.clone(), ..Selects::default() },
        ..TryTaskConfig::default()
    };
    if line.is_empty() || line.contains('\n') || *request != all {
        return Err("it is one line of try syntax and no more".into());
    }
    Ok(Load::Message(format!("try: {line}")))
}
