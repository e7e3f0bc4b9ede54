//! Hooks that are fired, and the record of it.

use std::cell::{Cell, OnceCell};

use chrono::Duration;
use serde_json::{Value, json};

use super::super::queue::create::create_task;
use super::{find, names};
use crate::json;
use crate::local::api::dispatch::check_against;
use crate::local::api::{Answer, ApiError, Call, ErrorCode, Time, reference, schema};
use crate::local::identity::certificate::same;
use crate::local::identity::scopes::ScopeSet;
use crate::local::identity::{Auth, Caller, Client, Clients as _};
use crate::local::ids;
use crate::local::store::hooks::{Fire, Hook};

pub(super) fn trigger_hook(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let hook = find(call)?;
    let context = json!({"firedBy": "triggerHook", "payload": call.body, "clientId": call.client_id()});
    trigger(call, &hook, context)
}

pub(super) fn trigger_hook_with_token(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let hook = find(call)?;
    if !same(&hook.trigger_token, call.param("token")) {
        return Err(ApiError::new(ErrorCode::AuthenticationFailed, "invalid hook token"));
    }
    let context = json!({"firedBy": "triggerHookWithToken", "payload": call.body});
    trigger(call, &hook, context)
}

/// Makes the hook's task. That it was tried is recorded even if it fails.
fn trigger(call: &Call<'_>, hook: &Hook, context: Value) -> Result<Answer, ApiError> {
    refuse_payload(hook, &context["payload"])?;
    let task_id = ids::slug();
    let fired_by = context["firedBy"].as_str().unwrap_or_default().to_owned();
    let record = |error: Option<&ApiError>| {
        let error = error.map(|error| json!({"code": error.code.name(), "message": error.message}).to_string());
        let fire = Fire {
            task_id: task_id.clone(),
            fired_by: fired_by.clone(),
            fired: call.now,
            result: if error.is_some() { "error" } else { "success" }.to_owned(),
            error: error.unwrap_or_default(),
        };
        fire.save(call.db, (&hook.group, &hook.id))
    };
    let task = match render(hook, context, &task_id, call.now) {
        Ok(Value::Null) => return Ok(Answer::Json(json!({}))),
        Ok(task) => task,
        Err(message) => {
            let error = ApiError::input(format!("While firing hook:\n\n{message}"));
            record(Some(&error))?;
            return Ok(Answer::Refused(error));
        }
    };
    let refused = create(call, hook, &task_id, task);
    record(refused.as_ref())?;
    Ok(match refused {
        Some(error) => Answer::Refused(explained(error, hook)),
        None => Answer::Json(json!({"taskId": task_id, "status": {"taskId": task_id}})),
    })
}

fn refuse_payload(hook: &Hook, payload: &Value) -> Result<(), ApiError> {
    let validator = schema::compile(&hook.definition["triggerSchema"]).map_err(ApiError::input)?;
    let mistakes = schema::mistakes_by(&validator, payload);
    if mistakes.is_empty() { Ok(()) } else { Err(ApiError::input(mistakes.join("; "))) }
}

/// The task that the hook's template gives, with what it may leave out; null if there is to be none.
fn render(hook: &Hook, mut context: Value, task_id: &str, now: Time) -> Result<Value, String> {
    context["taskId"] = json!(task_id);
    // The library sets `now` to the machine's time; ours comes in between it and the template.
    let template = json!({"$let": {"now": now}, "in": hook.definition["task"]});
    let mut task = json::render(&template, &context).map_err(|error| error.to_string())?;
    if task.is_null() {
        return Ok(task);
    }
    let defaults = [
        ("created", json!(now)),
        ("deadline", json!(now + Duration::days(1))),
        ("expires", json!(now + Duration::days(30))),
        ("taskGroupId", json!(task_id)),
    ];
    let members = task.as_object_mut().ok_or("the hook's template gives no object")?;
    for (name, default) in defaults {
        members.entry(name).or_insert(default);
    }
    Ok(task)
}

