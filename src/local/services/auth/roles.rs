//! Roles: scopes by the name of who has them.

use serde_json::{Value, json};

use super::{expanded, record, refuse_double_star};
use crate::local::api::template::Fill;
use crate::local::api::{Answer, ApiError, Call};
use crate::local::identity::Clients as _;
use crate::local::store::identities::Role;

fn to_json(call: &Call<'_>, role: &Role) -> Result<Value, ApiError> {
    let mut answer = json!(role);
    answer["expandedScopes"] = expanded(call, &[format!("assume:{}", role.role_id)])?;
    Ok(answer)
}

fn find(call: &Call<'_>) -> Result<Role, ApiError> {
    let role_id = call.param("roleId");
    call.db.role(role_id)?.ok_or_else(|| ApiError::not_found(format!("Role with roleId '{role_id}' not found")))
}

pub(super) fn role(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let role = find(call)?;
    to_json(call, &role).map(Answer::Json)
}

fn all(call: &Call<'_>, roles: &[Role]) -> Result<Vec<Value>, ApiError> {
    roles.iter().map(|role| to_json(call, role)).collect()
}

pub(super) fn list_roles(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let roles = call.db.roles()?;
    Ok(Answer::Json(json!(all(call, &roles)?)))
}

pub(super) fn list_roles2(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let (roles, token) = page(call)?;
    Ok(listed("roles", all(call, &roles)?, token))
}

pub(super) fn list_role_ids(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let (roles, token) = page(call)?;
    Ok(listed("roleIds", roles.into_iter().map(|role| json!(role.role_id)).collect(), token))
}

fn page(call: &Call<'_>) -> Result<(Vec<Role>, Option<String>), ApiError> {
    let roles = call.db.roles()?;
    let page = call.page().by_offset(|count, skip| Ok(roles.into_iter().skip(skip).take(count).collect()))?;
    Ok((page.rows, page.token))
}

fn listed(name: &str, rows: Vec<Value>, token: Option<String>) -> Answer {
    let mut answer = json!({ name: rows });
    if let Some(token) = token {
        answer["continuationToken"] = json!(token);
    }
    Answer::Json(answer)
}

/// Creating the same role again is the same as once.
pub(super) fn create_role(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut scopes = call.list("scopes");
    refuse_double_star(&scopes)?;
    let role_id = call.param("roleId").to_owned();
    call.authorize(&Fill::default().text("roleId", &role_id).list("scopes", &scopes))?;
    scopes.sort();
    let description = call.text("description").to_owned();
    if let Some(present) = call.db.role(&role_id)? {
        if present.description == description && present.scopes == scopes {
            return to_json(call, &present).map(Answer::Json);
        }
        return Err(ApiError::conflict(format!("Role with roleId '{role_id}' already exists")));
    }
    let (created, last_modified) = (Some(call.now), Some(call.now));
    save(call, &Role { role_id, description, scopes, created, last_modified }, "created")
}

fn save(call: &Call<'_>, role: &Role, action: &str) -> Result<Answer, ApiError> {
    role.save(call.db)?;
    record(call, action, ("role", &role.role_id))?;
    to_json(call, role).map(Answer::Json)
}

/// Whoever changes a role must have the scopes that it gets beyond those it had.
pub(super) fn update_role(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let scopes = call.list("scopes");
    refuse_double_star(&scopes)?;
    let mut role = find(call)?;
    let before = call.clients().expand(role.scopes.iter().cloned().collect()).map_err(ApiError::internal)?;
    let added: Vec<String> = scopes.iter().filter(|scope| !before.covers(scope)).cloned().collect();
    call.authorize(&Fill::default().text("roleId", call.param("roleId")).list("scopesAdded", &added))?;
    role.scopes = scopes;
    role.description = call.text("description").to_owned();
    role.last_modified = Some(call.now);
    save(call, &role, "updated")
}

/// Deleting a role that is not there is no mistake.
pub(super) fn delete_role(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let role_id = call.param("roleId");
    call.db.delete_role(role_id)?;
    record(call, "deleted", ("role", role_id))?;
    Ok(Answer::Empty)
}
