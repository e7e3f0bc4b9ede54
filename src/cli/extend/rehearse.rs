//! What an action would create: its callback is run here, on what the decision left, and no task is sent.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::target::parameters;
use super::{Change, PretendQueue, Target};
use crate::actions::ACTIONS;
use crate::actions::support::campaign::Fired;
use crate::actions::support::{Call, Input, Mode, Request, Services, trigger};
use crate::cli::failure::Failure;
use crate::cli::world::World;
use crate::generate::context::{GenerateOptions, Published, RunContext};
use crate::generate::memo::RunMemo;
use crate::model::{GraphConfig, TaskId};
use crate::publish::Publisher;
use crate::script::NoCode;
use crate::sources::queue::Queue;
use crate::yaml::{self, Node};

/// What one action would create.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cli) struct Rehearsed {
    decision: TaskId,
    revision: String,
    callback: Option<String>,
    tasks: Vec<Rehearsal>,
    /// What would happen to tasks that are there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Change>,
    /// Why it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<String>,
}

/// A task that would be created.
#[derive(Clone, Debug, Serialize)]
struct Rehearsal {
    label: String,
    definition: Node,
}

impl Rehearsed {
    /// For people.
    pub(in crate::cli) fn words(&self) -> String {
        let revision: String = self.revision.chars().take(12).collect();
        let mut words = String::new();
        // Writing to a text cannot fail.
        let _ = match (&self.unknown, self.tasks.len()) {
            (Some(unknown), _) => writeln!(words, "push {revision}: {unknown}"),
            (None, 0) if self.changes.is_empty() => writeln!(words, "push {revision}: nothing would be done"),
            (None, 0) => writeln!(words, "push {revision}:"),
            (None, count) => writeln!(words, "push {revision}: {count} tasks would be created"),
        };
        for change in &self.changes {
            let _ = writeln!(words, "  would be {change}");
        }
        for task in &self.tasks {
            let _ = writeln!(words, "  {}", task.label);
        }
        words
    }
}

/// Runs the callback of an action without creating anything.
///
/// # Errors
/// What the action itself would fail with.
pub(in crate::cli) async fn rehearse(
    world: &World<'_>,
    target: &Target,
    decision: &TaskId,
    fired: &Fired,
    task: Option<&TaskId>,
) -> Result<Rehearsed, Failure> {
    let parameters = parameters(world, decision).await?;
    let created: Mutex<Vec<Rehearsal>> = Mutex::default();
    let note = |_: &TaskId, definition: &Node| {
        let name = definition.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Node::as_str);
        let label = name.unwrap_or_default().to_owned();
        created
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Rehearsal { label, definition: definition.clone() });
        Ok(())
    };
    let callback = fired.callback.as_deref().filter(|name| ACTIONS.iter().any(|action| action.cb_name == *name));
    let revision = parameters.head_rev.clone();
    let (decision, of_callback) = (decision.clone(), fired.callback.clone());
    let Some(callback) = callback else {
        let unknown = "the action is one of the project's own: what it creates is known to its code only";
        let unknown = Some(unknown.to_owned());
        return Ok(Rehearsed {
            decision,
            revision,
            callback: of_callback,
            tasks: Vec::new(),
            changes: Vec::new(),
            unknown,
        });
    };
    let changes: Mutex<Vec<Change>> = Mutex::default();
    let changed = |change| changes.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    let queue = PretendQueue { real: &world.taskcluster as &dyn Queue, told: &note, changed: &changed };
    let log = world.own_pushlog(None, &parameters, target.project())?;
    let jobs = world.jobs(target.project());
    let (graph_config, surroundings) = (minimal(&target.trust_domain, world)?, world.surroundings());
    let (published, memo) = (Published::default(), RunMemo::default());
    let directory =
        tempfile::tempdir().map_err(|error| Failure::Output { target: "a temporary folder".into(), error })?;
    let call = Call {
        run: RunContext {
            parameters: &parameters,
            graph_config: &graph_config,
            code: &NoCode,
            checkout: &world.disk,
            scripts: world.scripts(),
            surroundings: &surroundings,
            files: &world.session.files,
            warnings: &world.session.warnings,
            published: &published,
            memo: &memo,
            options: GenerateOptions::default(),
        },
        services: Services { queue: &queue, ..world.services(&*log, &jobs) },
        publisher: &Publisher::new(directory.path()),
        input: &Node::default(),
        task_group_id: Some(&decision),
        task_id: task,
        own_task_id: None,
        pace: world.pace()?,
        mode: Mode::Testing,
    };
    let input = Input::of(yaml::write(&fired.input));
    trigger(ACTIONS, Request { callback, input: &input, call }).await?;
    let mut tasks = created.into_inner().unwrap_or_else(PoisonError::into_inner);
    // They are created at the same time, in any order.
    tasks.sort_by(|one, other| one.label.cmp(&other.label));
    let changes = changes.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Rehearsed { decision, revision, callback: of_callback, tasks, changes, unknown: None })
}

/// A project's configuration as far as actions read it: its tree is not at hand.
fn minimal(trust_domain: &str, world: &World<'_>) -> Result<GraphConfig, Failure> {
    let domain = serde_json::Value::from(trust_domain);
    let text = format!(
        "{{trust-domain: {domain}, task-priority: lowest, workers: {{aliases: {{}}}}, \
         taskgraph: {{repositories: {{ci: {{name: ci}}}}}}}}"
    );
    let document = yaml::load(&world.session.files, "the project", &text)?.root;
    Ok(GraphConfig {
        config: yaml::read(&document)?,
        document,
        root: "taskcluster".into(),
        vcs_root: world.session.current_directory.clone(),
    })
}
