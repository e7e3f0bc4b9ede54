//! Hooks as they are written down.

use serde_json::{Value, json};

use super::{find, names};
use crate::local::api::{Answer, ApiError, Call, schema};
use crate::local::ids;
use crate::local::store::hooks::Hook;
use crate::local::store::identities::Change;

pub(super) fn list_hook_groups(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    Ok(Answer::Json(json!({"groups": call.db.hook_groups()?})))
}

pub(super) fn list_hooks(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let hooks: Vec<Value> = call.db.hooks(call.param("hookGroupId"))?.into_iter().map(|hook| hook.definition).collect();
    if hooks.is_empty() {
        Err(ApiError::not_found("No such group"))
    } else {
        Ok(Answer::Json(json!({ "hooks": hooks })))
    }
}

pub(super) fn hook(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    find(call).map(|hook| Answer::Json(hook.definition))
}

/// Creating the same hook again is the same as once.
pub(super) fn create_hook(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let definition = checked_definition(call)?;
    if let Some(present) = call.db.hook(names(call))? {
        if present.definition == definition {
            return Ok(Answer::Json(definition));
        }
        let (group, id) = names(call);
        return Err(ApiError::conflict(format!("hook `{group}/{id}` already exists.")));
    }
    save(call, definition, ids::slug(), "created")
}

pub(super) fn update_hook(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let definition = checked_definition(call)?;
    let present = find(call)?;
    save(call, definition, present.trigger_token, "updated")
}

fn save(call: &Call<'_>, definition: Value, trigger_token: String, action: &str) -> Result<Answer, ApiError> {
    let (group, id) = names(call);
    let hook = Hook { group: group.to_owned(), id: id.to_owned(), definition, trigger_token };
    hook.save(call.db)?;
    record(call, action)?;
    Ok(Answer::Json(hook.definition))
}

/// Removing a hook that is not there is no mistake.
pub(super) fn remove_hook(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    call.db.delete_hook(names(call))?;
    record(call, "deleted")?;
    Ok(Answer::Json(json!({})))
}

fn record(call: &Call<'_>, action: &str) -> Result<(), ApiError> {
    let (group, id) = names(call);
    Ok(call.db.record(&Change {
        client_id: call.client_id().to_owned(),
        action_type: action.to_owned(),
        entity_type: "hook".to_owned(),
        entity_id: format!("{group}/{id}"),
        created: call.now,
    })?)
}

/// The body as the hook's definition, with its names and everything that may be left out.
fn checked_definition(call: &Call<'_>) -> Result<Value, ApiError> {
    let (group, id) = names(call);
    let mut definition = call.body.clone();
    for (member, name, message) in
        [("hookGroupId", group, "Hook Group Ids do not match"), ("hookId", id, "Hook Ids do not match")]
    {
        if definition.get(member).is_some_and(|given| given.as_str() != Some(name)) {
            return Err(ApiError::input(message));
        }
        definition[member] = json!(name);
    }
    if definition.get("bindings").is_none() {
        definition["bindings"] = json!([]);
    }
    if let Some(line) = call.list("schedule").into_iter().find(|line| !looks_like_cron(line)) {
        return Err(ApiError::input(format!("Invalid cron expression in {line}")));
    }
    schema::compile(&definition["triggerSchema"])
        .map_err(|error| ApiError::input(format!("triggerSchema is not a valid JSON schema:\n * {error}")))?;
    Ok(definition)
}

/// Five or six fields (the first being seconds) of what cron knows; nothing fires by it here.
fn looks_like_cron(line: &str) -> bool {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let is_field = |field: &str| field.chars().all(|c| c.is_ascii_alphanumeric() || "*,-/?#".contains(c));
    (5..=6).contains(&fields.len()) && fields.into_iter().all(is_field)
}
