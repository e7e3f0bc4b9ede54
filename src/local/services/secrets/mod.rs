//! Secrets: small documents by name.

use rusqlite::params;
use serde_json::{Value, json};

use crate::local::api::Service;
use crate::local::api::{Answer, ApiError, Call, Time};
use crate::local::store::identities::Change;
use crate::local::store::json as json_column;

pub(super) const SERVICE: Service = Service {
    name: "secrets",
    operations: &[("get", get), ("list", list), ("remove", remove), ("set", set)],
    not_served: &[],
    params: &[],
};

fn record(call: &Call<'_>, action: &str) -> Result<(), ApiError> {
    Ok(call.db.record(&Change {
        client_id: call.client_id().to_owned(),
        action_type: action.to_owned(),
        entity_type: "secret".to_owned(),
        entity_id: call.param("name").to_owned(),
        created: call.now,
    })?)
}

fn find(call: &Call<'_>) -> Result<Option<Value>, ApiError> {
    let sql = "SELECT secret, expires FROM secrets WHERE name = ? AND expires > ?";
    let row = call.db.one(sql, params![call.param("name"), call.now], |row| {
        let (secret, expires): (Value, Time) = (json_column(row, "secret")?, row.get("expires")?);
        Ok(json!({"secret": secret, "expires": expires}))
    })?;
    Ok(row)
}

fn get(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    find(call)?.map(Answer::Json).ok_or_else(|| ApiError::not_found("Secret not found"))
}

fn set(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let action = if find(call)?.is_some() { "updated" } else { "created" };
    let secret = call.body["secret"].to_string();
    let row = params![call.param("name"), secret, call.date("expires")?];
    call.db.run("INSERT OR REPLACE INTO secrets VALUES (?, ?, ?)", row)?;
    record(call, action)?;
    Ok(Answer::Json(json!({})))
}

fn remove(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    call.db.run("DELETE FROM secrets WHERE name = ?", [call.param("name")])?;
    record(call, "deleted")?;
    Ok(Answer::Json(json!({})))
}

fn list(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let page = call.page().by_offset(|count, skip| {
        let sql = "SELECT name FROM secrets WHERE expires > ? ORDER BY name LIMIT ? OFFSET ?";
        let names: Vec<String> = call.db.all(sql, params![call.now, count, skip], |row| row.get(0))?;
        Ok(names)
    })?;
    let mut answer = json!({"secrets": page.rows});
    if let Some(token) = page.token {
        answer["continuationToken"] = json!(token);
    }
    Ok(Answer::Json(answer))
}
