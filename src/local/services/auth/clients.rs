//! Clients: ids with an access token and scopes.

use serde_json::{Value, json};

use super::{expanded, record, refuse_double_star};
use crate::local::api::template::Fill;
use crate::local::api::{Answer, ApiError, Call};
use crate::local::ids;
use crate::local::store::identities::{ClientDocument, ClientRow};

fn to_json(call: &Call<'_>, client: &ClientDocument) -> Result<Value, ApiError> {
    let mut answer = json!(client);
    answer["expandedScopes"] = expanded(call, &client.scopes)?;
    Ok(answer)
}

fn find(call: &Call<'_>) -> Result<ClientRow, ApiError> {
    call.db.client(call.param("clientId"))?.ok_or_else(|| ApiError::not_found("Client not found"))
}

fn refuse_static(call: &Call<'_>) -> Result<(), ApiError> {
    let client_id = call.param("clientId");
    if !client_id.starts_with("static/") {
        return Ok(());
    }
    Err(ApiError::input(format!(
        "clientId \"{client_id}\" starts with \"static/\" which is reserved for statically configured clients. Contact \
         your administrator to change static clients."
    )))
}

pub(super) fn list_clients(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let prefix = call.query("prefix").unwrap_or_default();
    let page = call.page().by_offset(|count, skip| Ok(call.db.clients(prefix, (count, skip))?))?;
    let clients: Result<Vec<Value>, ApiError> = page.rows.iter().map(|row| to_json(call, &row.document)).collect();
    let mut answer = json!({"clients": clients?});
    if let Some(token) = page.token {
        answer["continuationToken"] = json!(token);
    }
    Ok(Answer::Json(answer))
}

pub(super) fn client(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let row = find(call)?;
    to_json(call, &row.document).map(Answer::Json)
}

/// The access token is told here and never again.
pub(super) fn create_client(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    refuse_static(call)?;
    let scopes = call.list("scopes");
    refuse_double_star(&scopes)?;
    let client_id = call.param("clientId").to_owned();
    call.authorize(&Fill::default().text("clientId", &client_id).list("scopes", &scopes))?;
    if call.db.client(&client_id)?.is_some() || client_id == call.site.root.client_id {
        return Err(ApiError::conflict("Client already exists"));
    }
    let document = ClientDocument {
        client_id,
        description: call.text("description").to_owned(),
        expires: call.date("expires")?,
        created: call.now,
        last_modified: call.now,
        last_date_used: call.now,
        last_rotated: call.now,
        delete_on_expiration: call.body["deleteOnExpiration"] == json!(true),
        scopes,
        disabled: false,
    };
    save(call, ClientRow { access_token: ids::token(), document }, "created", true)
}

fn save(call: &Call<'_>, row: ClientRow, action: &str, tell_token: bool) -> Result<Answer, ApiError> {
    row.save(call.db)?;
    record(call, action, ("client", &row.document.client_id))?;
    let mut answer = to_json(call, &row.document)?;
    if tell_token {
        answer["accessToken"] = json!(row.access_token);
    }
    Ok(Answer::Json(answer))
}

pub(super) fn update_client(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    refuse_static(call)?;
    let mut row = find(call)?;
    let scopes = if call.body.get("scopes").is_some() { call.list("scopes") } else { row.document.scopes.clone() };
    refuse_double_star(&scopes)?;
    let added: Vec<String> = scopes.iter().filter(|scope| !row.document.scopes.contains(scope)).cloned().collect();
    call.authorize(&Fill::default().text("clientId", call.param("clientId")).list("scopesAdded", &added))?;
    row.document.scopes = scopes;
    row.document.description = call.text("description").to_owned();
    row.document.expires = call.date("expires")?;
    row.document.delete_on_expiration = call.body["deleteOnExpiration"] == json!(true);
    row.document.last_modified = call.now;
    save(call, row, "updated", false)
}

pub(super) fn reset_access_token(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    refuse_static(call)?;
    let mut row = find(call)?;
    row.access_token = ids::token();
    row.document.last_rotated = call.now;
    row.document.last_modified = call.now;
    save(call, row, "access token reset", true)
}

pub(super) fn enable_client(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    set_disabled(call, false, "client enabled")
}

pub(super) fn disable_client(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    set_disabled(call, true, "client disabled")
}

fn set_disabled(call: &Call<'_>, disabled: bool, action: &str) -> Result<Answer, ApiError> {
    refuse_static(call)?;
    let mut row = find(call)?;
    row.document.disabled = disabled;
    row.document.last_modified = call.now;
    save(call, row, action, false)
}

/// Deleting a client that is not there is no mistake.
pub(super) fn delete_client(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    refuse_static(call)?;
    let client_id = call.param("clientId");
    call.db.delete_client(client_id)?;
    record(call, "deleted", ("client", client_id))?;
    Ok(Answer::Empty)
}
