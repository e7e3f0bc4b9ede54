//! Firing an action that a push offers, after making sure that its hook may be trusted.

use serde_json::Value;

use super::Campaign;
use crate::actions::support::offer::{self, OfferError};
use crate::model::TaskId;
use crate::sources::artifacts::Artifacts;
use crate::sources::{Error, ErrorKind};
use crate::yaml::{self, Map, Node};

const ACTIONS_JSON: &str = "public/actions.json";

/// What a push offers.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The decision task that says so.
    pub decision: TaskId,
    document: Value,
}

/// An action that was fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Fired {
    /// Its task; none where nothing was really fired, or the hook made none.
    pub task: Option<TaskId>,
    /// The callback it calls, where its payload says so.
    pub callback: Option<String>,
    /// The input it was fired with.
    pub input: Value,
}

/// Why an action was not fired.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FireError {
    /// The decision left no actions, or they are gone.
    #[error("decision task {0} has no artifact `public/actions.json`: it failed, or has expired")]
    NoActions(TaskId),
    /// The file is no JSON.
    #[error("`public/actions.json` of task {task} is not JSON: {error}")]
    NotJson {
        /// The decision task.
        task: TaskId,
        /// Why.
        error: String,
    },
    /// The push does not offer it so.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// The hook is of another trust domain or level.
    #[error("action `{name}` points to hook `{hook}`, which is not one of `{expected}`: not fired")]
    ForeignHook {
        /// The action.
        name: String,
        /// The hook.
        hook: String,
        /// What its name should begin with.
        expected: String,
    },
    /// The decision may not point to the hook.
    #[error("decision task {decision} lacks the scope `{scope}`, so its `actions.json` is not to be trusted")]
    Untrusted {
        /// The decision task.
        decision: TaskId,
        /// What it would need.
        scope: String,
    },
    /// There is no such hook.
    #[error("hook `{0}` does not exist: that of this `.taskcluster.yml` was not made, or was removed since")]
    NoHook(String),
    /// The caller may not fire it.
    #[error("not allowed to fire hook `{hook}`: it takes the scope `hooks:trigger-hook:{hook}` ({error})")]
    Forbidden {
        /// The hook.
        hook: String,
        /// What the service said.
        error: Error,
    },
    /// The queue does not take the hook's task.
    #[error(
        "hook `{hook}` cannot create its task: the task group of this push takes no more tasks, as one that is sealed or \
         belongs to another scheduler ({error})"
    )]
    Closed {
        /// The hook.
        hook: String,
        /// What the service said.
        error: Error,
    },
    /// A service refused otherwise, or did not answer.
    #[error(transparent)]
    Source(#[from] Error),
}

impl FireError {
    /// Whether another try may help.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Source(error) if matches!(error.kind, ErrorKind::Unavailable))
    }
}

impl Offer {
    /// What the push of that decision offers.
    ///
    /// # Errors
    /// If it says nothing that can be understood.
    pub async fn fetch(artifacts: &dyn Artifacts, decision: &TaskId) -> Result<Self, FireError> {
        let content = match artifacts.fetch(decision, ACTIONS_JSON).await {
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Refused { status: 424 }) => {
                return Err(FireError::NoActions(decision.clone()));
            }
            answer => answer?,
        };
        let document = serde_json::from_slice(&content)
            .map_err(|error| FireError::NotJson { task: decision.clone(), error: error.to_string() })?;
        Ok(Self { decision: decision.clone(), document })
    }

    /// Whether there is an action of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        offer::offers(&self.document, name)
    }
}

impl Campaign<'_> {
    /// Fires an action of a push: on a task, given with its tags, or on the whole.
    ///
    /// # Errors
    /// See [`FireError`]; nothing was fired then.
    pub async fn fire(
        &self,
        offer: &Offer,
        name: &str,
        task: Option<(&TaskId, &serde_json::Map<String, Value>)>,
        input: Option<&Value>,
    ) -> Result<Fired, FireError> {
        let entry = offer::choose(&offer.document, name, task.map(|(_, tags)| tags))?;
        let input = offer::input(entry, input.map(|input| understood(entry, input)).as_ref())?;
        let task_id = task.map(|(task_id, _)| task_id.as_str());
        let variables = &offer.document["variables"];
        let payload = offer::payload(entry, variables, offer.decision.as_str(), task_id, &input)?;
        self.check(offer, name, entry).await?;
        let callback = payload["decision"]["action"]["cb_name"].as_str().map(str::to_owned);
        let task = if self.is_dry { None } else { self.trigger(entry, &payload).await? };
        if let Some(task) = &task {
            log::info!("Triggered {name}: task {task}");
        }
        Ok(Fired { task, callback, input })
    }

    /// A push may point a user's rights at any hook: only one of the project's own is fired.
    async fn check(&self, offer: &Offer, name: &str, entry: &Value) -> Result<(), FireError> {
        let (group, hook) = offer::hook(entry);
        let expected_group = format!("project-{}", self.trust.trust_domain);
        let expected = ["in-tree-action", "in-tree-pr-action"].map(|kind| format!("{kind}-{}-", self.trust.level));
        if group != expected_group || !expected.iter().any(|expected| hook.starts_with(expected)) {
            let hook = format!("{group}/{hook}");
            let expected = format!("{expected_group}/{}", expected[0]);
            return Err(FireError::ForeignHook { name: name.to_owned(), hook, expected });
        }
        if self.trust.demands_scope { self.check_scope(offer, entry).await } else { Ok(()) }
    }

    async fn check_scope(&self, offer: &Offer, entry: &Value) -> Result<(), FireError> {
        let scope = offer::trust_scope(entry);
        let definition = self.queue.task(&offer.decision).await?;
        let held = definition.get("scopes").and_then(Node::as_list).unwrap_or_default();
        let held: Vec<String> = held.iter().filter_map(Node::as_str).map(str::to_owned).collect();
        let expanded = self.queue.expand_scopes(&held).await?;
        if expanded.iter().any(|held| offer::satisfies(held, &scope)) {
            return Ok(());
        }
        Err(FireError::Untrusted { decision: offer.decision.clone(), scope })
    }

    async fn trigger(&self, entry: &Value, payload: &Value) -> Result<Option<TaskId>, FireError> {
        let (group, hook) = offer::hook(entry);
        let name = format!("{group}/{hook}");
        let payload: Map = serde_json::from_value(payload.clone()).unwrap_or_default();
        match self.hooks.trigger(group, hook, &yaml::Node::new(payload)).await {
            Err(error) if error.is_not_found() => Err(FireError::NoHook(name)),
            Err(error) if error.kind == (ErrorKind::Refused { status: 403 }) => {
                Err(FireError::Forbidden { hook: name, error })
            }
            // What the queue said is only told as a text.
            Err(error) if error.message.contains("RequestConflict") => Err(FireError::Closed { hook: name, error }),
            answer => Ok(answer?),
        }
    }
}

/// The input without what the schema of another version would refuse for being unknown.
fn understood(entry: &Value, input: &Value) -> Value {
    let schema = &entry["schema"];
    if schema["additionalProperties"] != Value::Bool(false) {
        return input.clone();
    }
    let Some(given) = input.as_object() else { return input.clone() };
    let known = |key: &String| key != super::REQUEST || schema["properties"].get(key).is_some();
    Value::Object(given.iter().filter(|(key, _)| known(key)).map(|(key, value)| (key.clone(), value.clone())).collect())
}
