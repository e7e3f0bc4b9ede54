//! Operations that every service has.

use serde_json::json;

use crate::local::api::{Answer, ApiError, Call, Handler};

pub(super) const OPERATIONS: &[(&str, Handler)] =
    &[("heartbeat", alive), ("lbheartbeat", alive), ("ping", ping), ("version", version)];

fn alive(_: &mut Call<'_>) -> Result<Answer, ApiError> {
    Ok(Answer::Json(json!({})))
}

fn ping(_: &mut Call<'_>) -> Result<Answer, ApiError> {
    Ok(Answer::Json(json!({"alive": true})))
}

fn version(_: &mut Call<'_>) -> Result<Answer, ApiError> {
    let (source, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    Ok(Answer::Json(json!({"source": source, "version": version, "commit": "", "build": "embedded"})))
}
