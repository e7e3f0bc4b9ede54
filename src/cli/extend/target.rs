//! Which push is meant: a task, a link to Treeherder, an index path or a revision.

use serde_json::{Map, Value};

use super::Common;
use crate::cli::arguments::Root;
use crate::cli::failure::Failure;
use crate::cli::pushes::Project;
use crate::cli::world::World;
use crate::diagnostics::Diagnostic;
use crate::history::{Landing, decisions};
use crate::model::{Parameters, TaskId};
use crate::parameters::foreign;
use crate::sources::checkout::Checkout as _;
use crate::sources::index::Index as _;
use crate::sources::queue::Queue as _;
use crate::yaml::{self, Map as YamlMap, Node};

/// What the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Task(TaskId),
    Index(String),
    Revision { project: Option<String>, revision: String },
}

/// A push, and the task of it that is meant.
#[derive(Debug)]
pub(in crate::cli) struct Target {
    /// Its decision task, which is its group.
    pub(in crate::cli) decision: TaskId,
    /// The trust domain, as the decision's scheduler has it.
    pub(in crate::cli) trust_domain: String,
    /// The trust level.
    pub(in crate::cli) level: String,
    /// What the push is.
    pub(in crate::cli) parameters: Parameters,
    /// The task that was named, with its tags.
    pub(in crate::cli) task: Option<(TaskId, Map<String, Value>)>,
}

/// Where a push is looked for.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Place<'a>(pub(in crate::cli) &'a str);

impl Place<'_> {
    fn read(self) -> Named {
        let text = self.0;
        if let Some(link) = treeherder_link(text) {
            return link;
        }
        if let Some(path) = text.strip_prefix("index=") {
            return Named::Index(path.to_owned());
        }
        match TaskId::parse(text.strip_prefix("task-id=").unwrap_or(text)) {
            Ok(task) => Named::Task(task),
            Err(_) => Named::Revision { project: None, revision: text.to_owned() },
        }
    }

    /// The push.
    ///
    /// # Errors
    /// Nothing of that name, a decision that left no parameters, or services that do not answer.
    pub(in crate::cli) async fn find(self, world: &World<'_>, common: &Common) -> Result<Target, Failure> {
        let (decision, task) = match self.read() {
            Named::Task(task) => {
                let definition = world.taskcluster.task(&task).await?;
                let group = definition.get("taskGroupId").and_then(Node::as_str).unwrap_or(task.as_str());
                let tags = definition.get("tags").map_or_else(|| Ok(Map::new()), yaml::read)?;
                (TaskId::new(group), Some((task, tags)))
            }
            Named::Index(path) => {
                let found = world.taskcluster.find_task(&path).await?;
                let missing = || Diagnostic::error(format!("there is no task at `{path}` in the index"));
                (found.ok_or_else(missing)?, None)
            }
            Named::Revision { project, revision } => (by_revision(world, common, project, &revision).await?, None),
        };
        let task = task.filter(|(id, _)| *id != decision);
        Target::of_decision(world, decision, task).await
    }
}

impl Target {
    async fn of_decision(
        world: &World<'_>,
        decision: TaskId,
        task: Option<(TaskId, Map<String, Value>)>,
    ) -> Result<Self, Failure> {
        let definition = world.taskcluster.task(&decision).await?;
        let scheduler = definition.get("schedulerId").and_then(Node::as_str).unwrap_or_default();
        let (trust_domain, level) = scheduler.rsplit_once("-level-").ok_or_else(|| {
            Diagnostic::error(format!("task {decision} is no decision task: its scheduler is `{scheduler}`"))
                .help("its group's decision task has a scheduler such as `project-level-1`")
        })?;
        let (trust_domain, level) = (trust_domain.to_owned(), level.to_owned());
        let parameters = parameters(world, &decision).await?;
        Ok(Self { decision, trust_domain, level, parameters, task })
    }
}

/// What the decision left, also of a project with parameters of its own.
pub(super) async fn parameters(world: &World<'_>, decision: &TaskId) -> Result<Parameters, Failure> {
    let spec = format!("task-id={decision}");
    let document = world.loader(&world.session.warnings).document(Some(&spec), &YamlMap::new(), None).await?;
    Ok(foreign(&Node::new(document))?)
}

