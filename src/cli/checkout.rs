//! `checkout`: the tree of a push, and the same before a decision or an action.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Outcome;
use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::clients::Patience;
use crate::clients::checkout::{CheckedOut, Wanted, check_out};
use crate::environment::variables_of_process;
use crate::sources::repository::RepositoryKind;

/// What to check out, and where; what is not given is taken from the variables of a task.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Directory that the tree is made in, in place of the checkout that is there
    directory: PathBuf,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    push: PushArguments,
}

/// How it is checked out.
#[derive(Clone, Debug, Args)]
struct How {
    /// What the names of the variables begin with, as for run-task: `VCS_HEAD_REPOSITORY`, …
    #[arg(long, value_name = "NAME", default_value = "vcs")]
    project: String,
    /// Leave the history out
    #[arg(long)]
    shallow_clone: bool,
    /// Directory that what is fetched is kept in for other tasks
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

/// What of a push is given on the command line.
#[derive(Clone, Debug, Default, Args)]
struct PushArguments {
    /// `git` or `hg`
    #[arg(long, value_name = "TYPE")]
    repository_type: Option<String>,
    /// URL of the repository that was pushed to
    #[arg(long, value_name = "URL")]
    head_repository: Option<String>,
    /// Ref that was pushed
    #[arg(long, value_name = "REF")]
    head_ref: Option<String>,
    /// Revision that was pushed; it must be in the ref
    #[arg(long, value_name = "REV")]
    head_rev: Option<String>,
    /// URL of the repository that the push is based on
    #[arg(long, value_name = "URL")]
    base_repository: Option<String>,
    /// Revision before the push
    #[arg(long, value_name = "REV")]
    base_rev: Option<String>,
}

/// Makes the tree.
pub(super) fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let wanted = arguments.push.clone().wanted(&arguments.how)?;
    make(session, &arguments.directory, &wanted, arguments.how.store.as_deref())?;
    Ok(Exit::Done)
}

/// The options of subcommands that check their tree out themselves.
#[derive(Clone, Debug, Args)]
pub(super) struct First {
    /// Check the push out into this directory first, as `checkout` does, and run there
    #[arg(long, value_name = "DIR")]
    checkout: Option<PathBuf>,
    /// With --checkout: what the names of variables such as `VCS_HEAD_REPOSITORY` begin with
    #[arg(long, value_name = "NAME", default_value = "vcs", requires = "checkout")]
    checkout_project: String,
    /// With --checkout: directory that what is fetched is kept in for other tasks
    #[arg(long, value_name = "DIR", requires = "checkout")]
    checkout_store: Option<PathBuf>,
    /// With --checkout: leave the history out
    #[arg(long, requires = "checkout")]
    shallow_clone: bool,
}

/// What a subcommand's own options say of the push.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) repository_type: &'a str,
    pub(super) head_repository: &'a str,
    pub(super) head_ref: &'a str,
    pub(super) head_rev: &'a str,
    pub(super) base_repository: &'a str,
    pub(super) base_rev: &'a str,
}

/// The directories that must be written for a tree in `directory`.
fn places(session: &Session, directory: &Path, store: Option<&Path>) -> Vec<PathBuf> {
    let directory = session.current_directory.join(directory);
    let store = store.map(|store| session.current_directory.join(store));
    directory.parent().map(Path::to_owned).into_iter().chain(store).collect()
}

impl Arguments {
    /// The directories that must be written.
    pub(super) fn places(&self, session: &Session) -> Vec<PathBuf> {
        places(session, &self.directory, self.how.store.as_deref())
    }
}

impl First {
    /// The directories that must be written; none if no tree is made.
    pub(super) fn places(&self, session: &Session) -> Vec<PathBuf> {
        let places = |directory: &PathBuf| places(session, directory, self.checkout_store.as_deref());
        self.checkout.as_ref().map(places).unwrap_or_default()
    }

