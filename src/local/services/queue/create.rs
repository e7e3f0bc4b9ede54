//! `createTask`, with the rules that no schema can say.

use chrono::Duration;
use serde_json::{Value, json};

use super::split_queue_id;
use super::tasks::status_of;
use crate::local::api::template::Fill;
use crate::local::api::{Answer, ApiError, Call, Time};
use crate::local::store::tasks::{PRIORITIES, Task};

/// By how much `created` may differ from the server's clock.
const DRIFT_MINUTES: i64 = 15;

/// How far off a deadline may be.
const MAX_DEADLINE_DAYS: i64 = 5;

pub(crate) fn create_task(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    settle_task_queue(&mut call.body)?;
    authorize(call)?;
    settle_dates(call)?;
    if call.list("scopes").iter().any(|scope| scope.ends_with("**")) {
        return Err(ApiError::input("scopes must not end with `**`"));
    }
    refuse_nul(&call.body)?;
    let task = Task {
        task_id: call.param("taskId").to_owned(),
        definition: call.body.clone(),
        runs: Vec::new(),
        retries_left: call.body["retries"].as_u64().and_then(|retries| retries.try_into().ok()).unwrap_or_default(),
        deadline: call.date("deadline")?,
        expires: call.date("expires")?,
    };
    enter_group(call, &task)?;
    match call.db.task(&task.task_id)? {
        Some(present) if present.definition == as_stored(&task.definition)? => Ok(status_of(&present)),
        Some(_) => Err(ApiError::conflict(format!(
            "taskId `{}` already used by another task.\nThis could be the result of faulty idempotency!",
            task.task_id
        ))),
        None => insert(call, task),
    }
}

/// A definition as it comes back from the store, where a fraction may have lost its last digit.
fn as_stored(definition: &Value) -> Result<Value, ApiError> {
    Ok(serde_json::from_str(&definition.to_string())?)
}

/// A task has `taskQueueId` and its two halves, whichever of them was given.
fn settle_task_queue(body: &mut Value) -> Result<(), ApiError> {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let halves = text("provisionerId").zip(text("workerType"));
    let (queue, (provisioner, worker_type)) = match (text("taskQueueId"), halves) {
        (Some(queue), Some((provisioner, worker_type))) if queue != format!("{provisioner}/{worker_type}") => {
            return Err(ApiError::input("taskQueueId must match \"provisionerId/workerType\""));
        }
        (_, Some((provisioner, worker_type))) => (format!("{provisioner}/{worker_type}"), (provisioner, worker_type)),
        (Some(queue), None) => {
            let (provisioner, worker_type) = split_queue_id(&queue);
            let halves = (provisioner.to_owned(), worker_type.to_owned());
            (queue, halves)
        }
        (None, None) => {
            let message = "at least a provisionerId and a workerType or a taskQueueId must be provided\"";
            return Err(ApiError::input(message));
        }
    };
    body["taskQueueId"] = json!(queue);
    body["provisionerId"] = json!(provisioner);
    body["workerType"] = json!(worker_type);
    Ok(())
}

/// A task may be created at its priority by those who may create it at a higher one.
fn authorize(call: &Call<'_>) -> Result<(), ApiError> {
    let lowest = PRIORITIES.iter().position(|priority| *priority == call.text("priority")).unwrap_or_default();
    let priorities: Vec<String> = PRIORITIES[..=lowest].iter().map(|&priority| priority.to_owned()).collect();
    let (scopes, routes) = (call.list("scopes"), call.list("routes"));
    let lists = Fill::default().list("scopes", &scopes).list("routes", &routes).list("priorities", &priorities);
    let texts = ["projectId", "schedulerId", "provisionerId", "workerType"];
    call.authorize(&texts.iter().fold(lists, |fill, name| fill.text(name, call.text(name))))
}

/// Checks the dates, gives the task its group and its expiry, and spells all dates the same way.
fn settle_dates(call: &mut Call<'_>) -> Result<(), ApiError> {
    if call.body.get("taskGroupId").is_none() {
        call.body["taskGroupId"] = json!(call.param("taskId"));
    }
    let (created, deadline) = (call.date("created")?, call.date("deadline")?);
    let expires = if call.body.get("expires").is_some() { call.date("expires")? } else { deadline.plus_one_year() };
    if let Some(mistake) = wrong_dates(call.now, created, deadline, expires) {
        return Err(ApiError::input(mistake));
    }
    for (name, date) in [("created", created), ("deadline", deadline), ("expires", expires)] {
        call.body[name] = json!(date);
    }
    Ok(())
}

