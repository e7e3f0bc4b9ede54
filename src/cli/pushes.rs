//! Which push history a run asks, and which jobs.

use super::failure::Failure;
use super::world::World;
use crate::actions::support::Services;
use crate::clients::{
    Address, GitPushlog, GithubPushlog, HgPushlog, TaskclusterJobs, TreeherderPushlog, Web, read_pushlog,
};
use crate::diagnostics::Diagnostic;
use crate::model::Parameters;
use crate::sources::jobs::Jobs;
use crate::sources::pushlog::Pushlog;

/// Where GitHub answers.
const GITHUB: &str = "https://api.github.com";

/// The project whose pushes are asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Project<'a> {
    /// Its trust domain.
    pub(super) trust_domain: &'a str,
    /// Its name in the index.
    pub(super) name: &'a str,
}

impl World<'_> {
    /// The history at an address.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn pushlog_at<'a>(
        &'a self,
        address: &Address,
        project: Project<'a>,
    ) -> Result<Box<dyn Pushlog + 'a>, Failure> {
        Ok(match address {
            Address::Hg(url) => Box::new(HgPushlog::new(url, Web::default())),
            Address::Git { folder, branch } => {
                let root = self.session.current_directory.join(folder);
                let index = &self.taskcluster;
                Box::new(GitPushlog::new(root, branch, index, project.trust_domain, project.name))
            }
            Address::Github { api, repository, branch } => {
                let token = self.session.environment.github_token.clone();
                let api = api.as_deref().unwrap_or(GITHUB);
                Box::new(GithubPushlog::new(api, repository, branch, token, Web::default()))
            }
            Address::Treeherder { url, project: other } => {
                let name = other.as_deref().unwrap_or(project.name);
                Box::new(TreeherderPushlog::new(url, name, Web::default()))
            }
            Address::File(path) => Box::new(read_pushlog(&self.session.current_directory.join(path))?),
        })
    }

    /// The history that a push is part of: the one that is given or the environment names, else that of its
    /// repository: hg's own pushlog, or the branch of the checkout.
    ///
    /// # Errors
    /// An address that is none, or a file that cannot be read.
    pub(super) fn own_pushlog<'a>(
        &'a self,
        given: Option<&Address>,
        parameters: &Parameters,
        project: Project<'a>,
    ) -> Result<Box<dyn Pushlog + 'a>, Failure> {
        let named = match &self.session.environment.pushlog {
            Some(text) if given.is_none() => {
                let address = text.parse::<Address>();
                Some(address.map_err(|error| Diagnostic::error(format!("PUSHGRAPH_PUSHLOG: {error}")))?)
            }
            _ => given.cloned(),
        };
        if let Some(address) = &named {
            return self.pushlog_at(address, project);
        }
        if parameters.repository_type == "hg" {
            return self.pushlog_at(&Address::Hg(parameters.head_repository.clone()), project);
        }
        let root = self.session.current_directory.clone();
        let index = &self.taskcluster;
        Ok(Box::new(GitPushlog::of_branch(root, &parameters.head_ref, index, project.trust_domain, project.name)))
    }

    /// The jobs of a project's pushes, as Taskcluster tells them.
    pub(super) fn jobs<'a>(&'a self, project: Project<'a>) -> TaskclusterJobs<'a> {
        TaskclusterJobs { taskcluster: &self.taskcluster, trust_domain: project.trust_domain, project: project.name }
    }

    /// What actions ask, and whom.
    pub(super) fn services<'a>(&'a self, pushlog: &'a dyn Pushlog, jobs: &'a dyn Jobs) -> Services<'a> {
        Services {
            queue: &self.taskcluster,
            index: &self.taskcluster,
            artifacts: &self.taskcluster,
            hooks: &self.taskcluster,
            pushlog,
            jobs,
            purge_cache: &self.taskcluster,
            clock: &self.clock,
            has_credentials: self.has_credentials(),
        }
    }

    /// Whether this run has credentials: its own, or those of the worker's proxy.
    pub(super) const fn has_credentials(&self) -> bool {
        let environment = &self.session.environment;
        environment.proxy_url.is_some() || environment.client_id.is_some()
    }
}
