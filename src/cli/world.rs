//! The sources as this machine answers them, and what is read of the tree before anything is generated.

use std::path::{Path, PathBuf};

use chrono::{DurationRound as _, TimeDelta};

use super::failure::Failure;
use super::session::Session;
use crate::clients::python::{Conditions, Place, PythonCode};
use crate::clients::{Confined, Disk, DiskShelf, PackageScripts, SystemClock, Taskcluster, Web, repository_at};
use crate::create::Pace;
use crate::diagnostics::{Diagnostic, Span, Warnings};
use crate::generate::config::{foreign_graph_config, graph_config, read_config};
use crate::generate::context::{GenerateOptions, Published, RunContext, Surroundings};
use crate::generate::memo::RunMemo;
use crate::generate::{DECISION_TASK, Inputs};
use crate::model::{GraphConfig, Parameters, TaskId};
use crate::parameters::{Loader, Strictness, defaults, foreign, times};
use crate::script::{InTreeCode as _, Need, Question};
use crate::sources::checkout::Checkout as _;
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
        let taskcluster = Taskcluster::new(&session.environment);
        Self {
            session,
            disk: Disk::new(session.current_directory.clone()),
            clock: SystemClock,
            scripts: PackageScripts::new(&session.environment),
            web: taskcluster.web(),
            taskcluster,
        }
    }

    /// The scripts of the installed package.
    pub(super) const fn scripts(&self) -> &PackageScripts {
        &self.scripts
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

    /// The project, and whoever runs its code. Where that is known to be needed it starts at once.
    ///
    /// # Errors
    /// Mistakes in the configuration, or nobody to run the code.
    pub(super) fn tree(&self, root: &Path, run: &Conditions, warnings: &Warnings) -> Result<Tree<'s>, Failure> {
        let tree = self.tree_at_rest(root, run, warnings)?;
        tree.code.prepare()?;
        Ok(tree)
    }

    /// The same, with nothing started yet.
    ///
    /// # Errors
    /// Mistakes in the configuration.
    pub(super) fn tree_at_rest(&self, root: &Path, run: &Conditions, warnings: &Warnings) -> Result<Tree<'s>, Failure> {
        let root = &self.usual_root(root);
        let session = self.session;
        let document = read_config(&self.disk, &session.files, warnings, root)?;
        let (directory, installed) = (&session.current_directory, self.scripts.version());
        let mut code = PythonCode::new(
            &session.environment,
            Place { directory, root },
            &document,
            installed.as_deref(),
            run,
            &session.files,
        )?;
        if installed.is_none() {
            // Without the package's scripts, which images and caches are made from, steps of ours come to nothing.
            let what = "where the package `taskgraph` lies shows only in Python".to_owned();
            code.hand_over(Need { what, span: Span::NONE });
        }
        let repository = repository_at(&directory.join(root));
        let repository = repository.as_ref().map(|repository| repository.root());
        let graph_config = match graph_config(&self.disk, warnings, &document, root, repository) {
            Err(_) if !code.needs().is_empty() => {
                let what = "`config.yml` says what only the tree's own code knows".to_owned();
                code.hand_over(Need { what, span: document.span });
                foreign_graph_config(&self.disk, warnings, &document, root, repository)?
            }
            read => read?,
        };
        let checkout = Confined::new(self.disk.clone(), &[&graph_config.vcs_root, root]);
        Ok(Tree { graph_config, code, checkout })
    }

    /// Old trees have their configuration beside their kinds, in `ci`.
    fn usual_root(&self, root: &Path) -> PathBuf {
        let old = root.join("ci");
        let has = |root: &Path| self.disk.kind(&root.join("config.yml")).is_some();
        if !has(root) && has(&old) { old } else { root.to_owned() }
    }

    /// The parameters that `spec` names, those of the checkout filled in for what is missing.
    ///
    /// # Errors
    /// A spec that leads nowhere, or to something else; services that do not answer.
    pub(super) async fn parameters(
        &self,
        spec: Option<&str>,
        tree: &Tree<'_>,
        overrides: &Map,
        warnings: &Warnings,
    ) -> Result<Parameters, Failure> {
        let graph_config = &tree.graph_config;
        if tree.code.extends_parameters()? {
            let trust_domain = Some(graph_config.trust_domain.as_str());
            let document = &self.loader(warnings).document(spec, overrides, trust_domain).await?;
            return Ok(foreign(&tree.code.ask(Question::Parameters { document, strict: false })?)?);
        }
        self.own_parameters(spec, graph_config, overrides, warnings).await
    }

    /// The same, whatever the tree's own code has to say.
    ///
    /// # Errors
    /// As [`Self::parameters`].
    pub(super) async fn own_parameters(
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

    /// When a graph is made that somebody looks at: today. One made a minute later then is the same, and need not be made.
    pub(super) fn today(&self) -> Map {
        let midnight = self.clock.now().duration_trunc(TimeDelta::days(1)).unwrap_or_else(|_| self.clock.now());
        times(midnight)
    }

    /// Where graphs are kept for the next run of somebody who looks.
    pub(super) fn shelf(&self) -> DiskShelf {
        DiskShelf::of_user(&self.session.environment)
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

    /// What is known of a run that only looks. Its graph is no task's, not even where it is looked at in one.
    pub(super) fn looking() -> Conditions {
        let id = TaskId::new(DECISION_TASK);
        Conditions { creator: id.clone(), decision_task_id: id, write_artifacts: false, verify: true, fast: false }
    }

    /// Where Taskcluster is: the worker's proxy if there is one.
    pub(super) fn root_url(&self) -> Option<&str> {
        let environment = &self.session.environment;
        let url = environment.proxy_url.as_ref().or(environment.root_url.as_ref())?;
        Some(url.trim_end_matches('/'))
    }

    /// How tasks are sent to the queue.
    ///
    /// # Errors
    /// Variables that mean nothing.
    pub(super) fn pace(&self) -> Result<Pace, Failure> {
        Ok(Pace::of(&self.session.environment)?)
    }

    /// The task this program runs in.
    pub(super) fn own_task_id(&self) -> Option<TaskId> {
        self.session.environment.task_id.as_deref().map(TaskId::new)
    }
}

/// A project, and whoever runs its code.
pub(super) struct Tree<'s> {
    /// The project.
    pub(super) graph_config: GraphConfig,
    /// Its code.
    pub(super) code: PythonCode<'s>,
    /// Its files, and no others.
    pub(super) checkout: Confined,
}

