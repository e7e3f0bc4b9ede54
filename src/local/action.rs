//! `local action`: an action is fired exactly as Treeherder fires it, and its task is run.
//!
//! `public/actions.json` of the decision task says which actions there are, what they apply to and which hook does
//! them; the hook's payload is rendered here, by the user's side, and the hook is triggered.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::caller::{CallError, Caller, Service};
use super::push::record::pushes;
use super::report::{Event, Reporter};
use super::status::{State, TaskStatus, tasks_of_group};
use super::worker::{Settled, Worker, WorkerError, WorkerOptions};
use crate::actions::support::offer::{self, OfferError};
use crate::diagnostics::suggest;

/// What to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActionOptions {
    /// The action's `name` in `actions.json`.
    pub name: String,
    /// The task it is about, by label or id; none for an action on the whole group.
    pub task: Option<String>,
    /// Its input; what the action's schema has as defaults if none is given.
    pub input: Option<Value>,
    /// The decision task; that of the latest push if none is given.
    pub decision: Option<String>,
}

/// An action task that exists now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// The action task.
    pub task_id: String,
    /// The group it works on, and is in.
    pub task_group_id: String,
    /// The tasks that were in the group before.
    pub before: Vec<String>,
}

/// What came of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionOutcome {
    /// The group it worked on.
    pub task_group_id: String,
    /// The action task, resolved.
    pub task: TaskStatus,
    /// The tasks it made, in order of name.
    pub created: Vec<TaskStatus>,
    /// The group, when nothing was left to happen in it.
    pub settled: Settled,
}

impl ActionOutcome {
    /// Whether the action itself did what it was to do.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.task.state == State::Completed
    }
}

/// An action that was not fired, or could not be followed.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// Nothing was pushed.
    #[error("nothing has been pushed yet: run `pushgraph local push` first, or name a decision task")]
    NoPush,
    /// The decision task has no actions.
    #[error("decision task `{0}` has no artifact `public/actions.json`")]
    NoActions(String),
    /// It does not offer the action as it was asked for.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// There is no task of that label or id.
    #[error("there is no task `{name}` in group `{task_group_id}`{}", .help.as_ref().map(|help| format!("; {help}")).unwrap_or_default())]
    NoSuchTask {
        /// The label or id.
        name: String,
        /// The group.
        task_group_id: String,
        /// A near label.
        help: Option<String>,
    },
    /// The decision task may not point to this hook.
    #[error("decision task `{decision}` lacks the scope `{scope}`, so its `actions.json` is not to be trusted")]
    NotTrusted {
        /// The decision task.
        decision: String,
        /// What it would need.
        scope: String,
    },
    /// The hook does not exist.
    #[error("hook `{0}` does not exist: it is made when its `.taskcluster.yml` is pushed by `pushgraph local push`")]
    NoHook(String),
    /// Another request failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The worker failed.
    #[error(transparent)]
    Worker(#[from] WorkerError),
}

/// Fires an action: its task exists afterwards, and nobody has run it yet.
///
/// # Errors
/// See [`ActionError`].
pub async fn fire(caller: &Caller, options: &ActionOptions) -> Result<Fired, ActionError> {
    let (decision, actions) = actions(caller, options.decision.as_deref()).await?;
    let definition = caller.get(Service::Queue, &["task", &decision]).await?;
    let task_group_id = definition["taskGroupId"].as_str().unwrap_or(&decision).to_owned();
    let before = tasks_of_group(caller, &task_group_id).await?;
    let task_id = match &options.task {
        Some(name) => Some(find_task(caller, &decision, &task_group_id, &before, name).await?),
        None => None,
    };
    let tags = match &task_id {
        Some(task_id) => Some(tags(&caller.get(Service::Queue, &["task", task_id]).await?)),
        None => None,
    };
    let entry = offer::choose(&actions, &options.name, tags.as_ref())?;
    let input = offer::input(entry, options.input.as_ref())?;
    let payload = offer::payload(entry, &actions["variables"], &task_group_id, task_id.as_deref(), &input)?;
    check_trust(caller, &decision, &definition, entry).await?;
    let action_task_id = trigger(caller, entry, &payload).await?;
    let action = caller.get(Service::Queue, &["task", &action_task_id]).await?;
    Ok(Fired {
        task_group_id: action["taskGroupId"].as_str().unwrap_or(&task_group_id).to_owned(),
        task_id: action_task_id,
        before: before.into_iter().map(|task| task.task_id).collect(),
    })
}