/// Creates the task with the scopes of the hook's role; an error has undone it.
fn create(call: &Call<'_>, hook: &Hook, task_id: &str, task: Value) -> Option<ApiError> {
    let result = call.db.attempt(|| {
        let mut inner = as_hook(call, hook, task_id, task)?;
        let schema = inner.entry.input.as_deref().unwrap_or_default();
        check_against(schema, &mut inner.body, &call.site.root_url)?;
        match create_task(&mut inner)? {
            Answer::Refused(error) => Err(error),
            _ => Ok(()),
        }
    });
    result.err()
}

fn as_hook<'a>(call: &'a Call<'_>, hook: &Hook, task_id: &str, body: Value) -> Result<Call<'a>, ApiError> {
    let role = format!("assume:hook-id:{}/{}", hook.group, hook.id);
    let scopes = match call.site.auth {
        Auth::Open => ScopeSet::everything(),
        Auth::Enforced { .. } => {
            let scopes = [role, "assume:anonymous".to_owned()].into_iter().collect();
            call.clients().expand(scopes).map_err(ApiError::internal)?
        }
    };
    let client_id = "static/taskcluster/hooks".to_owned();
    let client = Client { client_id, scopes, expires: call.now + Duration::hours(1), hash: None };
    Ok(Call {
        entry: reference::entry("queue", "createTask").ok_or_else(|| ApiError::internal("there is no createTask"))?,
        params: vec![("taskId".to_owned(), task_id.to_owned())],
        query: Vec::new(),
        body,
        now: call.now,
        db: call.db,
        site: call.site,
        signed: call.signed,
        body_hash: call.body_hash,
        caller: OnceCell::from(Caller::Client(client)),
        authorized: Cell::new(false),
    })
}

/// What the queue said about the task, for the one who fired the hook.
fn explained(error: ApiError, hook: &Hook) -> ApiError {
    if error.code == ErrorCode::InsufficientScopes {
        let (group, id) = (&hook.group, &hook.id);
        let message = format!(
            "The role `hook-id:{group}/{id}` does not have sufficient scopes to create the task:\n\n{}",
            error.message
        );
        return ApiError::new(ErrorCode::InsufficientScopes, message);
    }
    ApiError::input(format!("While calling createTask: {}\n\n{}", error.code.name(), error.message))
}

pub(super) fn get_hook_status(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    find(call)?;
    let last = call.db.fires(names(call), (1, 0))?.pop();
    let last = last.map_or_else(
        || json!({"result": "no-fire"}),
        |(fire, _)| match fire.result.as_str() {
            "success" => json!({"result": "success", "taskId": fire.task_id, "time": fire.fired}),
            _ => json!({"result": "error", "error": error_of(&fire), "time": fire.fired}),
        },
    );
    Ok(Answer::Json(json!({ "lastFire": last })))
}

fn error_of(fire: &Fire) -> Value {
    serde_json::from_str(&fire.error).unwrap_or_else(|_| json!({"message": fire.error}))
}

pub(super) fn list_last_fires(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let (group, id) = names(call);
    let page = call.page().by_offset(|count, skip| Ok(call.db.fires((group, id), (count, skip))?))?;
    if page.rows.is_empty() {
        return Err(ApiError::not_found("No such hook or never fired"));
    }
    let rows: Vec<Value> = page
        .rows
        .iter()
        .map(|(fire, state)| {
            json!({
                "hookGroupId": group,
                "hookId": id,
                "firedBy": fire.fired_by,
                "taskId": fire.task_id,
                "taskCreateTime": fire.fired,
                "result": fire.result,
                "error": fire.error,
                "taskState": state.as_deref().unwrap_or("unknown"),
            })
        })
        .collect();
    let mut answer = json!({ "lastFires": rows });
    if let Some(token) = page.token {
        answer["continuationToken"] = json!(token);
    }
    Ok(Answer::Json(answer))
}
