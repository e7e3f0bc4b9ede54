//! Hooks: tasks that are made when someone asks for them, from a template.
//!
//! Schedules and pulse bindings are kept and shown, but nothing fires by them.

mod definitions;
mod fire;

use serde_json::{Value, json};

use crate::local::api::Service;
use crate::local::api::{Answer, ApiError, Call};
use crate::local::store::hooks::Hook;

pub(super) const SERVICE: Service = Service {
    name: "hooks",
    operations: &[
        ("createHook", definitions::create_hook),
        ("getHookStatus", fire::get_hook_status),
        ("getTriggerToken", get_trigger_token),
        ("hook", definitions::hook),
        ("listHookGroups", definitions::list_hook_groups),
        ("listHooks", definitions::list_hooks),
        ("listLastFires", fire::list_last_fires),
        ("removeHook", definitions::remove_hook),
        ("resetTriggerToken", reset_trigger_token),
        ("triggerHook", fire::trigger_hook),
        ("triggerHookWithToken", fire::trigger_hook_with_token),
        ("updateHook", definitions::update_hook),
    ],
    not_served: &[],
    params: &[("hookGroupId", "^[a-zA-Z0-9-_]{1,1000}$"), ("hookId", "^[a-zA-Z0-9-_/]{1,1000}$")],
};

/// Group and name of the hook in the URL.
fn names<'a>(call: &'a Call<'_>) -> (&'a str, &'a str) {
    (call.param("hookGroupId"), call.param("hookId"))
}

fn find(call: &Call<'_>) -> Result<Hook, ApiError> {
    call.db.hook(names(call))?.ok_or_else(|| ApiError::not_found("No such hook"))
}

fn token(hook: &Hook) -> Value {
    json!({"token": hook.trigger_token})
}

fn get_trigger_token(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    find(call).map(|hook| Answer::Json(token(&hook)))
}

fn reset_trigger_token(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let mut hook = find(call)?;
    hook.trigger_token = crate::local::ids::slug();
    hook.save(call.db)?;
    Ok(Answer::Json(token(&hook)))
}