async fn by_revision(
    world: &World<'_>,
    common: &Common,
    project: Option<String>,
    revision: &str,
) -> Result<TaskId, Failure> {
    let project = common.project.clone().or(project).ok_or_else(|| {
        Diagnostic::error(format!("`{revision}` is no task, so it is taken for a revision: of which project?"))
            .help("give `--project`, a task id, `index=PATH` or a link to Treeherder")
    })?;
    let trust_domain = match &common.trust_domain {
        Some(trust_domain) => trust_domain.clone(),
        None => of_tree(world).ok_or_else(|| {
            Diagnostic::error("the project's trust domain is not known here")
                .help("give `--trust-domain`, or run this where `taskcluster/config.yml` is")
        })?,
    };
    let revision = full(world, common, &trust_domain, &project, revision).await?;
    let push = crate::sources::pushlog::Push {
        revision: revision.clone(),
        number: None,
        date: chrono::DateTime::default(),
        user: String::new(),
    };
    let landing = Landing { project: project.clone(), push };
    let found = decisions::find(&world.taskcluster, &trust_domain, std::slice::from_ref(&landing)).await?.pop();
    let decision = found.flatten().ok_or_else(|| {
        let path = decisions::paths(&trust_domain, &landing).swap_remove(0);
        Diagnostic::error(format!("push {revision} of `{project}` has no decision task: there is none at `{path}`"))
            .help("it may have failed, have expired, or be indexed elsewhere: give its task id or `index=PATH`")
    })?;
    Ok(decision)
}

/// The whole of a revision that is shortened, as the history that is given has it.
async fn full(
    world: &World<'_>,
    common: &Common,
    trust_domain: &str,
    project: &str,
    revision: &str,
) -> Result<String, Failure> {
    match &common.pushlog {
        Some(address) => {
            let log = world.pushlog_at(address, Project { trust_domain, name: project })?;
            Ok(log.find(revision).await?.revision)
        }
        None => Ok(revision.to_owned()),
    }
}

/// The trust domain of the tree this runs in.
fn of_tree(world: &World<'_>) -> Option<String> {
    let content = world.disk.read(&Root::standard().join("config.yml")).ok()?;
    let text = String::from_utf8(content).ok()?;
    let config = yaml::load(&world.session.files, Root::standard().join("config.yml"), &text).ok()?.root;
    config.get("trust-domain").and_then(Node::as_str).map(str::to_owned)
}

/// `https://treeherder…/jobs?repo=P&revision=R&selectedTaskRun=T.0`, also with all of that after `#/`.
fn treeherder_link(text: &str) -> Option<Named> {
    let url = url::Url::parse(&text.replace("/#/", "/")).ok().filter(|url| url.scheme().starts_with("http"))?;
    let value = |key: &str| url.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.into_owned());
    let selected = value("selectedTaskRun").and_then(|run| TaskId::parse(run.split('.').next()?).ok());
    selected.map(Named::Task).or_else(|| Some(Named::Revision { project: value("repo"), revision: value("revision")? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_is_named_in_many_ways() {
        let task = "fzy3l9dCSDKRYTxTQTZjGg";
        assert_eq!(Place(task).read(), Named::Task(TaskId::new(task)));
        assert_eq!(Place("index=a.b").read(), Named::Index("a.b".into()));
        let revision =
            |project: Option<&str>| Named::Revision { project: project.map(str::to_owned), revision: "abc".into() };
        assert_eq!(Place("abc").read(), revision(None));
        let link = "https://treeherder.example.com/jobs?repo=try&revision=abc";
        assert_eq!(Place(link).read(), revision(Some("try")));
        assert_eq!(Place(&link.replace("/jobs", "/#/jobs")).read(), revision(Some("try")));
        let selected = format!("{link}&selectedTaskRun={task}.0");
        assert_eq!(Place(&selected).read(), Named::Task(TaskId::new(task)));
    }
}