fn wrong_dates(now: Time, created: Time, deadline: Time, expires: Time) -> Option<String> {
    let drift = Duration::minutes(DRIFT_MINUTES);
    let mistake = if created < now - drift {
        "`created` cannot be in the past (max 15min drift)"
    } else if created > now + drift {
        "`created` cannot be in the future (max 15min drift)"
    } else if created > deadline {
        "`deadline` cannot be later than `created`"
    } else if deadline < now {
        "`deadline` cannot be in the past"
    } else if deadline > now + Duration::days(MAX_DEADLINE_DAYS) + drift {
        return Some(format!("`deadline` cannot be more than {MAX_DEADLINE_DAYS} days into the future"));
    } else if deadline > expires {
        "`expires` cannot be before `deadline`"
    } else {
        return None;
    };
    Some(mistake.to_owned())
}

/// The real services' database cannot store U+0000 and answers 500.
fn refuse_nul(value: &Value) -> Result<(), ApiError> {
    let refused = || ApiError::internal("unsupported Unicode escape sequence: \\u0000 cannot be stored");
    match value {
        Value::String(text) if text.contains('\0') => Err(refused()),
        Value::Array(items) => items.iter().try_for_each(refuse_nul),
        Value::Object(members) => members
            .iter()
            .try_for_each(|(name, value)| if name.contains('\0') { Err(refused()) } else { refuse_nul(value) }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// A group has one scheduler, and accepts tasks until it is sealed.
fn enter_group(call: &Call<'_>, task: &Task) -> Result<(), ApiError> {
    let (group_id, scheduler_id) = (task.text("taskGroupId"), task.text("schedulerId"));
    let group = call.db.task_group(group_id)?;
    if group.as_ref().is_some_and(|group| group.scheduler_id != scheduler_id) {
        return Err(ApiError::conflict(format!(
            "Task group `{group_id}` contains tasks with a schedulerId other\nthan `{scheduler_id}`. All tasks in \
             the same task-group must have\nthe same schedulerId."
        )));
    }
    if group.is_some_and(|group| group.sealed.is_some()) {
        let message = format!("Task group `{group_id}` is sealed and does not accept new tasks.");
        return Err(ApiError::conflict(message));
    }
    Ok(call.db.ensure_task_group(group_id, scheduler_id, task.expires)?)
}

fn insert(call: &Call<'_>, mut task: Task) -> Result<Answer, ApiError> {
    let wanted = task.list("dependencies");
    let required = call.db.tasks("WHERE task_id IN (SELECT value FROM json_each(?))", [json!(wanted).to_string()])?;
    if let Some(mistake) = wrong_dependencies(&task, &wanted, &required) {
        // The group stays, as it does in the real queue.
        return Ok(Answer::Refused(ApiError::input(mistake)));
    }
    task.insert(call.db)?;
    if wanted.contains(&task.task_id) {
        call.db.track_dependency_on_itself(&task)?;
    }
    if call.db.track_dependencies(&task, &required)? {
        task.schedule(call.db, call.now)?;
    }
    Ok(status_of(&task))
}

fn wrong_dependencies(task: &Task, wanted: &[String], required: &[Task]) -> Option<String> {
    let there = |id: &&String| **id == task.task_id || required.iter().any(|other| other.task_id == **id);
    let missing: Vec<&String> = wanted.iter().filter(|id| !there(id)).collect();
    let expiring: Vec<&Task> = required.iter().filter(|other| task.deadline > other.expires).collect();
    let mut message = String::new();
    if !missing.is_empty() {
        let list: String = missing.iter().map(|id| format!(" * {id}\n")).collect();
        message += &format!(
            "`task.dependencies` references non-existing tasks: \n{list}All taskIds in `task.dependencies` **must** \
             exist\nbefore the task is created.\n"
        );
    } else if !expiring.is_empty() {
        let list: String = expiring.iter().map(|other| format!(" * {},\n", other.task_id)).collect();
        message += &format!(
            "`task.dependencies` references tasks that expires\nbefore `task.deadline` this is not allowed, see \
             tasks: \n{list}All taskIds in `task.dependencies` **must** have\n`task.expires` greater than the \
             `deadline` for this task.\n"
        );
    }
    (!message.is_empty()).then_some(message)
}