/// The whole of `local action`: [`fire`], the action task run for real, then the tasks it created.
///
/// # Errors
/// See [`ActionError`]; an action task that fails is an outcome.
pub async fn act(
    caller: &Caller,
    options: &ActionOptions,
    worker: &WorkerOptions,
    reporter: &Arc<dyn Reporter>,
) -> Result<ActionOutcome, ActionError> {
    let fired = fire(caller, options).await?;
    reporter.tell(&Event::Created { task_id: &fired.task_id, name: &options.name });
    let worker = Worker::new(caller.clone(), worker.clone(), Arc::clone(reporter));
    let done = worker.execute(&fired.task_group_id, std::slice::from_ref(&fired.task_id)).await?;
    let settled = worker.settle(&fired.task_group_id).await?;
    let task = done.into_iter().next().ok_or_else(|| WorkerError::NoTask(fired.task_id.clone()))?;
    let is_new = |task: &&TaskStatus| task.task_id != fired.task_id && !fired.before.contains(&task.task_id);
    let created = settled.tasks.iter().filter(is_new).cloned().collect();
    Ok(ActionOutcome { task_group_id: fired.task_group_id, task, created, settled })
}

/// The decision task that is meant, and its actions.
async fn actions(caller: &Caller, given: Option<&str>) -> Result<(String, Value), ActionError> {
    let candidates = match given {
        Some(decision) => vec![decision.to_owned()],
        None => pushes(caller).await?.pop().ok_or(ActionError::NoPush)?.task_ids,
    };
    for decision in &candidates {
        match caller.json_artifact(decision, "public/actions.json").await {
            Ok(actions) => return Ok((decision.clone(), actions)),
            Err(error) if error.is_not_found() || error.status() == Some(424) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ActionError::NoActions(candidates.join("`, `")))
}

/// The id of the task that is meant: an id, a label as the decision wrote it down, or a name in the group.
async fn find_task(
    caller: &Caller,
    decision: &str,
    task_group_id: &str,
    tasks: &[TaskStatus],
    name: &str,
) -> Result<String, ActionError> {
    if tasks.iter().any(|task| task.task_id == name) {
        return Ok(name.to_owned());
    }
    let labels = match caller.json_artifact(decision, "public/label-to-taskid.json").await {
        Ok(labels) => labels,
        Err(error) if error.is_not_found() || error.status() == Some(424) => json!({}),
        Err(error) => return Err(error.into()),
    };
    if let Some(task_id) = labels[name].as_str() {
        return Ok(task_id.to_owned());
    }
    if let Some(task) = tasks.iter().find(|task| task.name == name) {
        return Ok(task.task_id.clone());
    }
    let known = labels.as_object().into_iter().flatten().map(|(label, _)| label.as_str());
    let help = suggest(name, known.chain(tasks.iter().map(|task| task.name.as_str())));
    Err(ActionError::NoSuchTask { name: name.to_owned(), task_group_id: task_group_id.to_owned(), help })
}

fn tags(definition: &Value) -> Map<String, Value> {
    definition["tags"].as_object().cloned().unwrap_or_default()
}

/// A push may point a user's rights at any hook; only one that its decision task was allowed to name is fired.
///
/// Without enforced scopes nobody holds any, and there is nothing to protect.
async fn check_trust(caller: &Caller, decision: &str, definition: &Value, entry: &Value) -> Result<(), ActionError> {
    if !caller.is_authenticated() {
        return Ok(());
    }
    let scope = offer::trust_scope(entry);
    let scopes = json!({"scopes": definition["scopes"]});
    let expanded = caller.post(Service::Auth, &["scopes", "expand"], &scopes).await?;
    let held = expanded["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if held.into_iter().any(|held| offer::satisfies(held, &scope)) {
        return Ok(());
    }
    Err(ActionError::NotTrusted { decision: decision.to_owned(), scope })
}

async fn trigger(caller: &Caller, entry: &Value, payload: &Value) -> Result<String, ActionError> {
    let (group, id) = offer::hook(entry);
    let path = ["hooks", group, id, "trigger"];
    let answer = match caller.post(Service::Hooks, &path, payload).await {
        Err(error) if error.is_not_found() => return Err(ActionError::NoHook(hook_name(entry))),
        answer => answer?,
    };
    let task_id = answer["taskId"].as_str().or_else(|| answer["status"]["taskId"].as_str());
    task_id.map(str::to_owned).ok_or_else(|| ActionError::NoHook(hook_name(entry)))
}

fn hook_name(entry: &Value) -> String {
    let (group, id) = offer::hook(entry);
    format!("{group}/{id}")
}