    /// Makes the tree if that is asked for, and goes there. What is returned must live as long as the tree is read.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn run(&self, session: &mut Session, told: Option<Told<'_>>) -> Result<Option<CheckedOut>, Failure> {
        let Some(directory) = &self.checkout else { return Ok(None) };
        let how = How {
            project: self.checkout_project.clone(),
            shallow_clone: self.shallow_clone,
            store: self.checkout_store.clone(),
        };
        let push = told.map(PushArguments::from).unwrap_or_default();
        let made = make(session, directory, &push.wanted(&how)?, how.store.as_deref())?;
        session.enter(directory)?;
        Ok(Some(made))
    }
}

impl From<Told<'_>> for PushArguments {
    fn from(told: Told<'_>) -> Self {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Self {
            repository_type: given(told.repository_type),
            head_repository: given(told.head_repository),
            head_ref: given(told.head_ref),
            head_rev: given(told.head_rev),
            base_repository: given(told.base_repository),
            base_rev: given(told.base_rev),
        }
    }
}

impl PushArguments {
    /// What to check out, with the variables of the task for what is not given.
    fn wanted(self, how: &How) -> Result<Wanted, Failure> {
        let prefix = how.project.to_uppercase();
        let variable = |name: &str| {
            let name = format!("{prefix}_{name}");
            variables_of_process(&[&name]).remove(&name).filter(|value| !value.is_empty())
        };
        let head_repository = self.head_repository.or_else(|| variable("HEAD_REPOSITORY")).ok_or_else(|| {
            Failure::Usage(format!("expected the repository, in `--head-repository` or {prefix}_HEAD_REPOSITORY"))
        })?;
        let (head_ref, head_rev) = (self.head_ref.or_else(|| variable("HEAD_REF")), self.head_rev);
        let head_rev = head_rev.or_else(|| variable("HEAD_REV"));
        if head_ref.is_none() && head_rev.is_none() {
            let names = format!("{prefix}_HEAD_REF, {prefix}_HEAD_REV");
            return Err(Failure::Usage(format!("expected a ref or a revision, in an option or one of {names}")));
        }
        Ok(Wanted {
            kind: kind(self.repository_type.or_else(|| variable("REPOSITORY_TYPE")).as_deref())?,
            head_repository,
            head_ref,
            head_rev,
            base_repository: self.base_repository.or_else(|| variable("BASE_REPOSITORY")),
            base_rev: self.base_rev.or_else(|| variable("BASE_REV")),
            shallow: how.shallow_clone,
        })
    }
}

fn kind(name: Option<&str>) -> Result<RepositoryKind, Failure> {
    match name {
        None | Some("git") => Ok(RepositoryKind::Git),
        Some("hg") => Ok(RepositoryKind::Hg),
        Some(other) => Err(Failure::Usage(format!("the type of the repository: expected git or hg, found `{other}`"))),
    }
}

fn make(session: &Session, directory: &Path, wanted: &Wanted, store: Option<&Path>) -> Result<CheckedOut, Failure> {
    let absolute = |path: &Path| session.current_directory.join(path);
    let patience = Patience::of(&session.environment);
    Ok(check_out(wanted, &absolute(directory), store.map(absolute).as_deref(), patience)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn how() -> How {
        How { project: "no-such-project".into(), shallow_clone: false, store: None }
    }

    #[test]
    fn a_push_needs_a_repository_and_a_revision() {
        let said = |push: PushArguments| push.wanted(&how()).unwrap_err().into_diagnostics()[0].message.clone();
        assert!(said(PushArguments::default()).contains("NO-SUCH-PROJECT_HEAD_REPOSITORY"));
        let url = Some("https://example.com/a".to_owned());
        let told = PushArguments { head_repository: url.clone(), ..PushArguments::default() };
        assert!(said(told).contains("NO-SUCH-PROJECT_HEAD_REF"));
        let svn = PushArguments { head_repository: url, head_ref: Some("a".into()), ..PushArguments::default() };
        assert!(said(PushArguments { repository_type: Some("svn".into()), ..svn }).contains("found `svn`"));
    }
}