/// A push in a tree: all that generation reads beside the files.
pub(super) struct Push<'s> {
    /// The tree.
    pub(super) tree: Tree<'s>,
    /// The push.
    pub(super) parameters: Parameters,
    decision_task_id: TaskId,
    surroundings: Surroundings,
    options: GenerateOptions,
    published: Published,
    memo: RunMemo,
}

impl<'s> Push<'s> {
    /// A push, whose graph the task `decision_task_id` creates.
    pub(super) fn new(
        world: &World<'_>,
        tree: Tree<'s>,
        parameters: Parameters,
        decision_task_id: Option<TaskId>,
        options: GenerateOptions,
    ) -> Self {
        Self {
            tree,
            parameters,
            decision_task_id: decision_task_id.unwrap_or_else(|| TaskId::new(DECISION_TASK)),
            surroundings: world.surroundings(),
            options,
            published: Published::default(),
            memo: RunMemo::default(),
        }
    }

    /// The same, with a place of Taskcluster where the environment does not say one.
    pub(super) fn with_root_url(mut self, root_url: &str) -> Self {
        self.surroundings.root_url.get_or_insert_with(|| root_url.to_owned());
        self
    }

    /// Where Taskcluster is, if that is known.
    pub(super) fn root_url(&self) -> Option<&String> {
        self.surroundings.root_url.as_ref()
    }

    /// What generation and actions see of it.
    pub(super) fn run_context<'a>(&'a self, world: &'a World<'_>, warnings: &'a Warnings) -> RunContext<'a> {
        RunContext {
            parameters: &self.parameters,
            graph_config: &self.tree.graph_config,
            code: &self.tree.code,
            checkout: &self.tree.checkout,
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
