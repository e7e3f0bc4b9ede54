//! The sources as this machine answers them, and what is read of the tree before anything is generated.

use std::path::Path;

use super::failure::Failure;
use super::session::Session;
use crate::clients::{Disk, PackageScripts, SystemClock, Taskcluster, Web, repository_at};
use crate::diagnostics::{Diagnostic, Warnings};
use crate::generate::config::load_graph_config;
use crate::generate::context::{GenerateOptions, Published, RunContext, Surroundings};
use crate::generate::memo::RunMemo;
use crate::generate::{DECISION_TASK, Inputs};
use crate::model::{GraphConfig, Parameters, TaskId};
use crate::parameters::{Loader, Strictness, defaults};
use crate::sources::clock::Clock as _;
use crate::sources::repository::Repository;
use crate::yaml::Map;

/// The sources, answered by this machine and by the services that the environment names.
pub(super) struct World<'s> {
    /// The run.
    pub(super) session: &'s Session,
    /// The files.
    pub(super) disk: Disk,
    /// The time.
    pub(super) clock: SystemClock,
    /// Queue, index and artifacts.
    pub(super) taskcluster: Taskcluster,
    scripts: PackageScripts,
    web: Web,
}

impl<'s> World<'s> {
    /// The sources of a run. Nothing is asked yet.
    pub(super) fn new(session: &'s Session) -> Self {
        Self {
            session,
            disk: Disk::new(session.current_directory.clone()),
            clock: SystemClock,
            taskcluster: Taskcluster::new(&session.environment),
            scripts: PackageScripts::new(&session.environment),
            web: Web::new(),
        }
    }

    /// The repository that the current directory is in.
    ///
    /// # Errors
    /// If it is in none.
    pub(super) fn repository(&self) -> Result<Box<dyn Repository>, Failure> {
        repository_at(&self.session.current_directory).ok_or_else(|| {
            let directory = self.session.current_directory.display();
            Diagnostic::error(format!("`{directory}` is in no repository"))
                .help("run this in a git or Mercurial checkout")
                .into()
        })
    }

    /// The project's configuration.
    ///
    /// # Errors
    /// Mistakes in it.
    pub(super) fn graph_config(&self, root: &Path, warnings: &Warnings) -> Result<GraphConfig, Failure> {
        let repository = repository_at(&self.session.current_directory.join(root));
        let repository_root = repository.as_ref().map(|repository| repository.root());
        Ok(load_graph_config(&self.disk, &self.session.files, warnings, root, repository_root)?)
    }

    /// The parameters that `spec` names, those of the checkout filled in for what is missing.
    ///
    /// # Errors
    /// A spec that leads nowhere, or to something else; services that do not answer.
    pub(super) async fn parameters(
        &self,
        spec: Option<&str>,
        graph_config: &GraphConfig,
        overrides: &Map,
        warnings: &Warnings,
    ) -> Result<Parameters, Failure> {
        let defaults = || {
            let repository = repository_at(&graph_config.vcs_root);
            defaults(repository.as_deref(), &self.disk, &graph_config.vcs_root, self.clock.now())
        };
        let strictness = Strictness::FilledFrom(&defaults);
        Ok(self.loader(warnings).load(spec, strictness, overrides, Some(&graph_config.trust_domain)).await?)
    }

    /// What loads parameters.
    pub(super) fn loader<'a>(&'a self, warnings: &'a Warnings) -> Loader<'a> {
        Loader {
            checkout: &self.disk,
            index: &self.taskcluster,
            artifacts: &self.taskcluster,
            downloads: &self.web,
            files: &self.session.files,
            warnings,
        }
    }

    /// What of the environment matters to the graph.
    pub(super) fn surroundings(&self) -> Surroundings {
        let environment = &self.session.environment;
        Surroundings {
            root_url: environment.root_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
            task_id: environment.task_id.clone(),
            automation: environment.automation.is_some(),
            proxy_url: environment.proxy_url.clone(),
            source_repository: environment.taskgraph_head_repository.clone(),
            source_rev: environment.taskgraph_head_rev.clone(),
            optimize_strategies: environment.optimize_strategies.clone(),
        }
    }

    /// The task this program runs in.
    pub(super) fn own_task_id(&self) -> Option<TaskId> {
        self.session.environment.task_id.as_deref().map(TaskId::new)
    }
}

/// A push in a tree: all that generation reads beside the files.
pub(super) struct Push {
    /// The project.
    pub(super) graph_config: GraphConfig,
    /// The push.
    pub(super) parameters: Parameters,
    decision_task_id: TaskId,
    surroundings: Surroundings,
    options: GenerateOptions,
    published: Published,
    memo: RunMemo,
}

impl Push {
    /// A push, whose graph the task `decision_task_id` creates.
    pub(super) fn new(
        world: &World<'_>,
        graph_config: GraphConfig,
        parameters: Parameters,
        decision_task_id: Option<TaskId>,
        options: GenerateOptions,
    ) -> Self {
        Self {
            graph_config,
            parameters,
            decision_task_id: decision_task_id.unwrap_or_else(|| TaskId::new(DECISION_TASK)),
            surroundings: world.surroundings(),
            options,
            published: Published::default(),
            memo: RunMemo::default(),
        }
    }

    /// What generation and actions see of it.
    pub(super) fn run_context<'a>(&'a self, world: &'a World<'_>, warnings: &'a Warnings) -> RunContext<'a> {
        RunContext {
            parameters: &self.parameters,
            graph_config: &self.graph_config,
            checkout: &world.disk,
            scripts: &world.scripts,
            surroundings: &self.surroundings,
            files: &world.session.files,
            warnings,
            published: &self.published,
            memo: &self.memo,
            options: self.options,
        }
    }

    /// What the phases are made from.
    pub(super) fn inputs<'a>(&'a self, world: &'a World<'_>, warnings: &'a Warnings, verify: bool) -> Inputs<'a> {
        Inputs {
            run: self.run_context(world, warnings),
            index: &world.taskcluster,
            queue: &world.taskcluster,
            now: world.clock.now(),
            decision_task_id: &self.decision_task_id,
            verify,
        }
    }
}
