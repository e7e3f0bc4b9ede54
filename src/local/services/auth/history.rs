//! Who changed what.

use serde_json::json;

use crate::local::api::pagination::Page;
use crate::local::api::{Answer, ApiError, Call};
use crate::local::store::identities::Change;

pub(super) fn get_entity_history(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let entity = (call.param("entityType"), call.param("entityId"));
    answer(call.page().by_offset(|count, skip| Ok(call.db.changes_to(entity, (count, skip))?))?)
}

pub(super) fn list_audit_history(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let client = call.param("clientId");
    answer(call.page().by_offset(|count, skip| Ok(call.db.changes_by(client, (count, skip))?))?)
}

fn answer(page: Page<Change>) -> Result<Answer, ApiError> {
    let mut answer = json!({"auditHistory": page.rows});
    if let Some(token) = page.token {
        answer["continuationToken"] = json!(token);
    }
    Ok(Answer::Json(answer))
}
